"""A process that ends with the one that began it."""

from __future__ import annotations

import signal
import subprocess
import sys

from conformance.selftest.harness.runs import environment

BEGIN = "import sys, time; from conformance.run.parent import end_with_parent; end_with_parent(); "


def began(then: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-P", "-c", BEGIN + then], stdin=subprocess.PIPE, env=environment())


def test_a_process_is_terminated_once_its_parent_is_gone():
    with began("time.sleep(60)") as running:
        assert running.stdin
        running.stdin.close()
        assert running.wait(30) == -signal.SIGTERM


def test_a_process_whose_parent_lives_finds_nothing_in_its_standard_input():
    with began("sys.exit(len(sys.stdin.read()))") as running:
        assert running.wait(30) == 0
