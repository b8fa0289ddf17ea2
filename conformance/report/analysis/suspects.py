"""Finds the steps that tests with findings have in common and other tests do not: where to look for a fault first.

Pure. Spectrum-based fault localization with the coefficient of Ochiai: a step is an operation and the status of its
response; it is the more suspicious the more tests with a finding and the fewer tests without one include it.
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
"""Tests with a finding. A step of a single test is no pattern."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """end: the status of the response, or that there was none. is_next: a page that was reached by a link."""

    operation: str
    end: str
    is_next: bool

    def __str__(self) -> str:
        return f"{self.operation} {self.end}{', the next page' if self.is_next else ''}"


@dataclass(frozen=True, slots=True)
class Suspect:
    """taken: tests that include the step. failed: those of them with a finding. likeness: the coefficient of Ochiai,
    0 to 1.
    """

    step: Step
    failed: int
    taken: int
    likeness: float


def steps_of(exchanges: Iterable[Exchange]) -> dict[str, Step]:
    """The step of each exchange, by its id. An exchange outside of the contract is not a step."""
    linked: set[tuple[str, str]] = set()
    steps = {}
    for exchange in exchanges:
        if exchange.operation:
            is_next = (exchange.test, exchange.request.url) in linked
            steps[exchange.id] = Step(exchange.operation, step_end(exchange), is_next)
            linked.add((exchange.test, _next(exchange)))
    return steps


def _next(exchange: Exchange) -> str:
    """The next page that a response links to, "" for none. Only scenarios follow links."""
    if exchange.response is None or exchange.origin is not Origin.SCENARIO:
        return ""
    return by_relation(exchange.response.lines("link"), exchange.request.url).get("next", "")


def suspects(exchanges: Iterable[Exchange], steps: dict[str, Step], failed: frozenset[str]) -> tuple[Suspect, ...]:
    """The most suspicious steps first; none if no step stands out. failed: the tests with a finding."""
    found = []
    for step, tests in _tests_by_step(exchanges, steps).items():
        common = len(tests & failed)
        if common >= _FEWEST:
            found.append(Suspect(step, common, len(tests), common / sqrt(len(failed) * len(tests))))
    likely = [each for each in found if each.likeness >= _LEAST_LIKELY]
    return tuple(sorted(likely, key=lambda each: (-each.likeness, each.step)))


def _tests_by_step(exchanges: Iterable[Exchange], steps: dict[str, Step]) -> dict[Step, set[str]]:
    tests_of: dict[Step, set[str]] = defaultdict(set)
    for exchange in exchanges:
        if exchange.test and exchange.id in steps:
            tests_of[steps[exchange.id]].add(exchange.test)
    return tests_of
