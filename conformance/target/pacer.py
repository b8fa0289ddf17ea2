"""How fast requests are sent, and how long a scenario waits for an effect to show."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.5
_LEAST_PATIENCE = 0.02

_OFTEN = 3
_LEFT = 0.25
"""Scenarios that may wait in vain for answers of one operation with full patience, and the share of it that later ones
have: what never shows need not be waited for again and again.
"""

_MARGIN = 2.0
"""As many times as long as anything took to show is always waited."""


class Clock(Protocol):
    def time(self) -> float: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class SteadyClock:
    """The time of day at the start and what has passed since, so that a clock that is set in between changes nothing.

    start: seconds since the epoch, less the monotonic clock of this machine, which all its processes share.
    """

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    def __init__(self, start: float | None = None) -> None:
        self._start = time.time() - time.monotonic() if start is None else start

    def time(self) -> float:
        return self._start + time.monotonic()


@dataclass(frozen=True, slots=True)
class Budget:
    """The time that a run may take. seconds: 0 for no limit. until: its end on the monotonic clock of this machine."""

    seconds: float = 0.0
    until: float = math.inf


UNLIMITED_TIME = Budget()


@dataclass(frozen=True, slots=True)
class Pace:
    """timeout, patience: seconds. interval: seconds between two requests, 0 for as fast as it goes."""

    timeout: float
    patience: float
    interval: float = 0.0
    budget: Budget = UNLIMITED_TIME


class Pacer:
    """Keeps the interval between requests, and the time that a scenario has left to wait."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self.pace = pace
        self._clock = clock
        self._next_slot = 0.0
        self._lock = threading.Lock()
        self._waited_in_vain = 0.0
        self._in_vain_now: set[str] = set()
        self._in_vain: Counter[str] = Counter()
        self._longest = 0.0

    def wait_for_slot(self) -> None:
        """Block until the next request may be sent."""
        with self._lock:
            now = self._clock.monotonic()
            slot = max(now, self._next_slot)
            self._next_slot = slot + self.pace.interval
        if slot > now:
            self._clock.sleep(slot - now)

    def hold(self, seconds: float) -> None:
        """Send nothing for so long: the target asked for it, whichever thread it told."""
        with self._lock:
            self._next_slot = max(self._next_slot, self._clock.monotonic() + seconds)

    def attempts(self, about: Callable[[], str] = lambda: "") -> Iterator[None]:
        """Yield once for each attempt, with growing pauses between them, until patience ends; at least once.

        Patience is that of a whole scenario. Time spent on attempts that all failed is deducted from later ones, so
        shrinking a property that fails stays bounded. about: the operation that an attempt has just asked; where
        several scenarios waited for its answers in vain, the next ones wait less.
        """
        began = self._clock.monotonic()
        pause = _FIRST_PAUSE
        try:
            yield
            patience = self._patience_for(about())
            while self._clock.monotonic() < began + patience:
                self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                yield
        except GeneratorExit:  # the caller has what it waited for
            self._longest = max(self._longest, self._clock.monotonic() - began)
            raise
        waited = self._clock.monotonic() - began
        self._waited_in_vain += waited
        if waited >= self.pace.patience * _LEFT:
            self._in_vain_now.add(about())

    def _patience_for(self, operation: str) -> float:
        whole = self.pace.patience
        left = max(whole - self._waited_in_vain, whole * _LEAST_PATIENCE)
        if self._in_vain[operation] < _OFTEN:
            return left
        return min(left, max(whole * _LEFT, self._longest * _MARGIN))

    def renew_patience(self) -> None:
        """Restore the full patience, for the next scenario."""
        self._waited_in_vain = 0.0
        self._in_vain.update(self._in_vain_now)
        self._in_vain_now = set()
