"""Reads a baseline: the findings of an earlier report.json, which the gate accepts.

A finding is known by its fingerprint. Fingerprints of format 1 held wordings that have changed since, so a finding of a
report of that format is known, too, by where it is: requirement, operation and place in the answer.
"""

from __future__ import annotations

import json
from pathlib import Path

from conformance.model import Finding, Json, generalise


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
        marks += [
            _place(row["id"], each["operation"], each.get("at", "")) for each in row["findings"] if "operation" in each
        ]
    return marks


def is_accepted(finding: Finding, baseline: frozenset[str]) -> bool:
    """Whether the baseline holds a finding, by its fingerprint or, for a report of format 1, by its place."""
    return finding.fingerprint in baseline or _place(finding.requirement, finding.operation, finding.at) in baseline


def _place(requirement: str, operation: str, at: str) -> str:
    return f"{requirement} {operation} {generalise(at)}"
