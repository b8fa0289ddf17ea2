"""Exceptions by who is at fault.

    Exception
    ├── SuiteError          the suite is wrong                             verdict error, exit status 3
    │   └── ContractError   openapi.yaml or errata.yaml cannot be used     exit status 4
    ├── UsageError          an option, a profile or a file is wrong        exit status 4
    ├── ForbiddenError      the profile or the key rules the request out   verdict none, out of scope
    ├── UnrecordedError     a recording lacks what a check judges by       the check is not asked
    ├── OutOfTimeError      the time of the run is used up                 verdict none, exit status 6
    └── Inconclusive        the target prevented the check                 verdict inconclusive, exit status 6
        └── SilentError     the target answers nothing any more

A deviation of the target is not an exception but data: `model.Finding`, verdict fail, exit status 1.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST_NAMED = 30


class SuiteError(Exception):
    """A defect of the suite. message: what is wrong; hint: what to do about it, both sentences without a full stop."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}. {hint}" if hint else message)
        self.hint = hint


class ContractError(SuiteError):
    """The contract or its errata cannot be read, or an erratum has no effect."""


class UsageError(Exception):
    """Invalid input of the user; it stops a run before its first request."""


class ForbiddenError(Exception):
    """A request that a read-only profile, the given key or the application does not allow; the sentence says why."""


class UnrecordedError(Exception):
    """A part of an exchange that the recording lacks; the sentence names it."""


class OutOfTimeError(Exception):
    """A request after the time that the run may take; the sentence says how long that is."""


class Inconclusive(Exception):  # noqa: N818  nothing is at fault
    """A requirement could not be judged: set-up failed or there was no response; the sentence says why."""


class SilentError(Inconclusive):
    """A request that is not sent, because the target stopped responding."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The half sentence "did you mean ...?" with the nearest known word, or a list of known ones if none is near."""
    candidates = sorted(known)
    close = difflib.get_close_matches(word, candidates, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    more = f" and {len(candidates) - _MOST_NAMED} more" if len(candidates) > _MOST_NAMED else ""
    return f"known: {', '.join(candidates[:_MOST_NAMED])}{more}"
