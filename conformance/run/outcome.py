"""From the way in which a test ended to a verdict, and for a failed scenario to what was expected and received."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.outcomes import Skipped

from conformance.errors import Inconclusive, SuiteError, UsageError
from conformance.model import Exchange, Request, Requirement, Verdict
from conformance.names import without_made_names
from conformance.paths import SUITE
from conformance.report.text.callers import caller_in_words
from conformance.report.text.comparison import difference
from conformance.report.text.steps import step_name
from conformance.run.assertion import Assertion, assertion_of
from conformance.run.recorder import Running
from conformance.target.answer import Answer

_SHAPE = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError)
"""Raised below a line of the suite, they say that an answer has another shape than the requirement reads, or a value
that cannot be used: a number as a token, a text that UTF-8 cannot encode.
"""


class OutOfScope(Skipped):
    """The test would have sent a request that the profile, the given key or the application rules out."""


class NotAsked(Skipped):
    """The target answers nothing any more, or the time of the run is used up. verdict: what that makes of the test."""

    def __init__(self, sentence: str, verdict: Verdict) -> None:
        super().__init__(sentence)
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Ending:
    """How a test ended. reason: a sentence, "" for a pass. expected, received, subject: of a fail, as in a finding.
    out_of_scope: why the run must not ask what the test asks, or "".
    """

    verdict: Verdict
    reason: str = ""
    expected: str = ""
    received: str = ""
    subject: str = ""
    out_of_scope: str = ""


def ending(
    call: pytest.CallInfo[None], running: Running, head: Requirement, *, own_key: str = "", home: Path = SUITE
) -> Ending:
    """How one phase of a test ended for its requirement.

    own_key: the principal of a key that the user gave, or "". home: the folder of a test of the user's own.
    """
    lost = _lost_write(running.exchanges)
    if call.excinfo is None:
        return Ending(Verdict.INCONCLUSIVE, lost) if lost else Ending(Verdict.PASS)
    error = _root(call.excinfo.value)
    if isinstance(error, OutOfScope):
        return Ending(Verdict.NONE, out_of_scope=_first_line(error))
    if isinstance(error, NotAsked):
        return Ending(error.verdict, _first_line(error))
    verdict = verdict_of(error, is_setup=call.when != "call", is_ours=_is_in_suite(error, home))
    refused = next((each for each in running.exchanges if _is_refused_right(each, own_key)), None)
    if verdict is Verdict.FAIL and refused:
        return Ending(Verdict.INCONCLUSIVE, f"the given key is refused: {step_name(refused)} answers 401, 40160")
    if verdict is Verdict.FAIL and lost:
        return Ending(Verdict.INCONCLUSIVE, lost)
    if verdict is Verdict.FAIL and isinstance(error, AssertionError):
        return _failed_comparison(error, running, head)
    if verdict is Verdict.FAIL:
        return _fail(head.title, _shape_received(error, running), Assertion("shape of the answer"), running)
    return Ending(verdict, _reason(error, verdict, running))


def verdict_of(error: BaseException, *, is_setup: bool, is_ours: bool) -> Verdict:
    """The verdict for an exception that ended a test: the first row of VERDICTS that fits.

    is_setup: it was raised in a fixture. is_ours: a line of the suite raised it, or called what raised it.
    """
    place = (_SETUP if is_setup else _TEST) if is_ours else _ELSEWHERE
    return next(verdict for kinds, places, verdict in VERDICTS if isinstance(error, kinds) and place in places)


def _lost_write(exchanges: tuple[Exchange, ...]) -> str:
    """Why nothing can be said of what followed a write: the service did not answer it, and it was not repeated; or "".

    A scenario notices by itself where it reads the answer.
    """
    for place, exchange in enumerate(exchanges[:-1]):
        request = exchange.request
        is_lost = request.method not in _SAFE and (exchange.response is None or exchange.interference)
        if is_lost and all(_leaves_it_lost(request, each) for each in exchanges[place + 1 :]):
            why = exchange.interference or f"got no response: {exchange.failure}"
            return f"what follows {step_name(exchange)} cannot be judged: {why}"
    return ""


def _leaves_it_lost(request: Request, later: Exchange) -> bool:
    """Whether a later exchange is not the same request with an answer of the service."""
    same = (later.request.method, later.request.url, later.request.body) == (request.method, request.url, request.body)
    return not same or later.response is None or bool(later.interference)


def _is_refused_right(exchange: Exchange, own_key: str) -> bool:
    """The key that the user gave lacks a right: nothing that follows from it is the target's fault."""
    answer = Answer(exchange)
    is_answered = (
        bool(own_key) and exchange.principal == own_key and exchange.response is not None and not exchange.interference
    )
    return is_answered and answer.status == 401 and answer.error_code == _NOT_ALLOWED


_SAFE = frozenset({"GET", "HEAD"})
_NOT_ALLOWED = 40160  # ably-common: the capability does not allow the operation
_TEST, _SETUP, _ELSEWHERE = "below a line of a test or step", "below a line of a fixture", "any other line"
_ANYWHERE = frozenset({_TEST, _SETUP, _ELSEWHERE})

VERDICTS: tuple[tuple[tuple[type[BaseException], ...], frozenset[str], Verdict], ...] = (
    ((Inconclusive,), _ANYWHERE, Verdict.INCONCLUSIVE),
    ((pytest.skip.Exception,), _ANYWHERE, Verdict.NONE),
    ((SuiteError, UsageError), _ANYWHERE, Verdict.ERROR),
    ((AssertionError,), frozenset({_TEST}), Verdict.FAIL),
    ((AssertionError,), frozenset({_SETUP}), Verdict.INCONCLUSIVE),
    (_SHAPE, frozenset({_TEST}), Verdict.FAIL),
    (_SHAPE, frozenset({_SETUP}), Verdict.INCONCLUSIVE),
    ((pytest.fail.Exception,), _ANYWHERE, Verdict.INCONCLUSIVE),  # another plugin ended the test, by a timeout for one
    ((BaseException,), _ANYWHERE, Verdict.ERROR),
)
"""Kinds of exceptions, where they were raised, and the verdict. Only an assertion of the suite, or an answer of another
shape than the suite reads, is the target's fail."""


def _reason(error: BaseException, verdict: Verdict, running: Running) -> str:
    words = _first_line(error)
    if verdict is Verdict.PASS:
        return ""
    if isinstance(error, pytest.fail.Exception):
        return f"the test was ended from outside of the suite: {words}"
    if isinstance(error, _SHAPE) and verdict is Verdict.INCONCLUSIVE:
        asked = f" to {step_name(running.exchanges[-1])}" if running.exchanges else ""
        return f"the set-up cannot use the answer{asked}: {_shape_received(error, running)}"
    return f"{type(error).__name__}: {words}" if verdict is Verdict.ERROR else words


def _root(error: BaseException) -> BaseException:
    """Hypothesis tells in a group what did not happen again when it was tried again: it happened, and is the fail."""
    while isinstance(error, BaseExceptionGroup):
        failed = [each for each in error.exceptions if isinstance(each, AssertionError)]
        error = (failed or error.exceptions)[0]
    return error


def _is_in_suite(error: BaseException, home: Path) -> bool:
    """Whether a line of the suite, or of the user's own tests, raised it, or called what raised it with what a target
    answered.
    """
    frames = (Path(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(error.__traceback__))
    return any({SUITE, home} & set(path.parents) for path in frames)


# A scenario that failed ----------------------------------------------------------------------------------------------


def _failed_comparison(error: BaseException, running: Running, head: Requirement) -> Ending:
    compared = running.comparison or running.earlier
    assertion = assertion_of(error, compared.left if compared else None)
    expected, received = head.title, assertion.message or _said(error)
    if compared and not assertion.message:
        expected, received = difference(compared.operator, compared.left, compared.right, assertion.subject)
    return _fail(expected, received, assertion, running)


def _said(error: BaseException) -> str:
    """The words of an assertion, unless they are the code of a comparison that pytest did not hand over again."""
    words = str(error).strip().partition("\n")[0]
    is_code = not words or words.startswith("assert ")
    return "a comparison that failed once and held when it was repeated" if is_code else words


def _fail(expected: str, received: str, assertion: Assertion, running: Running) -> Ending:
    asked = assertion.exchanges or running.exchanges[-1:]
    received = f"{received}, for {_asked(asked[-1])}" if asked else received
    expected, received = without_made_names(expected, received)
    reason = f"expected {expected}; received {received}"
    return Ending(Verdict.FAIL, reason, expected, received, assertion.identity)


def _asked(exchange: Exchange) -> str:
    """The request and its caller: GET /channels/{channel_id} asked with a token that may only publish."""
    return f"{step_name(exchange)} asked with {caller_in_words(exchange.principal)}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


_KINDS = {
    "str": "a text",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "dict": "an object",
    "list": "a list",
    "NoneType": "null",
    "_Nothing": "no readable body",
    "bytes": "binary data",
}
_KIND = re.compile(r"'(\w+)' object|^(\w+) indices must be")


def _shape_received(error: BaseException, running: Running) -> str:
    response = running.exchanges[-1].response if running.exchanges else None
    return (
        f"{_shape_in_words(error)}, in an answer with status {response.status}" if response else _shape_in_words(error)
    )


def _shape_in_words(error: BaseException) -> str:
    text = str(error)
    if isinstance(error, KeyError):
        return f'no member "{error.args[0]}" in the body' if error.args else "a member that is missing in the body"
    if isinstance(error, IndexError):
        return "a list that is shorter than expected"
    if text.startswith("string indices"):
        return "a text where an object was expected"
    if found := _KIND.search(text):
        name = found[1] or found[2]
        wanted = "an object" if name == "list" else "an object or a list"
        return f"{_KINDS.get(name, 'a value of another type')} where {wanted} was expected"
    return "a value of another type than expected"
