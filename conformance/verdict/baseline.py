"""Reads and rewrites a baseline: the findings of earlier runs, which the gate accepts.

It is an earlier report.json, or the shorter file that an update writes, with nothing but the findings of such a report.
A finding is known by its fingerprint. Fingerprints of format 1 held wordings that have changed since, so a finding of a
report of that format is known, too, by where it is: requirement, operation and place in the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from pathlib import Path

from conformance.errors import UsageError
from conformance.model import Evidence, Finding, Json, Verdict, generalise
from conformance.verdict.result import RequirementResult
from conformance.verdict.waivers import covers

_FORMAT = 2
"""That of the report.json whose findings a baseline has."""


class Rewriting(Enum):
    """What a run does to the baseline: accept its own findings and drop those that are fixed, or only drop."""

    UPDATE = "update"
    PRUNE = "prune"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """marks: of the findings that are accepted now. sentence: what was done to the file, for the user."""

    marks: tuple[str, ...]
    sentence: str


def read_baseline(path: Path) -> tuple[str, ...]:
    """The marks of the accepted findings. Raises OSError, or ValueError when the file is not a report.json."""
    return _marks_of(_document(path))


def rewrite_baseline(
    path: Path, rewriting: Rewriting, evidence: Evidence, rows: Iterable[RequirementResult]
) -> Rewritten:
    """Rewrite the file by what a run found. Raises UsageError when it cannot be read or written.

    A run that was cut changes nothing. Only a whole run shows that a finding is fixed: one in a part of the suite drops
    none. A waived finding is left to its waiver.
    """
    old = _old(path, rewriting)
    reasons = (*evidence.header.blockers, *evidence.cut)
    if reasons:
        return Rewritten(_marks_of(old), f"{path} was not changed: {reasons[0]}")
    if rewriting is Rewriting.PRUNE and evidence.header.selection:
        why = (
            f"this run was a part of the suite ({evidence.header.selection}), and only a whole one shows what is fixed"
        )
        return Rewritten(_marks_of(old), f"{path} was not changed: {why}")
    new = _rewritten(old, rewriting, evidence, tuple(rows))
    try:
        path.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the baseline {path} cannot be written: {error.strerror}") from error
    was, is_ = ({entry["fingerprint"] for _, entry in _entries(each)} for each in (old, new))
    counts = f"{len(is_ - was)} added, {len(was - is_)} removed, {len(is_)} in all"
    return Rewritten(_marks_of(new), f"{path} now has the findings that are accepted: {counts}")


def is_accepted(finding: Finding, baseline: frozenset[str]) -> bool:
    """Whether the baseline holds a finding, by its fingerprint or, for a report of format 1, by its place."""
    return finding.fingerprint in baseline or _place(finding.requirement, finding.operation, finding.at) in baseline


def is_outdated(baseline: Iterable[str], findings: Iterable[Finding]) -> bool:
    """Whether it accepts something that was not found. That of format 1 is, too, where a wording has changed since."""
    found = {
        mark for each in findings for mark in (each.fingerprint, _place(each.requirement, each.operation, each.at))
    }
    return not found.issuperset(baseline)


def _document(path: Path) -> Json:
    report = json.loads(path.read_text(encoding="utf-8"))
    try:
        _marks_of(report)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a report.json") from error
    return report


def _old(path: Path, rewriting: Rewriting) -> Json:
    """The baseline so far; an update may write the first one."""
    if rewriting is Rewriting.UPDATE and not path.exists():
        return {"format": _FORMAT, "requirements": []}
    try:
        return _document(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"the baseline {path} cannot be read: {error}") from error


def _entries(report: Json) -> Iterator[tuple[Json, Json]]:
    yield from ((row, finding) for row in report["requirements"] for finding in row["findings"])


def _marks_of(report: Json) -> tuple[str, ...]:
    return tuple(sorted({mark for row, finding in _entries(report) for mark in _marks(report, row, finding)}))


def _marks(report: Json, row: Json, finding: Json) -> Iterator[str]:
    yield finding["fingerprint"]
    if report.get("format", 1) == 1 and "operation" in finding:
        yield _place(row["id"], finding["operation"], finding.get("at", ""))


def _place(requirement: str, operation: str, at: str) -> str:
    return f"{requirement} {operation} {generalise(at)}"


# Rewriting -----------------------------------------------------------------------------------------------------------


def _rewritten(old: Json, rewriting: Rewriting, evidence: Evidence, rows: tuple[RequirementResult, ...]) -> Json:
    known = frozenset(_marks_of(old))
    now = [
        (row.id, _entry(finding))
        for row in rows
        for finding in row.findings
        if (rewriting is Rewriting.UPDATE or is_accepted(finding, known)) and not _is_waived(row, finding)
    ]
    by_id = {row.id: row for row in rows}
    is_whole = not evidence.header.selection
    kept = [
        (row["id"], {name: finding[name] for name in _ENTRY if name in finding})
        for row, finding in _entries(old)
        if not (is_whole and _is_judged_again(by_id.get(row["id"]), finding))
    ]
    return _as_report(evidence, rows, [*kept, *now])


def _is_waived(row: RequirementResult, finding: Finding) -> bool:
    return any(covers(waiver, finding) for waiver in row.waivers)


def _is_judged_again(row: RequirementResult | None, finding: Json) -> bool:
    verdict = row.by_operation.get(finding.get("operation", ""), Verdict.NONE) if row else Verdict.NONE
    return verdict in {Verdict.PASS, Verdict.FAIL}


_ENTRY = ("fingerprint", "operation", "at", "expected", "received")


def _entry(finding: Finding) -> Json:
    return {name: getattr(finding, name) for name in _ENTRY}


def _as_report(evidence: Evidence, rows: tuple[RequirementResult, ...], entries: list[tuple[str, Json]]) -> Json:
    """The findings by requirement, each fingerprint once, in an order that makes a small difference a small diff."""
    titles = {row.id: row.requirement.title for row in rows}
    distinct = {(id_, entry["fingerprint"]): (id_, entry) for id_, entry in reversed(entries)}
    in_order = sorted(
        distinct.values(), key=lambda each: (each[0], each[1].get("operation", ""), each[1]["fingerprint"])
    )
    return {
        "format": _FORMAT,
        "suite": evidence.header.suite,
        "profile": evidence.header.profile.name,
        "requirements": [
            {"id": id_, "title": titles.get(id_, ""), "findings": [entry for _, entry in group]}
            for id_, group in groupby(in_order, key=lambda each: each[0])
        ],
    }
