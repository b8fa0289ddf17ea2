"""The reference server runs in its own process for the time of a run, and a failed start is a suite error."""

from __future__ import annotations

import sys
import time

import pytest

from conformance.errors import SuiteError
from conformance.model import Request
from conformance.target import embedded
from conformance.target.embedded import reference_server
from conformance.wire.transport import open_session, transmit


def test_the_server_stops_when_its_context_ends():
    with reference_server() as url:
        during, _ = transmit(open_session(), Request("GET", f"{url}/time"), 5)
    after, failure = transmit(open_session(), Request("GET", f"{url}/time"), 5)

    assert during.status == 200
    assert (after, failure) == (None, "connection refused")


def pretending(monkeypatch, program: str) -> None:
    """Start another program in place of the reference server."""
    path = sys.executable
    start = embedded.subprocess.Popen
    monkeypatch.setattr(embedded.subprocess, "Popen", lambda _, **how: start([path, "-c", program], **how))


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("raise SystemExit('the port is taken')", "the port is taken"),
        ("print('hello')", "no output"),
        ("", "no output"),
    ],
)
def test_a_server_that_does_not_start_is_a_suite_error_with_its_last_output(monkeypatch, program, words):
    pretending(monkeypatch, program)

    with pytest.raises(SuiteError, match=f"The reference server did not start: {words}"), reference_server():
        pass


def test_waiting_for_a_silent_server_ends(monkeypatch):
    monkeypatch.setattr(embedded, "_PATIENCE", 0.3)
    pretending(monkeypatch, "import time; time.sleep(60)")

    with pytest.raises(SuiteError, match="no output"), reference_server():
        pass


def test_a_server_with_much_output_is_not_blocked_by_a_full_pipe(monkeypatch, tmp_path):
    done = tmp_path / "done"
    pretending(
        monkeypatch,
        "import pathlib, sys\nprint('ready http://x', flush=True)\n"
        "for stream in (sys.stdout, sys.stderr): print('x' * 1_000_000, file=stream, flush=True)\n"
        f"pathlib.Path({str(done)!r}).touch()\nsys.stdin.read()",
    )

    with reference_server() as url:
        for _ in range(500):
            if done.exists():
                break
            time.sleep(0.01)

    assert url == "http://x"
    assert done.exists()
