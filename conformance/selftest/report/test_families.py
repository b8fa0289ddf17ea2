"""Tests of families: failed scenarios of one area that share a pattern of steps are grouped under one of them."""

from __future__ import annotations

import pytest

from conformance.model import Outcome, Verdict
from conformance.report.analysis.digest import Digest
from conformance.selftest.harness.journals import HISTORY, PUBLISH, TIME, Run, digested, header, passing, requirement

SAVE, SUBSCRIBE = "PUT /push/deviceRegistrations/{device_id}", "POST /push/channelSubscriptions"
UNREGISTER, LIST = "DELETE /push/deviceRegistrations/{device_id}", "GET /push/channelSubscriptions"
SCENARIOS = {
    "DEV-68": ("must", [LIST]),
    "DEV-07": ("must", [UNREGISTER]),
    "DEV-01": ("must", [SAVE, SUBSCRIBE, UNREGISTER, LIST, "GET /push/channels"]),
    "DEV-32": ("should", [UNREGISTER]),
    "SUB-06": ("must", [LIST]),
}
PUBLISHING = [f"PUB-{number:02}" for number in range(1, 16)]
TOKENS = [f"TOK-{number:02}" for number in range(1, 21)]


def header_with_scenarios() -> dict:
    named = {**SCENARIOS, **dict.fromkeys(PUBLISHING, ("must", [PUBLISH])), **dict.fromkeys(TOKENS, ("must", [TIME]))}
    heads = [
        {**requirement(id_, level, f"Title of {id_}", "ably/docs", ""), "operations": operations}
        for id_, (level, operations) in named.items()
    ]
    made = header()
    return {**made, "requirements": [*(each for each in made["requirements"] if each["id"] not in named), *heads]}


@pytest.fixture
def run(tmp_path) -> Run:
    """A run in which most tests of devices passed."""
    made = passing(tmp_path)
    made.facts = header_with_scenarios()
    made.outcomes = [each for each in made.outcomes if each.requirement != "DEV-07"]
    for number in range(40):
        passed(made, f"DEV-{40 + number}", (SAVE, 200), (LIST, 200))
    return made


def passed(run: Run, id_: str, *steps: tuple[str, int]) -> None:
    for operation, status in steps:
        run.exchange(operation, status, test=f"test of {id_}")
    run.outcomes.append(Outcome(id_, f"test of {id_}", Verdict.PASS))


def failed(run: Run, id_: str, *steps: tuple[str, int], what: str = "") -> None:
    test = f"test of {id_}"
    made = tuple(run.exchange(operation, status, test=test) for operation, status in steps)
    run.outcomes.append(Outcome(id_, test, Verdict.FAIL))
    run.finding(id_, made, what or f"no subscription in {id_}", "a subscription", test=test)


def left_subscription(run: Run, id_: str) -> None:
    """A device is registered, subscribed and unregistered, and its subscription is still listed."""
    failed(run, id_, (SAVE, 200), (SUBSCRIBE, 201), (UNREGISTER, 204), (LIST, 200))


def entries(found: Digest) -> dict[str, list[str]]:
    return {each.lead.result.id: [cause.result.id for cause in each.grouped] for each in found.clusters}


def test_scenarios_with_a_pattern_that_most_tests_fail_on_are_one_entry(run):
    for id_ in ("DEV-68", "DEV-07"):
        left_subscription(run, id_)

    (entry,) = digested(run).clusters

    assert (entry.lead.result.id, [each.result.id for each in entry.related]) == ("DEV-07", ["DEV-68"])
    assert (str(entry.pattern), entry.pattern.failed, entry.pattern.taken) == (f"{UNREGISTER} 204", 2, 2)


def test_a_pattern_may_be_one_step_after_another(run):
    """Devices without subscriptions are unregistered as they should be."""
    for number in range(3):
        run.exchange(UNREGISTER, 204, test=f"test of DEV-{40 + number}")
        run.exchange(SUBSCRIBE, 201, test=f"test of DEV-{40 + number}")
    for id_ in ("DEV-68", "DEV-07"):
        left_subscription(run, id_)

    (entry,) = digested(run).clusters

    assert str(entry.pattern) == f"{UNREGISTER} 204, then {LIST} 200"


def test_a_pattern_that_most_tests_pass_with_explains_nothing(run):
    for number in range(3):
        run.exchange(SUBSCRIBE, 201, test=f"test of DEV-{50 + number}")
        for operation, status in ((UNREGISTER, 204), (LIST, 200)):
            run.exchange(operation, status, test=f"test of DEV-{50 + number}")
    for id_ in ("DEV-68", "DEV-07"):
        left_subscription(run, id_)

    assert entries(digested(run)) == {"DEV-07": [], "DEV-68": []}


def test_a_pattern_of_few_tests_explains_nothing_where_most_of_the_area_fails(run):
    run.outcomes = [each for each in run.outcomes if not each.test.startswith("test of DEV-")]
    for id_ in ("DEV-68", "DEV-07"):
        left_subscription(run, id_)

    assert entries(digested(run)) == {"DEV-07": [], "DEV-68": []}


def test_scenarios_of_different_areas_are_not_grouped(run):
    for id_ in ("SUB-06", "DEV-07"):
        left_subscription(run, id_)

    assert entries(digested(run)) == {"DEV-07": [], "SUB-06": []}


def test_a_requirement_of_many_operations_does_not_lead(run):
    for id_ in ("DEV-68", "DEV-01"):
        left_subscription(run, id_)

    assert entries(digested(run)) == {"DEV-68": ["DEV-01"]}


def test_a_must_is_not_grouped_under_a_should(run):
    for id_ in ("DEV-68", "DEV-32"):
        left_subscription(run, id_)

    assert entries(digested(run)) == {"DEV-68": ["DEV-32"]}


def test_what_a_check_finds_is_not_grouped_by_steps(run):
    left_subscription(run, "DEV-68")
    left_subscription(run, "DEV-07")
    run.outcomes = [each for each in run.outcomes if each.requirement != "DEV-07"]

    assert entries(digested(run)) == {"DEV-07": [], "DEV-68": []}


def test_a_waived_finding_is_not_grouped(run):
    run.facts["waivers"] = [{"requirement": "DEV-07", "reason": "known", "issue": "", "until": "2027-01-31"}]
    for id_ in ("DEV-68", "DEV-07"):
        left_subscription(run, id_)

    assert entries(digested(run)) == {"DEV-68": [], "DEV-07": []}


def test_scenarios_without_a_common_step_are_not_grouped(run):
    left_subscription(run, "DEV-68")
    failed(run, "DEV-07", (TIME, 200), (TIME, 200))

    assert entries(digested(run)) == {"DEV-07": [], "DEV-68": []}


def test_separate_faults_of_one_area_are_not_one_entry_although_a_check_finds_something_in_every_test(run):
    for id_ in PUBLISHING:
        failed(run, id_, (PUBLISH, 201), (HISTORY, 200), what=f"the fault of {id_}")
    for number in range(60):
        passed(run, f"PUB-{40 + number}", (PUBLISH, 201), (HISTORY, 200))
    for each in list(run.exchanges):
        run.finding("HDR-02", (each.id,), "a header", "none", test=each.test)

    found = digested(run)

    assert entries(found) == {**{id_: [] for id_ in PUBLISHING}, "HDR-02": []}
    assert all(suspect.failed == len(PUBLISHING) for suspect in found.suspects)


def test_a_first_entry_explains_no_fails_that_only_took_the_same_step(run):
    """All use a token, most of those that do pass, and a check finds something in what each of them receives."""
    issue = "POST /keys/{keyName}/requestToken"
    for id_ in TOKENS:
        failed(run, id_, (issue, 201), (HISTORY, 200), what=f"the fault of {id_}")
    for number in range(30):
        passed(run, f"TOK-{40 + number}", (issue, 201), (HISTORY, 200))
        run.finding("HDR-01", (run.exchanges[-2].id,), "a header", "none", test=f"test of TOK-{40 + number}")

    assert entries(digested(run)) == {"HDR-01": [], **{id_: [] for id_ in TOKENS}}
