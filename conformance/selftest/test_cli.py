"""The console command: the parts that are not a call of another module."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.command_line import of_suite
from conformance.paths import SUITE
from conformance.selftest.harness.journals import passing
from conformance.verdict.result import Exit


def merged(into, *shards):
    run = CliRunner().invoke(main, ["merge", *map(str, shards), "--into", str(into)])
    return run, json.loads((into / "report.json").read_text()) if into.is_dir() else None


def test_a_missing_shard_is_named_and_makes_the_merged_report_inconclusive(tmp_path):
    shard = passing(tmp_path / "one").write("journal-main.jsonl").parent

    run, report = merged(tmp_path / "merged", shard, tmp_path / "two")

    assert run.exit_code == Exit.INCONCLUSIVE.value
    assert f"the shard {tmp_path / 'two'} is missing: it has no journal" in report["problems"]


def test_merging_nothing_is_a_usage_error(tmp_path):
    run, report = merged(tmp_path / "merged", tmp_path / "nowhere")

    assert (run.exit_code, report) == (Exit.USAGE.value, None)


def test_mutants_are_listed_with_requirement_and_fault():
    run = CliRunner().invoke(main, ["mutants"])

    assert "DEV-07" in run.output
    assert "Deletes a device and keeps its subscriptions." in run.output


NODE = "conformance/suite/protocol/test_time.py::test_x[GET /time]"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-k", "TIM"], [str(SUITE), "-k", "TIM"]),
        (["--seed", "7", NODE], ["--seed", "7", f"{SUITE.parent.parent}/{NODE}"]),
        (["--deselect", NODE], [str(SUITE), "--deselect", NODE]),
    ],
)
def test_a_run_takes_the_tests_that_a_report_names_and_otherwise_the_suite(arguments, expected):
    assert of_suite(arguments) == expected
