"""In which order several workers run the tests of a run: those that take long come first, each in another worker.

Pure. pytest-xdist gives each worker an equal number of tests in a row, and moves what is left from one that is behind
to one that is done (`--dist worksteal`). It cannot move a test that has begun, or the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

_SHARE = 1 / 10
"""Of what one worker has to do: a test that takes more is dear."""


def for_workers(tests: Sequence[str], costs: Mapping[str, float], workers: int) -> list[str]:
    """The tests in the order in which they are handed out. costs: seconds of each; without one a test is not dear.

    All but the dear ones stay in their order, so that what the tests of a module share is made once.
    """
    if workers < 2:
        return list(tests)
    limit = sum(costs.get(test, 0.0) for test in tests) / workers * _SHARE
    dear = sorted((test for test in tests if costs.get(test, 0.0) > limit), key=lambda test: -costs[test])
    moved = set(dear)
    rest = iter(test for test in tests if test not in moved)
    found: list[str] = []
    for worker in range(workers):
        size = (len(tests) - len(found)) // (workers - worker)
        own = dear[worker::workers]
        found += [*own, *islice(rest, max(size - len(own), 0))]
    return [*found, *rest]
