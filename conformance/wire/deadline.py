"""Ends an exchange at its deadline, whatever it waits for: a name, a connection, TLS, a head or a body.

The timeout of a socket covers one read, and a target that sends one byte now and then never exceeds it. So an exchange
runs in a thread of its own, and the thread that asked for it closes the connection at the deadline.
Threads are kept for later exchanges, because to start one takes as long as a request to a server nearby.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from conformance.wire.tls import Tls

Outcome = TypeVar("Outcome")

_IDLE = 5.0
"""Seconds after which a thread without work ends."""


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


class Threads:
    """Makes each step in a thread of its own. Several callers may ask at once."""

    def __init__(self) -> None:
        self._idle: deque[_Thread] = deque()

    def within(self, seconds: float, step: Callable[[], Outcome]) -> tuple[Outcome | None, Progress]:
        """What the step returns, or None at the deadline, and how far it came. Raises what the step raises."""
        state = Progress()
        thread = self._taken()
        thread.steps.put((step, state))
        try:
            outcome, error = thread.outcomes.get(timeout=seconds)
        except Empty:
            thread.steps.put(None)  # it ends when its step does
            came = replace(state)  # what is closed looks like the end of a head
            _end(state)
            return None, came
        self._idle.append(thread)
        if error:
            raise error
        return outcome, state

    def _taken(self) -> _Thread:
        try:
            return self._idle.pop()
        except IndexError:
            return _Thread(self._idle)


class _Thread:
    """A thread that makes one step after the other. It stands in `idle` while nobody waits for it."""

    def __init__(self, idle: deque[_Thread]) -> None:
        self.steps: SimpleQueue[tuple[Callable[[], Any], Progress] | None] = SimpleQueue()
        self.outcomes: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._idle = idle
        Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while todo := self._next():
            step, state = todo
            _PROGRESS.set(state)
            try:
                self.outcomes.put((step(), None))
            except BaseException as error:  # noqa: BLE001  it is raised where the exchange was asked for
                self.outcomes.put((None, error))

    def _next(self) -> tuple[Callable[[], Any], Progress] | None:
        while True:
            try:
                return self.steps.get(timeout=_IDLE)
            except Empty:
                with suppress(ValueError):  # it was just taken, so there will be a step
                    self._idle.remove(self)
                    return None


def _end(state: Progress) -> None:
    """Wake up what waits for the connection; what waits for anything else ends by its own timeout."""
    state.is_over = True
    if state.connection:
        with suppress(OSError):  # it is closed already
            state.connection.shutdown(socket.SHUT_RDWR)
