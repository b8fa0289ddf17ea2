"""Ends a process with the one that began it, however that one ends, as SIGTERM would."""

from __future__ import annotations

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    """The parent gives this process a pipe as standard input, and holds the other end as long as it lives. Who reads
    standard input here, such as a debugger, finds nothing in it.
    """
    standard_input = sys.stdin.fileno()
    pipe = os.dup(standard_input)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, standard_input)
    os.close(nothing)
    threading.Thread(target=_terminate_at_end_of, args=(pipe,), daemon=True).start()


def _terminate_at_end_of(pipe: int) -> None:
    while os.read(pipe, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
