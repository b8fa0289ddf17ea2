"""Proof against false alarms: servers that choose otherwise where documents leave room, judged by the suite.

    ably-conformance choices [options of pytest]

No MUST may fail on any of them. Each bundle of choices is judged by the whole suite, and each choice of motion alone by
the areas that meet it: what is in motion in one way only must not be hidden by another.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from subprocess import PIPE, STDOUT

from conformance.command_line import suite_command
from conformance.paths import SUITE
from conformance.reference.choices import CHOICES, bundles
from conformance.target.embedded import reference_server


@dataclass(frozen=True, slots=True)
class Trial:
    """A server to judge. name: of its choice or bundle. selection: an expression for pytest's -k, "" for everything."""

    name: str
    choices: int
    selection: str = ""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """conclusion: what the run said last, from the heading of the suite on. seconds: how long it took."""

    trial: Trial
    exit_status: int
    conclusion: str
    seconds: float


def trials() -> tuple[Trial, ...]:
    alone = [Trial(each.name, 1, each.judged_alone_by) for each in CHOICES.values() if each.judged_alone_by]
    return (*(Trial(f"all:{number}", len(names)) for number, names in enumerate(bundles(), 1)), *alone)


def judge_all(arguments: Sequence[str]) -> Iterator[TrialResult]:
    """One after the other; the number of a trial is its seed."""
    for seed, trial in enumerate(trials(), 1):
        yield judge(trial, seed, arguments)


def judge(trial: Trial, seed: int, arguments: Sequence[str]) -> TrialResult:
    began = time.monotonic()
    with reference_server(choices=[trial.name]) as url:
        selection = ["-k", trial.selection] if trial.selection else []
        options = [str(SUITE), "--profile=sandbox", "--target", url, f"--seed={seed}", "--tb=no", "-rN", *selection]
        command = [sys.executable, "-m", "pytest", *suite_command([*options, *arguments])]
        run = subprocess.run(command, check=False, stdout=PIPE, stderr=STDOUT, text=True)  # noqa: S603  our arguments
    return TrialResult(trial, run.returncode, _conclusion(run.stdout), time.monotonic() - began)


def _conclusion(output: str) -> str:
    """A run that ended before it could conclude is shown by its last lines."""
    lines = output.splitlines()
    heading = next((at for at, line in enumerate(lines) if line.strip("= ") == "conformance"), len(lines) - 20)
    return "\n".join(lines[max(heading, 0) :])
