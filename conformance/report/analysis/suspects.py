"""What the tests with findings did and the others did not: where in the target to look first.

Pure. Spectrum-based fault localization with the coefficient of Ochiai: a step is an operation and the status of its
answer; it is the more suspect the more of the failures it was part of and the fewer tests did it without harm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from conformance.model import Exchange, Origin
from conformance.report.text.steps import step_end
from conformance.wire.links import by_relation

_LEAST_LIKELY = 0.2
_FEWEST = 2
"""What one test did alone is its story, and no pattern."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """end: the status of the answer, or that there was none. is_next: a page that a link led to."""

    operation: str
    end: str
    is_next: bool

    def __str__(self) -> str:
        return f"{self.operation} {self.end}{', the next page' if self.is_next else ''}"


@dataclass(frozen=True, slots=True)
class Suspect:
    """failed, taken: tests with a finding that took the step, and all tests that did.

    likeness: coefficient of Ochiai, 0 to 1.
    """

    step: Step
    failed: int
    taken: int
    likeness: float


def steps_of(exchanges: Iterable[Exchange]) -> dict[str, Step]:
    """By the id of the exchange; what is outside of the contract is no step."""
    promised: set[tuple[str, str]] = set()
    steps = {}
    for exchange in exchanges:
        if exchange.operation:
            is_next = (exchange.test, exchange.request.url) in promised
            steps[exchange.id] = Step(exchange.operation, step_end(exchange), is_next)
            promised.add((exchange.test, _next(exchange)))
    return steps


def _next(exchange: Exchange) -> str:
    """Where a page leads on to, "" for nowhere. Only stories follow links."""
    if exchange.response is None or exchange.origin is not Origin.SCENARIO:
        return ""
    return by_relation(exchange.response.lines("link"), exchange.request.url).get("next", "")


def suspects(exchanges: Iterable[Exchange], steps: dict[str, Step], failed: frozenset[str]) -> tuple[Suspect, ...]:
    """The likeliest first. failed: the tests with a finding. Nothing where no step stands out."""
    found = (
        _suspect(step, tests, failed)
        for step, tests in _tests_by_step(exchanges, steps).items()
        if len(tests & failed) >= _FEWEST
    )
    likely = [each for each in found if each.likeness >= _LEAST_LIKELY]
    return tuple(sorted(likely, key=lambda each: (-each.likeness, each.step)))


def _tests_by_step(exchanges: Iterable[Exchange], steps: dict[str, Step]) -> dict[Step, set[str]]:
    tests_of: dict[Step, set[str]] = defaultdict(set)
    for exchange in exchanges:
        if exchange.test and exchange.id in steps:
            tests_of[steps[exchange.id]].add(exchange.test)
    return tests_of


def _suspect(step: Step, tests: set[str], failed: frozenset[str]) -> Suspect:
    common = len(tests & failed)
    return Suspect(step, common, len(tests), common / sqrt(len(failed) * len(tests)))
