"""Who is to blame, as a tree.

    Exception
    ├── SuiteError          we are wrong: a defect of this suite           verdict error, exit status 3
    │   └── ContractError   openapi.yaml or errata.yaml cannot be used     exit status 4
    ├── UsageError          the user's profile, option or file is wrong    exit status 4
    ├── ForbiddenError      the profile forbids to ask                     verdict none
    └── Inconclusive        the target would not let us look               verdict inconclusive, exit status 6

A deviation of the target is no exception but data: `model.Finding`, verdict fail, exit status 1.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST_NAMED = 30


class SuiteError(Exception):
    """A sentence that says what is wrong with us, and a hint that says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}. {hint}" if hint else message)
        self.hint = hint


class ContractError(SuiteError):
    """The contract or its errata cannot be read, or an erratum has no effect."""


class UsageError(Exception):
    """Input of the user that stops a run before its first request."""


class ForbiddenError(Exception):
    """A request that a read-only profile does not let out."""


class Inconclusive(Exception):  # noqa: N818  it is no error of anybody
    """The circumstances did not let us judge; the sentence says which."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A half sentence that names the nearest known word, or when none is near all of them, as far as one reads on."""
    candidates = sorted(known)
    close = difflib.get_close_matches(word, candidates, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    more = f" and {len(candidates) - _MOST_NAMED} more" if len(candidates) > _MOST_NAMED else ""
    return f"known are: {', '.join(candidates[:_MOST_NAMED])}{more}"
