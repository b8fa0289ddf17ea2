"""Tests of all formats of the report: their content, their schemas, and their safety against any response."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from importlib.resources import files
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.model import JSON, Outcome, Request, Response, Verdict
from conformance.report import writing
from conformance.report.analysis import comparison
from conformance.report.analysis.document import FORMAT
from conformance.report.formats.markdown import LARGEST, escaped
from conformance.report.text.safe_text import encodable
from conformance.selftest.harness.journals import (
    CORRECTED,
    HISTORY,
    HOSTILE,
    STARTED,
    TIME,
    Run,
    failing,
    hostile,
    judged,
    large,
    passing,
    requirement,
)

SCHEMA = json.loads(files("conformance.report.analysis").joinpath("report.schema.json").read_text(encoding="utf-8"))


def written(run: Run, **facts):
    writing.write(*run.judged(), run.folder, CORRECTED, **facts)
    return run.folder


def read(folder, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


@pytest.fixture(params=[passing, failing, hostile], ids=lambda made: made.__name__)
def folder(request, tmp_path):
    return written(request.param(tmp_path))


# All formats ---------------------------------------------------------------------------------------------------------


def test_the_same_journals_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        run = failing(tmp_path / name)
        written(run)
    first, second = (
        {path.name: path.read_bytes() for path in sorted((tmp_path / name).rglob("*")) if path.is_file()}
        for name in ("one", "two")
    )
    assert first == second


def test_no_format_contains_control_characters_or_direction_marks_of_the_target(folder):
    for name in ("report.html", "junit.xml", "report.sarif", "summary.md", "badge.svg", "ctrf-report.json"):
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\ufffe]", read(folder, name)), name


def test_every_format_states_that_a_run_is_incomplete(tmp_path):
    run = passing(tmp_path)
    path = run.write()
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]) + '{"kind": "excha', encoding="utf-8")
    writing.write(*judged([path]), tmp_path, CORRECTED)
    found = json.loads(read(tmp_path, "report.json"))
    assert (found["complete"], found["conclusion"], found["exit"]) == (False, "inconclusive", 6)
    assert "no footer" in found["problems"][0]
    assert "part of the journal is missing" in read(tmp_path, "report.html")
    assert "no footer" in read(tmp_path, "summary.md")
    invocation = json.loads(read(tmp_path, "report.sarif"))["runs"][0]["invocations"][0]
    assert not invocation["executionSuccessful"]


def test_a_run_without_a_reachable_target_has_a_report(tmp_path):
    run = Run(tmp_path)
    run.facts["blockers"] = ["the target is out of reach"]
    found = json.loads(read(written(run), "report.json"))
    assert found["conclusion"] == "inconclusive"
    assert "out of reach" in read(tmp_path, "report.html")


@settings(max_examples=15)
@given(st.text(st.characters(exclude_categories=())), st.binary(max_size=200))
def test_any_text_and_bytes_of_a_target_can_be_reported(tmp_path_factory, text, body):
    run = passing(tmp_path_factory.mktemp("any"))
    answer = Response(299, (("Content-Type", JSON), (text, text)), body)
    made = run.exchange(TIME, response=answer, request=Request("POST", "http://h/%00", ((text, text),), body))
    run.finding("RSP-02", (made, made), encodable(text), text, at="/0")
    run.outcomes.append(Outcome("AUT-01", text, Verdict.ERROR, text, ("", HISTORY)))
    folder = written(run)
    assert ET.fromstring(read(folder, "junit.xml")) is not None


# report.json ---------------------------------------------------------------------------------------------------------


def test_the_schema_of_the_report_is_a_valid_schema_of_its_format():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"].endswith(f":{FORMAT}")
    assert SCHEMA["properties"]["format"]["const"] == FORMAT


def test_report_json_conforms_to_its_schema(folder):
    jsonschema.validate(json.loads(read(folder, "report.json")), SCHEMA)


def test_the_schema_names_every_member_of_the_report(tmp_path):
    """The schema allows unknown members, so validation alone does not find a missing one."""
    found = json.loads(read(written(failing(tmp_path)), "report.json"))
    assert set(found) == set(SCHEMA["properties"])
    assert set(found["requirements"][0]) == set(SCHEMA["$defs"]["requirement"]["properties"])
    finding = next(each["findings"][0] for each in found["requirements"] if each["findings"])
    assert set(finding) == set(SCHEMA["$defs"]["finding"]["properties"])
    assert set(found["operations"][0]) == set(SCHEMA["$defs"]["operation"]["properties"])
    assert set(found["causes"][0]) == set(SCHEMA["$defs"]["cause"]["properties"])


def test_the_causes_of_report_json_are_the_findings_of_the_page_in_its_order(tmp_path):
    folder = written(failing(tmp_path))
    found = json.loads(read(folder, "report.json"))
    entries = re.findall(r'<article class="cause[^>]* id="cause-([0-9a-f]{12})"', read(folder, "report.html"))
    assert [each["key"] for each in found["causes"]] == entries
    assert {each["under"] for each in found["causes"]} <= {None, *entries}
    findings = [
        (each["cause"], each["fingerprint"])
        for requirement in found["requirements"]
        for each in requirement["findings"]
    ]
    assert {(each["key"], each["example"]) for each in found["causes"]} <= set(findings)
    assert {each["key"]: each["findings"] for each in found["causes"]} == Counter(cause for cause, _ in findings)


def test_report_json_has_labels_durations_and_the_selection_as_data(tmp_path):
    run = passing(tmp_path)
    run.facts["labels"] = {"commit": "4f2a91c", "region": "eu"}
    run.facts |= {"chosen": {"keyword": "DEV", "shards": ["2/4"]}, "tests": ["a::b"], "deselected": ["a::c", "a::d"]}
    run.outcomes = [replace(each, seconds=1.25, test="a::b") for each in run.outcomes if each.requirement == "DEV-07"]
    found = json.loads(read(written(run), "report.json"))
    assert (found["target"]["commit"], found["target"]["labels"]["region"]) == ("4f2a91c", "eu")
    assert {each["id"]: each["duration"] for each in found["requirements"] if each["duration"]} == {"DEV-07": 1.25}
    expected = {"keyword": "DEV", "markers": "", "only": [], "without": [], "shards": ["2/4"], "tests": 1, "of": 3}
    assert found["selected"] == {**expected, "observed": [], "rates": []}
    assert "- commit: 4f2a91c" in read(tmp_path, "summary.md")


def test_counts_add_up_to_the_requirements(folder):
    found = json.loads(read(folder, "report.json"))
    words = ("fail", "error", "inconclusive", "waived", "none", "out_of_scope", "pass")
    assert sum(found["counts"][word] for word in words) == len(found["requirements"])


def test_operations_count_the_responses_in_each_format(tmp_path):
    found = json.loads(read(written(passing(tmp_path)), "report.json"))
    time = next(each for each in found["operations"] if each["label"] == TIME)
    assert time["successes"] == {"all": 2, "json": 1, "msgpack": 1}
    assert time["statuses"] == {"200": 2, "404": 1}
    assert found["counts"]["operations_covered"] == found["counts"]["operations"] == len(CORRECTED.operations)


def test_a_waived_fail_stays_a_fail_that_is_waived(tmp_path):
    found = json.loads(read(written(failing(tmp_path)), "report.json"))
    waived = next(each for each in found["requirements"] if each["id"] == "HDR-02")
    assert (waived["verdict"], waived["waived"]) == ("fail", True)
    assert found["counts"]["waived"] == 1


# summary.md ----------------------------------------------------------------------------------------------------------


def test_markdown_of_a_target_is_escaped():
    assert escaped("**a** [b](c) <img> @me | `d`") == r"\*\*a\*\* \[b\](c) \<img\> \@" + "\u2060" + r"me \| \`d\`"


def deviating(folder, id_: str) -> Run:
    run = passing(folder)
    run.facts["blockers"] = [f"{number} {'🎈' * 5_000}" for number in range(500)]
    run.facts["selection"] = "🎈" * 900
    run.facts["requirements"] += [
        requirement(f"ZZZ-{number}", "may", "Not exercised", "#/info", "") for number in range(2_000)
    ]
    for number in range(40):
        run.finding(id_, (run.exchange(TIME),), f"{'x' * number}{'🎈' * 900}", "🎈" * 900)
    return run


def test_the_summary_fits_a_comment_whatever_its_content(tmp_path):
    before = comparison.read(written(deviating(tmp_path / "then", "RSP-02")))
    text = read(written(deviating(tmp_path / "now", "RSP-01"), earlier=before), "summary.md")
    assert 50_000 < len(text.encode()) <= LARGEST
    assert text.startswith("## ❌ not conformant")
    assert text.endswith("… The summary is cut here; report.html is complete.\n")


def test_the_summary_lists_changes(tmp_path):
    before = comparison.read(written(passing(tmp_path / "then")))
    text = read(written(failing(tmp_path / "now"), earlier=before), "summary.md")
    assert "Findings: 14 new, 0 fixed, 0 unchanged, 0 not checked again." in text
    assert "new: **HDR-01** no such header (9 findings)" in text


def test_the_summary_names_requirements_that_were_not_tested(tmp_path):
    text = read(written(failing(tmp_path)), "summary.md")
    assert "- requirements: PRE-02, STT-01" in text


# Clauses -------------------------------------------------------------------------------------------------------------

QUOTED = "All its subscriptions for receiving push notifications through channels will also be deleted."
PARAPHRASED = "history is returned backwards by default"


@pytest.fixture
def with_both_clauses(tmp_path):
    """A report with a finding on a clause of the contract, DEV-07, and one on a clause of another document, HIS-04."""
    run = failing(tmp_path)
    run.finding("HIS-04", (run.exchange(HISTORY),), "newest first", "oldest first")
    return written(run)


def test_the_page_quotes_the_contract_and_marks_a_paraphrase(with_both_clauses):
    page = read(with_both_clauses, "report.html")
    assert page.count(f"<blockquote>{QUOTED}</blockquote>") == 2  # in the finding and in the table of requirements
    assert page.count(f'<p class="paraphrase">In our words: {PARAPHRASED}</p>') == 2
    assert f"<blockquote>{PARAPHRASED}" not in page


def test_the_summary_quotes_the_contract_and_marks_a_paraphrase(with_both_clauses):
    lines = read(with_both_clauses, "summary.md").splitlines()
    assert f'  - clause: "{QUOTED}"' in lines
    assert f"  - clause: In our words: {PARAPHRASED}" in lines


def test_junit_quotes_the_contract_and_marks_a_paraphrase(with_both_clauses):
    words = " ".join(" ".join(ET.fromstring(read(with_both_clauses, "junit.xml")).itertext()).split())
    assert f'"{QUOTED}"' in words
    assert f"In our words: {PARAPHRASED}" in words


def test_sarif_quotes_the_contract_and_marks_a_paraphrase(with_both_clauses):
    rules = json.loads(read(with_both_clauses, "report.sarif"))["runs"][0]["tool"]["driver"]["rules"]
    texts = {each["id"]: each["fullDescription"]["text"] for each in rules}
    assert texts["DEV-07"].endswith(f': "{QUOTED}"')
    assert texts["HIS-04"] == f"Ably REST documentation: In our words: {PARAPHRASED}"


def test_report_json_states_whether_a_clause_is_quoted(with_both_clauses):
    found = json.loads(read(with_both_clauses, "report.json"))["requirements"]
    clauses = {each["id"]: each["clause"] for each in found}
    assert (clauses["DEV-07"]["text"], clauses["DEV-07"]["is_verbatim"]) == (QUOTED, True)
    assert (clauses["HIS-04"]["text"], clauses["HIS-04"]["is_verbatim"]) == (PARAPHRASED, False)


# SARIF, CTRF, badge --------------------------------------------------------------------------------------------------


def results(folder) -> list[dict]:
    return json.loads(read(folder, "report.sarif"))["runs"][0]["results"]


def test_sarif_points_at_the_line_of_the_contract(tmp_path):
    found = next(each for each in results(written(failing(tmp_path))) if each["ruleId"] == "ERR-01")
    line = found["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert CORRECTED.text.splitlines()[line - 1].strip() == "code:"
    assert found["level"] == "error"


def test_sarif_has_one_result_for_each_fingerprint(tmp_path):
    found = [each for each in results(written(failing(tmp_path))) if each["ruleId"] == "RSP-03"]
    assert [each["occurrenceCount"] for each in found] == [3]


def test_sarif_leaves_out_only_waived_findings_and_names_them(tmp_path):
    """GitHub reads no suppressions."""
    found = {each["ruleId"] for each in results(written(failing(tmp_path)))}
    assert found == {"DEV-07", "ERR-01", "HDR-01", "RSP-02", "RSP-03"}
    invocation = json.loads(read(tmp_path, "report.sarif"))["runs"][0]["invocations"][0]
    notes = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    waived = "1 finding of HDR-02 waived until 2027-01-31: The gateway removes it (https://issues.example/17)"
    assert waived in notes


def test_sarif_has_an_alert_for_each_result_by_the_identity_of_github(tmp_path):
    """Path, rule and hash; HDR-01 has nine results at one line."""
    found = results(written(failing(tmp_path)))
    identities = {(each["ruleId"], each["partialFingerprints"]["primaryLocationLineHash"]) for each in found}
    assert len(identities) == len(found) == 13
    assert all(re.fullmatch(r"[0-9a-f]{12}:1", identity) for _, identity in identities)


def test_sarif_explains_each_rule(tmp_path):
    written(failing(tmp_path))
    rules = json.loads(read(tmp_path, "report.sarif"))["runs"][0]["tool"]["driver"]["rules"]
    found = next(each["help"] for each in rules if each["id"] == "DEV-07")
    assert "will also be deleted" in found["text"]
    assert "--seed 7 -k DEV-07" in found["markdown"]
    assert all(each["help"]["text"] and each["help"]["markdown"] for each in rules)


def category(run: Run) -> str:
    written(run)
    return json.loads(read(run.folder, "report.sarif"))["runs"][0]["automationDetails"]["id"].rpartition("/")[0]


def test_sarif_has_a_category_for_each_selection(tmp_path):
    """An upload closes the alerts of its category that it lacks."""
    found = []
    for number, keyword in enumerate(("DEV", "not DEV", "not-DEV")):
        run = passing(tmp_path / str(number))
        run.facts |= {"chosen": {"keyword": keyword}, "selection": f"only -k '{keyword}', {number} of 4 tests"}
        found.append(category(run))
    assert len({category(passing(tmp_path / "whole")), *found}) == 4
    assert found[1].startswith("ably-conformance/reference/only-k-not-DEV-")


def test_sarif_states_the_status_of_each_requirement(tmp_path):
    written(failing(tmp_path))
    rules = json.loads(read(tmp_path, "report.sarif"))["runs"][0]["tool"]["driver"]["rules"]
    found = {each["id"]: each["properties"]["status"] for each in rules}
    assert (found["DEV-07"], found["HDR-02"], found["PRE-02"]) == ("fail", "waived", "out of scope")


def test_fingerprints_do_not_depend_on_the_run(tmp_path):
    then, now = passing(tmp_path / "then"), passing(tmp_path / "now")
    now.facts |= {"run": "beef", "started": STARTED + 86_400}
    for run, name in ((then, "7f3a"), (now, "beef")):
        made = run.exchange(TIME)
        run.finding("RSP-02", (made,), f"device conf-{name}-12 in 3 places", "x", at="/12/id")
    prints = [
        {each["partialFingerprints"]["ablyConformance/v1"] for each in results(written(run))} for run in (then, now)
    ]
    assert prints[0] == prints[1] != set()


def test_a_clause_outside_of_the_contract_points_at_its_operation(tmp_path):
    run = passing(tmp_path)
    run.finding("HIS-04", (run.exchange(TIME),), "newest first", "oldest first")
    found = next(each for each in results(written(run)) if each["ruleId"] == "HIS-04")
    line = found["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert CORRECTED.text.splitlines()[line - 1].strip() == "get:"


def test_ctrf_passes_only_a_pass(tmp_path):
    found = json.loads(read(written(failing(tmp_path)), "ctrf-report.json"))["results"]
    passed = {each["name"][:6] for each in found["tests"] if each["status"] == "passed"}
    assert passed == {"RSP-01", "HIS-04"}
    assert found["summary"]["tests"] == len(found["tests"])


def test_ctrf_has_the_duration_the_file_and_the_labels(tmp_path):
    run = passing(tmp_path)
    run.facts["labels"] = {"commit": "4f2a91c", "region": "eu"}
    run.outcomes = [replace(each, seconds=1.25) if each.requirement == "DEV-07" else each for each in run.outcomes]
    found = json.loads(read(written(run), "ctrf-report.json"))["results"]
    durations = {each["name"][:6]: each["duration"] for each in found["tests"] if each["duration"]}
    assert durations == {"DEV-07": 1250}
    assert found["environment"]["commit"] == "4f2a91c"
    assert found["environment"]["extra"]["labels"]["region"] == "eu"


def test_the_badge_has_numbers_profile_and_date(tmp_path):
    found = json.loads(read(written(failing(tmp_path)), "badge.json"))
    assert found["message"] == "not conformant 1/7, 2026-11-18"
    assert found["label"] == "ably reference"
    assert "not conformant 1/7" in ET.fromstring(read(tmp_path, "badge.svg")).get("aria-label")


def test_the_badge_counts_waived_requirements_apart(tmp_path):
    run = failing(tmp_path)
    run.facts["waivers"] += [
        {**run.facts["waivers"][0], "requirement": id_} for id_ in ("HDR-01", "RSP-02", "RSP-03", "ERR-01", "DEV-07")
    ]
    run.outcomes.append(Outcome("AUT-01", "again", Verdict.PASS, operations=()))
    assert "1/7, 5 waived" in json.loads(read(written(run), "badge.json"))["message"]


# report.html ---------------------------------------------------------------------------------------------------------


def test_markup_of_a_target_is_escaped_in_the_page(tmp_path):
    page = read(written(hostile(tmp_path)), "report.html")
    assert len(re.findall(r"<script\b", page)) == 1
    assert "<img" not in page
    assert "&lt;/script&gt;" in page
    assert "⟨U+202E⟩" in page


def test_the_page_allows_only_its_own_style_and_script(tmp_path):
    page = read(written(passing(tmp_path)), "report.html")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src &#39;none&#39;")
    assert policy.count("sha256-") == 2
    assert not re.search(r'\s(style|on\w+)="', page)
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_the_page_lists_the_occurrences_of_a_cause_by_operation(tmp_path):
    run = passing(tmp_path)
    ids = [run.exchange(TIME) for _ in range(5)] + [run.exchange(HISTORY)]
    for number, id_ in enumerate(ids):
        run.finding("RSP-02", (id_,), "an array", f"an object of {number // 4} members")
    page = read(written(run), "report.html")
    table = re.search(r'<details class="occurrences">.*?</details>', page, re.DOTALL)[0]
    assert "All 6 occurrences by operation" in table
    time, history = re.findall(r'<tr><td>.*?<td class="num">(\d+)</td>(.*?)</tr>', table)
    assert (time[0], history[0]) == ("5", "1")
    assert re.findall('data-exchange="([^"]*)"', time[1]) == ids[:3]
    assert "an object of 0 members <small>and 1 other text</small>" in time[1]
    assert re.findall('data-exchange="([^"]*)"', history[1]) == ids[5:]


def test_an_issue_that_is_not_a_web_address_is_not_a_link(tmp_path):
    run = failing(tmp_path)
    run.facts["waivers"][0]["issue"] = "javascript:alert(1)"
    assert 'href="javascript' not in read(written(run), "report.html")


def test_the_findings_are_readable_without_the_script(tmp_path):
    page = read(written(failing(tmp_path)), "report.html").partition("<template")[0]
    for words in ("5 of 7 musts failed", "no such header", "GET /push/channelSubscriptions 200 (x12)", "E-012"):
        assert words in page


def test_the_page_of_a_default_run_stays_within_three_megabytes(tmp_path):
    folder = written(large(tmp_path, 4_000))
    assert (folder / "report.html").stat().st_size < 3_000_000


def test_the_page_of_a_target_that_always_deviates_stays_within_three_megabytes(tmp_path):
    run = large(tmp_path, 3_000)
    for number, exchange in enumerate(list(run.exchanges)):
        run.finding("RSP-02", (exchange.id,), f"an object with {'abcdefghij'[number % 10]}", HOSTILE, at="/0")
    folder = written(run)
    assert (folder / "report.html").stat().st_size < 3_000_000
