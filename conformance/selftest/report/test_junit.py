"""junit.xml: what CI systems show as red, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from conformance.model import Outcome, Verdict
from conformance.report.formats import junit
from conformance.selftest.harness.journals import HISTORY, TIME, digested, failing, hostile, passing


def root(run) -> ET.Element:
    return ET.fromstring(junit.render(digested(run)))


def cases(run, id_: str) -> list[ET.Element]:
    return [case for case in root(run).iter("testcase") if case.get("name").startswith(id_)]


def red(run) -> set[str]:
    """The cases that fail a build: their requirements, or "the ru" for the run as a whole."""
    return {case.get("name")[:6] for case in root(run).iter("testcase") if {"failure", "error"} & {e.tag for e in case}}


def test_junit_has_a_case_for_each_requirement_on_each_operation(tmp_path):
    run = failing(tmp_path)
    assert len(cases(run, "HDR-01")) == 22
    (case,) = cases(run, "DEV-07")
    properties = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert (properties["level"], properties["verdict"]) == ("must", "fail")
    assert "expected   GET /push/channelSubscriptions" in case.find("failure").text
    assert "reproduce  ably-conformance run --profile reference --seed 7 -k DEV-07" in case.find("failure").text


def test_junit_skips_waived_unexercised_and_out_of_scope_requirements(tmp_path):
    run = failing(tmp_path)
    reasons = {id_: cases(run, id_)[-1].find("skipped").get("message") for id_ in ("STT-01", "PRE-02")}
    assert reasons == {"STT-01": "not exercised", "PRE-02": "out of scope: the application has no presence fixture"}
    waived = next(
        case for case in cases(run, "HDR-02") if case.get("name").endswith("POST /channels/{channel_id}/messages")
    )
    assert "gateway removes it" in waived.find("skipped").get("message")


def test_junit_reports_an_inconclusive_requirement_as_an_error(tmp_path):
    (case,) = cases(failing(tmp_path), "AUT-01")
    assert case.find("error").get("message") == "the set-up was rejected: 503"


@pytest.mark.parametrize("made", [passing, failing, hostile])
def test_junit_counts_its_cases(tmp_path, made):
    for suite in root(made(tmp_path)).iter("testsuite"):
        assert int(suite.get("tests")) == len(list(suite.iter("testcase")))
        assert int(suite.get("failures")) == len(list(suite.iter("failure")))
        assert int(suite.get("skipped")) == len(list(suite.iter("skipped")))


def test_junit_cuts_a_case_with_hundreds_of_findings(tmp_path):
    run = passing(tmp_path)
    for number in range(50):
        run.finding("RSP-01", (run.exchange(TIME),), f"status {number}", "x")
    case = next(case for case in cases(run, "RSP-01") if case.find("failure") is not None)
    assert case.find("failure").text.endswith("and 30 more findings: see report.html")


# Facts of a case -----------------------------------------------------------------------------------------------------


def test_a_case_has_the_time_of_its_tests_and_their_file(tmp_path):
    run = passing(tmp_path)
    outcome = next(each for each in run.outcomes if each.requirement == "DEV-07")
    run.outcomes[run.outcomes.index(outcome)] = replace(outcome, seconds=1.5, operations=(HISTORY, TIME))
    for each in run.facts["requirements"]:
        each["file"] = "conformance/suite/a.py"

    found = cases(run, "DEV-07")
    assert [(case.get("time"), case.get("file")) for case in found] == [("0.750", "conformance/suite/a.py")] * 2
    times = {suite.get("name"): suite.get("time") for suite in root(run).iter("testsuite")}
    assert times["DEV"] == "1.500"


# Red and green -------------------------------------------------------------------------------------------------------


def judged_wholly(run):
    run.outcomes = [
        replace(each, verdict=Verdict.PASS) if each.requirement == "AUT-01" else each for each in run.outcomes
    ]
    return run


def test_every_deviation_that_closes_the_gate_is_red(tmp_path):
    assert red(failing(tmp_path)) == {"HDR-01", "RSP-02", "RSP-03", "ERR-01", "DEV-07", "AUT-01"}


def test_a_should_that_the_gate_leaves_out_is_not_red(tmp_path):
    run = passing(tmp_path)
    run.finding("HIS-04", (run.exchange(HISTORY),), "newest first", "oldest first")

    assert red(run) == set()
    (case,) = cases(run, "HIS-04")
    assert case.find("skipped").get("message").startswith("deviates, and a SHOULD does not fail the build: expected")
    assert "oldest first" in case.find("system-out").text
    run.facts["gate"] = {"levels": ["must", "should"]}
    assert red(run) == {"HIS-04"}


def test_a_deviation_of_the_baseline_is_not_red_and_a_new_one_on_another_operation_is(tmp_path):
    run = judged_wholly(failing(tmp_path))
    known = {each.fingerprint for each in run.findings} - {run.findings[0].fingerprint}
    run.facts["gate"] = {"baseline": sorted(known)}

    failed = [case.get("name") for case in root(run).iter("testcase") if case.find("failure") is not None]
    assert failed == [f"HDR-01 {run.findings[0].operation}"]
    accepted = [case for case in cases(run, "HDR-01") if case.find("system-out") is not None]
    assert len(accepted) == 8
    assert "the baseline accepts it" in accepted[0].find("skipped").get("message")


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.ERROR])
def test_a_should_that_could_not_be_judged_is_not_red(tmp_path, verdict):
    run = passing(tmp_path)
    run.outcomes = [replace(each, verdict=verdict) if each.requirement == "HIS-04" else each for each in run.outcomes]

    assert red(run) == set()


def test_an_inconclusive_must_that_the_profile_lets_pass_is_not_red(tmp_path):
    run = passing(tmp_path)
    run.outcomes.append(Outcome("AUT-01", "test_other", Verdict.INCONCLUSIVE, "503", (HISTORY,)))

    assert red(run) == {"AUT-01"}
    run.facts["gate"] = {"inconclusive": "passes"}
    assert red(run) == set()


def test_a_closed_gate_is_red_even_where_no_requirement_is(tmp_path):
    """A run that was cut, or a waiver that has expired: green would look like success."""
    cut, stale = passing(tmp_path / "cut"), passing(tmp_path / "stale")
    cut.facts["workers"] = ["main", "gw1"]
    waiver = {"requirement": "DEV-07", "reason": "old", "issue": "https://x", "until": "2020-01-01"}
    stale.facts["waivers"] = [waiver]

    assert (red(cut), red(stale)) == ({"the ru"}, {"the ru"})
    (case,) = cases(cut, "the run")
    assert "the journal of worker gw1 is missing" in case.find("error").text


def test_an_open_gate_is_wholly_green(tmp_path):
    run = passing(tmp_path)
    (case,) = cases(run, "the run")

    assert red(run) == set()
    assert case.find("system-out").text == "conformant: 7 of 7 musts passed, 0 waived"
