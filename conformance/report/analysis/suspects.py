"""Finds the steps that failed tests have in common and other tests do not: where to look for a fault first.

Pure. Spectrum-based fault localization with the coefficient of Ochiai: a step is an operation and the status of its
response; it is the more suspicious the more failed tests and the fewer other tests include it. A test fails by what
it asserts: what a check finds in its exchanges says nothing about its steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, KeysView
from dataclasses import dataclass
from math import sqrt

from conformance.model import Exchange, Origin, Outcome, Verdict
from conformance.report.text.steps import step_end
from conformance.wire.links import by_relation

_LEAST_LIKELY = 0.2
_FEWEST = 2
"""Failed tests. A step of a single test is no pattern."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """end: status and error code of the response, or that there was none. is_next: a page reached by a link."""

    operation: str
    end: str
    is_next: bool

    def __str__(self) -> str:
        return f"{self.operation} {self.end}{', the next page' if self.is_next else ''}"


@dataclass(frozen=True, slots=True)
class Suspect:
    """taken: tests that include the step. failed: those of them that failed. likeness: the coefficient of Ochiai, 0 to
    1.
    """

    step: Step
    failed: int
    taken: int
    likeness: float


@dataclass(frozen=True, slots=True)
class JudgedTests:
    """area_of: the area of each judged test. A test without a verdict, because its set-up was rejected for one, says
    nothing about its steps. failed: those that failed in what they assert, and are not waived.
    """

    area_of: dict[str, str]
    failed: frozenset[str]

    @property
    def judged(self) -> KeysView[str]:
        return self.area_of.keys()

    def failure_rate(self, area: str) -> float:
        """The share of failed tests among the judged ones of an area."""
        own = {test for test, of in self.area_of.items() if of == area}
        return len(own & self.failed) / len(own) if own else 1.0


def judged_tests(outcomes: Iterable[Outcome], failed: frozenset[str]) -> JudgedTests:
    judged = (each for each in outcomes if each.verdict in {Verdict.PASS, Verdict.FAIL})
    return JudgedTests({each.test: each.requirement.partition("-")[0] for each in judged}, failed)


def steps_of(exchanges: Iterable[Exchange]) -> dict[str, Step]:
    """The step of each exchange, by its id. An exchange outside of the contract is not a step."""
    linked: set[tuple[str, str]] = set()
    steps = {}
    for exchange in exchanges:
        if exchange.operation:
            is_next = (exchange.test, exchange.request.url) in linked
            steps[exchange.id] = Step(exchange.operation, _end(exchange), is_next)
            linked.add((exchange.test, _next(exchange)))
    return steps


def _end(exchange: Exchange) -> str:
    """An operation rejects requests for many reasons, and a fault is usually behind one of them."""
    codes = exchange.response.lines("x-ably-errorcode") if exchange.response else ()
    return f"{step_end(exchange)}, error code {codes[0]}" if codes else step_end(exchange)


def _next(exchange: Exchange) -> str:
    """The next page that a response links to, "" for none. Only scenarios follow links."""
    if exchange.response is None or exchange.origin is not Origin.SCENARIO:
        return ""
    return by_relation(exchange.response.lines("link"), exchange.request.url).get("next", "")


def suspects(exchanges: Iterable[Exchange], steps: dict[str, Step], tests: JudgedTests) -> tuple[Suspect, ...]:
    """The most suspicious steps first; none if no step stands out."""
    found = []
    for step, taken in _tests_by_step((each for each in exchanges if each.test in tests.judged), steps).items():
        common = len(taken & tests.failed)
        if common >= _FEWEST:
            found.append(Suspect(step, common, len(taken), common / sqrt(len(tests.failed) * len(taken))))
    likely = [each for each in found if each.likeness >= _LEAST_LIKELY]
    return tuple(sorted(likely, key=lambda each: (-each.likeness, each.step)))


def _tests_by_step(exchanges: Iterable[Exchange], steps: dict[str, Step]) -> dict[Step, set[str]]:
    judged_tests: dict[Step, set[str]] = defaultdict(set)
    for exchange in exchanges:
        if exchange.id in steps:
            judged_tests[steps[exchange.id]].add(exchange.test)
    return judged_tests
