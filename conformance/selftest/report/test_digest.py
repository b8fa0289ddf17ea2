"""Tests of the analysis behind a report: causes, counts, tables, coverage, timing, comparison and history."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

import pytest

from conformance.errors import UsageError
from conformance.model import JSON, MSGPACK, Origin, Outcome, Request, Response, Verdict
from conformance.report import writing
from conformance.report.analysis import comparison, history
from conformance.report.analysis.coverage import Kind
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status, status_on
from conformance.report.analysis.timing import timing
from conformance.report.page.access import access
from conformance.report.page.matrix import matrix
from conformance.report.page.sequence import diagram
from conformance.selftest.harness.journals import (
    CORRECTED,
    DEVICES,
    HISTORY,
    PUBLISH,
    STARTED,
    TIME,
    UNREGISTER,
    Run,
    digested,
    failing,
    passing,
)


@pytest.fixture
def failed(tmp_path):
    return digested(failing(tmp_path))


def causes(found: Digest) -> list[str]:
    return [cause.result.id for cause in found.causes]


def test_one_fault_on_nine_operations_is_one_cause(failed):
    header = next(cause for cause in failed.causes if cause.result.id == "HDR-01")
    assert len(header.operations) == len(header.findings) == 9


def test_names_made_by_the_run_do_not_split_a_cause(tmp_path):
    run = passing(tmp_path)
    for number in (1, 2):
        made = run.exchange(TIME)
        run.finding("RSP-01", (made,), f"conf-7f3a-{number} answers {number}00", "x", at=f"/{number}/id")
    assert len(digested(run).causes) == 1


def clusters(found: Digest) -> dict[str, list[str]]:
    return {each.lead.result.id: [cause.result.id for cause in each.companions] for each in found.clusters}


def test_a_cause_that_occurs_only_where_another_does_is_grouped_under_it(tmp_path):
    run = passing(tmp_path)
    made = [run.exchange(TIME, 400, b"{}") for _ in range(3)]
    for id_ in made:
        run.finding("ERR-01", (id_,), "an error", "{}")
    run.finding("RSP-01", (made[1],), "a documented status", "400")
    run.finding("DEV-07", (made[0], run.exchange(UNREGISTER)), "[]", "[1]")
    assert clusters(digested(run)) == {"ERR-01": ["RSP-01"], "DEV-07": []}


@pytest.mark.parametrize(("passing_tests", "companions"), [(1, ["AUT-01"]), (2, [])])
def test_a_check_leads_what_tests_assert_only_where_most_tests_that_end_there_fail(tmp_path, passing_tests, companions):
    run = passing(tmp_path)
    failing_tests = ("first", "second")
    for test in (*failing_tests, *map(str, range(passing_tests))):
        run.finding("ERR-01", (run.exchange(TIME, 400, b"{}", test=test),), "an error", "{}", test=test)
    for test, made in zip(failing_tests, run.exchanges[-2 - passing_tests :], strict=False):
        run.finding("AUT-01", (made.id,), "status 401", "status 400", test=test)
    assert clusters(digested(run))["ERR-01"] == companions


def test_a_cause_on_half_of_all_responses_is_no_lead(tmp_path):
    run = Run(tmp_path)
    made = [run.exchange(TIME) for _ in range(4)]
    for id_ in made[:2]:
        run.finding("HDR-01", (id_,), "a header", "none")
    run.finding("RSP-02", (made[0],), "an array", "an object")
    assert clusters(digested(run)) == {"HDR-01": [], "RSP-02": []}


def test_a_cause_is_not_grouped_under_a_waived_or_less_strict_one(failed):
    found = clusters(failed)
    assert found["ERR-01"] == ["HDR-02"]
    assert all("ERR-01" not in companions for companions in found.values())


def test_every_cause_is_in_one_cluster(failed):
    keys = [cause.key for each in failed.clusters for cause in (each.lead, *each.companions)]
    assert sorted(keys) == sorted(cause.key for cause in failed.causes)


def test_causes_are_ordered_by_waiver_level_and_number_of_operations(failed):
    assert causes(failed) == ["HDR-01", "DEV-07", "ERR-01", "RSP-02", "RSP-03", "HDR-02"]
    assert failed.causes[-1].is_waived


def test_the_smallest_example_comes_first(tmp_path):
    run = passing(tmp_path)
    for body in (b"[1,2,3]", b"[]", b"[1]"):
        run.finding("RSP-02", (run.exchange(TIME, 200, body),), "an array", "another")
    (cause,) = digested(run).causes
    assert run.exchanges[-2].id in cause.first.exchanges


def test_every_requirement_is_counted_once_by_its_status(failed):
    assert failed.levels["must"] == {
        Status.FAIL: 5,
        Status.INCONCLUSIVE: 1,
        Status.OUT_OF_SCOPE: 1,
        Status.PASS: 1,
    }
    assert failed.statuses_by_id["HDR-02"] is Status.WAIVED


def test_a_waiver_of_one_operation_covers_no_other(tmp_path):
    run = failing(tmp_path)
    run.facts["waivers"][0]["operation"] = PUBLISH
    run.finding("HDR-02", (run.exchange(DEVICES, 400),), "header X-Ably-ErrorCode", "no such header")
    result = next(each for each in digested(run).results if each.id == "HDR-02")
    assert status_on(result, PUBLISH) is Status.WAIVED
    assert status_on(result, DEVICES) is Status.FAIL


def test_a_failure_out_of_scope_is_still_a_failure(tmp_path):
    run = passing(tmp_path)
    run.finding("PRE-02", (run.exchange(TIME),), "members", "none")
    assert digested(run).statuses_by_id["PRE-02"] is Status.FAIL


def test_an_error_of_the_suite_on_one_operation_does_not_hide_a_deviation_on_another(tmp_path):
    run = failing(tmp_path)
    run.outcomes.append(Outcome("HDR-01", "t", Verdict.ERROR, "KeyError: x", (PUBLISH,)))
    assert digested(run).statuses_by_id["HDR-01"] is Status.FAIL


def test_findings_of_the_baseline_are_known(tmp_path):
    run = failing(tmp_path)
    run.facts["gate"]["baseline"] = [each.fingerprint for each in run.findings if each.requirement == "HDR-01"]
    found = digested(run)
    assert [cause.result.id for cause in found.causes if found.is_known(cause)] == ["HDR-01"]


def cells(found: Digest, operation: str) -> dict[str, tuple[Status, int]]:
    line = next(line for line in matrix(found) if line.operation == operation)
    return {cell.aspect.name: (cell.status, cell.count) for cell in line.cells}


def test_a_finding_in_messagepack_does_not_affect_the_cell_of_json(failed):
    found = cells(failed, HISTORY)
    assert found["MessagePack"] == (Status.FAIL, 4)
    assert found["JSON"][0] is Status.PASS


def test_a_cell_without_opportunities_is_none(failed):
    assert cells(failed, HISTORY)["HTML, JSONP"] == (Status.NONE, 0)


def test_a_stateful_finding_belongs_to_the_scenarios_and_not_to_the_bodies(failed):
    found = cells(failed, UNREGISTER)
    assert found["scenarios"] == (Status.FAIL, 1)
    assert found["JSON"][0] is Status.PASS


def test_an_inconclusive_requirement_determines_the_cell_of_its_area(failed):
    assert cells(failed, HISTORY)["auth"] == (Status.INCONCLUSIVE, 1)


def test_access_lists_the_responses_to_each_caller(tmp_path):
    run = passing(tmp_path)
    run.exchange(TIME, 401, principal="nobody")
    run.exchange(TIME, 200, principal="full as alice")
    run.exchange(TIME, 500, principal="conf-7f3a-key-1")
    run.finding("AUT-01", (run.exchange(TIME, 200, principal="narrow"),), "401", "200")
    found = access(digested(run))
    time_cells = {caller: row[found.operations.index(TIME)] for caller, row in found.cells.items()}
    full = "the key that may do everything"
    assert list(time_cells) == [full, "credentials created by the run", "narrow", "no credentials"]
    assert time_cells[full].responses == {"allowed": 3, "other": 1}
    assert time_cells[full].kind == "allowed"
    assert {caller: cell.kind for caller, cell in time_cells.items() if caller != full} == {
        "credentials created by the run": "none",
        "narrow": "fail",
        "no credentials": "rejected",
    }


def tally(found: Digest, kind: Kind) -> dict[str, int]:
    of_kind = next(each for each in found.coverage if each.kind is kind)
    return {f"{item.owner} {item.name}".strip(): item.count for item in of_kind.items}


def test_a_parameter_that_was_never_sent_is_listed_with_its_line(tmp_path):
    found = digested(passing(tmp_path))
    parameters = next(each for each in found.coverage if each.kind is Kind.PARAMETER)
    missed = {f"{item.owner} {item.name}": item.line for item in parameters.missed}
    assert CORRECTED.text.splitlines()[missed[f"{HISTORY} direction"] - 1].strip() == "filterDirection:"
    assert f"{HISTORY} channel_id" not in missed


def test_parameters_and_their_values_count_when_they_were_sent(tmp_path):
    run = passing(tmp_path)
    url = "http://h/channels/x/messages?direction=forwards&limit=3"
    run.exchange(HISTORY, request=Request("GET", url, (("X-Ably-Version", "2"),)))
    found = digested(run)
    assert tally(found, Kind.PARAMETER)[f"{HISTORY} limit"] == 1
    assert tally(found, Kind.PARAMETER)[f"{HISTORY} X-Ably-Version"] == 1
    assert tally(found, Kind.ENUM)[f"{HISTORY} direction = forwards"] == 1
    assert tally(found, Kind.ENUM)[f"{HISTORY} direction = backwards"] == 0


def test_members_of_requests_and_responses_are_counted_apart(tmp_path):
    run = passing(tmp_path)
    body = json.dumps({"id": "d", "platform": "ios", "formFactor": "car"}).encode()
    run.exchange(
        DEVICES, 201, b"{}", request=Request("POST", "http://h" + DEVICES[5:], (("Content-Type", JSON),), body)
    )
    found = digested(run)
    assert tally(found, Kind.SENT)[f"{DEVICES} {JSON}"] == 1
    assert tally(found, Kind.SENT)[f"{DEVICES} {MSGPACK}"] == 0
    assert any(name.endswith(" platform") and count for name, count in tally(found, Kind.MEMBER_SENT).items())
    assert any(name.endswith(" formFactor = car") and count for name, count in tally(found, Kind.ENUM).items())


def test_an_exchange_without_a_response_covers_nothing(tmp_path):
    run = Run(tmp_path)
    run.exchange(TIME, response=None, failure="refused")
    found = digested(run)
    assert tally(found, Kind.OPERATION)[TIME] == 0
    assert (found.unanswered, found.operations[-1].answered) == (1, 0)


def test_latencies_are_measured_values(tmp_path):
    run = Run(tmp_path)
    for elapsed in (1.0, 2.0, 3.0, 1000.0):
        run.exchange(TIME, elapsed=elapsed)
    (latency,) = digested(run).timing.latencies
    assert (latency.least, latency.median, latency.p90, latency.most) == (1.0, 2.0, 1000.0, 1000.0)
    assert sum(latency.histogram.values()) == 4


def test_the_timeline_holds_every_exchange(failed):
    assert sum(each.classes.total() for each in failed.timing.slices) == len(failed.exchanges)


def test_a_run_without_exchanges_has_no_scale():
    assert timing((), STARTED, 0.0).scale.decades == ()


def test_polling_is_one_step_of_a_sequence_diagram(failed):
    scenario = next(cause for cause in failed.causes if cause.result.id == "DEV-07")
    drawn = diagram(failed.exchanges_of(scenario.first))
    assert [(step.number, step.times) for step in drawn.steps] == [(1, 1), (2, 1), (3, 1), (4, 12)]
    assert drawn.steps[-1].is_last
    assert [(lane.name, lane.caller) for lane in drawn.lanes] == [
        ("caller 1", "the key that may do everything"),
        ("target", ""),
    ]


def test_different_requests_are_separate_steps_of_a_sequence_diagram(failed):
    scenario = next(cause for cause in failed.causes if cause.result.id == "DEV-07")
    *_, last = failed.exchanges_of(scenario.first)
    other = replace(last, request=replace(last.request, url=f"{last.request.url}?deviceId=x"))
    assert len(diagram([last, other]).steps) == 2


# Comparison ----------------------------------------------------------------------------------------------------------


def written(run: Run, **facts) -> dict:
    writing.write(*run.judged(), run.folder, CORRECTED, **facts)
    return comparison.read(run.folder)


def test_a_comparison_separates_new_fixed_and_unchanged_findings(tmp_path):
    before = written(failing(tmp_path / "then"))
    run = failing(tmp_path / "now")
    run.findings = [each for each in run.findings if each.requirement != "ERR-01"]
    run.finding("RSP-01", (run.exchange(TIME),), "200", "299")
    since = comparison.compare(before, digested(run))
    assert {change.requirement for change in since.new} == {"RSP-01"}
    assert {change.requirement for change in since.fixed} == {"ERR-01"}
    assert len(since.unchanged) == 13


def test_a_finding_whose_requirement_was_not_judged_again_is_not_fixed(tmp_path):
    before = written(failing(tmp_path / "then"))
    run = failing(tmp_path / "now")
    run.findings = [each for each in run.findings if each.requirement != "DEV-07"]
    run.outcomes = [each for each in run.outcomes if each.requirement != "DEV-07"]
    run.outcomes.append(Outcome("DEV-07", "t", Verdict.INCONCLUSIVE, "503", (UNREGISTER,)))
    since = comparison.compare(before, digested(run))
    assert since.fixed == ()
    assert [change.requirement for change in since.unchecked] == ["DEV-07"]
    assert [result.id for result in since.untested] == ["DEV-07"]


def test_a_comparison_lists_other_differences_between_the_runs(tmp_path):
    before = written(passing(tmp_path / "then"))
    run = failing(tmp_path / "now")
    run.facts |= {"suite": "0.2.0", "target": {"url": "http://elsewhere"}, "errata": []}
    found = comparison.compare(before, digested(run)).other_differences
    assert "the suite was 0.1.0 and is now 0.2.0" in found
    assert "the target was http://127.0.0.1 and is now http://elsewhere" in found
    assert "errata removed: E-001, E-012" in found
    assert "waivers added: HDR-02" in found


def test_another_port_of_this_machine_is_the_same_target(tmp_path):
    before = written(passing(tmp_path / "then"))
    run = passing(tmp_path / "now")
    run.facts["target"] = {"url": "http://127.0.0.1:9999"}
    assert comparison.compare(before, digested(run)).other_differences == ()


@pytest.mark.parametrize("text", ["", "[]", '{"format": 99}', "not json"])
def test_a_file_that_is_not_a_report_is_rejected(tmp_path, text):
    (tmp_path / "report.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"report\.json"):
        comparison.read(tmp_path)


# History -------------------------------------------------------------------------------------------------------------


def test_the_trend_holds_the_runs_of_one_target_and_profile_oldest_first(tmp_path):
    path = tmp_path / "history.sqlite"
    for number, name in enumerate(("a", "b", "c")):
        run = (failing if name == "b" else passing)(tmp_path / name)
        run.facts |= {"run": name, "started": STARTED + number}
        if name == "c":
            run.facts["profile"] = {**run.facts["profile"], "name": "other"}
        written(run, history_file=path)
    latest = history.run_of(digested(replace_profile(passing(tmp_path / "d"), STARTED + 9)))
    found = history.trend(path, latest)
    assert [(each.run, each.conclusion, each.fail) for each in found] == [
        ("a", "conformant", 0),
        ("b", "not conformant", 5),
    ]


def replace_profile(run: Run, started: float) -> Run:
    run.facts["started"] = started
    return run


def test_a_report_that_is_written_twice_is_recorded_once(tmp_path):
    path = tmp_path / "history.sqlite"
    for _ in range(2):
        written(passing(tmp_path), history_file=path)
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT COUNT(*) FROM runs").fetchone() == (1,)
    database.close()


def test_a_file_that_is_not_a_history_costs_no_report(tmp_path):
    path = tmp_path / "history.sqlite"
    path.write_text("this text is not a database, and is long enough to be recognized as such" * 10, encoding="utf-8")

    run = passing(tmp_path)
    remarks = writing.write(*run.judged(), run.folder, CORRECTED, history_file=path)

    assert (run.folder / "report.html").exists()
    assert "this run is not in the trend" in remarks[0]
    assert "history cannot be used" in remarks[0]


def test_valid_and_invalid_generated_requests_are_counted_apart(tmp_path):
    run = Run(tmp_path)
    run.exchange(TIME, origin=Origin.INVALID, defect="limit is a text", response=Response(400))
    run.exchange(TIME, origin=Origin.COVERAGE, defect="limit is -1", response=Response(400))
    run.exchange(TIME, origin=Origin.COVERAGE)
    run.exchange(TIME, origin=Origin.SCENARIO)
    found = cells(digested(run), TIME)
    assert (found["invalid"][1], found["valid"][1], found["scenarios"][1]) == (2, 1, 1)
