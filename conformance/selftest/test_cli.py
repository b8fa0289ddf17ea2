"""The console command: the parts that are not a call of another module."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.metadata import version

import pytest
from click.testing import CliRunner

from conformance import command_line
from conformance.cli import main
from conformance.command_line import of_suite, suite_command
from conformance.paths import ROOT, SUITE
from conformance.selftest.harness.journals import failing, passing
from conformance.verdict.result import Exit


def merged(into, *arguments):
    run = CliRunner().invoke(main, ["merge", *map(str, arguments), "--into", str(into)])
    return run, json.loads((into / "report.json").read_text()) if into.is_dir() else None


def shard(folder, number: int, of: int = 2, **facts):
    """The folder of one of several shards, each of which exercised everything."""
    made = passing(folder / f"shard-{number}")
    test, other = "conformance/suite/a.py::test_a", "conformance/suite/a.py::test_b"
    tests = (test, other) if number == 1 else (other, test)
    made.outcomes = [replace(each, test=tests[0]) for each in made.outcomes]
    chosen = {"shards": [f"{number}/{of}"]}
    made.facts |= {"run": f"run{number}", "chosen": chosen, "tests": [tests[0]], "deselected": [tests[1]]}
    made.facts |= {"selection": f"only --shard {number}/{of}, 1 of 2 tests", **facts}
    return made.write().parent


# Merging shards ------------------------------------------------------------------------------------------------------


def test_all_shards_are_one_report_of_the_whole_suite(tmp_path):
    run, report = merged(tmp_path / "merged", shard(tmp_path, 1), shard(tmp_path, 2))

    assert (run.exit_code, report["selection"], report["complete"]) == (Exit.CONFORMANT.value, "", True)
    assert run.output.splitlines() == [
        f"report: {tmp_path / 'merged' / 'report.html'}",
        "conformant: 7 of 7 musts passed, 0 waived",
    ]


def test_a_merged_report_has_the_traffic_of_all(tmp_path):
    folders = shard(tmp_path, 1), shard(tmp_path, 2)
    run, report = merged(tmp_path / "merged", *folders, "--har")

    traffic = json.loads((tmp_path / "merged" / "traffic.har").read_text())
    assert run.exit_code == Exit.CONFORMANT.value
    assert len(traffic["log"]["entries"]) == report["counts"]["exchanges"] * 2 > 50


def test_a_missing_shard_is_named_on_the_console_and_makes_the_merged_report_inconclusive(tmp_path):
    run, report = merged(tmp_path / "merged", shard(tmp_path, 1, of=3), shard(tmp_path, 2, of=3))

    assert run.exit_code == Exit.INCONCLUSIVE.value
    assert "note: shard 3/3 is missing: no folder holds it" in run.output.splitlines()
    assert report["complete"] is False
    assert report["selected"]["shards"] == ["1/3", "2/3"]
    assert report["selection"] == "only --shard 1/3 and 2/3"


def test_a_missing_shard_is_named_with_its_folder(tmp_path):
    run, _ = merged(tmp_path / "merged", shard(tmp_path, 1), tmp_path / "shard-2")

    assert f"note: shard 2/2 is missing: there is no journal in {tmp_path / 'shard-2'}" in run.output.splitlines()


def test_a_folder_without_a_journal_is_named(tmp_path):
    folder = passing(tmp_path / "one").write("journal-main.jsonl").parent

    run, report = merged(tmp_path / "merged", folder, tmp_path / "two")

    assert run.exit_code == Exit.INCONCLUSIVE.value
    assert f"the shard {tmp_path / 'two'} is missing: it has no journal" in report["problems"]
    assert f"note: the shard {tmp_path / 'two'} is missing" in run.output


def test_merging_nothing_is_a_usage_error(tmp_path):
    run, report = merged(tmp_path / "merged", tmp_path / "nowhere")

    assert (run.exit_code, report) == (Exit.USAGE.value, None)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"chosen": {"shards": ["1/2"]}}, "both hold shard 1/2"),
        ({"run": "run1"}, "hold the same run"),
        ({"suite": "9.9"}, "cannot be merged: the version of the suite is 0.1.0 there and 9.9 here"),
        ({"chosen": {"shards": ["2/3"]}}, "cannot be merged: the number of shards is 2 there and 3 here"),
    ],
)
def test_shards_that_do_not_belong_together_are_refused(tmp_path, facts, words):
    run, report = merged(tmp_path / "merged", shard(tmp_path, 1), shard(tmp_path, 2, **facts))

    assert (run.exit_code, report) == (Exit.USAGE.value, None)
    assert words in run.output
    assert f"{tmp_path / 'shard-1'} and {tmp_path / 'shard-2'} " in run.output


def test_a_folder_that_is_given_twice_is_refused(tmp_path):
    folder = shard(tmp_path, 1)
    (tmp_path / "latest").symlink_to(folder)

    run, report = merged(tmp_path / "merged", folder, tmp_path / "latest")

    assert (run.exit_code, report) == (Exit.USAGE.value, None)
    assert f"{tmp_path / 'latest'} is given twice" in run.output


def test_a_merge_updates_and_prunes_a_baseline(tmp_path):
    one, baseline = failing(tmp_path / "one").write().parent, tmp_path / "baseline.json"

    run, report = merged(tmp_path / "merged", one, "--baseline-update", baseline)
    assert f"note: {baseline} now has the findings that are accepted: 13 added, 0 removed, 13 in all" in run.output
    assert all(each["in_baseline"] for row in report["requirements"] for each in row["findings"] if not row["waived"])

    fixed = passing(tmp_path / "fixed").write().parent
    run, _ = merged(tmp_path / "merged", fixed, "--baseline-prune", baseline)
    assert f"note: {baseline} now has the findings that are accepted: 0 added, 13 removed, 0 in all" in run.output


# Other commands ------------------------------------------------------------------------------------------------------


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


# Reading what there is -----------------------------------------------------------------------------------------------


def test_a_requirement_is_explained_with_its_source_its_place_and_its_mutants():
    said = CliRunner().invoke(main, ["explain", "dev-07"]).output

    assert said.startswith("DEV-07 (must) Unregistering a device deletes its channel subscriptions\n")
    assert "  source    openapi.yaml:884 " in said
    assert "  asks      DELETE /push/deviceRegistrations/{device_id}\n" in said
    assert "conformance/suite/push/test_devices_removal.py::test_unregistering_a_device" in said
    assert "unregister-keeps-subscriptions: Deletes a device and keeps its subscriptions." in said
    assert "ably-conformance run -k DEV-07 --mutant unregister-keeps-subscriptions" in said


def test_an_unknown_requirement_is_answered_with_the_nearest():
    run = CliRunner().invoke(main, ["explain", "DEV-777"])

    assert run.exit_code == Exit.USAGE.value
    assert run.output == "there is no requirement or area DEV-777; did you mean 'DEV-77'?\n"


def test_the_requirements_of_an_area_are_listed():
    lines = CliRunner().invoke(main, ["requirements", "TIM"]).output.splitlines()

    assert lines[0].startswith("TIM-01  must    GET /time returns an array")
    assert {line[:4] for line in lines} == {"TIM-"}


def test_areas_and_profiles_are_listed():
    said = CliRunner().invoke(main, ["list"]).output

    assert "of them MUST: Push devices" in said
    assert "--profile live " in said


def test_the_help_of_a_run_begins_with_the_options_of_the_suite():
    lines = CliRunner().invoke(main, ["run", "--help"]).output.splitlines()

    options = [line.split()[0] for line in lines if line.startswith("  -")]
    assert options[:3] == ["--profile", "--target", "--key"]
    assert "--help-pytest" in options
    assert len(lines) < 60


# At the shell --------------------------------------------------------------------------------------------------------


def completed(*words: str) -> list[str]:
    """What bash is offered for the last word."""
    line = " ".join(["ably-conformance", *words])
    env = {"_ABLY_CONFORMANCE_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    run = CliRunner().invoke(main, [], prog_name="ably-conformance", env=env)
    return [each.partition(",")[2] for each in run.output.splitlines()]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("doc",), ["doctor"]),
        (("run", "--prof"), ["--profile"]),
        (("doctor", "--ca"), ["--ca-file"]),
        (("run", "--profile", "li"), ["live"]),
        (("run", "--target", "http://x", "--profile", "sa"), ["sandbox"]),
    ],
)
def test_a_shell_completes_commands_options_and_profiles(words, offered):
    assert completed(*words) == offered


def test_the_page_has_the_line_that_switches_completion_on():
    page = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
    (line,) = re.findall(r'^eval "\$\((_ABLY_CONFORMANCE_COMPLETE=\w+ ably-conformance)\)"$', page, re.MULTILINE)
    name, _, value = line.split()[0].partition("=")

    script = CliRunner().invoke(main, [], prog_name="ably-conformance", env={name: value}).output

    assert "complete -o nosort -F" in script
    assert "ably-conformance" in script


def test_the_version_is_that_of_the_package():
    said = CliRunner().invoke(main, ["--version"]).output

    assert said == f"ably-conformance, version {version('ably-conformance')}\n"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_setting_of_another_plugin_is_made_where_that_plugin_is_installed(monkeypatch, is_there):
    """Pytest warns of a setting that no plugin has, and pytest-asyncio of its own that nobody made."""
    monkeypatch.setattr(command_line, "find_spec", lambda _: object() if is_there else None)

    made = [each for each in suite_command([]) if each.startswith("--override-ini=asyncio_")]

    assert len(made) == is_there
