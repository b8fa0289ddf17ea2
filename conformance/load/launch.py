"""Starts master and workers of a load as processes of this machine, and ends them all, however the load ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from conformance.command_line import KEY_VARIABLE, unambiguous
from conformance.errors import SuiteError, UsageError
from conformance.load.settings import STATUS_VARIABLE, TYPED_VARIABLE, WATCH_VARIABLE, settings_of
from conformance.verdict.result import Exit

_FILE = Path(__file__).with_name("locustfile.py")
_PATIENCE = 15.0
"""Seconds that all workers together have to end after their master."""

_FOR_WORKERS = 60
"""Seconds that the master waits for its workers to begin."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def launch(options: Mapping[str, str], target: str, workers: int, environment: Mapping[str, str]) -> int:
    """The exit status of the load. options: of a load, by their names. environment: with the key, of all processes.

    Raises UsageError, before anything is started, for invalid options, and where Locust is not installed; SuiteError
    where Locust ended without a status of the load.
    """
    settings_of(options["--rates"], options["--step"], options["--judge-every"])
    if find_spec("locust") is None:
        raise UsageError("a load needs Locust: pip install 'ably-conformance[load]'")
    port = _free_port()
    place = ["--master-bind-host=127.0.0.1", f"--master-bind-port={port}"]
    size = [f"--expect-workers={workers}", f"--expect-workers-max-wait={_FOR_WORKERS}"]
    # each option, also one without a value: a locust.conf of the folder would have the word otherwise
    given = [f"--host={target}", *(f"{unambiguous(name)}={value}" for name, value in options.items())]
    lead = [*_command(), "--headless", "--master", *place, *size, "--only-summary", *given]
    follow = [*_command(), "--worker", "--master-host=127.0.0.1", f"--master-port={port}"]
    hearing, telling = os.pipe()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with _forwarding(processes) as asked:
            processes.append(_started(lead, {**environment, STATUS_VARIABLE: str(telling)}, telling))
            processes.extend(_started(follow, environment) for _ in range(workers))
            status = processes[0].wait()
    finally:
        _end(processes)
        os.close(telling)
        told = _told(hearing)
    if told is not None:
        return told
    if asked:
        return Exit.INTERRUPTED.value
    raise SuiteError(f"the load has no result: Locust ended with the status {status}", "Its last lines may say why")


def _command() -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(_FILE), "--processes=0", "--skip-log-setup"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _started(command: list[str], environment: Mapping[str, str], *kept_open: int) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C of a terminal is for this process, which tells the master.

    kept_open: descriptors.
    """
    clean = {name: value for name, value in environment.items() if not name.startswith("LOCUST_")}
    return subprocess.Popen(  # noqa: S603  our own
        command, env={**clean, WATCH_VARIABLE: "1"}, stdin=subprocess.PIPE, start_new_session=True, pass_fds=kept_open
    )


@contextmanager
def _forwarding(processes: list[subprocess.Popen[bytes]]) -> Iterator[list[int]]:
    """The signals so far. The first one asks the master to end with a report; another one ends it at once.

    processes: the master is the first of them. A signal that is ignored, as nohup has it, stays so.
    """

    def hand_on(number: int, _frame: FrameType | None) -> None:
        for master in processes[:1]:
            master.send_signal(signal.SIGKILL if asked else signal.SIGINT)
        asked.append(number)

    asked: list[int] = []
    heard = [each for each in _SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, hand_on) for each in heard}
    try:
        yield asked
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """All at once: the end of its standard input tells a process that it is no longer needed."""
    deadline = time.monotonic() + _PATIENCE
    for each in processes:
        if each.stdin:
            each.stdin.close()
    for each in processes:
        try:
            each.wait(max(deadline - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            each.kill()
            each.wait()


def _told(descriptor: int) -> int | None:
    """The last status that the master told of the load, None without one."""
    with open(descriptor, encoding="ascii") as pipe:
        statuses = pipe.read().split()
    return int(statuses[-1]) if statuses else None


def environment_with(key: str) -> dict[str, str]:
    """That of this process, with a key that was typed: it takes precedence over that of a profile's variable."""
    return {**os.environ, **({KEY_VARIABLE: key, TYPED_VARIABLE: "1"} if key else {})}
