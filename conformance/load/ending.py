"""How the processes of a load on one machine hear of each other's end.

The master tells its status over a pipe: Locust ends with statuses of its own, which say nothing of a target. Each
process ends with the one that started it, however that ends: its standard input is at its end then.
"""

from __future__ import annotations

import os
import signal

from gevent.monkey import get_original

from conformance.load.settings import STATUS_VARIABLE, WATCH_VARIABLE
from conformance.verdict.result import Exit


def tell(status: Exit) -> None:
    """To the process that started this one, if that listens."""
    descriptor = os.environ.get(STATUS_VARIABLE, "")
    if descriptor:
        os.write(int(descriptor), f"{status.value}\n".encode())


def end_with_parent() -> None:
    """In a thread of the system: a greenlet that reads would stop all others."""
    if WATCH_VARIABLE in os.environ:
        get_original("_thread", "start_new_thread")(_end_at_end_of_input, ())


def _end_at_end_of_input() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
