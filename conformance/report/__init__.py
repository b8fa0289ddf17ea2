"""Journals become what people and machines read: a page, JSON, JUnit, SARIF, Markdown, CTRF, a badge.

A report is a function of the evidence and of the contract that it was judged by: no clock, no network, no
environment. The same journals give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.contract import load
from conformance.model import Evidence, Json
from conformance.report.analysis import document, history
from conformance.report.analysis.comparison import compare
from conformance.report.analysis.digest import Digest, digest
from conformance.report.formats import badge, ctrf, junit, markdown, replay, sarif
from conformance.report.page import render
from conformance.report.page.render import Past
from conformance.verdict.judge import Judgement

__all__ = ["write"]

_MOST_REPLAYS = 200


def write(
    evidence: Evidence,
    judgement: Judgement,
    folder: Path,
    contract_text: str,
    *,
    earlier: Json | None = None,
    history_file: Path | None = None,
) -> None:
    """Write every form of the report into a folder.

    contract_text: openapi.yaml as published. earlier: a report to compare with, from `comparison.read`.
    history_file: the SQLite file that this run is entered in, and whose earlier runs the page draws.
    """
    found = digest(evidence, judgement, load(evidence.header.profile.errata), contract_text)
    comparison = compare(earlier, found) if earlier else None
    past = Past(comparison, _trend(found, history_file) if history_file else ())
    folder.mkdir(parents=True, exist_ok=True)
    for name, rendered in _forms(found, past):
        (folder / name).write_bytes(rendered)
    _write_replays(found, folder / "replay")


def _forms(found: Digest, past: Past) -> Iterator[tuple[str, bytes]]:
    """One after the other, those for machines first: a flaw in a later form takes no earlier one away."""
    yield "report.json", document.render(found).encode()
    yield "junit.xml", junit.render(found)
    yield "summary.md", markdown.render(found, past.comparison).encode()
    yield "report.html", render.render(found, past).encode()
    yield "report.sarif", sarif.render(found).encode()
    yield "ctrf-report.json", ctrf.render(found).encode()
    yield "badge.svg", badge.image(found).encode()
    yield "badge.json", badge.endpoint(found).encode()


def _trend(found: Digest, path: Path) -> tuple[history.Run, ...]:
    run = history.run_of(found)
    history.record(path, run)
    return history.trend(path, run)


def _write_replays(found: Digest, folder: Path) -> None:
    for cause in found.causes[:_MOST_REPLAYS]:
        exchanges = found.exchanges_of(cause.first)
        if exchanges:
            folder.mkdir(exist_ok=True)
            text = replay.script(cause, exchanges, found.header.url)
            (folder / replay.name(cause)).write_bytes(text.encode())
