"""Tests of families: stateful findings whose sequences share a suspect step are grouped under one of them."""

from __future__ import annotations

import pytest

from conformance.report.analysis.digest import Digest
from conformance.selftest.harness.journals import Run, digested, header, passing, requirement

SAVE, SUBSCRIBE = "PUT /push/deviceRegistrations/{device_id}", "POST /push/channelSubscriptions"
UNREGISTER, LIST = "DELETE /push/deviceRegistrations/{device_id}", "GET /push/channelSubscriptions"
SCENARIOS = {
    "DEV-68": ("must", [LIST]),
    "DEV-07": ("must", [UNREGISTER]),
    "LIF-01": ("must", [SAVE, SUBSCRIBE, UNREGISTER, LIST, "GET /push/channels"]),
    "DEV-32": ("should", [UNREGISTER]),
}


def header_with_scenarios() -> dict:
    heads = [
        {**requirement(id_, level, f"Title of {id_}", "ably/docs", ""), "operations": named}
        for id_, (level, named) in SCENARIOS.items()
    ]
    made = header()
    return {**made, "requirements": [*(each for each in made["requirements"] if each["id"] not in SCENARIOS), *heads]}


def add_scenario(run: Run, id_: str, *, at: str = "") -> None:
    """A device is registered, subscribed and unregistered, and its subscription is still listed."""
    steps = [run.exchange(SAVE, test=id_), run.exchange(SUBSCRIBE, 201, test=id_)]
    steps += [run.exchange(UNREGISTER, 204, test=id_), run.exchange(LIST, test=id_)]
    run.finding(id_, tuple(steps), f"no subscription in {id_}", "a subscription", test=id_, at=at)


@pytest.fixture
def run(tmp_path) -> Run:
    made = passing(tmp_path)
    made.facts = header_with_scenarios()
    return made


def entries(found: Digest) -> dict[str, list[str]]:
    return {each.lead.result.id: [cause.result.id for cause in each.related] for each in found.clusters}


def test_scenarios_with_a_common_suspect_step_are_one_entry(run):
    for id_ in ("DEV-68", "DEV-07"):
        add_scenario(run, id_)

    (entry,) = digested(run).clusters

    assert (entry.lead.result.id, [each.result.id for each in entry.related]) == ("DEV-07", ["DEV-68"])
    assert str(entry.suspect.step) == f"{UNREGISTER} 204"


def test_a_requirement_of_many_operations_does_not_lead(run):
    for id_ in ("DEV-68", "LIF-01"):
        add_scenario(run, id_)

    assert entries(digested(run)) == {"DEV-68": ["LIF-01"]}


def test_a_must_is_not_grouped_under_a_should(run):
    for id_ in ("DEV-68", "DEV-32"):
        add_scenario(run, id_)

    assert entries(digested(run)) == {"DEV-68": ["DEV-32"]}


def test_a_deviation_within_one_response_is_not_grouped(run):
    add_scenario(run, "DEV-68")
    add_scenario(run, "DEV-07", at="/0/channel")

    assert entries(digested(run)) == {"DEV-68": [], "DEV-07": []}


def test_a_waived_finding_is_not_grouped(run):
    run.facts["waivers"] = [{"requirement": "DEV-07", "reason": "known", "issue": "", "until": "2027-01-31"}]
    for id_ in ("DEV-68", "DEV-07"):
        add_scenario(run, id_)

    assert entries(digested(run)) == {"DEV-68": [], "DEV-07": []}


def test_scenarios_without_a_common_step_are_not_grouped(run):
    add_scenario(run, "DEV-68")
    steps = [run.exchange("GET /time", test="DEV-07") for _ in range(2)]
    run.finding("DEV-07", tuple(steps), "later", "earlier", test="DEV-07")

    assert entries(digested(run)) == {"DEV-07": [], "DEV-68": []}
