"""Renders what a run found first and what to run next, for the end of its own console: a few causes, each with the
requirement that says it best.

Pure.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.model import MUST, Evidence, RunHeader
from conformance.report.analysis.causes import Cause, causes_of
from conformance.report.analysis.worklist import Entry, worklist
from conformance.report.text import worklist as words
from conformance.report.text.counts import counted
from conformance.report.text.reproduction import Reproduction, reproduction
from conformance.report.text.safe_text import one_line
from conformance.verdict.baseline import is_accepted, is_outdated
from conformance.verdict.judge import Judgement
from conformance.verdict.result import Conclusion, Exit

_MOST = 5
_WIDTH = 118
_INDENT = 5
_OWN = "reference"
"""The profile that judges the embedded reference server."""


@dataclass(frozen=True, slots=True)
class Closing:
    """causes: lines, none where nothing failed at a level that counts. command: what to run next. why: its purpose."""

    causes: tuple[str, ...]
    command: str
    why: str


def closing(evidence: Evidence, judgement: Judgement, folder: str) -> Closing:
    """folder: where the report of the run is."""
    entries = worklist(_telling(evidence, judgement))
    why, command = _next(entries, evidence, judgement, folder)
    return Closing(tuple(_causes(entries, reproduction(evidence.header, evidence.outcomes))), command, why)


def _telling(evidence: Evidence, judgement: Judgement) -> Iterator[Cause]:
    """The causes that count: at the levels of the gate, and with a finding that the baseline does not accept."""
    levels = {MUST, *evidence.header.gate.levels}
    baseline = frozenset(evidence.header.gate.baseline)
    for cause in causes_of(evidence, judgement.rows):
        is_known = all(is_accepted(finding, baseline) for finding in cause.findings)
        if cause.result.requirement.level in levels and not is_known:
            yield cause


def _causes(entries: tuple[Entry, ...], reproduced: Reproduction) -> Iterator[str]:
    if entries:
        shown = f", the first {_MOST}" if len(entries) > _MOST else ""
        yield f"{counted(len(entries), 'cause')}{shown}, what to mend first at the top:"
    for place, entry in enumerate(entries[:_MOST], 1):
        requirement = entry.lead.result.requirement
        yield f"{place:>3}  {requirement.id} ({requirement.level.value}) {requirement.title}"
        yield f"{'':{_INDENT}}{one_line(words.sentence(entry).replace('`', ''), _WIDTH - _INDENT)}"
        if rounds := reproduced.rounds_of(entry.lead.first.fingerprint):
            yield f"{'':{_INDENT}}found {rounds}"
        if len(entry.solved) > 1:
            yield f"{'':{_INDENT}}{len(entry.solved)} requirements pass once it is mended"


def _next(entries: tuple[Entry, ...], evidence: Evidence, judgement: Judgement, folder: str) -> tuple[str, str]:
    header = evidence.header
    command = header.reproduce
    if entries:
        lead = entries[0].lead
        again = reproduction(header, evidence.outcomes).of_finding(lead.first)
        return f"{lead.result.id} again, once it is mended", again
    is_known = judgement.conclusion is Conclusion.NOT_CONFORMANT and judgement.exit is Exit.CONFORMANT
    if judgement.conclusion is not Conclusion.CONFORMANT and not is_known:
        return "the same again, once the reason is gone", command
    if is_known and is_outdated(header.gate.baseline, evidence.findings):
        return "to remove what is fixed from the baseline", _pruning(header, folder)
    if header.chosen.shards:
        return "one report of all shards", f"{_merging(header, folder)} --into merged"
    if header.selection:
        return "the whole suite", command
    if header.profile.name == _OWN and " --target " not in command:
        return "your own server", "ably-conformance run --target URL"
    return "what the next build changes", f"{command} --compare-to {shlex.quote(folder)}"


def _pruning(header: RunHeader, folder: str) -> str:
    """Neither a round of a soak nor a shard shows what is fixed: only the report of all of them does."""
    if header.soak or header.chosen.shards:
        return f"{_merging(header, folder)} --baseline-prune BASELINE --into merged"
    return f"{header.reproduce} --baseline-prune"


def _merging(header: RunHeader, folder: str) -> str:
    others = " FOLDERS-OF-THE-OTHER-SHARDS" if header.chosen.shards else ""
    return f"ably-conformance merge {shlex.quote(folder)}{others}"
