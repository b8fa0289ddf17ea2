"""Starts master and workers of a load as processes of this machine, and ends them all, however the load ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from conformance.command_line import unambiguous
from conformance.errors import UsageError
from conformance.load.settings import KEY_VARIABLE, TYPED_VARIABLE, settings_of
from conformance.verdict.result import Exit

_FILE = Path(__file__).with_name("locustfile.py")
_PATIENCE = 10.0
"""Seconds that a worker has to end after its master."""


def launch(options: Mapping[str, str], target: str, workers: int, environment: Mapping[str, str]) -> int:
    """The exit status of the load. options: of a load, by their names. environment: with the key, of all processes.

    Raises UsageError, before anything is started, for what cannot be meant, and where Locust is not installed.
    """
    settings_of(options["--rates"], options["--step"], options["--judge-every"])
    if find_spec("locust") is None:
        raise UsageError("a load needs Locust: pip install 'ably-conformance[load]'")
    port = _free_port()
    given = [f"{unambiguous(name)}={value}" for name, value in options.items() if value]
    host = [f"--host={target}"] if target else []
    place = ["--master-bind-host=127.0.0.1", f"--master-bind-port={port}", f"--expect-workers={workers}"]
    lead = [*_command(), "--headless", "--master", *place, "--only-summary", *host, *given]
    follow = [*_command(), "--worker", "--master-host=127.0.0.1", f"--master-port={port}"]
    with _running(lead, environment) as master, _forwarding(master) as asked:
        followers = [_started(follow, environment) for _ in range(workers)]
        try:
            status = master.wait()
            return Exit.INTERRUPTED.value if asked else status
        finally:
            for each in followers:
                _end(each)


def _command() -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(_FILE), "--skip-log-setup"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _started(command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C of a terminal is for this process, which tells the master."""
    clean = {name: value for name, value in environment.items() if not name.startswith("LOCUST_")}
    return subprocess.Popen(command, env=clean, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603  our own


@contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = _started(command, environment)
    try:
        yield process
    finally:
        _end(process)


@contextmanager
def _forwarding(master: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """The signals so far. The first one asks the master to end with a report; another one ends it at once."""

    def hand_on(number: int, _frame: FrameType | None) -> None:
        master.send_signal(signal.SIGKILL if asked else signal.SIGINT)
        asked.append(number)

    asked: list[int] = []
    before = {each: signal.signal(each, hand_on) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_PATIENCE if process.poll() is None else 0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment_with(key: str) -> dict[str, str]:
    """That of this process, with a key that was typed: it takes precedence over that of a profile's variable."""
    return {**os.environ, **({KEY_VARIABLE: key, TYPED_VARIABLE: "1"} if key else {})}
