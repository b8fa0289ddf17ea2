"""Journals become what people and machines read: a page, JSON, JUnit, Markdown.

A report is a function of the evidence: no clock, no network, no environment. The same journals give the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from conformance.evidence import Evidence
from conformance.report import json_report, junit, markdown, page
from conformance.report.digest import digest
from conformance.verdict import Judgement

__all__ = ["write"]


def write(evidence: Evidence, judgement: Judgement, folder: Path, contract_text: str) -> None:
    """Write every form of the report into a folder. contract_text: openapi.yaml as published."""
    found = digest(evidence, judgement, contract_text)
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"report.json": json_report, "report.html": page, "summary.md": markdown}
    for name, writer in texts.items():
        (folder / name).write_text(writer.render(found), encoding="utf-8", newline="\n")
    (folder / "junit.xml").write_bytes(junit.render(found))
