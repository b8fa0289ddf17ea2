"""Renders what the checks found, for the end of a run on a terminal: each failed check once, and few lines in all.

No test is red because of these findings, so pytest itself says nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from conformance.contract import Contract
from conformance.model import MUST, Evidence
from conformance.report.analysis.causes import Cause, causes_of
from conformance.report.text.counts import counted
from conformance.report.text.finding import finding_text, received_instead
from conformance.report.text.reproduction import Reproduction, reproduction
from conformance.report.text.safe_text import legible, shortened
from conformance.verdict.baseline import is_accepted
from conformance.verdict.judge import Judgement

_MOST_IN_FULL = 5
_MOST_NAMED = 20
_WIDTH = 118


def render(evidence: Evidence, judgement: Judgement, contract: Contract) -> Iterator[str]:
    """Lines, none where no check failed at a level that counts. contract: with the errata of the run."""
    levels = {MUST, *evidence.header.gate.levels}
    of_checks = [cause for cause in causes_of(evidence, judgement.rows) if _is_told(cause, evidence)]
    told = [cause for cause in of_checks if cause.result.requirement.level in levels]
    failed = [list(causes) for _, causes in groupby(sorted(told, key=_id), key=_id)]
    if failed:
        yield f"{counted(len(failed), 'check')} failed; they judge every exchange, and no test is red because of them:"
    reproduced = reproduction(evidence.header, evidence.outcomes)
    for causes in failed[:_MOST_IN_FULL]:
        yield ""
        yield from _in_full(causes, evidence, contract, reproduced)
    if failed[_MOST_IN_FULL:]:
        yield ""
        yield from map(_named, failed[_MOST_IN_FULL:][:_MOST_NAMED])
    more = len(failed) - _MOST_IN_FULL - _MOST_NAMED
    if more > 0:
        yield f"and {counted(more, 'check')} more"
    if failed:
        yield ""


def _is_told(cause: Cause, evidence: Evidence) -> bool:
    baseline = frozenset(evidence.header.gate.baseline)
    is_known = all(is_accepted(finding, baseline) for finding in cause.findings)
    return not cause.is_asserted and not cause.is_waived and not is_known


def _id(cause: Cause) -> str:
    return cause.result.id


def _in_full(causes: list[Cause], evidence: Evidence, contract: Contract, reproduced: Reproduction) -> Iterator[str]:
    """The smallest example of the most urgent cause, and how much more there is of the check."""
    cause, requirement = causes[0], causes[0].result.requirement
    exchanges = [each for each in evidence.exchanges if each.id in cause.first.exchanges]
    line = contract.clause_line(cause.first.pointer or requirement.clause.pointer)
    reproduce = reproduced.of_finding(cause.first)
    document = evidence.header.contract.document
    rounds = reproduced.rounds_of(cause.first.fingerprint)
    text = finding_text(
        cause.first, requirement, exchanges, document=document, line=line, reproduce=reproduce, rounds=rounds
    )
    yield from text.splitlines()
    yield f"  {'found':<11}{_extent(causes)}"


def _named(causes: list[Cause]) -> str:
    first, requirement = causes[0].first, causes[0].result.requirement
    head = f"{requirement.id} ({requirement.level.value}) {_extent(causes)}: "
    return legible(head + shortened(received_instead(first), _WIDTH - len(head)))


def _extent(causes: Iterable[Cause]) -> str:
    """How often and on how many operations a check failed: 1,204 times on 9 operations in 2 ways."""
    causes = tuple(causes)
    times = sum(len(each.findings) for each in causes)
    operations = len({operation for each in causes for operation in each.operations})
    ways = f" in {len(causes)} ways" if len(causes) > 1 else ""
    return f"{counted(times, 'time')} on {counted(operations, 'operation')}{ways}"
