"""The console command, as far as it is more than a door to other modules."""

from __future__ import annotations

import json

from click.testing import CliRunner

from conformance.cli import main
from conformance.selftest.harness.journals import passing
from conformance.verdict.result import Exit


def merged(into, *shards):
    run = CliRunner().invoke(main, ["merge", *map(str, shards), "--into", str(into)])
    return run, json.loads((into / "report.json").read_text()) if into.is_dir() else None


def test_a_shard_that_is_missing_makes_the_merged_report_inconclusive_and_is_named(tmp_path):
    shard = passing(tmp_path / "one").write("journal-main.jsonl").parent

    run, report = merged(tmp_path / "merged", shard, tmp_path / "two")

    assert run.exit_code == Exit.INCONCLUSIVE.value
    assert f"the shard {tmp_path / 'two'} is missing: it has no journal" in report["problems"]


def test_nothing_to_merge_is_bad_usage(tmp_path):
    run, report = merged(tmp_path / "merged", tmp_path / "nowhere")

    assert (run.exit_code, report) == (Exit.USAGE.value, None)


def test_mutants_are_listed_with_what_they_break_and_their_fault():
    run = CliRunner().invoke(main, ["mutants"])

    assert "DEV-07" in run.output
    assert "Deletes a device and keeps its subscriptions." in run.output
