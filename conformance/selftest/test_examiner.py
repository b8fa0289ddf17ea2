"""The examiner: what of the suite was chosen is said, however it was chosen."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from conformance.contract import ROOT
from conformance.examiner import selection

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
