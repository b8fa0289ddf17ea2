"""`run.selection` states which part of the suite a run has selected."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from conformance.paths import ROOT
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
        ({"ignore": [f"{SUITE}/push/test_push.py"]}, f"without {SUITE}/push/test_push.py"),
        ({"ignore_glob": ["*push*"]}, "without *push*"),
        ({"deselect": [f"{SUITE}/push/test_push.py::test_x"]}, f"without {SUITE}/push/test_push.py::test_x"),
        ({"keyword": "a", "deselect": ["b"]}, "only -k 'a' without b"),
    ],
)
def test_a_selection_is_stated_as_the_user_typed_it(options, words):
    assert selection(configured(**options)) == words


@pytest.mark.parametrize("arg", [f"{SUITE}/push/test_push.py", f"{SUITE}/push/test_push.py::test_x"])
def test_a_file_or_a_test_is_a_selection(arg):
    assert selection(configured(arg)) == f"only {arg}"
    assert selection(configured(f"{ROOT}/{arg}")) == f"only {arg}"


def selected(tests: int, deselected: int) -> SimpleNamespace:
    return SimpleNamespace(
        tests=tuple(f"test_{number}" for number in range(tests)),
        deselected=tuple(f"test_other_{number}" for number in range(deselected)),
    )


def test_tests_that_a_plugin_left_out_are_counted():
    assert selection(configured(), selected(3, 1)) == "only 3 of 4 tests"


def test_a_run_that_left_no_test_out_is_the_whole_suite():
    assert selection(configured(), selected(3, 0)) == ""


def test_the_tests_that_are_left_are_counted_beside_the_words_of_the_user():
    assert selection(configured(keyword="DEV-07"), selected(1, 3)) == "only -k 'DEV-07', 1 of 4 tests"
    assert selection(configured(ignore=["x.py"]), selected(1, 3)) == "without x.py, 1 of 4 tests"
