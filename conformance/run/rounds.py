"""What the user asks of a soak, and what is handed on to each of its rounds."""

from __future__ import annotations

import argparse
import math
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from conformance.command_line import OPTIONS, unambiguous
from conformance.errors import UsageError

_OWN = ("--repeat", "--for", "--seed", "--report-dir", "--compare-to", "--journal-only")
"""The options that the soak itself reads; a round gets others in their place."""

_WHOLE = "the report of a soak is that of all its rounds"
_REFUSED = {
    "--dry-run": "nothing is judged, and so nothing can be repeated",
    "--collect-only": "nothing is judged, and so nothing can be repeated",
    "--co": "nothing is judged, and so nothing can be repeated",
    "--shard": "a round judges all that was selected; give each machine a selection with -k, or a --seed",
    "--baseline-update": f"{_WHOLE}; give --baseline-update FILE to `ably-conformance merge` with its folder",
    "--baseline-prune": f"{_WHOLE}; give --baseline-prune FILE to `ably-conformance merge` with its folder",
    "--har": f"{_WHOLE}, and keeps few exchanges; `ably-conformance merge` with its folder and --har writes those",
}
"""Options that a soak has no use for, each with the reason."""

_MOST_DIGITS = 9
_UNITS = {"s": 1, "m": 60, "h": 3600}
_TIME = re.compile(r"(\d+(?:\.\d+)?)([smh])")


@dataclass(frozen=True, slots=True)
class Order:
    """rounds: how many at most. seconds: after which no further round begins. seed: of the first round. arguments: of
    the user for each round.
    """

    rounds: float
    seconds: float
    seed: int
    parent: Path
    compare_to: Path | None
    journal_only: bool
    arguments: tuple[str, ...]

    def goes_on(self, done: int, seconds: float) -> bool:
        """However short the time is, the first round begins."""
        return done < self.rounds and (seconds < self.seconds or not done)

    def seed_of(self, number: int) -> int:
        """Of a round: the seed of the first one, counted on."""
        return self.seed + number - 1


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def ordered(arguments: tuple[str, ...]) -> Order:
    """Raises UsageError for an option that makes no sense, or has a value of another form."""
    parser = _Parser(add_help=False, allow_abbrev=False)
    for name in _OWN:
        how = {key: value for key, value in OPTIONS[name].items() if key in {"action", "default"}}
        parser.add_argument(name, unambiguous(name), dest=name, **how)
    typed, rest = parser.parse_known_args(arguments)
    given = vars(typed)
    for name in (each.partition("=")[0].replace("--conformance-", "--") for each in rest):
        if name in _REFUSED:
            raise UsageError(f"{name}: {_REFUSED[name]}")
    return Order(
        rounds=_rounds(given["--repeat"]),
        seconds=_seconds(given["--for"]),
        seed=_seed(given["--seed"]),
        parent=Path.cwd() / given["--report-dir"],
        compare_to=Path(given["--compare-to"]) if given["--compare-to"] else None,
        journal_only=given["--journal-only"],
        arguments=tuple(rest),
    )


def _rounds(text: str | None) -> float:
    if text is None:
        return math.inf
    if text.isdecimal() and len(text) > _MOST_DIGITS:
        raise UsageError(f"--repeat: expected at most {_MOST_DIGITS} digits, received {len(text):,}")
    if not text.isdecimal() or not int(text):
        raise UsageError(f"--repeat: expected a whole number, more than 0, received {text}")
    return int(text)


def _seconds(text: str | None) -> float:
    if text is None:
        return math.inf
    found = _TIME.fullmatch(text)
    if not found or not float(found[1]):
        raise UsageError(f"--for: expected a time such as 90s, 10m or 2h, received {text}")
    return float(found[1]) * _UNITS[found[2]]


def _seed(text: str | None) -> int:
    if text is None:
        return secrets.randbelow(2**31)
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"--seed: expected a whole number, received {text}") from None
