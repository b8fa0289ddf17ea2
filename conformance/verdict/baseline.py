"""Reads a baseline: the findings of an earlier report.json, which the gate accepts.

In format 2 a finding is known by its fingerprint. In format 1 the fingerprint of a scenario's finding held its wording,
which has changed; there such a finding is known by its requirement and operation.
"""

from __future__ import annotations

import json
from pathlib import Path

from conformance.model import Finding, Json


def read_baseline(path: Path) -> tuple[str, ...]:
    """The marks of the accepted findings. Raises OSError, or ValueError when the file is not a report.json."""
    report = json.loads(path.read_text(encoding="utf-8"))
    try:
        return tuple(sorted({mark for row in report["requirements"] for mark in _marks(report, row)}))
    except (KeyError, TypeError) as error:
        raise ValueError("not a report.json") from error


def _marks(report: Json, row: Json) -> list[str]:
    marks = [finding["fingerprint"] for finding in row["findings"]]
    if report.get("format", 1) == 1:
        marks += [_place(row["id"], finding["operation"]) for finding in row["findings"] if "operation" in finding]
    return marks


def is_accepted(finding: Finding, baseline: frozenset[str]) -> bool:
    """Whether the baseline holds a finding. Only findings of scenarios, which have a subject, are known by place."""
    place = _place(finding.requirement, finding.operation)
    return finding.fingerprint in baseline or (bool(finding.subject) and place in baseline)


def _place(requirement: str, operation: str) -> str:
    return f"{requirement} {operation}"
