"""Runs the reference server in a process of its own, on loopback, for the time of a run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import IO

from conformance.errors import SuiteError

_PATIENCE = 20.0
"""Seconds to start, and again to stop."""


@contextmanager
def reference_server(mutant: str = "", choices: Iterable[str] = ()) -> Iterator[str]:
    """Start it on a free port and yield its URL. Raises SuiteError with its last output when it does not start."""
    command = [
        sys.executable,
        "-m",
        "conformance.reference",
        "--host",
        "127.0.0.1",
        "--http-port",
        "0",
        "--exit-with-parent",
    ]
    chosen = ["--mutant", mutant] if mutant else [f"--choice={each}" for each in choices]
    with (
        tempfile.TemporaryFile() as words,  # a pipe that is not read would block the server
        subprocess.Popen(  # noqa: S603  our own module, our own arguments
            command + chosen,
            stdin=subprocess.PIPE,  # it ends when this process ends, however that happens
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
            start_new_session=True,  # Ctrl-C of a terminal is for this process alone
        ) as process,
    ):
        try:
            yield _url(process, words)
        finally:
            process.terminate()
            _wait(process)


def _url(process: subprocess.Popen[str], words: IO[bytes]) -> str:
    first = _first_line(process).split()
    if len(first) < 2 or first[0] != "ready":
        process.kill()
        process.wait()
        words.seek(0)
        last = words.read().decode("utf-8", "replace").strip().splitlines()[-1:]
        raise SuiteError(f"The reference server did not start: {' '.join(last) or 'no output'}")
    return first[1]


def _first_line(process: subprocess.Popen[str]) -> str:
    lines: Queue[str] = Queue()
    threading.Thread(target=_listen, args=(process.stdout, lines), daemon=True).start()
    try:
        return lines.get(timeout=_PATIENCE)
    except Empty:
        return ""


def _listen(said: IO[str], lines: Queue[str]) -> None:
    """Read the output to its end, so that the server never blocks on a full pipe."""
    lines.put(said.readline())
    for _ in said:
        pass


def _wait(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
