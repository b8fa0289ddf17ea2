"""A run with `--har`, judged again by its journal and by its traffic.har, has the same findings of checks."""

from __future__ import annotations

import pytest

from conformance.checks import requirements
from conformance.har import writing
from conformance.selftest.harness.archives import findings_of, judged
from conformance.selftest.harness.runs import suite

OF_CHECKS = {head.id for head in requirements()}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Of a mutant that fails checks, on every error that the tests provoke."""
    folder = tmp_path_factory.mktemp("run")
    return suite(folder, "-k", "TIM or STA", "--seed", "7", "--examples", "2", "--har", "--mutant", "errors-are-flat")


@pytest.mark.parametrize("name", [writing.TRAFFIC, "journal.jsonl"])
def test_the_findings_of_checks_are_those_of_the_run(run, tmp_path, name):
    _, again = judged(tmp_path / "again", run.folder / name, "--profile", "reference")
    before = {(id_, mark) for id_, mark in findings_of(run.report) if id_ in OF_CHECKS}

    assert before
    assert findings_of(again) == before
    assert again["conclusion"] == "not conformant"


@pytest.mark.parametrize("name", [writing.TRAFFIC, "journal.jsonl"])
def test_each_finding_occurs_as_often_as_in_the_run(run, tmp_path, name):
    _, again = judged(tmp_path / "again", run.folder / name, "--profile", "reference")

    assert occurrences(again) == occurrences(run.report)


def occurrences(report):
    return {each["id"]: len(each["findings"]) for each in report["requirements"] if each["id"] in OF_CHECKS}


def test_what_a_struck_secret_hides_is_the_only_thing_that_is_not_judged_again(run, tmp_path):
    _, again = judged(tmp_path / "again", run.folder / writing.TRAFFIC, "--profile", "reference")
    verdicts = {each["id"]: each["verdict"] for each in again["requirements"]}
    lost = {id_ for id_ in OF_CHECKS if run.verdicts[id_] != verdicts[id_]}

    assert lost <= {"SEC-01", "SEC-02", "GEN-07"}
