"""Tests of the end of a run on its own console: the first causes, and what to run next."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.model import Outcome, Verdict
from conformance.report.formats.closing import closing
from conformance.selftest.harness.journals import CONTRACT, TIME, Run, failing, hostile, passing, requirement

FOLDER = "reports/of this run"
COMMAND = "ably-conformance run --profile reference --seed 7"
TARGETED = f"{COMMAND} --target http://a"


def closed(run: Run):
    return closing(*run.judged(), FOLDER)


def heads(run: Run) -> list[str]:
    """The ids of the causes, in order."""
    return re.findall(r"^ +\d+  ([A-Z]{3}-\d+) ", "\n".join(closed(run).causes), re.MULTILINE)


def test_each_cause_has_the_requirement_that_says_it_best_and_the_most_urgent_is_the_first(tmp_path):
    lines = closed(failing(tmp_path)).causes

    assert lines[0].endswith("what to mend first at the top:")
    assert "HDR-01" in heads(failing(tmp_path / "again"))
    assert all(len(line) <= 118 for line in lines), lines


def test_few_causes_are_shown_and_the_rest_counted(tmp_path):
    run = passing(tmp_path)
    for number in range(30):
        id_ = f"RSP-{number:02}"
        run.facts["requirements"] += [requirement(id_, "must", f"Title of {id_}", "#/security/0", "x")]
        for operation in CONTRACT.operations:
            run.finding(id_, (run.exchange(operation.label),), f"a {number}", "z" * 5_000)

    lines = closed(run).causes

    assert lines[0] == "30 causes, the first 5, what to mend first at the top:"
    assert len(heads(run)) == 5
    assert len(lines) < 20


def test_the_first_cause_is_what_to_run_next(tmp_path):
    run = passing(tmp_path)
    run.outcomes.append(Outcome("TIM-01", "test_time.py::test_now", Verdict.PASS))
    made = run.exchange(TIME, test="test_time.py::test_now")
    run.finding("HDR-01", (made,), "a header", "none", test="test_time.py::test_now")

    found = closed(run)

    assert (found.why, found.command) == ("HDR-01 again, once it is mended", f"{COMMAND} test_time.py::test_now")


def test_after_a_conformant_run_of_the_own_server_comes_that_of_the_user(tmp_path):
    found = closed(passing(tmp_path))

    assert (found.causes, found.command) == ((), "ably-conformance run --target URL")


def test_after_a_conformant_run_of_a_target_comes_the_comparison_with_it(tmp_path):
    run = passing(tmp_path)
    run.facts["reproduce"] = f"{COMMAND} --target http://a"

    assert closed(run).command == f"{COMMAND} --target http://a --compare-to 'reports/of this run'"


def test_after_a_shard_comes_the_merge(tmp_path):
    run = passing(tmp_path)
    run.facts["selection"] = "only --shard 1/2, 10 of 20 tests"
    run.facts["chosen"] = {"shards": ["1/2"]}

    found = closed(run)
    assert found.why == "one report of all shards"
    assert found.command.startswith("ably-conformance merge 'reports/of this run' FOLDERS-OF-THE-OTHER-SHARDS --into")


def test_after_a_part_comes_the_whole(tmp_path):
    run = passing(tmp_path)
    run.facts["selection"] = "only -k TIM, 10 of 20 tests"

    assert (closed(run).why, closed(run).command) == ("the whole suite", COMMAND)


def test_after_an_inconclusive_run_comes_the_same_again(tmp_path):
    run = passing(tmp_path)
    run.facts["blockers"] = ["the target does not respond"]

    assert (closed(run).why, closed(run).command) == ("the same again, once the reason is gone", COMMAND)


@pytest.mark.parametrize(("levels", "told"), [(["must"], []), (["must", "should"], ["HDR-02"])])
def test_a_cause_is_told_where_its_level_counts(tmp_path, levels, told):
    run = passing(tmp_path)
    run.facts["gate"]["levels"] = levels
    run.finding("HDR-02", (run.exchange(TIME),), "a header", "none")

    assert heads(run) == told


def known(folder: Path, *fixed: str) -> Run:
    """A run whose one finding is in the baseline, beside others that are fixed."""
    run = passing(folder)
    run.facts["reproduce"] = TARGETED
    run.finding("HDR-01", (run.exchange(TIME),), "a header", "none")
    run.facts["gate"]["baseline"] = [run.findings[0].fingerprint, *fixed]
    return run


def test_a_cause_of_the_baseline_is_not_told(tmp_path):
    assert closed(known(tmp_path)).causes == ()


def test_a_baseline_is_pruned_where_it_has_what_was_not_found(tmp_path):
    found = closed(known(tmp_path, "0" * 16))
    assert (found.why, found.command) == ("to remove what is fixed from the baseline", f"{TARGETED} --baseline-prune")


def test_where_all_of_the_baseline_was_found_the_next_build_is_compared(tmp_path):
    assert closed(known(tmp_path)).command == f"{TARGETED} --compare-to 'reports/of this run'"


def test_a_waiver_that_expired_is_a_reason_beside_the_baseline(tmp_path):
    run = known(tmp_path, "0" * 16)
    run.facts["waivers"] = [{"requirement": "TIM-01", "reason": "known", "issue": "x", "until": "2001-01-01"}]
    assert closed(run).why == "the same again, once the reason is gone"


def test_the_baseline_of_a_soak_is_pruned_with_the_report_of_all_rounds(tmp_path):
    run = known(tmp_path, "0" * 16)
    run.facts["soak"] = {"rounds": 3, "command": TARGETED, "failed": []}
    command = "ably-conformance merge 'reports/of this run' --baseline-prune BASELINE --into merged"
    assert closed(run).command == command


def test_the_baseline_of_shards_is_pruned_with_the_report_of_all_shards(tmp_path):
    run = known(tmp_path, "0" * 16)
    run.facts["selection"] = "only --shard 1/2, 10 of 20 tests"
    run.facts["chosen"] = {"shards": ["1/2"]}
    others = "'reports/of this run' FOLDERS-OF-THE-OTHER-SHARDS"
    assert closed(run).command == f"ably-conformance merge {others} --baseline-prune BASELINE --into merged"


def test_what_a_target_sent_is_shown_without_control_characters(tmp_path):
    text = "\n".join(closed(hostile(tmp_path)).causes)

    assert text
    assert "\x1b" not in text
    assert "\u202e" not in text
