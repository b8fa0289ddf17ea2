"""Proof against false alarms: servers that choose otherwise where documents leave room, judged by the whole suite.

    ably-conformance choices [options of pytest]

No MUST may fail on any of them: each bundle of choices has to be conformant.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.command_line import suite_command
from conformance.paths import SUITE
from conformance.reference.choices import bundles
from conformance.target.embedded import reference_server


@dataclass(frozen=True, slots=True)
class BundleResult:
    """One bundle of choices and the exit status of its run. seconds: how long the run took."""

    name: str
    choices: int
    exit_status: int
    seconds: float


def judge_all(arguments: Sequence[str]) -> Iterator[BundleResult]:
    """Run the whole suite against each bundle, one after the other; the number of a bundle is its seed."""
    for seed, choices in enumerate(bundles(), 1):
        name, began = f"all:{seed}", time.monotonic()
        with reference_server(choices=[name]) as url:
            options = [str(SUITE), "--profile=sandbox", "--target", url, f"--seed={seed}", "--tb=no", "-q", *arguments]
            command = [sys.executable, "-m", "pytest", *suite_command(options)]
            status = subprocess.run(command, check=False).returncode  # noqa: S603  our own arguments
        yield BundleResult(name, len(choices), status, time.monotonic() - began)
