"""SIGINT and SIGTERM: recorded where they arrive, honoured where a test ends; a second one ends the run at once.

An exception that a signal handler raises is lost in a callback of the garbage collector (Hypothesis has one), and
breaks pytest in the middle of a hook. So the handler only records the signal while tests run in this process.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from types import FrameType
from typing import Any

import pytest

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """waits: whether this process only waits for workers; then nothing is lost by raising at once."""

    def __init__(self, *, waits: bool) -> None:
        self._waits = waits
        self._is_waiting = False
        self._received: signal.Signals | None = None
        self._previous: dict[signal.Signals, Any] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        if threading.current_thread() is threading.main_thread():  # no other thread may set handlers
            self._previous = {number: signal.signal(number, self._receive) for number in _SIGNALS}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, Any, Any]:
        self._honour()
        self._is_waiting = self._waits
        try:
            return (yield)
        finally:
            self._is_waiting = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, Any]:
        result = yield
        self._honour()
        return result

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        if self._is_waiting:
            self._honour()

    def pytest_unconfigure(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        is_second = self._received is not None
        self._received = signal.Signals(number)
        if is_second or self._is_waiting:
            raise KeyboardInterrupt(self._received.name)

    def _honour(self) -> None:
        if self._received is not None:
            raise KeyboardInterrupt(self._received.name)
