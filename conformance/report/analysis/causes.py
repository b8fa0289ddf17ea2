"""Findings grouped by cause: one fault of the target is one cause, wherever and however often it shows.

Pure. The operation is no part of a cause: a header that is missing everywhere is one thing to repair.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.model import Exchange, Finding, generalise
from conformance.report.analysis.status import is_covered_by_waiver
from conformance.report.analysis.suspects import Suspect
from conformance.verdict.result import RequirementResult


@dataclass(frozen=True, slots=True)
class Cause:
    """findings: all of one cause, the smallest example first. is_waived: a waiver accepts every one of them."""

    key: str
    row: RequirementResult
    findings: tuple[Finding, ...]
    is_waived: bool

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(sorted({finding.operation for finding in self.findings}))

    @property
    def exchanges(self) -> frozenset[str]:
        return frozenset(id_ for finding in self.findings for id_ in finding.exchanges)

    @property
    def ends(self) -> frozenset[str]:
        """The exchanges on which the findings were made; those before them only led there."""
        return frozenset(finding.exchanges[-1] for finding in self.findings if finding.exchanges)


@dataclass(frozen=True, slots=True)
class Cluster:
    """companions: causes that never show but where the lead shows, too. Whether the lead explains them is likely and
    not certain, so they are folded under it and never left out. kin: causes that pass through the step which the lead
    is suspected to fail at.
    """

    lead: Cause
    companions: tuple[Cause, ...]
    suspect: Suspect | None = None
    related: tuple[Cause, ...] = ()

    @property
    def folded(self) -> tuple[Cause, ...]:
        return (*self.companions, *self.related)


def clusters_of(causes: tuple[Cause, ...], answered: int) -> tuple[Cluster, ...]:
    """In the order of the leads. What shows on half of all answers explains nothing."""
    leads = [each for each in causes if len(each.exchanges) * 2 < answered]
    under: dict[str, str] = {}
    for cause in sorted(causes, key=lambda each: -len(each.exchanges)):
        fitting = [lead for lead in leads if lead.key not in under and _covers(lead, cause, causes)]
        if fitting:
            under[cause.key] = min(fitting, key=lambda each: len(each.exchanges)).key
    return tuple(
        Cluster(lead, tuple(each for each in causes if each is not lead and _root(each.key, under) == lead.key))
        for lead in causes
        if lead.key not in under
    )


def _root(key: str, under: dict[str, str]) -> str:
    """A lead may have found a lead of its own after it was chosen."""
    while key in under:
        key = under[key]
    return key


def _covers(lead: Cause, cause: Cause, order: tuple[Cause, ...]) -> bool:
    """Of two that show on the same exchanges the more urgent one leads; nothing hides beneath what binds less."""
    if lead is cause or not cause.ends <= lead.exchanges or not cause.ends:
        return False
    if weight(lead) > weight(cause):
        return False
    return cause.ends != lead.exchanges or order.index(lead) < order.index(cause)


def weight(cause: Cause) -> tuple[bool, int]:
    """Less is more urgent: not waived before waived, MUST before SHOULD before MAY."""
    return (cause.is_waived, ("must", "should", "may").index(cause.row.requirement.level.value))


def causes_of(rows: Iterable[RequirementResult], exchanges: dict[str, Exchange]) -> tuple[Cause, ...]:
    """What to do first comes first: not waived, binding, then by how much of the target it touches."""
    found = [_cause(key, row, group, exchanges) for row in rows for key, group in _groups(row.findings).items()]
    return tuple(sorted(found, key=urgency))


def cause_key(finding: Finding) -> str:
    """Stable from run to run: names of the occasion and of the operation are taken out first."""
    parts = (finding.requirement, generalise(finding.at), _anywhere(finding))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _anywhere(finding: Finding) -> str:
    return finding.fault.replace(finding.operation, "(operation)") if finding.operation else finding.fault


def _groups(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[cause_key(finding)].append(finding)
    return groups


def _cause(key: str, row: RequirementResult, group: list[Finding], exchanges: dict[str, Exchange]) -> Cause:
    smallest_first = sorted(group, key=lambda each: (_size(each, exchanges), each.operation, each.exchanges))
    return Cause(key, row, tuple(smallest_first), all(is_covered_by_waiver(row, each) for each in group))


def _size(finding: Finding, exchanges: dict[str, Exchange]) -> tuple[int, int]:
    """Fewer exchanges read better than shorter ones; a finding without any is no example at all."""
    known = [exchanges[id_] for id_ in finding.exchanges if id_ in exchanges]
    octets = sum(len(each.request.url) + len(each.request.body) + _answer_size(each) for each in known)
    return (len(known) or 1_000, octets)


def _answer_size(exchange: Exchange) -> int:
    return len(exchange.response.body) if exchange.response else 0


def urgency(cause: Cause) -> tuple[object, ...]:
    """The order of causes: by weight, then what touches most operations, then what speaks of fewest."""
    return (*weight(cause), -len(cause.operations), len(cause.row.requirement.operations), cause.row.id, cause.key)
