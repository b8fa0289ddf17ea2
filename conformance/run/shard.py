"""One of several parts of the suite that take the same time, for machines that run at once.

The parts depend on the names of the tests and on what they cost alone, so that every machine and every worker makes the
same ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from conformance.errors import UsageError


@dataclass(frozen=True, slots=True)
class Shard:
    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def of_all(self, costs: Mapping[str, float]) -> frozenset[str]:
        """The tests of this shard. costs: of each test, by its name.

        The dearest test goes first, and each to the shard that has the least so far: no two shards differ by more than
        the cost of one test.
        """
        shards: list[list[str]] = [[] for _ in range(self.of)]
        open_shards = [(0.0, number) for number in range(self.of)]
        for name in sorted(costs, key=lambda each: (-costs[each], each)):
            cost, number = heappop(open_shards)
            shards[number].append(name)
            heappush(open_shards, (cost + costs[name], number))
        return frozenset(shards[self.number - 1])


def parse_shard(text: str) -> Shard | None:
    """The shard of "2/4", None of "". Raises UsageError."""
    if not text:
        return None
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if not found or int(found[1]) > int(found[2]):
        raise UsageError(f"--shard: expected a part and the number of parts, like 2/4, received {text!r}")
    return Shard(int(found[1]), int(found[2]))
