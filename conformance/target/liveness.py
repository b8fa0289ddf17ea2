"""Whether it is still worth asking a target: it answers, and the run has time left.

A target that fell silent costs a timeout for each request, and a slow one may cost hours; neither tells anything new.
"""

from __future__ import annotations

import threading

from conformance.errors import OutOfTimeError, SilentError
from conformance.target.pacer import Budget, Clock

PATIENT = 3
"""Unanswered requests in a row, after which the target is asked for the time. One operation alone may be broken."""


class Liveness:
    def __init__(self, budget: Budget, clock: Clock) -> None:
        self._budget = budget
        self._clock = clock
        self._unanswered = 0
        self._silence = ""
        self._lock = threading.Lock()

    def require(self) -> None:
        """Raises SilentError or OutOfTimeError where the target is not to be asked any further."""
        if self._silence:
            raise SilentError(self._silence)
        if self._clock.monotonic() >= self._budget.until:
            raise OutOfTimeError(f"the {self._budget.seconds:g} s of the run (--max-time) were used up")

    def is_in_doubt_after(self, *, answered: bool) -> bool:
        """Whether so many requests in a row were unanswered that the target has to be asked for the time."""
        with self._lock:
            self._unanswered = 0 if answered else self._unanswered + 1
            if self._unanswered < PATIENT:
                return False
            self._unanswered = 0
            return True

    def give_up(self, failure: str) -> None:
        """The target does not even tell the time."""
        self._silence = f"the target stopped responding: {PATIENT} requests in a row and GET /time ({failure})"

    def start_over(self, seconds: float) -> None:
        """Ask again, for so many seconds."""
        self._silence, self._unanswered = "", 0
        self._budget = Budget(seconds, self._clock.monotonic() + seconds)
