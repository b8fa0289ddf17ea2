"""`run.selection` reads which part of the suite a run has selected; `evidence.selection` states it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from conformance.evidence.selection import merged, missing_shards, words_of
from conformance.model import Selection
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


def words(*args: str, **options) -> str:
    return words_of(selection(configured(*args, **options)), 0, 0)


@pytest.mark.parametrize("args", [(SUITE,), (f"{ROOT}/{SUITE}",), (str(ROOT),), (".",), ("conformance",)])
def test_the_whole_suite_is_no_selection(args):
    assert selection(configured(*args)) == Selection()


def test_requirements_of_a_team_are_more_than_the_suite_and_less_without_it():
    own = str(ROOT / "tests" / "own")

    assert selection(configured(SUITE, own, conformance_also=[own])) == Selection()
    assert words(own, conformance_also=[own]) == "only tests/own"


@pytest.mark.parametrize(
    ("options", "expected"),
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
def test_a_selection_is_stated_as_the_user_typed_it(options, expected):
    assert words(**options) == expected


@pytest.mark.parametrize("arg", [f"{SUITE}/push/test_push.py", f"{SUITE}/push/test_push.py::test_x"])
def test_a_file_or_a_test_is_a_selection(arg):
    assert words(arg) == f"only {arg}"
    assert words(f"{ROOT}/{arg}") == f"only {arg}"


def test_tests_that_a_plugin_left_out_are_counted():
    assert words_of(Selection(), 3, 1) == "only 3 of 4 tests"


def test_a_run_that_left_no_test_out_is_the_whole_suite():
    assert words_of(Selection(), 3, 0) == ""


def test_the_tests_that_are_left_are_counted_beside_the_words_of_the_user():
    assert words_of(Selection(keyword="DEV-07"), 1, 3) == "only -k 'DEV-07', 1 of 4 tests"
    assert words_of(Selection(without=("x.py",)), 1, 3) == "without x.py, 1 of 4 tests"


def test_a_shard_is_part_of_the_selection():
    typed = selection(configured(keyword="DEV"), "2/4")

    assert typed == Selection(keyword="DEV", shards=("2/4",))
    assert words_of(typed, 1, 3) == "only -k 'DEV' --shard 2/4, 1 of 4 tests"


# Merged selections ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shards", "missing"),
    [((), []), (("1/1",), []), (("2/2", "1/2"), []), (("1/4", "2/4", "4/4"), ["3/4"]), (("2/3",), ["1/3", "3/3"])],
)
def test_missing_shards_are_named(shards, missing):
    assert missing_shards(shards) == missing


def test_shards_that_are_all_there_are_no_selection():
    parts = [Selection(keyword="DEV", shards=(f"{number}/2",)) for number in (1, 2)]

    assert merged(parts) == Selection(keyword="DEV")
    assert merged(parts[1:]) == Selection(keyword="DEV", shards=("2/2",))


def test_different_selections_are_joined_as_alternatives():
    one = Selection(keyword="DEV", only=("a.py",), without=("x.py", "y.py"))
    other = Selection(keyword="not DEV", only=("b.py",), without=("y.py",))

    assert merged([one, other]) == Selection("(DEV) or (not DEV)", "", ("a.py", "b.py"), ("y.py",))
