"""docs/hostile-targets.md: each mode, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.paths import ROOT
from conformance.selftest.hostile.modes import KINDS
from conformance.selftest.hostile.trial import Result

PAGE = ROOT / "docs" / "hostile-targets.md"


def render(results: Iterable[Result]) -> str:
    results = list(results)
    lines = [
        "# Hostile targets",
        "",
        f"{len(results)} ways to misbehave, and what a run makes of each: the verdict, the seconds and the peak memory",
        "of the run. A misbehaving target is `fail` or `inconclusive` with the reason, never `error` and never `pass`;",
        "`pass` stands beside what is right. Each row was judged in a run of a part of the suite: its report was",
        "whole, its console had no control characters, and nothing was written outside of the folder of the reports.",
        "",
        "Written by `tox run -e hostile -- --write`; the command fails when a mode ends otherwise than it has to, or",
        "takes more than 120 s or 300 MB.",
    ]
    for kind, title in KINDS.items():
        lines += ["", f"## {title}", "", "| mode | what it does | verdict | seconds | MB |", "|---|---|---|--:|--:|"]
        lines += [_row(each) for each in results if each.mode.kind == kind]
    return "\n".join(lines) + "\n"


def _row(result: Result) -> str:
    mode = result.mode
    return f"| `{mode.name}` | {mode.does} | {result.verdict} | {result.seconds:.0f} | {result.memory:.0f} |"
