"""PRE: who is present on a channel."""

from __future__ import annotations

from conformance.model import MSGPACK, MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.encodings import carried, unwrapped
from conformance.suite.steps.endpoints import MESSAGES, PRESENCE, PRESENCE_HISTORY, pointer
from conformance.suite.steps.presence import NAMES, NEEDS, PRESENT, found, members
from conformance.target.answer import arranged, is_empty
from conformance.target.client import Target
from conformance.target.provisioning import MEMBERS

GET = [f"GET {PRESENCE}"]
PRESENCE_OF = Clause(pointer("get", PRESENCE, "description"), "Get presence on a channel")
BY_CLIENT = Clause(pointer("get", PRESENCE, "parameters", "1", "name"), "clientId")
BY_CONNECTION = Clause(pointer("get", PRESENCE, "parameters", "2", "name"), "connectionId")
ACTION = Clause("ably/specification features TP2", "1 is present; the wire has the number")
DATA = Clause("#/components/schemas/PresenceMessage/properties/data/description", "The presence update payload")


@requirement(
    "PRE-01",
    MUST,
    "Everybody who is present on a channel is listed, once",
    clause=PRESENCE_OF,
    operations=GET,
    needs=NEEDS,
)
def test_every_member_is_listed_once(target: Target, presence_channel: str) -> None:
    assert found(target, presence_channel) == sorted(NAMES)


@requirement(
    "PRE-02", MUST, "The action of a present member is the integer 1", clause=ACTION, operations=GET, needs=NEEDS
)
def test_the_action_of_a_member_is_present(target: Target, presence_channel: str) -> None:
    actions = [each["action"] for each in members(target, presence_channel)]

    assert (actions, {type(each) for each in actions}) == ([PRESENT] * len(MEMBERS), {int})


@requirement(
    "PRE-03",
    MUST,
    "The data of a member and its encoding are read as they were entered",
    clause=DATA,
    operations=GET,
    needs=NEEDS,
)
def test_the_data_of_members_is_read_as_entered(target: Target, presence_channel: str) -> None:
    read = {each["clientId"]: carried(each) for each in members(target, presence_channel)}

    assert read == {each["clientId"]: carried(each) for each in MEMBERS}


@requirement(
    "PRE-04",
    MUST,
    "The data of a member is the same in MessagePack",
    clause=Clause("ably/ably-php tests/PresenceTest", "an encrypted member is read in both protocols"),
    operations=GET,
    needs=(*NEEDS, "msgpack"),
)
def test_the_data_of_members_is_the_same_in_msgpack(target: Target, presence_channel: str) -> None:
    read = {each["clientId"]: unwrapped(each) for each in members(target, presence_channel, accept=MSGPACK)}

    assert read == {each["clientId"]: unwrapped(each) for each in MEMBERS}


@requirement(
    "PRE-05",
    SHOULD,
    "Binary data of a member travels as bytes in MessagePack, without a base64 step",
    clause=Clause("ably/specification features RSL4c", "binary data is sent as bytes in MessagePack"),
    operations=GET,
    needs=(*NEEDS, "msgpack"),
)
def test_binary_data_of_members_is_bytes_in_msgpack(target: Target, presence_channel: str) -> None:
    read = {each["clientId"]: carried(each) for each in members(target, presence_channel, accept=MSGPACK)}

    assert read == {each["clientId"]: unwrapped(each) for each in MEMBERS}


@requirement(
    "PRE-06",
    MUST,
    "A filter by clientId finds that member and nobody else",
    clause=BY_CLIENT,
    operations=GET,
    needs=NEEDS,
)
def test_a_client_filter_finds_its_member(target: Target, presence_channel: str) -> None:
    names = (NAMES[0], NAMES[3], NAMES[-1])

    assert [found(target, presence_channel, clientId=name) for name in names] == [[name] for name in names]


@requirement(
    "PRE-07",
    MUST,
    "A filter by clientId takes the whole name, letter by letter",
    clause=BY_CLIENT,
    operations=GET,
    needs=NEEDS,
)
def test_a_client_filter_is_exact(target: Target, presence_channel: str) -> None:
    others = ("plai", "lain", "PLAIN", "plain2", "nobody")

    assert [found(target, presence_channel, clientId=name) for name in others] == [[]] * len(others)


@requirement(
    "PRE-08",
    MUST,
    "A filter by connectionId finds the members of that connection",
    clause=BY_CONNECTION,
    operations=GET,
    needs=NEEDS,
)
def test_a_connection_filter_finds_its_members(target: Target, presence_channel: str) -> None:
    everybody = members(target, presence_channel)
    connection = everybody[0]["connectionId"]
    expected = sorted(each["clientId"] for each in everybody if each["connectionId"] == connection)

    assert found(target, presence_channel, connectionId=connection) == expected


@requirement(
    "PRE-09",
    MUST,
    "A filter by a connectionId that nobody has finds nobody",
    clause=BY_CONNECTION,
    operations=GET,
    needs=NEEDS,
)
def test_a_connection_filter_is_exact(target: Target, presence_channel: str) -> None:
    connection = members(target, presence_channel)[0]["connectionId"]
    others = (f"{connection}x", connection[:-1], connection.swapcase(), target.names.fresh("connection"))
    unlike = [other for other in others if other != connection]

    assert [found(target, presence_channel, connectionId=other) for other in unlike] == [[]] * len(unlike)


@requirement(
    "PRE-10",
    SHOULD,
    "Filters by clientId and by connectionId together find who satisfies both",
    clause=Clause("ably/docs rest-api, presence", "clientId and connectionId filter the members"),
    operations=GET,
    needs=NEEDS,
)
def test_both_filters_narrow(target: Target, presence_channel: str) -> None:
    connection = members(target, presence_channel)[0]["connectionId"]
    own = found(target, presence_channel, clientId="plain", connectionId=connection)
    foreign = found(target, presence_channel, clientId="plain", connectionId=target.names.fresh("connection"))

    assert (own, foreign) == (["plain"], [])


@requirement(
    "PRE-11",
    MUST,
    "No two members share an id",
    clause=Clause("#/components/schemas/PresenceMessage/properties/id/description", "Unique ID assigned by Ably"),
    operations=GET,
    needs=NEEDS,
)
def test_ids_of_members_are_unique(target: Target, presence_channel: str) -> None:
    ids = [each["id"] for each in members(target, presence_channel)]

    assert sorted(set(ids)) == sorted(ids)


@requirement(
    "PRE-12",
    MUST,
    "A channel on which nobody is present answers an empty array",
    clause=PRESENCE_OF,
    operations=GET,
    needs={"documentation"},
)
def test_a_channel_without_members_is_empty(target: Target) -> None:
    answer = target.get(PRESENCE, channel_id=target.names.fresh("channel"))

    assert (answer.status, answer.body) == (200, [])


@requirement(
    "PRE-13",
    MUST,
    "Members are present on their own channel only",
    clause=PRESENCE_OF,
    operations=GET,
    needs=NEEDS,
)
def test_members_are_present_on_their_channel_only(target: Target, presence_channel: str) -> None:
    others = (
        presence_channel.upper(),
        f"{presence_channel}:{target.names.fresh()}",
        presence_channel.partition(":")[2],
    )

    assert [target.get(PRESENCE, channel_id=other).body for other in others] == [[]] * len(others)


@requirement(
    "PRE-14",
    MUST,
    "A message on a channel makes nobody present, and is no event of presence",
    clause=PRESENCE_OF,
    operations=[f"GET {PRESENCE}", f"GET {PRESENCE_HISTORY}", f"POST {MESSAGES}"],
    needs={"state", "documentation"},
)
def test_a_message_is_no_presence(target: Target) -> None:
    channel = target.names.fresh("channel")
    arranged(target.post(MESSAGES, {"name": "enter", "data": "text", "clientId": "client"}, channel_id=channel))
    target.poll(MESSAGES, channel_id=channel, until=lambda answer: bool(answer.body))

    present, events = (target.get(path, channel_id=channel) for path in (PRESENCE, PRESENCE_HISTORY))

    assert (present.body, events.body) == ([], [])


@requirement(
    "PRE-15",
    MUST,
    "Members and their events are no messages of the channel",
    clause=Clause(pointer("get", MESSAGES, "description"), "Get message history for a channel"),
    operations=[f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_members_are_no_messages(target: Target, presence_channel: str) -> None:
    history = target.get(MESSAGES, channel_id=presence_channel)

    assert is_empty(history), history.body


@requirement(
    "PRE-16",
    MUST,
    "A direction, which presence does not have, changes nothing",
    clause=Clause("ably/ably-php tests/PresenceTest", "presence is asked for with direction forwards"),
    operations=GET,
    needs=NEEDS,
)
def test_a_direction_changes_nothing(target: Target, presence_channel: str) -> None:
    assert found(target, presence_channel, direction="forwards") == sorted(NAMES)
