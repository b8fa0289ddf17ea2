"""PRE: filters and bounds of presence in combination, and channel names that a server may decode twice."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import PRESENCE, PRESENCE_HISTORY, pointer
from conformance.suite.steps.presence import NAMES, NEEDS, clients, events, members
from conformance.target.client import Target

GET = [f"GET {PRESENCE}"]
HISTORY = [f"GET {PRESENCE_HISTORY}"]
BY_CLIENT = Clause(pointer("get", PRESENCE, "parameters", "clientId", "name"), "clientId")
BY_CONNECTION = Clause(pointer("get", PRESENCE, "parameters", "connectionId", "name"), "connectionId")
ONE_NAME = Clause("RFC 3986 section 2.4", "a string is not percent-decoded more than once")


def encoded(channel: str) -> str:
    """A channel name that is the given one only after another percent-decoding."""
    return channel.replace(":", "%3A").replace("_", "%5F")


@requirement(
    "PRE-72",
    MUST,
    "A channel name in the path of a presence request is percent-decoded once",
    clause=ONE_NAME,
    operations=GET,
    needs=NEEDS,
)
def test_a_name_is_decoded_once(target: Target, presence_channel: str) -> None:
    other = target.get(PRESENCE, channel_id=encoded(presence_channel))

    assert facts(members_of_the_encoded_name=other.body) == facts(members_of_the_encoded_name=[])


@requirement(
    "PRE-73",
    MUST,
    "A channel name in the path of a presence history request is percent-decoded once",
    clause=ONE_NAME,
    operations=HISTORY,
    needs=NEEDS,
)
def test_a_name_of_the_history_is_decoded_once(target: Target, presence_channel: str) -> None:
    other = target.get(PRESENCE_HISTORY, channel_id=encoded(presence_channel))

    assert facts(events_of_the_encoded_name=other.body) == facts(events_of_the_encoded_name=[])


@requirement(
    "PRE-74",
    MUST,
    "The clientId and connectionId filters of presence apply with any limit",
    clause=BY_CLIENT,
    operations=GET,
    needs=NEEDS,
)
def test_filters_apply_with_a_limit(target: Target, presence_channel: str) -> None:
    all_members = members(target, presence_channel)
    connection = all_members[0]["connectionId"]
    expected = sorted(each["clientId"] for each in all_members if each["connectionId"] == connection)

    by_client = {name: clients(target, presence_channel, clientId=name, limit="2") for name in (NAMES[0], NAMES[-1])}
    own = clients(target, presence_channel, awaited=expected, connectionId=connection, limit="2")
    none = clients(target, presence_channel, connectionId=target.names.fresh("connection"), limit="2")

    assert facts(
        clients_of_the_first=by_client[NAMES[0]],
        clients_of_the_last=by_client[NAMES[-1]],
        clients_of_their_connection=own,
        clients_of_an_unknown_connection=none,
    ) == facts(
        clients_of_the_first=[NAMES[0]],
        clients_of_the_last=[NAMES[-1]],
        clients_of_their_connection=expected,
        clients_of_an_unknown_connection=[],
    )


@pytest.mark.parametrize("member", ["clientId", "connectionId"])
@requirement(
    "PRE-75",
    SHOULD,
    "An empty clientId or connectionId filter of presence matches no member that has one",
    clause=BY_CONNECTION,
    operations=GET,
    needs=NEEDS,
)
def test_an_empty_filter_matches_nobody(target: Target, presence_channel: str, member: str) -> None:
    answer = target.get(PRESENCE, channel_id=presence_channel, query={member: ""})

    found = [each["clientId"] for each in answer.body] if isinstance(answer.body, list) else []
    assert facts(members_with_another_value=found) == facts(members_with_another_value=[])


@pytest.mark.parametrize("direction", ["forwards", "backwards"])
@requirement(
    "PRE-76",
    MUST,
    "Presence history applies start and end in both directions",
    clause=Clause("ably/docs rest-api, presence history", "start and end: events received between them, inclusive"),
    operations=HISTORY,
    needs=NEEDS,
)
def test_bounds_apply_in_both_directions(target: Target, presence_channel: str, direction: str) -> None:
    times = sorted(each["timestamp"] for each in events(target, presence_channel))
    bounds = {
        "events before the first one": {"start": times[0] - 1000, "end": times[0] - 1},
        "events after the last one": {"start": times[-1] + 1, "end": times[-1] + 1000},
        "events from the first to the last one": {"start": times[0], "end": times[-1]},
    }

    found = {
        words: len(
            events(target, presence_channel, direction=direction, start=str(each["start"]), end=str(each["end"]))
        )
        for words, each in bounds.items()
    }

    assert facts(**found) == facts(**dict(zip(bounds, (0, 0, len(times)), strict=True)))


@requirement(
    "PRE-77",
    MUST,
    "Without a limit the first page of presence contains all of a few members",
    clause=Clause(pointer("get", PRESENCE, "parameters", "limit", "schema", "default"), "100"),
    operations=GET,
    needs=NEEDS,
)
def test_the_default_page_has_all_members(target: Target, presence_channel: str) -> None:
    page = target.get(PRESENCE, channel_id=presence_channel)

    assert facts(members=len(page.body)) == facts(members=len(NAMES))


@requirement(
    "PRE-78",
    MUST,
    "Without a limit the first page of presence history contains all of a few events",
    clause=Clause("#/components/parameters/filterLimit/schema/default", "100"),
    operations=HISTORY,
    needs=NEEDS,
)
def test_the_default_page_has_all_events(target: Target, presence_channel: str) -> None:
    page = target.get(PRESENCE_HISTORY, channel_id=presence_channel)

    assert facts(events=len(page.body)) == facts(events=len(NAMES))
