"""Runs of the suite as a user starts them: in a process of their own, with the report in a folder of the test."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.paths import ROOT

FOREIGN = ("ABLY_API_KEY", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_CURRENT_TEST")
_PATIENCE = 300


@dataclass(frozen=True)
class Run:
    """status: of the process. said: its standard output and error. worked: seconds of CPU time, with its children."""

    status: int
    said: str
    parent: Path
    worked: float

    @property
    def folder(self) -> Path:
        """Of its report."""
        return (self.parent / "latest").resolve()

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "report.json").read_text())

    @property
    def records(self) -> list[dict[str, Any]]:
        """Of its journal."""
        return [json.loads(line) for line in (self.folder / "journal.jsonl").read_text().splitlines()]

    @property
    def verdicts(self) -> dict[str, str]:
        return {each["id"]: each["verdict"] for each in self.report["requirements"]}


def command(parent: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-q", f"--report-dir={parent}", "-p", "no:cacheprovider", *args]


def environment(**more: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in FOREIGN}, "NO_COLOR": "1", **more}


def suite(parent: Path, *args: str, **env: str) -> Run:
    before = _worked()
    done = subprocess.run(
        command(parent, *args),
        cwd=ROOT,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    return Run(done.returncode, done.stdout, parent, _worked() - before)


def _worked() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
