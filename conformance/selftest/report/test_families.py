"""One fault, one entry: stateful findings that pass through one suspect step are folded beneath one of them."""

from __future__ import annotations

import pytest

from conformance.report.analysis.digest import Digest
from conformance.selftest.harness.journals import Run, digested, header, passing, requirement

SAVE, SUBSCRIBE = "PUT /push/deviceRegistrations/{device_id}", "POST /push/channelSubscriptions"
UNREGISTER, LIST = "DELETE /push/deviceRegistrations/{device_id}", "GET /push/channelSubscriptions"
STORIES = {
    "DEV-68": ("must", [LIST]),
    "DEV-07": ("must", [UNREGISTER]),
    "LIF-01": ("must", [SAVE, SUBSCRIBE, UNREGISTER, LIST, "GET /push/channels"]),
    "DEV-32": ("should", [UNREGISTER]),
}


def facts() -> dict:
    heads = [
        {**requirement(id_, level, f"{id_} holds", "ably/docs", ""), "operations": named}
        for id_, (level, named) in STORIES.items()
    ]
    made = header()
    return {**made, "requirements": [*(each for each in made["requirements"] if each["id"] not in STORIES), *heads]}


def story(run: Run, id_: str, *, at: str = "") -> None:
    """Registered, subscribed, unregistered, and still there."""
    steps = [run.exchange(SAVE, test=id_), run.exchange(SUBSCRIBE, 201, test=id_)]
    steps += [run.exchange(UNREGISTER, 204, test=id_), run.exchange(LIST, test=id_)]
    run.finding(id_, tuple(steps), f"nothing of {id_}", "a subscription", test=id_, at=at)


@pytest.fixture
def run(tmp_path) -> Run:
    made = passing(tmp_path)
    made.facts = facts()
    return made


def entries(found: Digest) -> dict[str, list[str]]:
    return {each.lead.row.id: [cause.row.id for cause in each.related] for each in found.clusters}


def test_stories_with_one_suspect_step_are_one_entry(run):
    for id_ in ("DEV-68", "DEV-07"):
        story(run, id_)

    (entry,) = digested(run).clusters

    assert (entry.lead.row.id, [each.row.id for each in entry.related]) == ("DEV-07", ["DEV-68"])
    assert str(entry.suspect.step) == f"{UNREGISTER} 204"


def test_who_speaks_of_everything_leads_nobody(run):
    for id_ in ("DEV-68", "LIF-01"):
        story(run, id_)

    assert entries(digested(run)) == {"DEV-68": ["LIF-01"]}


def test_no_must_hides_beneath_a_should(run):
    for id_ in ("DEV-68", "DEV-32"):
        story(run, id_)

    assert entries(digested(run)) == {"DEV-68": ["DEV-32"]}


def test_what_a_check_found_has_its_place_on_the_wire_and_no_kin(run):
    story(run, "DEV-68")
    story(run, "DEV-07", at="/0/channel")

    assert entries(digested(run)) == {"DEV-68": [], "DEV-07": []}


def test_a_waived_finding_is_nobodys_kin(run):
    run.facts["waivers"] = [{"requirement": "DEV-07", "reason": "known", "issue": "", "until": "2027-01-31"}]
    for id_ in ("DEV-68", "DEV-07"):
        story(run, id_)

    assert entries(digested(run)) == {"DEV-68": [], "DEV-07": []}


def test_stories_without_a_common_step_stay_apart(run):
    story(run, "DEV-68")
    steps = [run.exchange("GET /time", test="DEV-07") for _ in range(2)]
    run.finding("DEV-07", tuple(steps), "later", "earlier", test="DEV-07")

    assert entries(digested(run)) == {"DEV-07": [], "DEV-68": []}
