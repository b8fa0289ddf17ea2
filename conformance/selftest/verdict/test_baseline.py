"""`verdict.baseline` reads the accepted findings of an earlier report.json, also of one in format 1."""

from __future__ import annotations

import json

import pytest

from conformance.errors import UsageError
from conformance.model import Finding
from conformance.run.options import resolve
from conformance.selftest.verdict.test_gate import options
from conformance.verdict.baseline import is_accepted, read_baseline

TIME, STATS = "GET /time", "GET /stats"
CHECK = Finding("a header", "none", requirement="HDR-01", operation=TIME)
SCENARIO = Finding("status 200", "status 404", requirement="DEV-07", operation=TIME, subject="status")


def written(folder, *findings: Finding, **facts):
    """A report.json with these findings."""
    rows = [
        {
            "id": each.requirement,
            "findings": [{"fingerprint": each.fingerprint, "operation": each.operation, "at": each.at}],
        }
        for each in findings
    ]
    path = folder / "report.json"
    path.write_text(json.dumps({"requirements": rows, **facts}), encoding="utf-8")
    return path


def accepted(path, finding: Finding) -> bool:
    return is_accepted(finding, frozenset(read_baseline(path)))


def test_a_baseline_is_read_from_an_earlier_report(tmp_path):
    report = tmp_path / "earlier.json"
    report.write_text(json.dumps({"requirements": [{"findings": [{"fingerprint": "0123456789ab"}]}]}))
    profile = tmp_path / "mine.toml"
    profile.write_text(f'[gate]\nbaseline = "{report}"\n')

    found = resolve(options(profile))

    assert found.baseline == ("0123456789ab",)


@pytest.mark.parametrize("content", [None, "no json", "{}", "[]"])
def test_a_baseline_that_is_not_a_report_is_rejected(tmp_path, content):
    report = tmp_path / "earlier.json"
    if content is not None:
        report.write_text(content)
    profile = tmp_path / "mine.toml"
    profile.write_text(f'[gate]\nbaseline = "{report}"\n')

    with pytest.raises(UsageError, match="baseline"):
        resolve(options(profile))


@pytest.mark.parametrize("content", ["no json", "{}", "[]", '{"requirements": [{"id": "x", "findings": [{}]}]}'])
def test_a_file_that_is_not_a_report_is_a_value_error(tmp_path, content):
    path = tmp_path / "report.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ValueError, match=r"not a report\.json|Expecting value"):
        read_baseline(path)


@pytest.mark.parametrize("finding", [CHECK, SCENARIO])
def test_a_finding_of_format_2_is_accepted_by_its_fingerprint(tmp_path, finding):
    path = written(tmp_path, finding, format=2)

    assert read_baseline(path) == (finding.fingerprint,)
    assert accepted(path, finding)
    assert not accepted(path, Finding("another", "thing", requirement=finding.requirement, operation=TIME, subject="x"))


@pytest.mark.parametrize("facts", [{}, {"format": 1}])
def test_a_scenario_of_format_1_is_accepted_by_requirement_and_operation(tmp_path, facts):
    """Its fingerprint held the wording of that time."""
    old = Finding("[]", "[1]", requirement="DEV-07", operation=TIME)
    path = written(tmp_path, old, **facts)

    assert accepted(path, SCENARIO)
    assert not accepted(path, Finding("", "", requirement="DEV-07", operation=STATS, subject="status"))
    assert not accepted(path, Finding("", "", requirement="DEV-08", operation=TIME, subject="status"))


def test_a_check_of_format_1_is_accepted_by_its_place(tmp_path):
    """Wordings of checks have changed since, too; the member or header that deviates has not."""
    old = Finding("x-ably-errorcode: 40160", "40000", requirement="ERR-03", operation=TIME, at="x-ably-errorcode")
    path = written(tmp_path, old, format=1)

    assert accepted(path, Finding("a header", "40000", requirement="ERR-03", operation=TIME, at="x-ably-errorcode"))
    assert not accepted(path, Finding("a header", "40000", requirement="ERR-03", operation=TIME, at="x-ably-serverid"))
