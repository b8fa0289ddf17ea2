"""Groups failed scenarios of one area that share a pattern of steps, because they probably have one fault in common.

Pure. A pattern is a step, or one step after another. Most of the tests that include it have to fail, and more of them
than separate faults of the area would make fail. That one fault is behind them is then probable and not certain, so the
other causes are shown under one and never left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import comb

from conformance.model import Exchange
from conformance.report.analysis.causes import Cause, Cluster, Pattern, urgency, weight
from conformance.report.analysis.suspects import JudgedTests, Step, Suspect

_FEW = 4
"""Operations. A requirement that names more is about their interaction and says little about any single one."""

_BY_CHANCE = 0.05
"""How many patterns of an area may look like one fault although its faults are separate."""

_Steps = tuple[Step, ...]


def families_of(
    clusters: Iterable[Cluster], exchanges: Iterable[Exchange], steps: dict[str, Step], tests: JudgedTests
) -> Iterator[Cluster]:
    """Merge the clusters of one area whose smallest example includes the same pattern, the likeliest pattern first."""
    left = list(clusters)
    included = {cluster.lead.key: _included(cluster.lead, steps) for cluster in left}
    including = _tests_by_pattern((each for each in exchanges if each.test in tests.judged), steps)
    for area, members in _by_area(left).items():
        shared = _shared([included[each.lead.key] for each in members])
        counted = [Pattern(each, len(including[each] & tests.failed), len(including[each])) for each in shared]
        for pattern in _of_one_fault(counted, tests.failure_rate(area)):
            related = [each for each in members if each in left and pattern.steps in included[each.lead.key]]
            if len(related) > 1:
                yield _family(pattern, related)
                left = [each for each in left if each not in related]
    yield from left


def in_order(clusters: Iterable[Cluster], suspected: Iterable[Suspect]) -> tuple[Cluster, ...]:
    """The clusters, the most urgent first."""
    failed_by_operation: Counter[str] = Counter()
    for suspect in suspected:
        operation = suspect.step.operation
        failed_by_operation[operation] = max(failed_by_operation[operation], suspect.failed)
    return tuple(sorted(clusters, key=lambda each: _urgency(each, failed_by_operation)))


def _by_area(clusters: Iterable[Cluster]) -> dict[str, list[Cluster]]:
    by_area: dict[str, list[Cluster]] = defaultdict(list)
    for cluster in clusters:
        by_area[cluster.lead.area].append(cluster)
    return by_area


def _included(cause: Cause, steps: dict[str, Step]) -> frozenset[_Steps]:
    """The patterns of the smallest example; none for a waived cause, and none for what a check found, which needs no
    earlier step to explain it.
    """
    if cause.is_waived or not cause.is_asserted:
        return frozenset()
    return frozenset(_patterns(steps[id_] for id_ in cause.first.exchanges if id_ in steps))


def _tests_by_pattern(exchanges: Iterable[Exchange], steps: dict[str, Step]) -> dict[_Steps, set[str]]:
    taken: dict[str, list[Step]] = defaultdict(list)
    for exchange in exchanges:
        if exchange.id in steps:
            taken[exchange.test].append(steps[exchange.id])
    tests: dict[_Steps, set[str]] = defaultdict(set)
    for test, of_test in taken.items():
        for pattern in _patterns(of_test):
            tests[pattern].add(test)
    return tests


def _patterns(steps: Iterable[Step]) -> Iterator[_Steps]:
    """Each step, and each two different steps in their order."""
    seen: set[Step] = set()
    for step in steps:
        yield (step,)
        yield from ((before, step) for before in seen if before != step)
        seen.add(step)


def _shared(included: Iterable[frozenset[_Steps]]) -> list[_Steps]:
    """The patterns of more than one cause."""
    counts = Counter(pattern for patterns in included for pattern in patterns)
    return [pattern for pattern, count in counts.items() if count > 1]


def _of_one_fault(patterns: Sequence[Pattern], rate: float) -> list[Pattern]:
    """Those that most tests fail on, and not by chance, the likeliest first. rate: at which tests of the area fail."""
    likely = [each for each in patterns if each.is_of_most and _chance(each, rate) * len(patterns) < _BY_CHANCE]
    return sorted(likely, key=lambda each: (-(each.failed**2) / each.taken, len(each.steps), each.steps))


def _chance(pattern: Pattern, rate: float) -> float:
    """The probability that so many of the tests with a pattern fail if each fails at this rate, for its own reason."""
    taken = pattern.taken
    return sum(comb(taken, n) * rate**n * (1 - rate) ** (taken - n) for n in range(pattern.failed, taken + 1))


def _family(pattern: Pattern, related: list[Cluster]) -> Cluster:
    head = min(related, key=lambda each: _leadership(each.lead, pattern.steps[-1].operation))
    others = (cause for each in related if each is not head for cause in (each.lead, *each.companions))
    return replace(head, pattern=pattern, related=tuple(others))


def _leadership(cause: Cause, operation: str) -> tuple[object, ...]:
    """The strictest requirement leads; among equals, the one that names the suspect operation and few others."""
    named = cause.result.requirement.operations
    return (weight(cause), len(named) > _FEW, operation not in named, len(cause.first.exchanges), cause.result.id)


def _urgency(cluster: Cluster, failed_by_operation: Counter[str]) -> tuple[object, ...]:
    """By weight, then by how far the fault reaches, then by the shortest example."""
    lead = cluster.lead
    reach = max(len(lead.operations), 1 + len(cluster.grouped), _failed_with(lead, failed_by_operation))
    return (weight(lead), -reach, -len(lead.operations), len(lead.first.exchanges), urgency(lead))


def _failed_with(cause: Cause, failed_by_operation: Counter[str]) -> int:
    """How many failed tests include a suspect step of an operation that the requirement is about: such a requirement is
    nearer to the fault than those that use the operation to get somewhere else.
    """
    named = cause.result.requirement.operations
    is_about_few = cause.is_asserted and len(named) <= _FEW
    return max((failed_by_operation[each] for each in named), default=0) if is_about_few else 0
