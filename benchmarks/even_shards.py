"""How evenly `--shard` would have dealt out a run.

    ably-conformance run -n 0 --report-dir here
    python benchmarks/even_shards.py here/latest

For each number of shards: what the longest takes more than their mean, for the target of that run and for one whose
answers come later by so many milliseconds.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from conformance.costs import weights
from conformance.evidence.journal import journals_in, read
from conformance.run.shard import Shard

SHARDS = (2, 4, 6, 8)
LATER = (0, 5, 20)
"""Milliseconds."""


def main(folder: Path) -> None:
    evidence = read(journals_in(folder))
    asked = Counter(each.test for each in evidence.exchanges)
    outcomes = [each for each in evidence.outcomes if each.requirement]
    costs = weights({each.test: each.requirement for each in outcomes}, evidence.header.profile.examples)
    for of in SHARDS:
        shards = [Shard(number, of).of_all(costs) for number in range(1, of + 1)]
        for late in LATER:
            took = {each.test: each.seconds + asked[each.test] * late / 1000 for each in outcomes}
            longest = max(sum(took[test] for test in shard) for shard in shards)
            more = longest / (sum(took.values()) / of) - 1
            print(f"{of} shards, answers {late} ms later: the longest takes {more:.0%} more than the mean")  # noqa: T201  its output


if __name__ == "__main__":
    main(Path(sys.argv[1]))
