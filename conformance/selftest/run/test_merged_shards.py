"""Four shards, merged, say what one run says: the same verdicts and the same findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.selftest.harness.runs import suite

ARGS = ("--seed", "7", "--examples", "2", "--mutant", "time-is-text", "-k", "TIM or TOK-0", "-n", "0")
"""A part of the suite, against a server with a fault that several requirements show."""


def verdicts(report: dict[str, Any]) -> dict[str, tuple[str, dict[str, str]]]:
    return {each["id"]: (each["verdict"], each["operations"]) for each in report["requirements"]}


def findings(report: dict[str, Any]) -> dict[str, set[tuple[str, str, str]]]:
    """By requirement: where, what was expected, and the fingerprint."""
    return {
        each["id"]: {(one["operation"], one["expected"], one["fingerprint"]) for one in each["findings"]}
        for each in report["requirements"]
        if each["findings"]
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, Any]:
    return suite(tmp_path_factory.mktemp("whole"), *ARGS).report


@pytest.fixture(scope="module")
def merged(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("shards")
    shards = [
        suite(folder / str(number), *ARGS, f"--shard={number}/4", "--journal-only").folder for number in range(1, 5)
    ]
    done = CliRunner().invoke(main, ["merge", *map(str, shards), "--into", str(folder / "merged")])
    assert done.exit_code == 1, done.output
    return json.loads(Path(folder / "merged" / "report.json").read_text())


def test_the_requirements_and_their_verdicts_are_those_of_one_run(whole, merged):
    assert verdicts(merged) == verdicts(whole)
    assert {verdict for verdict, _ in verdicts(whole).values()} >= {"pass", "fail"}


def test_the_findings_are_those_of_one_run(whole, merged):
    assert findings(merged) == findings(whole)
    assert len(findings(whole)) > 1


def test_the_conclusion_is_that_of_one_run(whole, merged):
    assert (merged["conclusion"], merged["exit"]) == (whole["conclusion"], whole["exit"])
    assert without_exchanges(merged["counts"]) == without_exchanges(whole["counts"])


def without_exchanges(counts: dict[str, int]) -> dict[str, int]:
    """Each shard prepares what its tests need."""
    return {name: count for name, count in counts.items() if name != "exchanges"}
