"""How many requests the tests of a run will send, and how much time they spend on anything else.

Read from costs.json, which `ably-conformance costs --write` measures against the reference server: one test of each
requirement, and by its name each test that takes much more or less than the others of its requirement.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from types import MappingProxyType

DATA = Path(__file__).with_name("costs.json")
USUAL_LATENCY = 0.007
"""Seconds for a response: of a target nearby, with the work of the suite on it."""
OF_THE_RUN = ""
"""The place in costs.json of what no test sends: the pre-flight and the clean-up."""

_OF_A_TEST = "::"
"""What the name of a test has, and no id of a requirement."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one test of a requirement. requests: without examples. per_example: further ones for each random example.
    seconds: that it computes and waits, beside its requests.
    """

    requests: float = 0.0
    per_example: float = 0.0
    seconds: float = 0.0

    def weight(self, examples: int) -> float:
        """Seconds that a test takes where a response takes USUAL_LATENCY."""
        return self.seconds + (self.requests + self.per_example * examples) * USUAL_LATENCY


def weights(tests: Mapping[str, str], examples: int, costs: Mapping[str, Cost] | None = None) -> dict[str, float]:
    """What each test takes, to deal them out evenly. tests: its requirement by its name. A test that was not measured
    counts as the requirement in the middle.
    """
    known = measured() if costs is None else costs
    taken = {name: cost.weight(examples) for name, cost in known.items()}
    of_requirements = [weight for name, weight in taken.items() if name != OF_THE_RUN and _OF_A_TEST not in name]
    usual = median(of_requirements) if of_requirements else 1.0
    return {name: taken.get(name, taken.get(id_, usual) if id_ else usual) for name, id_ in tests.items()}


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of a run. unknown: tests that were not measured, of which it says nothing."""

    requests: int
    seconds: float
    unknown: int = 0

    def time(self, latency: float, workers: int, rate: float) -> float:
        """Seconds. latency: ms for a response. rate: requests a second at most, 0 for no limit."""
        sending = self.requests * latency / 1000 / workers
        return max(sending, self.requests / rate if rate else 0.0) + self.seconds / workers


def forecast(tests: Iterable[str], examples: int, costs: Mapping[str, Cost] | None = None) -> Forecast:
    """tests: the requirement of each test of the run, "" for one that has none."""
    known = measured() if costs is None else costs
    wanted = list(tests)
    found = [known[id_] for id_ in wanted if id_ and id_ in known]
    whole = [known.get(OF_THE_RUN, Cost()), *found]
    requests = sum(each.requests + each.per_example * examples for each in whole)
    return Forecast(round(requests), sum(each.seconds for each in whole), len(wanted) - len(found))


@cache
def measured() -> Mapping[str, Cost]:
    table = json.loads(DATA.read_text(encoding="utf-8"))
    return MappingProxyType({id_: Cost(*numbers) for id_, numbers in table.items()})
