"""Waivers: accepted fails, and how they are kept from outliving their reason.

Pure. Dates are days in UTC, held against the day on which the run started.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from conformance.model import Evidence, Finding, Verdict, Waiver
from conformance.verdict.result import RequirementResult

_SOON = timedelta(days=14)


def day_of(evidence: Evidence) -> date:
    return datetime.fromtimestamp(evidence.header.started, UTC).date()


def covers(waiver: Waiver, finding: Finding) -> bool:
    """As narrowly as it was given: on one operation, or one cause."""
    return (
        waiver.requirement == finding.requirement
        and waiver.operation in {"", finding.operation}
        and waiver.fingerprint in {"", finding.fingerprint}
    )


def expired(evidence: Evidence, waivers: Iterable[Waiver]) -> Iterator[str]:
    for waiver in waivers:
        if waiver.until < day_of(evidence):
            yield f"the waiver of {waiver.requirement} ran out on {waiver.until}"


def needless(evidence: Evidence, rows: Iterable[RequirementResult], waivers: Iterable[Waiver]) -> Iterator[str]:
    """Excuses only grow, so one that names nothing, or whose fail did not happen where it was looked for, is red."""
    by_id = {row.id: row for row in rows}
    operations = {each.label for each in evidence.header.operations}
    for waiver in waivers:
        row = by_id.get(waiver.requirement)
        if row is None:
            yield f"a waiver names {waiver.requirement}, which is no requirement"
        elif waiver.operation and waiver.operation not in operations:
            yield f"the waiver of {waiver.requirement} names {waiver.operation}, which is no operation"
        elif waiver.until >= day_of(evidence) and _was_reached(waiver, row) and waiver not in row.waivers:
            yield f"the waiver of {waiver.requirement} is no longer needed: it was reached and passed"


def notes(evidence: Evidence, rows: Iterable[RequirementResult], waivers: Iterable[Waiver]) -> Iterator[str]:
    """What is no fault yet: a waiver that nothing reached in this run, or that runs out soon."""
    by_id = {row.id: row for row in rows}
    for waiver in waivers:
        row = by_id.get(waiver.requirement)
        if row and not _was_reached(waiver, row):
            yield f"the waiver of {waiver.requirement} was not reached in this run"
        left = waiver.until - day_of(evidence)
        if timedelta() <= left <= _SOON:
            yield f"the waiver of {waiver.requirement} runs out on {waiver.until}, in {left.days} days"


def _was_reached(waiver: Waiver, row: RequirementResult) -> bool:
    found = row.by_operation.get(waiver.operation, Verdict.NONE) if waiver.operation else row.verdict
    return found in {Verdict.PASS, Verdict.FAIL}
