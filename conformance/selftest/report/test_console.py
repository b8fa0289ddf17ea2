"""Tests of the end of a run on a terminal: each failed check once, in few lines."""

from __future__ import annotations

import pytest

from conformance.contract import load
from conformance.model import Outcome, Verdict
from conformance.report.formats.console import render
from conformance.selftest.harness.journals import CONTRACT, TIME, Run, failing, hostile, passing, requirement


def rendered(run: Run) -> str:
    return "\n".join(render(*run.judged(), load("all")))


def heads(text: str, ids: set[str]) -> list[str]:
    """The ids that begin a line, in order."""
    return [line.split()[0] for line in text.splitlines() if line.partition(" ")[0] in ids]


IDS = {"RSP-01", "RSP-02", "RSP-03", "HDR-01", "HDR-02", "ERR-01", "DEV-07"}


def test_a_run_whose_checks_passed_has_nothing_to_say(tmp_path):
    assert rendered(passing(tmp_path)) == ""


def test_each_failed_check_is_told_once_with_its_number_of_findings(tmp_path):
    text = rendered(failing(tmp_path))

    assert heads(text, IDS) == ["ERR-01", "HDR-01", "RSP-02", "RSP-03"]
    assert text.startswith("4 checks failed; they judge every exchange, and no test is red because of them:")
    assert "found      9 times on 9 operations" in text
    assert "found      1 time on 1 operation" in text


def test_what_a_test_asserts_is_left_to_pytest(tmp_path):
    assert "DEV-07" not in rendered(failing(tmp_path))


def test_a_waived_check_is_not_told(tmp_path):
    assert "HDR-02" not in rendered(failing(tmp_path))


@pytest.mark.parametrize(("levels", "told"), [(["must"], []), (["must", "should"], ["HDR-02"])])
def test_a_check_is_told_where_its_level_counts(tmp_path, levels, told):
    run = passing(tmp_path)
    run.facts["gate"]["levels"] = levels
    run.finding("HDR-02", (run.exchange(TIME),), "a header", "none")

    assert heads(rendered(run), IDS) == told


def test_a_check_of_the_baseline_is_not_told(tmp_path):
    run = passing(tmp_path)
    run.finding("HDR-01", (run.exchange(TIME),), "a header", "none")
    run.facts["gate"]["baseline"] = [run.findings[0].fingerprint]

    assert rendered(run) == ""


def test_several_deviations_of_a_check_are_one_entry(tmp_path):
    run = passing(tmp_path)
    for at in ("/a", "/b"):
        run.finding("RSP-02", (run.exchange(TIME),), "an array", "an object", at=at)

    text = rendered(run)

    assert heads(text, IDS) == ["RSP-02"]
    assert "found      2 times on 1 operation in 2 ways" in text


def test_the_command_repeats_the_test_in_which_a_check_found_something(tmp_path):
    run = passing(tmp_path)
    run.outcomes.append(Outcome("TIM-01", "test_time.py::test_now", Verdict.PASS))
    made = run.exchange(TIME, test="test_time.py::test_now")
    run.finding("HDR-01", (made,), "a header", "none", test="test_time.py::test_now")

    assert "reproduce  ably-conformance run --profile reference --seed 7 test_time.py::test_now" in rendered(run)


def test_the_lines_of_a_target_on_which_every_check_fails_are_few(tmp_path):
    run = passing(tmp_path)
    for number in range(70):
        id_ = f"RSP-{number:02}"
        run.facts["requirements"] += [requirement(id_, "must", f"Title of {id_}", "#/security/0", "x" * 900)]
        for operation in CONTRACT.operations:
            run.finding(id_, (run.exchange(operation.label),), "y" * 5_000, "z" * 5_000)

    lines = rendered(run).splitlines()

    assert len(lines) < 150
    assert "and 45 checks more" in lines


def test_what_a_target_sent_is_shown_without_control_characters(tmp_path):
    text = rendered(hostile(tmp_path))

    assert "\x1b" not in text
    assert "\u202e" not in text
