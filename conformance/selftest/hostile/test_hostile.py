"""The modes cover every kind, docs/hostile-targets.md is what came of them, and a trial notices a wrong verdict."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from conformance.selftest.hostile.mode import FAIL, TargetMode
from conformance.selftest.hostile.modes import KINDS, MODES
from conformance.selftest.hostile.page import PAGE, render
from conformance.selftest.hostile.trial import Result, judge

LEAST = 80
ROW = re.compile(r"\| `(?P<name>[^`]+)` \| (?P<does>.+) \| (?P<verdict>[^|]+) \| \d+ \| \d+ \|")
RIGHT = next(each for each in MODES if each.name == "right")


def rows() -> list[dict[str, str]]:
    return [found.groupdict() for found in map(ROW.fullmatch, PAGE.read_text(encoding="utf-8").splitlines()) if found]


def test_there_are_enough_modes_and_each_has_a_name_of_its_own():
    assert len(MODES) >= LEAST
    assert [name for name, count in Counter(each.name for each in MODES).items() if count > 1] == []


def test_every_kind_has_modes():
    assert {each.kind for each in MODES} == set(KINDS)


def test_the_page_has_a_row_for_each_mode():
    in_order = [each for kind in KINDS for each in MODES if each.kind == kind]

    assert [(row["name"], row["does"]) for row in rows()] == [(each.name, each.does) for each in in_order]


def test_the_page_has_no_wrong_verdict():
    modes = {each.name: each for each in MODES}

    assert [row for row in rows() if not modes[row["name"]].allows(row["verdict"])] == []


def test_a_row_of_the_page_is_read_as_it_is_written():
    page = render([Result(RIGHT, "pass", 3.4, 120.2, ())])

    assert "| `right` | answers right | pass | 3 | 120 |" in page


@pytest.mark.parametrize("name", ["silent-after-12", "slow-and-right", "our-server-dies"])
def test_a_run_ends_in_time_and_says_why(name, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()

    assert judge(next(each for each in MODES if each.name == name), folder).gaps == ()


@pytest.mark.parametrize(
    ("mode", "gap"),
    [
        (replace(RIGHT, expect=FAIL), "expected fail, received pass"),
        (replace(RIGHT, says="for no reason"), 'the reason does not say "for no reason"'),
    ],
)
def test_a_mode_that_ends_otherwise_is_a_gap(mode: TargetMode, gap, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()

    assert any(each.startswith(gap) for each in judge(mode, folder).gaps)
