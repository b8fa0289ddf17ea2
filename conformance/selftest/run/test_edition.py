"""A run by another version of the contract says so, judges what stands in it, and says what it leaves out and why."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import replace

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.contract import load
from conformance.errors import UsageError
from conformance.evidence.journal import WHOLE
from conformance.paths import ROOT
from conformance.profile import parse, refuse_unknown_world
from conformance.run.edition import circumstances
from conformance.selftest.harness.moved import NEW_OPERATION, moved
from conformance.selftest.harness.runs import Run, command, environment, suite

PROFILE = """\
description = "another version of the contract"

[target]
start = "embedded"
blast_radius = "exclusive"

[contract]
path = "moved.yaml"
{world}
[scope]
only = ["GEN-01", "GEN-05", "RSP-01", "PUB-01", "PUB-02", "STA-13", "STA-20", "{more}"]
paths = ["/channels"]

[pace]
examples = 2
"""
NOT_ASKED = (
    f'{NEW_OPERATION} is not asked: nothing fills {{serial}}; give a value in the profile, serial = "..." under [world]'
)


def judged(folder, world: str = "") -> Run:
    """The scope is small: the whole suite by this contract is run by hand."""
    moved(folder)
    (folder / "moved.toml").write_text(PROFILE.format(world=world, more=REWORDED))
    return suite(folder / "reports", "--profile", str(folder / "moved.toml"), "--seed=7")


REWORDED = "PUB-139"


@pytest.fixture(scope="module")
def unfilled(tmp_path_factory) -> Run:
    return judged(tmp_path_factory.mktemp("unfilled"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Run:
    return judged(tmp_path_factory.mktemp("filled"), '\n[world]\nserial = "01:0"\n')


def new_tests(run: Run) -> list[str]:
    outcomes = [each for each in run.records if each["kind"] == "outcome" and NEW_OPERATION in each["test"]]
    return [each["out_of_scope"] or each["verdict"] for each in outcomes]


def test_the_reference_server_conforms_to_a_contract_that_moved_on(unfilled, filled):
    for run in (unfilled, filled):
        assert run.status == 0, run.said
        assert "musts passed, 0 waived, judged by moved.yaml (Platform API 1.2.0)" in run.said


def test_an_operation_whose_path_nothing_fills_is_not_asked_and_a_value_in_the_profile_fills_it(unfilled, filled):
    assert new_tests(unfilled) == [NOT_ASKED] * 2
    assert f"note: {NOT_ASKED}" in unfilled.said
    assert new_tests(filled) == ["pass"] * 2
    asked = [each for each in filled.records if each.get("operation") == NEW_OPERATION and each["kind"] == "exchange"]
    assert asked
    assert all("/messages/01%3A0" in each["request"]["url"] for each in asked)


def test_what_does_not_apply_is_a_note_and_no_refusal(unfilled):
    for sentence in (
        "the run is judged by moved.yaml (Platform API 1.2.0), another contract than the one that the suite",
        "moved.yaml has no parameter prefix for GET /channels: what sends it is out of scope",
        "E-001 changes nothing at $.components.parameters.filterLimit.schema",
        "out of scope, STA-13, STA-14, STA-15, STA-62: moved.yaml (Platform API 1.2.0) has nothing at #/paths",
        f"the clauses of {REWORDED} are worded otherwise in moved.yaml: they are judged, and told without quotation",
    ):
        assert f"note: {sentence}" in unfilled.said
    rows = {each["id"]: each for each in unfilled.report["requirements"]}
    assert rows["STA-13"]["out_of_scope"].startswith("moved.yaml (Platform API 1.2.0) has nothing at")
    assert rows["STA-20"]["verdict"] == rows[REWORDED]["verdict"] == "pass"


def test_a_report_quotes_only_words_of_the_contract_that_it_judged_by(unfilled):
    """Every quotation is looked up in the copy of the contract that stands beside the report."""
    contract = load("all", unfilled.folder / "contract.yaml")
    rows = unfilled.report["requirements"]
    quoted = [row["clause"] for row in rows if row["clause"]["is_verbatim"]]

    assert unfilled.report["contract"]["file"] == "moved.yaml"
    assert unfilled.report["contract"]["sha256"] == contract.sha256
    assert len(quoted) > len(rows) / 5
    for clause in quoted:
        found = contract.resolve(clause["pointer"])
        assert clause["text"] in json.dumps(found, ensure_ascii=False) or clause["text"] in clause["pointer"].replace(
            "~1", "/"
        )
    told = next(row["clause"] for row in rows if row["id"] == REWORDED)
    assert not told["is_verbatim"]
    assert f"moved.yaml (Platform API 1.2.0) no longer has these words of {load().version}" in told["text"]


def test_a_merged_report_is_made_with_the_contract_of_the_run(unfilled, tmp_path):
    merged = CliRunner().invoke(main, ["merge", str(unfilled.folder), "--into", str(tmp_path / "merged")])
    assert merged.exit_code == 0, merged.output
    assert "judged by moved.yaml (Platform API 1.2.0)" in merged.output
    assert json.loads((tmp_path / "merged" / "report.json").read_text()) == unfilled.report

    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / WHOLE).write_bytes((unfilled.folder / WHOLE).read_bytes())
    lost = CliRunner().invoke(main, ["merge", str(alone), "--into", str(tmp_path / "merged")])
    assert lost.exit_code == 4
    assert "was judged by moved.yaml (Platform API 1.2.0), and no folder has it as contract.yaml" in lost.output


# Sentences -----------------------------------------------------------------------------------------------------------


def test_nothing_is_said_of_the_packed_contract():
    assert list(circumstances(load(), parse("mine", {}))) == []


def test_a_new_operation_that_can_be_asked_and_one_that_is_gone_are_told(tmp_path):
    contract = load("all", moved(tmp_path))
    contract = replace(contract, difference=replace(contract.difference, gone=("GET /time",)))
    told = list(circumstances(contract, parse("mine", {"world": {"serial": "a"}})))

    assert f"{NEW_OPERATION} is new in moved.yaml: generated requests ask it, and checks judge the answers" in told
    assert "moved.yaml has no GET /time: what needs it is out of scope" in told


def test_corrections_without_effect_are_told_up_to_a_dozen(tmp_path):
    contract = replace(load("all", moved(tmp_path)), unapplied=tuple(f"E-{n} finds nothing" for n in range(20)))
    told = list(circumstances(contract, parse("mine", {})))

    assert sum("finds nothing" in each for each in told) == 12
    assert told[-1] == "8 more corrections have nothing to correct; `ably-conformance contract check` lists them"


def test_a_word_of_the_world_that_the_contract_does_not_know_is_rejected():
    profile = parse("mine", {"world": {"serail": "a", "channels": "team"}})
    with pytest.raises(UsageError, match=r"profile mine: \[world\]: unknown key 'serail'; did you mean 'serial'\?"):
        refuse_unknown_world(profile, {"serial"})
    refuse_unknown_world(profile, {"serail"})


@pytest.mark.parametrize("value", ["", 5, ["a"]])
def test_a_value_of_a_path_parameter_is_a_text_that_is_not_empty(value):
    with pytest.raises(UsageError, match=r"profile mine: \[world\] serial: expected a"):
        parse("mine", {"world": {"serial": value}})


def test_a_contract_that_cannot_be_read_ends_the_run_before_its_first_request(tmp_path):
    run = suite(tmp_path, "--contract", str(tmp_path / "absent.yaml"))

    assert run.status == 4
    assert "absent.yaml cannot be read: No such file or directory" in run.said


def test_a_run_that_was_killed_can_be_merged(tmp_path):
    args = ("--contract", str(moved(tmp_path)), "--seed", "7", "--rps", "20", "-k", "TIM or PUB")
    with subprocess.Popen(command(tmp_path, *args), cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL) as running:
        end = time.monotonic() + 120
        while not any("exchange" in path.read_text() for path in tmp_path.glob("*/journal-main.jsonl")):
            assert time.monotonic() < end
            time.sleep(0.1)
        running.kill()
    folder = next(tmp_path.glob("*Z-*"))
    done = CliRunner().invoke(main, ["merge", str(folder), "--into", str(tmp_path / "merged")])
    assert done.exit_code == 6, done.output
    assert json.loads((tmp_path / "merged" / "report.json").read_text())["contract"]["file"] == "moved.yaml"
