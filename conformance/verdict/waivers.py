"""Waivers: accepted fails with a reason and an end date, and the checks that find stale ones.

Pure. Dates are days in UTC, compared with the day on which the run started.
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
    """Whether a waiver accepts a finding; its operation and its fingerprint narrow it."""
    return (
        waiver.requirement == finding.requirement
        and waiver.operation in {"", finding.operation}
        and waiver.fingerprint in {"", finding.fingerprint}
    )


def expired(evidence: Evidence, waivers: Iterable[Waiver]) -> Iterator[str]:
    for waiver in waivers:
        if waiver.until < day_of(evidence):
            yield f"the waiver of {waiver.requirement} expired on {waiver.until}"


def needless(evidence: Evidence, rows: Iterable[RequirementResult], waivers: Iterable[Waiver]) -> Iterator[str]:
    """Stale waivers fail the run: those naming nothing known, and those whose requirement was exercised and passed."""
    by_id = {row.id: row for row in rows}
    operations = {each.label for each in evidence.header.operations}
    for waiver in waivers:
        row = by_id.get(waiver.requirement)
        if row is None:
            yield f"a waiver names {waiver.requirement}, which is not a requirement"
        elif waiver.operation and waiver.operation not in operations:
            yield f"the waiver of {waiver.requirement} names {waiver.operation}, which is not an operation"
        elif waiver.until >= day_of(evidence) and _was_reached(waiver, row) and waiver not in row.waivers:
            yield f"the waiver of {waiver.requirement} is no longer needed: the requirement was exercised and passed"


def notes(evidence: Evidence, rows: Iterable[RequirementResult], waivers: Iterable[Waiver]) -> Iterator[str]:
    """Remarks that fail nothing: a waiver that was not reached in this run, or that expires soon."""
    by_id = {row.id: row for row in rows}
    for waiver in waivers:
        row = by_id.get(waiver.requirement)
        if row and not _was_reached(waiver, row):
            yield f"the waiver of {waiver.requirement} was not reached in this run"
        left = waiver.until - day_of(evidence)
        if timedelta() <= left <= _SOON:
            yield f"the waiver of {waiver.requirement} expires on {waiver.until}, in {left.days} days"


def _was_reached(waiver: Waiver, row: RequirementResult) -> bool:
    found = row.by_operation.get(waiver.operation, Verdict.NONE) if waiver.operation else row.verdict
    return found in {Verdict.PASS, Verdict.FAIL}
