"""Keeps one user of a load to its rate, and ends it between two requests when the load ends."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from conformance.load.settings import PER_USER
from conformance.target.pacer import Clock, Pace, Pacer

_PAUSE = 0.1
_FINISHING = 1 / PER_USER
"""Seconds between two requests that remove what was made, or that look for an effect after the end."""


class EndOfLoadError(Exception):
    """A request after the end of the load. What a flow awaits is still read, and what it has made is removed."""


class Beat(Pacer):
    """interval: seconds between two requests at the moment, None after the end. patience: seconds that a flow waits for
    an effect. late: takes how many seconds after its time a request begins, which is for the load to answer for. A late
    request does not make the next ones come faster.
    """

    def __init__(
        self,
        timeout: float,
        patience: float,
        clock: Clock,
        interval: Callable[[], float | None],
        late: Callable[[float], None],
    ) -> None:
        super().__init__(Pace(timeout, 0.0), clock)  # without patience no refused request is repeated
        self._interval = interval
        self._late = late
        self._seconds_for_reading = patience
        self._beats = clock
        self._slot = 0.0
        self._is_removing = False
        self._is_reading = False

    def remove(self) -> None:
        """From now on requests remove what is left, also after the end."""
        self._is_removing = True

    def play(self) -> None:
        self._is_removing = False

    def wait_for_slot(self) -> None:
        interval = self._interval_now()
        now = self._beats.monotonic()
        if not self._slot:
            self._slot = now + interval * random.random()  # noqa: S311  so that users do not ask all at once
        elif self._slot < now:
            self._slot = now
        self._beats.sleep(max(self._slot - now, 0.0))
        interval = self._interval_now()
        self._late(self._beats.monotonic() - self._slot)
        self._slot += interval

    def _interval_now(self) -> float:
        interval = self._interval()
        if interval is None and not self._is_removing and not self._is_reading:
            raise EndOfLoadError("the load has ended")
        if interval is None or self._is_removing:
            return min(interval or _FINISHING, _FINISHING)
        return interval

    def attempts(self, about: Callable[[], str] = lambda: "") -> Iterator[None]:  # noqa: ARG002  of the base class
        """Until patience ends, beside the pause between two requests with a short one of their own.

        Also after the end of the load: what was published and never shows would else be found in no load that ends
        before patience does.
        """
        end = self._beats.monotonic() + self._seconds_for_reading
        self._is_reading = True
        try:
            yield
            while self._beats.monotonic() < end:
                self._beats.sleep(_PAUSE)
                yield
        finally:
            self._is_reading = False
