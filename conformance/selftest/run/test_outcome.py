"""`run.outcome` turns the end of a test into a verdict, and a failed scenario into expected and received in words."""

from __future__ import annotations

import json
import linecache
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.errors import ForbiddenError, Inconclusive, SuiteError, UsageError
from conformance.facts import facts
from conformance.model import MUST, Clause, Exchange, Requirement, Verdict
from conformance.paths import ROOT, SUITE
from conformance.proof.readability import notations
from conformance.run.outcome import VERDICTS, Ending, NotAsked, OutOfScope, ending, verdict_of
from conformance.run.recorder import Comparison, Running
from conformance.selftest.harness.exchanges import exchange, unanswered
from conformance.target.answer import Answer
from conformance.wire.codec import NOTHING

HEAD = Requirement("DEV-07", MUST, "Unregistering a device deletes its subscriptions", Clause("#/paths", "deleted"))
HISTORY = "GET /channels/{channel_id}/messages"
DEVICE_1, DEVICE_2 = "conf-7f3a99-gw0-device-12", "conf-7f3a99-gw0-device-13"
NUMBERS = count(1)


def ended(raising, when: str = "call", running: Running | None = None) -> Ending:
    return ending(pytest.CallInfo.from_call(raising, when), running or Running(), HEAD)


def failing(flaw: BaseException):
    """Raised by a line outside of the suite."""

    def run() -> None:
        raise flaw

    return run


def in_the_suite(code: str, **known: Any):
    """Raised by a line of a scenario."""
    path = str(SUITE / f"test_{next(NUMBERS)}.py")
    linecache.cache[path] = (len(code), None, [f"{line}\n" for line in code.splitlines()], path)
    return lambda: exec(compile(code, path, "exec"), {"facts": facts, **known})


def compared(
    expression: str, *exchanges: Exchange, operator: str = "==", left: Any, right: Any, **known: Any
) -> Ending:
    """The end of a scenario whose assertion compared two values."""
    running = Running(exchanges=exchanges, comparison=Comparison(operator, left, right))
    return ended(in_the_suite(f"assert {expression}", left=left, right=right, **known), running=running)


# Verdicts ------------------------------------------------------------------------------------------------------------


def test_a_test_that_runs_to_its_end_passes():
    assert ended(lambda: None) == Ending(Verdict.PASS)


def test_a_request_that_must_not_be_asked_leaves_the_requirement_out_of_scope():
    end = ended(failing(OutOfScope("the key may not read statistics")))

    assert end == Ending(Verdict.NONE, out_of_scope="the key may not read statistics")


@pytest.mark.parametrize(
    ("status", "code", "principal", "expected"),
    [
        (401, 40160, "full", Verdict.INCONCLUSIVE),
        (401, 40140, "full", Verdict.FAIL),
        (403, 40160, "full", Verdict.FAIL),
        (401, 40160, "a token that may only publish", Verdict.FAIL),
    ],
)
def test_a_right_that_the_given_key_lacks_is_not_the_fail_of_the_target(status, code, principal, expected):
    body = json.dumps({"error": {"code": code}}).encode()
    asked = replace(exchange(operation=HISTORY, status=status, body=body), principal=principal)
    call = pytest.CallInfo.from_call(in_the_suite("assert 401 == 200"), "call")

    assert ending(call, Running(exchanges=(asked,)), HEAD, own_key="full").verdict is expected
    assert ending(call, Running(exchanges=(asked,)), HEAD).verdict is Verdict.FAIL


PUBLISH = "POST /channels/{channel_id}/messages"
LOST = replace(unanswered(PUBLISH), failure="connection closed")
GATEWAY = replace(exchange(operation=PUBLISH, status=502), interference="a gateway answered with status 502")
DONE = exchange(operation=PUBLISH, status=201)
READ = exchange(operation=HISTORY, status=200, body=[])


@pytest.mark.parametrize("code", ["assert [] == ['a']", "assert True", "dict()['a']"])
@pytest.mark.parametrize(
    ("exchanges", "reason"),
    [
        ((LOST, READ), f"what follows {PUBLISH} cannot be judged: got no response: connection closed"),
        ((READ, GATEWAY, READ), f"what follows {PUBLISH} cannot be judged: a gateway answered with status 502"),
        ((GATEWAY, LOST, READ), f"what follows {PUBLISH} cannot be judged: a gateway answered with status 502"),
    ],
)
def test_what_follows_a_write_that_the_service_did_not_answer_is_not_judged(code, exchanges, reason):
    assert ended(in_the_suite(code), running=Running(exchanges=exchanges)) == Ending(Verdict.INCONCLUSIVE, reason)


@pytest.mark.parametrize(
    "exchanges",
    [
        pytest.param((replace(LOST, request=DONE.request), DONE, READ), id="repeated"),
        pytest.param((READ, LOST), id="nothing follows"),
        pytest.param((replace(READ, response=None, failure="connection closed"), READ), id="a read"),
    ],
)
def test_an_answer_that_nothing_depends_on_may_be_missing(exchanges):
    assert ended(lambda: None, running=Running(exchanges=exchanges)).verdict is Verdict.PASS
    assert ended(in_the_suite("assert 1 == 2"), running=Running(exchanges=exchanges)).verdict is Verdict.FAIL


@pytest.mark.parametrize("when", ["setup", "call"])
def test_an_inconclusive_test_keeps_its_reason(when):
    end = ended(failing(Inconclusive("set-up was rejected: 503")), when)

    assert end == Ending(Verdict.INCONCLUSIVE, "set-up was rejected: 503")


def test_a_skipped_test_has_no_verdict():
    assert ended(failing(pytest.skip.Exception("not today"))) == Ending(Verdict.NONE, "not today")


def test_a_test_that_another_plugin_ended_is_inconclusive():
    end = ended(failing(pytest.fail.Exception("Timeout >5s")))

    assert end == Ending(Verdict.INCONCLUSIVE, "the test was ended from outside of the suite: Timeout >5s")


@pytest.mark.parametrize(
    "flaw",
    [
        SuiteError("There is no principal 'x'"),
        ZeroDivisionError("by zero"),
        ValueError(),
        AssertionError("of a library"),
        KeyError("token"),
        TypeError("'int' object is not subscriptable"),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
def test_an_exception_outside_of_the_suite_is_a_suite_error(flaw):
    verdict = verdict_of(flaw, is_setup=False, is_ours=False)

    assert verdict is Verdict.ERROR


def test_a_suite_error_names_its_exception():
    assert ended(failing(KeyError("token"))) == Ending(Verdict.ERROR, "KeyError: 'token'")
    assert ended(failing(ValueError())) == Ending(Verdict.ERROR, "ValueError: ValueError")


def test_only_the_first_line_of_an_exception_is_its_reason():
    assert ended(failing(SuiteError("wrong\nand more"))).reason == "SuiteError: wrong"


@pytest.mark.parametrize(
    ("flaw", "is_setup", "verdict"),
    [
        (AssertionError(), False, Verdict.FAIL),
        (AssertionError(), True, Verdict.INCONCLUSIVE),
        (KeyError("x"), False, Verdict.FAIL),
        (KeyError("x"), True, Verdict.INCONCLUSIVE),
        (IndexError(), False, Verdict.FAIL),
        (TypeError(), True, Verdict.INCONCLUSIVE),
        (AttributeError(), False, Verdict.FAIL),
        (ValueError(), False, Verdict.FAIL),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), False, Verdict.FAIL),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), True, Verdict.INCONCLUSIVE),
        (OverflowError(), False, Verdict.FAIL),
        (RecursionError(), True, Verdict.INCONCLUSIVE),
        (UsageError("no such file"), False, Verdict.ERROR),
        (ForbiddenError("read-only"), False, Verdict.ERROR),
        (Inconclusive("no response"), False, Verdict.INCONCLUSIVE),
        (SuiteError("no such principal"), True, Verdict.ERROR),
    ],
)
def test_the_verdict_depends_on_the_exception_and_on_where_it_was_raised(flaw, is_setup, verdict):
    assert verdict_of(flaw, is_setup=is_setup, is_ours=True) is verdict


def test_every_exception_has_a_verdict():
    kinds, places, verdict = VERDICTS[-1]

    assert kinds == (BaseException,)
    assert all(places >= others for _, others, _ in VERDICTS)
    assert verdict is Verdict.ERROR


# Comparisons ---------------------------------------------------------------------------------------------------------


def test_a_failed_comparison_is_told_by_its_subject():
    asked = exchange(HISTORY, 404, principal="a token that may only publish")
    answer = Answer(asked)

    end = compared("answer.status == right", asked, left=404, right=200, answer=answer)

    assert end == Ending(
        Verdict.FAIL,
        "expected status 200; received status 404, for GET /channels/{channel_id}/messages asked with "
        "a token that may only publish",
        "status 200",
        "status 404, for GET /channels/{channel_id}/messages asked with a token that may only publish",
        "status",
    )


def test_failed_facts_are_told_by_their_names():
    received, expected = facts(status=200, error_code=None), facts(status=401, error_code=40160)

    end = compared("left == right", left=received, right=expected)

    assert (end.expected, end.received) == ("status 401, error code 40160", "status 200, error code: none")
    assert end.subject == "status, error code"


def test_the_request_is_that_of_the_last_answer_that_the_assertion_names():
    first, last = Answer(exchange("GET /time")), Answer(exchange("GET /stats"))
    other = exchange("GET /channels")

    end = compared("first.status == last.status + 1", other, left=200, right=201, first=first, last=last)

    assert end.received == "status 200, for GET /stats asked with the key that may do everything"


def test_without_an_answer_the_request_is_the_last_one():
    end = compared("left == right", exchange("GET /time"), exchange("GET /stats", principal="nobody"), left=1, right=2)

    assert end.received == "left 1, for GET /stats asked with no credentials"


def test_without_a_request_none_is_named():
    assert compared("left == right", left=1, right=2).received == "left 1"


def test_a_message_is_what_was_received_and_the_title_is_what_was_expected():
    running = Running(comparison=Comparison("==", 1, 2))

    end = ended(in_the_suite("assert 1 == 2, 'status 200 and no error code'"), running=running)

    assert (end.expected, end.received) == (HEAD.title, "status 200 and no error code")


def test_an_assertion_error_without_comparison_is_told_by_its_first_line():
    end = ended(in_the_suite("raise AssertionError('a next link on page 200\\nmore')"))

    assert (end.verdict, end.expected, end.received) == (Verdict.FAIL, HEAD.title, "a next link on page 200")
    assert end.subject == ""


def flaky(statement: str):
    """A property whose first example fails, and passes when Hypothesis tries it again."""
    tries = count(1)
    fails_once = in_the_suite(f"if next(tries) == 1:\n    {statement}", tries=tries, status=500)

    @settings(max_examples=5)
    @given(st.integers())
    def run(_number: int) -> None:
        fails_once()

    return run


def test_a_failure_that_does_not_happen_again_is_a_fail():
    """Hypothesis raises it in a group."""
    end = ended(flaky("assert status == 200, 'status 500'"))

    assert (end.verdict, end.expected, end.received) == (Verdict.FAIL, HEAD.title, "status 500")


def test_a_comparison_that_fails_once_is_told_in_words():
    """Pytest writes its code into the error, and the recorder forgets a comparison with its example."""
    end = ended(flaky("raise AssertionError('assert 500 == 200')"))

    assert list(notations(end.reason)) == []


# Made-up names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("conf-7f3a99-gw0-device-12", "device 1"),
        ("conf-7f3a99-main-channel-3", "channel 1"),
        ("conf-7f3a99-controller-client-1", "client 1"),
        ("conf-7f3a99-main-3", "name 1"),
        ("pushenabled:conf-7f3a99-main-channel-3", "pushenabled:channel 1"),
    ],
)
def test_a_made_up_name_becomes_words(name, words):
    end = compared("left == right", left=name, right="x")

    assert end.received == f'left "{words}"'
    assert list(notations(end.reason)) == []


def test_made_up_names_are_numbered_in_the_order_in_which_they_are_told():
    end = compared("left == right", left=[DEVICE_2, DEVICE_1, DEVICE_2], right=[])

    assert end.received == '3 left: "device 1", "device 2", "device 1"'


def test_different_names_stay_different_across_both_sides():
    end = compared("left == right", left=DEVICE_1, right=DEVICE_2)

    assert (end.expected, end.received) == ('left "device 1"', 'left "device 2"')
    assert end.reason == 'expected left "device 1"; received left "device 2"'


def test_the_same_name_is_the_same_on_both_sides():
    end = compared("left == right", left=[DEVICE_1], right=[DEVICE_2, DEVICE_1])

    assert (end.expected, end.received) == ('2 left: "device 1", "device 2"', '1 left: "device 2"')


def test_a_name_in_a_message_becomes_words():
    end = ended(in_the_suite(f"assert not 1, 'the device {DEVICE_1} is still listed'"))

    assert end.received == "the device device 1 is still listed"


# Answers of another shape --------------------------------------------------------------------------------------------

SHAPES = [
    ("{}['token']", 'no member "token" in the body'),
    ("{'a': 1}['name']", 'no member "name" in the body'),
    ("[][0]", "a list that is shorter than expected"),
    ("None['token']", "null where an object or a list was expected"),
    ("body = 5; body['token']", "an integer where an object or a list was expected"),
    ("body = 1.5; body[0]", "a number where an object or a list was expected"),
    ("body = True; body['x']", "true or false where an object or a list was expected"),
    ("'text'['token']", "a text where an object was expected"),
    ("[1]['token']", "a list where an object was expected"),
    ("[1].get('token')", "a list where an object was expected"),
    ("'text'.get('token')", "a text where an object or a list was expected"),
    ("None.get('token')", "null where an object or a list was expected"),
    ("nothing['token']", "no readable body where an object or a list was expected"),
    ("[each for each in nothing]", "no readable body where an object or a list was expected"),
    ("len(nothing)", "a value of another type than expected"),
    ("list(5)", "an integer where an object or a list was expected"),
    ("{[1]}", "a value of another type than expected"),
    ("sorted([1, None])", "a value of another type than expected"),
    ("'a' - 1", "a value of another type than expected"),
]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize(("code", "words"), SHAPES, ids=[code for code, _ in SHAPES])
def test_an_answer_of_another_shape_is_a_fail_in_words(code, words):
    end = ended(in_the_suite(code, nothing=NOTHING), running=Running(exchanges=(exchange("GET /time"),)))

    assert end.verdict is Verdict.FAIL
    assert (end.expected, end.subject) == (HEAD.title, "shape of the answer")
    asked = "for GET /time asked with the key that may do everything"
    assert end.received == f"{words}, in an answer with status 200, {asked}"
    assert list(notations(end.reason)) == []


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize(("code", "words"), SHAPES, ids=[code for code, _ in SHAPES])
def test_an_answer_of_another_shape_to_a_set_up_is_inconclusive(code, words):
    end = ended(in_the_suite(code, nothing=NOTHING), "setup")

    assert end == Ending(Verdict.INCONCLUSIVE, f"the set-up cannot use the answer: {words}")


def test_the_reason_of_a_set_up_says_which_answer_it_cannot_use():
    running = Running(exchanges=(exchange("GET /time", status=503),))

    end = ended(in_the_suite("{}['token']"), "setup", running)

    received = 'no member "token" in the body, in an answer with status 503'
    assert end.reason == f"the set-up cannot use the answer to GET /time: {received}"


@pytest.mark.parametrize("verdict", [Verdict.NONE, Verdict.INCONCLUSIVE, Verdict.ERROR])
def test_a_test_that_is_not_asked_has_the_verdict_of_its_reason(verdict):
    end = ended(failing(NotAsked("the target stopped responding", verdict)), "setup")

    assert (end.verdict, end.reason, end.out_of_scope) == (verdict, "the target stopped responding", "")


def test_an_answer_of_another_shape_without_a_request_has_no_status():
    assert ended(in_the_suite("{}['token']")).received == 'no member "token" in the body'


def test_a_missing_response_is_inconclusive_where_a_scenario_reads_it():
    answer = Answer(replace(unanswered(), failure="connection refused"))

    end = ended(in_the_suite("assert answer.status == 200", answer=answer))

    assert end == Ending(Verdict.INCONCLUSIVE, "GET got no response: connection refused")


def test_the_suite_is_where_its_folder_is():
    assert SUITE == ROOT / "conformance" / "suite"
