"""From the way in which a test ended to a verdict and a reason."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from _pytest.outcomes import Failed

from conformance.errors import Inconclusive
from conformance.model import Verdict
from conformance.paths import SUITE

_SHAPE = (KeyError, IndexError, TypeError, AttributeError)
"""Raised in a scenario itself, they say that an answer has another shape than the requirement reads."""


OTHER_SHAPE = "an answer of another shape"


class FindingsMade(Failed):
    """The test ran to its end, and the checks found deviations in its exchanges."""


def ending(call: pytest.CallInfo[None]) -> tuple[Verdict, str]:
    if call.excinfo is None:
        return Verdict.PASS, ""
    flaw = _root(call.excinfo.value)
    words = str(flaw).strip().splitlines()
    reason = words[0] if words else type(flaw).__name__
    if isinstance(flaw, FindingsMade):
        return Verdict.PASS, ""
    if isinstance(flaw, Inconclusive):
        return Verdict.INCONCLUSIVE, reason
    if isinstance(flaw, pytest.skip.Exception):
        return Verdict.NONE, reason
    if call.when == "call" and isinstance(flaw, AssertionError | pytest.fail.Exception):
        return Verdict.FAIL, reason
    if isinstance(flaw, _SHAPE) and SUITE in _place(flaw).parents:
        verdict = Verdict.FAIL if call.when == "call" else Verdict.INCONCLUSIVE
        return verdict, f"{OTHER_SHAPE}: {type(flaw).__name__} {reason}"
    return Verdict.ERROR, f"{type(flaw).__name__}: {reason}"


def _root(flaw: BaseException) -> BaseException:
    """Hypothesis tells in a group what did not happen again when it was tried again: it happened, and is the fail."""
    while isinstance(flaw, BaseExceptionGroup):
        failed = [each for each in flaw.exceptions if isinstance(each, AssertionError)]
        flaw = (failed or flaw.exceptions)[0]
    return flaw


def _place(flaw: BaseException) -> Path:
    """The file in which it was raised."""
    return Path(traceback.extract_tb(flaw.__traceback__)[-1].filename)
