"""Tests of the machine-readable formats with the programs that read them, fetched from npm and PyPI.

The file name keeps them out of `pytest conformance/selftest`: they need a network and npm.

    pytest conformance/selftest/outside/outside_readers.py
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import cmarkgfm
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from conformance.report import writing
from conformance.selftest.harness.journals import CORRECTED, failing, hostile, passing
from conformance.selftest.harness.recipes import RECIPES

PACKAGES = ("@microsoft/sarif-multitool@5.7.0", "xunit-viewer@10.6.1", "ctrf@0.3.0")
MULTITOOL = "@microsoft/sarif-multitool-linux/Sarif.Multitool"
NO_ADDRESS = "SARIF2005"
"""The multitool's note that the suite has no web address of its own."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory) -> Path:
    """The folder of the npm packages."""
    folder = tmp_path_factory.mktemp("npm")
    ran("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *PACKAGES)
    (folder / "node_modules" / MULTITOOL).chmod(0o755)
    return folder / "node_modules"


@pytest.fixture(params=[passing, failing, hostile], ids=lambda made: made.__name__)
def folder(request, tmp_path) -> Path:
    return written(request.param(tmp_path))


@pytest.fixture
def failed(tmp_path) -> Path:
    return written(failing(tmp_path))


def written(run) -> Path:
    writing.write(*run.judged(), run.folder, CORRECTED)
    return run.folder


def ran(*command: str | Path) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def python_command(name: str) -> Path:
    return Path(sys.executable).parent / name


def results(folder: Path) -> list[dict]:
    return json.loads((folder / "report.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]


# JUnit ---------------------------------------------------------------------------------------------------------------


def test_junitparser_reads_the_counts_times_and_files(folder):
    found = JUnitXml.fromfile(str(folder / "junit.xml"))

    cases = [case for suite in found for case in suite]
    kinds = [type(result) for case in cases for result in case.result]
    assert (found.tests, found.failures, found.errors) == (len(cases), kinds.count(Failure), kinds.count(Error))
    assert found.time > 0
    assert all(case.time is not None for case in cases)


def test_junitparser_finds_nothing_red_in_what_the_gate_lets_go(tmp_path):
    run = failing(tmp_path)
    run.outcomes = [each for each in run.outcomes if each.requirement != "AUT-01"]
    run.facts["gate"] = {"baseline": sorted({each.fingerprint for each in run.findings}), "inconclusive": "passes"}

    found = JUnitXml.fromfile(str(written(run) / "junit.xml"))

    assert (found.failures, found.errors) == (0, 0)
    messages = [each.message for suite in found for case in suite for each in case.result if type(each) is Skipped]
    assert sum("the baseline accepts it" in message for message in messages) == 13


def test_junit2html_renders_every_failure(failed):
    ran(python_command("junit2html"), failed / "junit.xml", failed / "junit.html")

    page = (failed / "junit.html").read_text(encoding="utf-8")
    assert page.count("DEV-07") >= 1
    assert "GET /push/channelSubscriptions?deviceId=" in page


def test_xunit_viewer_counts_what_the_file_counts(packages, failed):
    said = ran(packages / ".bin" / "xunit-viewer", "-r", failed / "junit.xml", "-o", failed / "viewer.html", "-c")

    counts = JUnitXml.fromfile(str(failed / "junit.xml"))
    assert f"{counts.errors} error, {counts.failures} failure" in said
    assert (failed / "viewer.html").stat().st_size > 0


# SARIF ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [failing, hostile])
@pytest.mark.parametrize("kind", ["Sarif", "Ghas"])
def test_the_multitool_of_microsoft_finds_nothing_by_its_rules_and_those_of_github(packages, tmp_path, made, kind):
    folder, found = written(made(tmp_path)), tmp_path / "validation.sarif"

    ran(packages / MULTITOOL, "validate", folder / "report.sarif", "--rule-kind", kind, "--output", found)

    rules = {each["ruleId"] for each in results_of(found)}
    assert rules <= {NO_ADDRESS}


def test_the_multitool_finds_what_github_would_reject(packages, failed):
    document = json.loads((failed / "report.sarif").read_text(encoding="utf-8"))
    del document["runs"][0]["results"][0]["locations"]
    (failed / "broken.sarif").write_text(json.dumps(document), encoding="utf-8")

    command = [packages / MULTITOOL, "validate", failed / "broken.sarif", "--rule-kind", "Ghas"]
    subprocess.run([*command, "--output", failed / "validation.sarif"], check=False, capture_output=True)

    assert any("GH" in each["ruleId"] for each in results_of(failed / "validation.sarif"))


def results_of(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8-sig"))["runs"][0]["results"]


def test_sarif_tools_lists_every_finding_at_its_line(failed):
    ran(python_command("sarif"), "csv", "-o", failed / "findings.csv", failed / "report.sarif")

    with (failed / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    regions = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in results(failed)]
    assert sorted(int(row["Line"]) for row in rows) == sorted(regions)
    assert {row["Severity"] for row in rows} == {"error"}
    assert {row["Code"] for row in rows} == {each["ruleId"] for each in results(failed)}


# CTRF ----------------------------------------------------------------------------------------------------------------


def test_the_command_of_ctrf_merges_two_reports(packages, failed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ctrf")
    text = (failed / "ctrf-report.json").read_text(encoding="utf-8")
    for name in ("one.json", "two.json"):
        (folder / name).write_text(text, encoding="utf-8")

    ran(packages / ".bin" / "ctrf", "merge", folder, "--output", "merged.json")

    summary = json.loads((folder / "merged.json").read_text(encoding="utf-8"))["results"]["summary"]
    one = json.loads(text)["results"]["summary"]
    assert {name: summary[name] for name in ("tests", "failed", "passed")} == {
        name: 2 * one[name] for name in ("tests", "failed", "passed")
    }


# Markdown and YAML ---------------------------------------------------------------------------------------------------


def test_github_renders_the_summary_without_anything_of_the_target(folder):
    text = (folder / "summary.md").read_text(encoding="utf-8")

    page = cmarkgfm.github_flavored_markdown_to_html(text)

    tags = {"h2", "h3", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "code", "strong", "a"}
    assert set(re.findall(r"<(\w+)", page)) <= tags
    assert page.count("<table>") == 2
    (address,) = re.findall(r'<a href="([^"]*)"', page)  # the URL of the target
    assert address.startswith("http://127.0.0.1")


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yml")), ids=lambda path: path.name)
def test_a_recipe_conforms_to_the_schema_of_its_ci_system(path):
    is_github = path.name.startswith("github")
    schema = ["vendor.github-workflows"] if is_github else ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    assert "ok" in ran(python_command("check-jsonschema"), "--builtin-schema", *schema, path)
