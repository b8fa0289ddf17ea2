"""`proof.circumstances` provokes what may happen to a run; docs/interruptions.md holds what came out."""

from __future__ import annotations

import pytest

from conformance.proof import circumstances
from conformance.proof.circumstances import CIRCUMSTANCES, Circumstance, Outcome
from conformance.verdict.result import Exit

CUT = Circumstance("it is cut", Exit.INTERRUPTED)


def test_a_run_that_is_cut_and_exits_with_0_is_a_gap():
    outcomes = [Outcome(CUT, 2, "inconclusive"), Outcome(CUT, 0, "conformant")]

    assert list(circumstances.gaps(outcomes)) == ["it is cut: expected exit status 2, received 0"]


def test_the_page_has_a_row_for_each_circumstance_with_the_right_exit_status():
    rows = [line for line in circumstances.PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]

    expected = [(each.event, str(each.exit.value)) for each in CIRCUMSTANCES]
    assert [tuple(cell.strip() for cell in row.split("|")[1:3]) for row in rows] == expected


def test_the_page_keeps_the_columns_whatever_a_target_says():
    page = circumstances.render([Outcome(CUT, 2, "redirects to a|b")])

    assert page.splitlines()[-1] == "| it is cut | 2 | redirects to a/b |"


def test_a_run_in_which_a_plugin_ends_the_session_is_not_conformant(tmp_path):
    ended = next(each for each in CIRCUMSTANCES if each.event == "a plugin ends the session")

    outcome = circumstances.provoke(ended, tmp_path)

    assert outcome.exit_status == 2
    assert outcome.sentence.startswith("inconclusive:")


@pytest.mark.parametrize("when", ["while tests run", "when the report is written"])
def test_a_full_disk_is_an_error_of_the_suite_told_in_a_sentence(when, tmp_path):
    full = next(each for each in CIRCUMSTANCES if each.event == f"the disk is full {when}")

    outcome = circumstances.provoke(full, tmp_path)

    assert outcome.exit_status == 3
    assert outcome.sentence.startswith("suite error:")
    assert "File too large" in outcome.sentence
    assert list(tmp_path.glob("out/*/journal*.jsonl")), "what was written before is kept"
