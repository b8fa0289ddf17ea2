"""The recipes for CI systems: their shell lines work from a folder that holds nothing but a profile."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from conformance.selftest.harness.recipes import RECIPES, Ran, Step, follow, jobs_of
from conformance.target.embedded import reference_server

ONE_MACHINE = {"github.yml": "out/latest", "gitlab.yml": "report", "Jenkinsfile": "report"}
"""The recipes for one machine, and the folder that each keeps as its artifact."""
SEVERAL = {"github-shards.yml": "out/latest", "gitlab-shards.yml": "shard-2"}
"""Those for several machines, and the folder that the second machine keeps."""
COMMIT = "4f2a91c"


@pytest.fixture(scope="module")
def reference():
    with reference_server() as url:
        yield url


@pytest.fixture
def users(tmp_path, reference) -> Path:
    """A folder of a user, with a profile that has a small part of the suite in scope."""
    profile = (
        f'[target]\nstart = "provision"\nblast_radius = "exclusive"\nurl = "{reference}"\n[scope]\nonly = ["TIM"]\n'
    )
    (tmp_path / "staging.toml").write_text(profile, encoding="utf-8")
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    return tmp_path


def followed(name: str, job: str, folder: Path, **variables: str) -> list[Ran]:
    """Jenkins' recipe makes an environment of its own; it gets ours, and the test of the wheel lets it make one."""
    steps = [_with_our_environment(each) if name == "Jenkinsfile" else each for each in jobs_of(name)[job]]
    known = {"GITHUB_SHA": COMMIT, "CI_COMMIT_SHA": COMMIT, "GIT_COMMIT": COMMIT}
    files = {name: str(folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    return follow(steps, folder, **known, **files, **variables)


def _with_our_environment(step: Step) -> Step:
    return Step(f"ln -s {sys.prefix} venv") if "-m venv" in step.lines else step


def only_job(name: str) -> str:
    (job,) = jobs_of(name)
    return job


@pytest.mark.parametrize("name", ONE_MACHINE)
def test_a_recipe_judges_and_keeps_a_report_without_doubles(users, name):
    ran = followed(name, only_job(name), users)

    assert [(each.status, each.said) for each in ran if each.status] == []
    kept = users / ONE_MACHINE[name]
    assert json.loads((kept / "report.json").read_text())["target"]["commit"] == COMMIT
    assert [path.name for path in kept.glob("journal*")] == ["journal.jsonl"]
    assert not (kept / "latest").exists()
    if name.startswith("github"):
        assert "whole=true" in (users / "GITHUB_OUTPUT").read_text()
        assert "conformant" in (users / "GITHUB_STEP_SUMMARY").read_text()


@pytest.mark.parametrize("name", ONE_MACHINE)
def test_a_run_that_stops_early_fails_the_step_that_judges_and_no_other(users, name):
    (users / "staging.toml").unlink()

    ran = followed(name, only_job(name), users)

    failed = [each for each in ran if each.status]
    assert ["ably-conformance run" in each.step.lines for each in failed] == [True]
    assert failed[0].status == 4
    assert any(each.step.is_always for each in ran)


def test_a_run_that_judged_nothing_uploads_no_findings(users):
    """An upload closes the alerts that it lacks."""
    profile = users / "staging.toml"
    profile.write_text(re.sub(r'url = "[^"]*"', 'url = "http://127.0.0.1:1"', profile.read_text()))

    ran = followed("github.yml", "conformance", users)

    assert [each.status for each in ran] == [0, 6, 0, 0]
    assert not (users / "GITHUB_OUTPUT").exists()
    assert "inconclusive" in (users / "GITHUB_STEP_SUMMARY").read_text()


@pytest.mark.parametrize("name", SEVERAL)
def test_a_recipe_for_several_machines_merges_what_is_there(users, name):
    """Seven of eight machines died; the report is made all the same and says so."""
    ran = followed(name, "shard", users, SHARD="2", CI_NODE_INDEX="2", CI_NODE_TOTAL="8")
    assert [(each.status, each.said) for each in ran if each.status] == []
    kept = users / SEVERAL[name]
    if kept.name == "latest":  # an artifact has the name of its shard
        shutil.copytree(kept, users / "shard-2")

    ran = followed(name, "report", users)

    (merge,) = [each for each in ran if " merge " in each.step.lines]
    assert merge.status == 6
    died = [number for number in range(1, 9) if number != 2]
    without = ", ".join(f"shard-{number}" for number in died)
    for number in died:
        assert f"note: shard {number}/8 is missing: there is no journal in {without}" in merge.said
    assert [each.said for each in ran if each.status and each is not merge] == []
    report = json.loads((users / "report" / "report.json").read_text())
    assert (report["selected"]["shards"], report["complete"]) == (["2/8"], False)
    assert not (users / "GITHUB_OUTPUT").exists()


@pytest.mark.parametrize("path", sorted(RECIPES.iterdir()), ids=lambda path: path.name)
def test_a_recipe_installs_the_suite_at_a_commit(path):
    text = path.read_text(encoding="utf-8")

    assert re.search(r"ably-conformance @ git\+https://\S+@[0-9a-f]{40}\b", text)
    assert 'pip install "$SUITE"' in text or 'pip install --no-cache-dir "$SUITE"' in text
