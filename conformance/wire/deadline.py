"""Ends an exchange at its deadline, whatever it waits for: a name, a connection, TLS, a head or a body.

The timeout of a socket covers one read, and a target that sends one byte now and then never exceeds it. So an exchange
runs in a thread of its own, and the thread that asked for it closes the connection at the deadline.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Thread
from typing import TypeVar

from conformance.wire.tls import Tls

Outcome = TypeVar("Outcome")


@dataclass(slots=True)
class Progress:
    """How far an exchange has come.

    awaited: what it waits for, in words. received: bytes of the response, with its head and its chunk sizes. of_body:
    bytes of the body; announced: its Content-Length, None without one. interim: informational responses so far.
    connection: what it uses, None before it is connected. is_over: whether the deadline has passed. tls: what the
    handshake showed, None without one.
    """

    awaited: str = "connection"
    received: int = 0
    of_body: int = 0
    announced: int | None = None
    interim: int = 0
    connection: socket.socket | None = None
    is_over: bool = False
    tls: Tls | None = None


_PROGRESS: ContextVar[Progress] = ContextVar("progress")
"""Of the exchange that this thread makes: the library opens connections where no argument of ours arrives."""


def progress() -> Progress:
    """Of the exchange that this thread makes."""
    return _PROGRESS.get()


def within(seconds: float, step: Callable[[], Outcome]) -> tuple[Outcome | None, Progress]:
    """What the step returns, or None at the deadline, and how far it came. Raises what the step raises."""
    state, future = Progress(), Future[Outcome]()
    Thread(target=_complete, args=(future, step, state), daemon=True).start()
    if wait([future], seconds).done:
        return future.result(), state
    _end(state)
    return None, state


def _complete(future: Future[Outcome], step: Callable[[], Outcome], state: Progress) -> None:
    _PROGRESS.set(state)
    try:
        future.set_result(step())
    except BaseException as error:  # noqa: BLE001  it is raised where the exchange was asked for
        future.set_exception(error)


def _end(state: Progress) -> None:
    """Wake up what waits for the connection; what waits for anything else ends by its own timeout."""
    state.is_over = True
    if state.connection:
        with suppress(OSError):  # it is closed already
            state.connection.shutdown(socket.SHUT_RDWR)
