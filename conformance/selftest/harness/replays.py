"""Judges a mutant by a part of the suite, and then does what its report says: every replay script, every command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.evidence.journal import journals_in, read
from conformance.model import Evidence
from conformance.paths import SUITE
from conformance.proof.mutants import run_quietly
from conformance.reference.mutants import MUTANTS
from conformance.reference.server import serving_in_thread
from conformance.report.analysis.causes import Cause, causes_of
from conformance.report.formats import replay
from conformance.report.text.reproduction import reproduction
from conformance.verdict.judge import judge

_PATIENCE = 60
_STEP = re.compile(
    r"^== (?:\d+\. )?(?P<what>.*?)(?: \(the run received (?P<status>\S+?)(?:, \d+ times)?\))?$", re.MULTILINE
)
_STATUS = re.compile(r"^HTTP/\S+ (\d{3})", re.MULTILINE)


@dataclass(frozen=True)
class Judged:
    """A mutant that is still served at `url`, and the report of the run that judged it. folder: an empty one."""

    url: str
    report: Path
    folder: Path
    evidence: Evidence
    causes: tuple[Cause, ...]


@contextmanager
def judged(mutant: str, folder: Path, selection: str = "") -> Iterator[Judged]:
    """selection: of -k; "" for the requirement that the mutant breaks."""
    parts, empty = MUTANTS[mutant], folder / "empty"
    empty.mkdir()
    chosen = selection or parts.seen_by or parts.breaks
    with serving_in_thread(parts.parts) as url:
        options = ["--profile=mutants", "--target", url, "--seed=7", "--examples=6", "-k", chosen]
        run_quietly([str(SUITE), *options, "--report-dir", str(folder / "reports")])
        report = (folder / "reports" / "latest").resolve()
        evidence = read(journals_in(report))
        yield Judged(url, report, empty, evidence, causes_of(evidence, judge(evidence).rows))


def commands(found: Judged) -> dict[str, set[str]]:
    """Every different command that the report gives, with the requirements that it has to show again."""
    reproduced = reproduction(found.evidence.header, found.evidence.outcomes)
    shown: dict[str, set[str]] = defaultdict(set)
    for cause in found.causes:
        shown[reproduced.of_finding(cause.first)].add(cause.result.id)
    return shown


def shown_again(found: Judged, command: str) -> set[str]:
    """The requirements that fail when a command of the report is given to a shell in an empty folder."""
    with_us = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": with_us, "HOME": str(found.folder), "PYTEST_ADDOPTS": "-p no:unraisableexception"}
    folder = found.folder / str(abs(hash(command)))
    folder.mkdir()
    subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, timeout=_PATIENCE * 3, check=False
    )
    again = read(journals_in(folder / "reports" / "latest"))
    return {finding.requirement for finding in again.findings}


def replay_gaps(found: Judged) -> Iterator[str]:
    """Sentences on scripts of the report that cannot be run from an empty folder, or show another thing."""
    scripts = sorted((found.report / "replay").glob("*.sh"))
    missing = {replay.name(cause) for cause in found.causes if cause.first.exchanges} - {each.name for each in scripts}
    yield from (f"{name} is not there" for name in sorted(missing))
    with ThreadPoolExecutor(4) as pool:
        for script, said in zip(scripts, pool.map(lambda each: _said(each, found.folder), scripts), strict=True):
            yield from (f"{script.name}: {gap}" for gap in _gaps(said))


def _said(script: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(script)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_PATIENCE,
        check=False,
    )


def _gaps(done: subprocess.CompletedProcess[str]) -> Iterator[str]:
    """The status of each step has to be the one that the run received."""
    if done.returncode or done.stderr:
        yield f"exit status {done.returncode}: {done.stderr.strip()[-300:]}"
    steps = list(_STEP.finditer(done.stdout))
    ends = [each.start() for each in steps[1:]] + [len(done.stdout)]
    for step, end in zip(steps, ends, strict=True):
        statuses = _STATUS.findall(done.stdout[step.end() : end])
        if step["status"] and step["status"] not in statuses[:1]:
            yield f"{step['what']}: the run received {step['status']}, the replay {' '.join(statuses) or 'nothing'}"
