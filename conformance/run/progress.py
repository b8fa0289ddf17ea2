"""How far a run is, in one line of words. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

_MOST_NAMED = 3
_SURE_AFTER = 5.0
"""Seconds, before which the time left is a guess."""


@dataclass(slots=True)
class Progress:
    """began, until: seconds on the monotonic clock; the run has to end at `until`. total: tests, 0 while unknown.

    failed: the requirements with findings so far, in the order in which they were met.
    """

    began: float
    until: float = math.inf
    total: int = 0
    done: int = 0
    requests: int = 0
    failed: dict[str, None] = field(default_factory=dict)

    def words(self, now: float, width: int) -> str:
        """At most so many characters: the findings are counted where their names take too much room."""
        for named in (_MOST_NAMED, 0):
            line = ", ".join((self._judged(), self._rate(now), self._findings(named), *self._left(now)))
            if len(line) <= width:
                return line
        return line[:width]

    def end(self, now: float) -> str:
        """The line that stays."""
        return ", ".join((self._judged(), self._rate(now), self._findings(0), f"in {duration(now - self.began)}"))

    def _judged(self) -> str:
        return f"{self.done:,} of {self.total:,} tests"

    def _rate(self, now: float) -> str:
        rate = self.requests / max(now - self.began, 0.001)
        return f"{rate:.0f} requests a second" if rate >= 1 or not rate else f"{rate:.1f} requests a second"

    def _findings(self, named: int) -> str:
        ids = list(self.failed)
        if not ids:
            return "no findings"
        if not named:
            return f"findings in {len(ids):,} requirement{'' if len(ids) == 1 else 's'}"
        more = f" and {len(ids) - named:,} more" if len(ids) > named else ""
        return f"findings in {', '.join(ids[:named])}{more}"

    def _left(self, now: float) -> tuple[str, ...]:
        """At the pace so far, and no longer than the run may take; nothing before that can be said."""
        took = now - self.began
        if not self.done or took < _SURE_AFTER or self.done >= self.total:
            return ()
        left = min(took / self.done * (self.total - self.done), max(self.until - now, 0.0))
        return (f"about {duration(left)} left",)


def duration(seconds: float) -> str:
    """In one unit up to 90 seconds and from 10 minutes on, in minutes and seconds between."""
    whole = round(seconds)
    if whole <= 90:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 10 and rest else f"{minutes} min"
