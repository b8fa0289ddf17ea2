"""One of several equal parts of the suite, for machines that run at the same time.

The parts depend on the names of the tests alone, so that every machine and every worker makes the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.errors import UsageError


@dataclass(frozen=True, slots=True)
class Shard:
    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def of_all(self, tests: Iterable[str]) -> frozenset[str]:
        """The tests of this shard. Neighbours by name, which cost about the same, go to different shards."""
        return frozenset(sorted(tests)[self.number - 1 :: self.of])


def parse_shard(text: str) -> Shard | None:
    """The shard of "2/4", None of "". Raises UsageError."""
    if not text:
        return None
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if not found or int(found[1]) > int(found[2]):
        raise UsageError(f"--shard: expected a part and the number of parts, like 2/4, received {text!r}")
    return Shard(int(found[1]), int(found[2]))
