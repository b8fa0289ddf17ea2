"""What the user asks of a load: rates, how long each lasts, and which share of the answers is judged. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from conformance.command_line import OPTIONS as OF_RUN
from conformance.errors import UsageError

TYPED_VARIABLE = "ABLY_CONFORMANCE_KEY_IS_TYPED"
"""Tells the processes of a load that the key of their environment was given with --key; no argument shows it."""

STATUS_VARIABLE = "ABLY_CONFORMANCE_STATUS"
WATCH_VARIABLE = "ABLY_CONFORMANCE_ENDS_WITH_PARENT"
"""For processes that `ably-conformance load` starts: the descriptor that takes the status of the load, and that their
standard input tells them of the end.
"""

PER_USER = 2.0
"""Requests a second of one user at most: it keeps to its rate as long as an answer takes less than half a second."""

_OF_RUN = ("--ca-file", "--cert", "--cert-key", "--proxy", "--contract", "--mutant")

OPTIONS: dict[str, dict[str, str]] = {
    "--profile": {**OF_RUN["--profile"], "default": ""},
    **{name: {**OF_RUN[name], "default": ""} for name in _OF_RUN},
    "--rates": {"metavar": "N,N", "default": "50,100,200", "help": "requests a second of all users, the lowest first"},
    "--step": {"metavar": "TIME", "default": "30s", "help": "how long each rate lasts, such as 30s or 5m"},
    "--judge-every": {"metavar": "N", "default": "10", "help": "judge every N-th answer of each operation, and errors"},
    "--into": {"metavar": "DIR", "default": "reports/load", "help": "the folder of the report"},
}
"""The options of a load, but for target and key, as a console command and as options of Locust have them."""

_TIME = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>s|m|h|)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_LONGEST = 24 * 3600
_MOST_RATES = 50
_HIGHEST = 100_000
_EARLY = 0.05
"""Seconds that a timer may fire before its time."""


@dataclass(frozen=True, slots=True)
class Settings:
    """rates: requests a second, rising. step: seconds. judge_every: of the answers of one operation."""

    rates: tuple[float, ...]
    step: float
    judge_every: int

    def users_at(self, number: int) -> int:
        return math.ceil(self.rates[number] / PER_USER)

    def interval_at(self, number: int) -> float:
        """Seconds between two requests of one user."""
        return self.users_at(number) / self.rates[number]


@dataclass(slots=True)
class Course:
    """The rates one after the other. Locust asks for the present one about once a second, and later while it starts
    users: no rate is shortened by that, or left out.
    """

    settings: Settings
    number: int = -1
    _since: float = 0.0

    @property
    def is_over(self) -> bool:
        return self.number >= len(self.settings.rates)

    def advance(self, seconds: float) -> None:
        """Go on to the next rate, if it is due. seconds: since the beginning of the load."""
        if self.number < 0 or seconds - self._since >= self.settings.step - _EARLY:
            self.number += 1
            self._since = seconds


def settings_of(rates: str, step: str, judge_every: str) -> Settings:
    """Raises UsageError, before the first request, for an invalid option."""
    return Settings(tuple(_rates(rates)), _seconds(step), _whole_number(judge_every))


def _rates(text: str) -> Iterator[float]:
    words = [word.strip() for word in text.split(",")]
    expected = "--rates: expected rising numbers of requests a second, such as 50,100,200"
    try:
        found = [float(word) for word in words]
    except ValueError:
        raise UsageError(f"{expected}, received {text}") from None
    if not all(math.isfinite(rate) and 0 < rate <= _HIGHEST for rate in found) or len(found) > _MOST_RATES:
        raise UsageError(f"{expected} (at most {_MOST_RATES}, each above 0 and up to {_HIGHEST:,}), received {text}")
    if any(rate >= after for rate, after in pairwise(found)):
        raise UsageError(f"{expected}, received {text}: each rate has to be above the one before it")
    yield from found


def _seconds(text: str) -> float:
    found = _TIME.fullmatch(text.strip())
    seconds = float(found["number"]) * _SECONDS[found["unit"]] if found else 0.0
    if not 1 <= seconds <= _LONGEST:
        raise UsageError(f"--step: expected a time from 1s to 24h, such as 30s or 5m, received {text}")
    return seconds


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,8}", text.strip()):
        raise UsageError(f"--judge-every: expected a whole number, 1 or more, received {text}")
    return int(text)
