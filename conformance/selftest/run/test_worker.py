"""The examiner: what of the suite was chosen is said, and whose fault it is when a test does not pass."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from conformance.errors import Inconclusive, SuiteError
from conformance.model import Verdict
from conformance.paths import ROOT
from conformance.run.outcome import FindingsMade, ending
from conformance.run.selection import selection

SUITE = "conformance/suite"


def configured(*args: str, **options) -> SimpleNamespace:
    known = {"keyword": "", "markexpr": "", "ignore": None, "ignore_glob": None, "deselect": None}
    return SimpleNamespace(
        args=list(args or (SUITE,)),
        option=SimpleNamespace(**{**known, **options}),
        invocation_params=SimpleNamespace(dir=ROOT),
        rootpath=ROOT,
    )


@pytest.mark.parametrize("args", [(SUITE,), (f"{ROOT}/{SUITE}",), (str(ROOT),), (".",), ("conformance",)])
def test_the_whole_suite_is_no_selection(args):
    assert selection(configured(*args)) == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"keyword": "DEV-07"}, "only -k 'DEV-07'"),
        ({"markexpr": "slow"}, "only -m 'slow'"),
        ({"keyword": "a", "markexpr": "b"}, "only -k 'a' -m 'b'"),
        ({"ignore": [f"{SUITE}/test_push.py"]}, f"without {SUITE}/test_push.py"),
        ({"ignore_glob": ["*push*"]}, "without *push*"),
        ({"deselect": [f"{SUITE}/test_push.py::test_x"]}, f"without {SUITE}/test_push.py::test_x"),
        ({"keyword": "a", "deselect": ["b"]}, "only -k 'a' without b"),
    ],
)
def test_a_part_of_the_suite_is_named_as_the_user_chose_it(options, words):
    assert selection(configured(**options)) == words


@pytest.mark.parametrize("arg", [f"{SUITE}/test_push.py", f"{SUITE}/test_push.py::test_x"])
def test_a_file_or_a_test_is_a_part(arg):
    assert selection(configured(arg)) == f"only {arg}"
    assert selection(configured(f"{ROOT}/{arg}")) == f"only {arg}"


# Whose fault it is ---------------------------------------------------------------------------------------------------


def ended(raising, when: str = "call") -> tuple[Verdict, str]:
    return ending(pytest.CallInfo.from_call(raising, when))


def failing(flaw: BaseException):
    def run() -> None:
        raise flaw

    return run


def in_the_suite(code: str):
    """Raised by a line of a scenario."""
    return lambda: exec(compile(code, str(ROOT / SUITE / "test_x.py"), "exec"), {})


def test_what_runs_to_its_end_passes():
    assert ended(lambda: None) == (Verdict.PASS, "")


@pytest.mark.parametrize(
    "flaw", [AssertionError("assert 404 == 200\nmore"), pytest.fail.Exception("assert 404 == 200")]
)
def test_what_a_scenario_asserts_is_the_targets_fault(flaw):
    assert ended(failing(flaw)) == (Verdict.FAIL, "assert 404 == 200")


@pytest.mark.parametrize("when", ["setup", "call"])
def test_what_the_circumstances_prevent_is_nobodys_fault(when):
    assert ended(failing(Inconclusive("set-up was refused: 503")), when) == (
        Verdict.INCONCLUSIVE,
        "set-up was refused: 503",
    )


def test_what_the_checks_found_is_booked_by_them_alone():
    assert ended(failing(FindingsMade("RSP-01", pytrace=False)))[0] is Verdict.PASS


def test_what_is_skipped_is_no_pass():
    assert ended(failing(pytest.skip.Exception("not today"))) == (Verdict.NONE, "not today")


@pytest.mark.parametrize("code", ["{}['token']", "[][0]", "body = None; body['token']", "None.token"])
def test_an_answer_of_another_shape_is_the_targets_fault(code):
    verdict, reason = ended(in_the_suite(code))

    assert verdict is Verdict.FAIL
    assert reason.startswith("an answer of another shape: ")


def test_an_answer_of_another_shape_to_a_set_up_is_the_circumstances_fault():
    """The requirement itself was never looked at."""
    verdict, reason = ended(in_the_suite("{}['token']"), "setup")

    assert (verdict, reason) == (Verdict.INCONCLUSIVE, "an answer of another shape: KeyError 'token'")


def test_the_same_mistake_outside_of_a_scenario_is_ours():
    verdict, reason = ended(failing(KeyError("token")))

    assert (verdict, reason) == (Verdict.ERROR, "KeyError: 'token'")


@pytest.mark.parametrize("flaw", [SuiteError("There is no principal 'x'"), ZeroDivisionError("by zero"), ValueError()])
def test_whatever_else_is_raised_is_our_fault(flaw):
    assert ended(failing(flaw))[0] is Verdict.ERROR


def test_a_failure_that_did_not_happen_again_is_still_one():
    """Hypothesis tells of it in a group."""
    group = ExceptionGroup("flaky", [ValueError("told again"), AssertionError("assert 1 == 2")])

    assert ended(failing(group)) == (Verdict.FAIL, "assert 1 == 2")
