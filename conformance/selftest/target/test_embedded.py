"""The reference server in its own process: it is there, it is gone, and it says why it is not."""

from __future__ import annotations

import sys
import time

import pytest

from conformance.errors import SuiteError
from conformance.model import Request
from conformance.target import embedded
from conformance.target.embedded import reference_server
from conformance.wire.transport import open_session, transmit


def test_it_serves_as_long_as_it_is_asked_for_and_no_longer():
    with reference_server() as url:
        during, _ = transmit(open_session(), Request("GET", f"{url}/time"), 5)
    after, failure = transmit(open_session(), Request("GET", f"{url}/time"), 5)

    assert during.status == 200
    assert (after, failure) == (None, "nobody listens there: connection refused")


def pretending(monkeypatch, program: str) -> None:
    """A server that is another program."""
    path = sys.executable
    start = embedded.subprocess.Popen
    monkeypatch.setattr(embedded.subprocess, "Popen", lambda _, **how: start([path, "-c", program], **how))


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("raise SystemExit('the port is taken')", "the port is taken"),
        ("print('hello')", "it said nothing"),
        ("", "it said nothing"),
    ],
)
def test_a_server_that_does_not_start_is_our_error_with_its_last_words(monkeypatch, program, words):
    pretending(monkeypatch, program)

    with pytest.raises(SuiteError, match=f"The reference server did not start: {words}"), reference_server():
        pass


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(embedded, "_PATIENCE", 0.3)
    pretending(monkeypatch, "import time; time.sleep(60)")

    with pytest.raises(SuiteError, match="it said nothing"), reference_server():
        pass


def test_a_talkative_server_is_not_stopped_by_a_full_pipe(monkeypatch, tmp_path):
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
