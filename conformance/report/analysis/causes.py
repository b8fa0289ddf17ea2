"""Groups findings by cause: one fault of the target is one cause, however many requests and operations it affects.

Pure. The operation is not part of a cause: a header that is missing everywhere is one thing to fix.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from conformance.model import Evidence, Exchange, Finding, generalise
from conformance.report.analysis.status import is_covered_by_waiver
from conformance.report.analysis.suspects import Step
from conformance.verdict.result import RequirementResult


@dataclass(frozen=True, slots=True)
class Cause:
    """findings: all of this cause, the smallest example first. is_waived: whether waivers cover every one of them.

    is_asserted: whether tests found it in what they assert; otherwise a check found it, in whatever passed by.
    """

    key: str
    result: RequirementResult
    findings: tuple[Finding, ...]
    is_waived: bool
    is_asserted: bool = False

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def operations(self) -> tuple[str, ...]:
        """By name; "", for findings outside of the operations of the contract, comes last."""
        return tuple(sorted({finding.operation for finding in self.findings}, key=lambda each: (not each, each)))

    @property
    def exchanges(self) -> frozenset[str]:
        return frozenset(id_ for finding in self.findings for id_ in finding.exchanges)

    @property
    def area(self) -> str:
        return self.result.requirement.area

    @property
    def ends(self) -> frozenset[str]:
        """The last exchange of each finding, which deviates; the exchanges before it only prepared it."""
        return frozenset(finding.exchanges[-1] for finding in self.findings if finding.exchanges)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One step, or two in their order. taken: the tests that include them. failed: those of them that failed."""

    steps: tuple[Step, ...]
    failed: int
    taken: int

    def __str__(self) -> str:
        return ", then ".join(map(str, self.steps))

    @property
    def is_of_most(self) -> bool:
        """Whether most of the tests that include it failed; what most tests survive explains no fail."""
        return self.failed * 2 > self.taken


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cause, and other causes that probably go back to the same fault.

    companions: causes that occur only on exchanges of the lead. related: causes of its area whose exchanges include the
    same pattern. Neither is certain, so both are shown under the lead and never left out.
    """

    lead: Cause
    companions: tuple[Cause, ...]
    pattern: Pattern | None = None
    related: tuple[Cause, ...] = ()

    @property
    def grouped(self) -> tuple[Cause, ...]:
        return (*self.companions, *self.related)


def clusters_of(causes: tuple[Cause, ...], exchanges: Collection[Exchange]) -> tuple[Cluster, ...]:
    """Clusters by common exchanges, in the order of their leads.

    A cause on half of the exchanges with a response is no lead: it would explain every other cause and so none. For
    the same reason a check leads what tests assert only where most of the tests that end at its exchanges fail.
    """
    answered = sum(each.response is not None for each in exchanges)
    leads = [each for each in causes if len(each.exchanges) * 2 < answered]
    decisive = frozenset(_decisive(leads, exchanges, failed_tests(causes)))
    under: dict[str, str] = {}
    for cause in sorted(causes, key=lambda each: -len(each.exchanges)):
        led_by = decisive if cause.is_asserted else frozenset(each.key for each in leads)
        fitting = [lead for lead in leads if lead.key in led_by - under.keys() and _covers(lead, cause, causes)]
        if fitting:
            under[cause.key] = min(fitting, key=lambda each: len(each.exchanges)).key
    return tuple(
        Cluster(lead, tuple(each for each in causes if each is not lead and _root(each.key, under) == lead.key))
        for lead in causes
        if lead.key not in under
    )


def failed_tests(causes: Iterable[Cause]) -> frozenset[str]:
    """The tests that failed in what they assert, without those that a waiver covers."""
    return frozenset(
        finding.test for cause in causes if cause.is_asserted and not cause.is_waived for finding in cause.findings
    )


def _decisive(leads: Iterable[Cause], exchanges: Iterable[Exchange], failed: frozenset[str]) -> Iterator[str]:
    """The keys of the leads under which the causes of tests may be put."""
    last = {exchange.test: exchange.id for exchange in exchanges}
    for lead in leads:
        its_exchanges = lead.exchanges
        ending_there = {test for test, id_ in last.items() if id_ in its_exchanges}
        if lead.is_asserted or len(ending_there & failed) * 2 > len(ending_there):
            yield lead.key


def _root(key: str, under: dict[str, str]) -> str:
    """A lead may itself have been put under another lead after it was chosen."""
    while key in under:
        key = under[key]
    return key


def _covers(lead: Cause, cause: Cause, order: tuple[Cause, ...]) -> bool:
    """Whether a cause occurs only where the lead does. A stricter cause is never put under a less strict one; of two
    causes on the same exchanges the more urgent one leads.
    """
    if lead is cause or not cause.ends <= lead.exchanges or not cause.ends:
        return False
    if weight(lead) > weight(cause):
        return False
    return cause.ends != lead.exchanges or order.index(lead) < order.index(cause)


def weight(cause: Cause) -> tuple[bool, int]:
    """Less is more urgent: without a waiver before waived, MUST before SHOULD before MAY."""
    return (cause.is_waived, ("must", "should", "may").index(cause.result.requirement.level.value))


def causes_of(evidence: Evidence, results: Iterable[RequirementResult]) -> tuple[Cause, ...]:
    """The causes of all findings, the most urgent first."""
    exchanges = {exchange.id: exchange for exchange in evidence.exchanges}
    tested = {outcome.requirement for outcome in evidence.outcomes}
    found = [
        _cause(key, result, group, exchanges, is_asserted=result.id in tested)
        for result in results
        for key, group in _groups(result.findings).items()
    ]
    return tuple(sorted(found, key=urgency))


def cause_key(finding: Finding) -> str:
    """Stable from run to run: values made by the run and the name of the operation are not part of it."""
    fault = finding.fault.replace(finding.operation, "(operation)") if finding.operation else finding.fault
    parts = (finding.requirement, generalise(finding.at), fault)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _groups(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[cause_key(finding)].append(finding)
    return groups


def _cause(
    key: str, result: RequirementResult, group: list[Finding], exchanges: dict[str, Exchange], *, is_asserted: bool
) -> Cause:
    smallest_first = sorted(group, key=lambda each: (_size(each, exchanges), each.operation, each.exchanges))
    is_waived = all(is_covered_by_waiver(result, each) for each in group)
    return Cause(key, result, tuple(smallest_first), is_waived, is_asserted)


def _size(finding: Finding, exchanges: dict[str, Exchange]) -> tuple[int, int]:
    """The number of exchanges, then of bytes; a finding without exchanges comes last, because it shows nothing."""
    known = [exchanges[id_] for id_ in finding.exchanges if id_ in exchanges]
    sent = sum(len(each.request.url) + len(each.request.body) for each in known)
    received = sum(len(each.response.body) for each in known if each.response)
    return (len(known) or 1_000, sent + received)


def urgency(cause: Cause) -> tuple[object, ...]:
    """By weight, then the most affected operations, then the requirement that names the fewest operations."""
    requirement = cause.result.requirement
    return (*weight(cause), -len(cause.operations), len(requirement.operations), requirement.id, cause.key)
