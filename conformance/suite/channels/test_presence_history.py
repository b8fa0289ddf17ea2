"""PRE: the presence history of a channel."""

from __future__ import annotations

from datetime import UTC, datetime

from conformance.facts import facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.encodings import carried, unwrapped
from conformance.suite.steps.endpoints import PRESENCE_HISTORY, pointer
from conformance.suite.steps.presence import ENTER, NAMES, NEEDS, events, payloads_of, similar_names
from conformance.target.client import Target
from conformance.target.provisioning import MEMBERS

GET = [f"GET {PRESENCE_HISTORY}"]
HISTORY = Clause(pointer("get", PRESENCE_HISTORY, "summary"), "Get presence history of a channel")
BACKWARDS = Clause("#/components/parameters/filterDirection/schema/default", "backwards")
DIRECTION = Clause("#/components/parameters/filterDirection/schema/enum", "forwards")
START = Clause("ably/docs rest-api, presence history", "start: events received at or after this time, inclusive")
END = Clause("ably/docs rest-api, presence history", "end: events received at or before this time, inclusive")
DATA = Clause("#/components/schemas/PresenceMessage/properties/data/description", "The presence update payload")


@requirement(
    "PRE-20",
    MUST,
    "Presence history has exactly one event for each member that entered the channel",
    clause=HISTORY,
    operations=GET,
    needs=NEEDS,
)
def test_every_entry_is_an_event(target: Target, presence_channel: str) -> None:
    clients = sorted(each["clientId"] for each in events(target, presence_channel))

    assert clients == sorted(NAMES)


@requirement(
    "PRE-21",
    MUST,
    "The action of an enter event in presence history is the integer 2",
    clause=Clause("ably/specification features TP2", "action 2 means enter and is sent as a number"),
    operations=GET,
    needs=NEEDS,
)
def test_the_action_of_an_event_is_enter(target: Target, presence_channel: str) -> None:
    actions = [each["action"] for each in events(target, presence_channel)]

    assert facts(
        number_of_events=len(actions), actions=set(actions), types_of_action={type(each) for each in actions}
    ) == facts(number_of_events=len(MEMBERS), actions={ENTER}, types_of_action={int})


@requirement(
    "PRE-22",
    MUST,
    "Presence history defaults to direction=backwards, with the oldest event last",
    clause=BACKWARDS,
    operations=GET,
    needs=NEEDS,
)
def test_the_default_direction_is_backwards(target: Target, presence_channel: str) -> None:
    default = [each["clientId"] for each in events(target, presence_channel)]
    backwards = [each["clientId"] for each in events(target, presence_channel, direction="backwards")]

    assert facts(clients=default, oldest_client=default[-1]) == facts(clients=backwards, oldest_client=NAMES[0])


@requirement(
    "PRE-23",
    MUST,
    "Presence history with direction=forwards is the reverse of direction=backwards",
    clause=DIRECTION,
    operations=GET,
    needs=NEEDS,
)
def test_forwards_is_backwards_reversed(target: Target, presence_channel: str) -> None:
    ids_forwards = [each["id"] for each in events(target, presence_channel, direction="forwards")]
    ids_backwards = [each["id"] for each in events(target, presence_channel, direction="backwards")]

    assert ids_forwards == ids_backwards[::-1]


@requirement(
    "PRE-24",
    SHOULD,
    "Presence history with direction=forwards lists events in the order they happened",
    clause=Clause(
        "ably/ably-python test/ably/rest/restpresence_test", "the presence history has the order of the test fixtures"
    ),
    operations=GET,
    needs=NEEDS,
)
def test_events_are_in_order(target: Target, presence_channel: str) -> None:
    clients_forwards = [each["clientId"] for each in events(target, presence_channel, direction="forwards")]

    assert clients_forwards == list(NAMES)


@requirement(
    "PRE-25",
    MUST,
    "The start parameter of presence history is inclusive and excludes earlier events",
    clause=START,
    operations=GET,
    needs=NEEDS,
)
def test_start_is_inclusive(target: Target, presence_channel: str) -> None:
    times = sorted(each["timestamp"] for each in events(target, presence_channel))
    starts = {
        "events from the first one": times[0],
        "events from the last one": times[-1],
        "events after the last one": times[-1] + 1,
    }

    found = {words: len(events(target, presence_channel, start=str(start))) for words, start in starts.items()}

    expected = {words: sum(time >= start for time in times) for words, start in starts.items()}
    assert facts(**found) == facts(**expected)


@requirement(
    "PRE-26",
    MUST,
    "The end parameter of presence history is inclusive and excludes later events",
    clause=END,
    operations=GET,
    needs=NEEDS,
)
def test_end_is_inclusive(target: Target, presence_channel: str) -> None:
    times = sorted(each["timestamp"] for each in events(target, presence_channel))
    ends = {
        "events before the first one": times[0] - 1,
        "events up to the first one": times[0],
        "events up to the last one": times[-1],
    }

    found = {words: len(events(target, presence_channel, end=str(end))) for words, end in ends.items()}

    expected = {words: sum(time <= end for time in times) for words, end in ends.items()}
    assert facts(**found) == facts(**expected)


@requirement(
    "PRE-27",
    MUST,
    "A presence event's data and encoding are returned as they were entered",
    clause=DATA,
    operations=GET,
    needs=NEEDS,
)
def test_the_data_of_events_is_read_as_entered(target: Target, presence_channel: str) -> None:
    read = events(target, presence_channel)

    assert payloads_of(read, carried) == payloads_of(MEMBERS, carried)


@requirement(
    "PRE-28",
    MUST,
    "A presence event read in MessagePack has the data it was entered with",
    clause=Clause(
        "ably/ably-python test/ably/rest/restpresence_test", "presence history is decoded in both JSON and MessagePack"
    ),
    operations=GET,
    needs=(*NEEDS, "msgpack"),
)
def test_the_data_of_events_is_the_same_in_msgpack(target: Target, presence_channel: str) -> None:
    read = events(target, presence_channel, accept=MSGPACK)

    assert payloads_of(read, unwrapped) == payloads_of(MEMBERS, unwrapped)


@requirement(
    "PRE-29",
    MUST,
    "The presence history of a channel without presence events is an empty array",
    clause=HISTORY,
    operations=GET,
    needs={"documentation"},
)
def test_a_channel_without_members_has_no_events(target: Target) -> None:
    answer = target.get(PRESENCE_HISTORY, channel_id=target.names.fresh("channel"))

    assert facts(status=answer.status, events=answer.body) == facts(status=200, events=[])


@requirement(
    "PRE-30",
    MUST,
    "A presence event is in the presence history of its own channel only",
    clause=HISTORY,
    operations=GET,
    needs=NEEDS,
)
def test_events_belong_to_their_channel_only(target: Target, presence_channel: str) -> None:
    similar = similar_names(target, presence_channel)

    found = {
        f"events of the name {how}": target.get(PRESENCE_HISTORY, channel_id=name).body for how, name in similar.items()
    }

    assert facts(**found) == facts(**{words: [] for words in found})


@requirement(
    "PRE-31",
    SHOULD,
    "The end parameter of presence history accepts an ISO 8601 date-time",
    clause=Clause("ably/ably-php tests/PresenceTest", "the end parameter of presence history is given as a date"),
    operations=GET,
    needs=NEEDS,
)
def test_an_end_may_be_a_date(target: Target, presence_channel: str) -> None:
    times = sorted(each["timestamp"] for each in events(target, presence_channel))
    before, after = (
        events(target, presence_channel, end=datetime.fromtimestamp(end / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        for end in (times[0] - 3_600_000, times[-1] + 3_600_000)
    )

    assert facts(events_until_an_hour_before=len(before), events_until_an_hour_after=len(after)) == facts(
        events_until_an_hour_before=0, events_until_an_hour_after=len(times)
    )


@requirement(
    "PRE-32",
    MUST,
    "Every event in the presence history of a channel has a different id",
    clause=Clause("#/components/schemas/PresenceMessage/properties/id/description", "Unique ID assigned by Ably"),
    operations=GET,
    needs=NEEDS,
)
def test_ids_of_events_are_unique(target: Target, presence_channel: str) -> None:
    ids = [each["id"] for each in events(target, presence_channel)]

    assert facts(different_ids=len(set(ids))) == facts(different_ids=len(ids))
