"""How fast requests are sent, and how long a scenario waits for an effect to show."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.5
_LEAST_PATIENCE = 0.02


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

    def attempts(self) -> Iterator[None]:
        """Yield once for each attempt, with growing pauses between them, until patience ends; at least once.

        Patience is that of a whole scenario. Time spent on attempts that all failed is deducted from later ones, so
        shrinking a property that fails stays bounded.
        """
        began = self._clock.monotonic()
        patience = max(self.pace.patience - self._waited_in_vain, self.pace.patience * _LEAST_PATIENCE)
        pause = _FIRST_PAUSE
        yield
        while self._clock.monotonic() < began + patience:
            self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            yield
        self._waited_in_vain += self._clock.monotonic() - began

    def renew_patience(self) -> None:
        """Restore the full patience, for the next scenario."""
        self._waited_in_vain = 0.0
