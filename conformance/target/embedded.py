"""Runs the reference server in a process of its own, on loopback, for the time of a run."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from typing import IO

from conformance.errors import SuiteError

_PATIENCE = 20.0
"""Seconds to start, and again to stop."""


@contextmanager
def reference_server(mutant: str = "", choices: Iterable[str] = ()) -> Iterator[str]:
    """Start it on a free port and yield its URL. Raises SuiteError with its last output when it does not start."""
    address = ["--host", "127.0.0.1", "--http-port", "0"]
    variant = ["--mutant", mutant] if mutant else [f"--choice={each}" for each in choices]
    with subprocess.Popen(  # noqa: S603  our own module, our own arguments
        [sys.executable, "-m", "conformance.reference", *address, "--exit-with-parent", *variant],
        stdin=subprocess.PIPE,  # it ends when this process ends, however that happens
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C of a terminal is for this process alone
    ) as process:
        try:
            yield _url(process)
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _url(process: subprocess.Popen[str]) -> str:
    lines: Queue[str] = Queue()
    errors: deque[str] = deque(maxlen=2)  # the last line, and the end
    listeners = [
        threading.Thread(target=_listen, args=(process.stdout, lines.put), daemon=True),
        threading.Thread(target=_listen, args=(process.stderr, errors.append), daemon=True),
    ]
    for listener in listeners:
        listener.start()
    try:
        first = lines.get(timeout=_PATIENCE).split()
    except Empty:
        first = []
    if len(first) < 2 or first[0] != "ready":
        process.kill()
        process.wait()
        listeners[1].join(_PATIENCE)
        raise SuiteError(f"The reference server did not start: {''.join(errors).strip() or 'no output'}")
    return first[1]


def _listen(output: IO[str], take: Callable[[str], object]) -> None:
    """Read a pipe to its end, so that the server never blocks on a full one."""
    with suppress(ValueError):  # closed while it was read: the server was stopped
        for line in output:
            take(line)
    take("")
