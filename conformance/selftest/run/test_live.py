"""The console of `ably-conformance run`: the suite's own, on a terminal and in a log, and pytest's with -v."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from conformance.selftest.harness.runs import environment

COMMAND = str(Path(sys.executable).parent / "ably-conformance")
QUICK = ("--seed", "7", "--mutant", "server-has-no-id", "conformance/suite/protocol/test_time.py")
DEVICES = "conformance/suite/push/test_devices_removal.py"
HEAD = re.compile(r"^ +1  HDR-01 \(must\) \S", re.MULTILINE)
PROGRESS = re.compile(r"\d+ of \d+ tests, [\d.]+ requests a second, (no findings|findings in [\w, -]+)")


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command as a user types it, with its output in a pipe."""
    return subprocess.run(
        [COMMAND, "run", *arguments],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


def run_on_terminal(folder: Path, columns: int, *arguments: str, terminal: str = "xterm") -> str:
    """What a terminal of so many columns receives."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    env = {name: value for name, value in environment(TERM=terminal).items() if name not in {"CI", "COLUMNS"}}
    with subprocess.Popen([COMMAND, "run", *arguments], cwd=folder, env=env, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        received = b"".join(iter(lambda: _read(ours), b""))
        process.wait(timeout=300)
    os.close(ours)
    return received.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux says so when the other end is closed
        return b""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_console_of_a_run_is_the_suites_own(tmp_path, workers):
    done = run(tmp_path, *QUICK, "-n", workers)
    lines = done.stdout.strip().splitlines()

    assert done.returncode == 1
    assert [word for word in ("FAILED", "bringing up", "===", " passed", "warnings") if word in done.stdout] == []
    assert lines[0].startswith("target "), "what is about to happen comes first"
    (judged,) = [line for line in lines if PROGRESS.match(line)]
    assert "findings in 2 requirements" in judged
    assert HEAD.search(done.stdout)
    assert [line.partition(" ")[0] for line in lines[-3:]] == ["not", "next,", "report:"]
    assert len(lines) < 24


def test_a_quiet_run_says_only_what_it_ended_with(tmp_path):
    done = run(tmp_path, *QUICK, "-q")
    lines = done.stdout.strip().splitlines()

    assert PROGRESS.match(lines[0]), done.stdout
    assert lines[-1].startswith("report: ")


def test_what_tests_assert_is_told_as_a_cause_and_in_no_line_of_pytest(tmp_path):
    done = run(tmp_path, "--seed", "7", "--mutant", "unregister-keeps-subscriptions", "-k", "DEV-07", DEVICES)

    assert done.returncode == 1
    assert "FAILED" not in done.stdout
    assert re.search(r"^ +1  DEV-07 \(must\) ", done.stdout, re.MULTILINE)
    assert "next, DEV-07 again, once it is mended: ably-conformance run --profile reference --seed 7" in done.stdout


def test_with_v_the_console_is_pytests(tmp_path):
    done = run(tmp_path, *QUICK, "-v", "-n", "0")

    assert "test session starts" in done.stdout
    assert "PASSED" in done.stdout
    assert done.stdout.strip().splitlines()[-1].startswith("not conformant: 1 of ")


def test_a_terminal_has_one_line_that_is_written_over_and_fits(tmp_path):
    received = run_on_terminal(tmp_path, 60, *QUICK, "-n", "0")
    over = [part for part in re.findall(r"\r([^\r\n]+)(?=\r[^\n])", received) if part.strip()]

    assert over, received
    assert all(len(part) < 60 for part in over)
    assert PROGRESS.search(received)
    assert "\x1b" not in received  # NO_COLOR


def test_a_terminal_that_cannot_write_over_gets_lines(tmp_path):
    received = run_on_terminal(tmp_path, 60, *QUICK, "-n", "0", terminal="dumb")

    assert re.findall(r"\r(?!\n)", received) == []
    assert PROGRESS.search(received)


def test_a_module_that_cannot_be_imported_is_shown(tmp_path):
    own = tmp_path / "test_own.py"
    own.write_text(
        "import nothing_of_this_name\nfrom conformance.requirement import requirement\n"
        '@requirement("ACM-01", None, "t", clause=None, operations=())\ndef test_own():\n    pass\n'
    )

    done = run(tmp_path, "--also", str(own), "-k", "ACM-01")

    assert "No module named 'nothing_of_this_name'" in done.stdout
    assert done.returncode not in {0, 1}


def test_an_interrupted_run_says_so_and_what_it_had_found(tmp_path):
    (tmp_path / "stopping.py").write_text(
        "import os, signal\ndef pytest_runtest_logreport(report):\n"
        "    if report.when == 'call': os.kill(os.getpid(), signal.SIGINT)\n"
    )
    done = run(tmp_path, *QUICK, "-n", "0", "-p", "stopping", PYTHONPATH=str(tmp_path))

    assert done.returncode == 2
    assert "KeyboardInterrupt" in done.stdout
    assert "report: " in done.stdout


def test_a_worker_that_dies_is_named(tmp_path):
    (tmp_path / "dying.py").write_text(
        "import os\ndef pytest_runtest_call(item):\n    if 'time' in item.nodeid: os._exit(9)\n"
    )
    done = run(tmp_path, *QUICK, "-n", "2", "--max-worker-restart=0", "-p", "dying", PYTHONPATH=str(tmp_path))

    assert re.search(r"^the worker gw\d ended: ", done.stdout, re.MULTILINE), done.stdout
    assert done.returncode != 0
