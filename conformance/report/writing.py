"""Writes the files of a report: HTML, JSON, JUnit, SARIF, Markdown, CTRF, a badge and replay scripts.

A report is a function of the evidence and of the contract with the errata of the run: no clock, no network, no
environment. The same journals give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from conformance.contract import Contract, load
from conformance.errors import UsageError
from conformance.evidence.whole_files import write_whole
from conformance.model import Evidence, Json
from conformance.report import CONTRACT
from conformance.report.analysis import document, history
from conformance.report.analysis.comparison import compare
from conformance.report.analysis.digest import Digest, digest
from conformance.report.analysis.replay_plan import ReplaySource
from conformance.report.formats import badge, ctrf, junit, markdown, replay, sarif
from conformance.report.page import render
from conformance.report.page.render import Past
from conformance.verdict.judge import Judgement

_MOST_REPLAYS = 200


def write(
    evidence: Evidence,
    judgement: Judgement,
    folder: Path,
    contract: Contract,
    *,
    earlier: Json | None = None,
    history_file: Path | None = None,
) -> tuple[str, ...]:
    """Write all files of the report into a folder. Returns remarks for the user: an unusable history costs no report.

    contract: that of the run, with its errata. earlier: the report to compare with, from `comparison.read`.
    history_file: the SQLite file of earlier runs; this run is added to it.
    """
    found = digest(evidence, judgement, contract)
    comparison = compare(earlier, found) if earlier else None
    run = history.run_of(found)
    trend, remarks = _trend(run, history_file) if history_file else ((), ())
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _files(found, Past(comparison, trend)):
        write_whole(folder / name, content)
    _write_replays(found, folder / "replay")
    return remarks or (_recorded(run, history_file) if history_file else ())


def contract_of(evidence: Evidence, folders: Iterable[Path]) -> Contract:
    """The contract that runs were judged by. Raises UsageError when none of their folders has the one they name."""
    facts, errata = evidence.header.contract, evidence.header.profile.errata
    if not facts.file:
        return load(errata)
    kept = (folder / CONTRACT for folder in folders)
    for contract in (load(errata, path.resolve()) for path in kept if path.is_file()):
        if contract.sha256 == facts.sha256:
            return replace(contract, file=facts.file)
    raise UsageError(f"the run was judged by {facts.name}, and no folder has it as {CONTRACT}")


def _trend(run: history.Run, path: Path) -> tuple[tuple[history.Run, ...], tuple[str, ...]]:
    """The earlier runs and this one, which is recorded only once its report is there."""
    try:
        earlier = [each for each in history.trend(path, run) if each.run != run.run]
    except (UsageError, OSError) as error:
        return (), (f"this run is not in the trend: {error}",)
    return (*earlier, run), ()


def _recorded(run: history.Run, path: Path) -> tuple[str, ...]:
    try:
        history.record(path, run)
    except (UsageError, OSError) as error:
        return (f"this run is not in the trend: {error}",)
    return ()


def _files(found: Digest, past: Past) -> Iterator[tuple[str, bytes]]:
    """Rendered one by one, the machine-readable ones first, so that an error in a later one costs no earlier one."""
    yield "report.json", document.render(found).encode()
    yield "junit.xml", junit.render(found)
    yield "summary.md", markdown.render(found, past.comparison).encode()
    yield "report.html", render.render(found, past, found.contract.text).encode()
    yield "report.sarif", sarif.render(found).encode()
    yield "ctrf-report.json", ctrf.render(found).encode()
    yield "badge.svg", badge.image(found).encode()
    yield "badge.json", badge.endpoint(found).encode()


def _write_replays(found: Digest, folder: Path) -> None:
    source = ReplaySource(found.evidence)
    for cause in found.causes[:_MOST_REPLAYS]:
        if found.exchanges_of(cause.first):
            folder.mkdir(exist_ok=True)
            script = replay.script(cause, source)
            write_whole(folder / replay.name(cause), script.encode())
