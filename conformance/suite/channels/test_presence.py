"""PRE: the members that are present on a channel."""

from __future__ import annotations

from conformance.facts import facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.encodings import carried, unwrapped
from conformance.suite.steps.endpoints import MESSAGES, PRESENCE, PRESENCE_HISTORY, pointer
from conformance.suite.steps.presence import NAMES, NEEDS, PRESENT, clients, members, payloads_of, similar_names
from conformance.target.answer import arranged
from conformance.target.client import Target
from conformance.target.provisioning import MEMBERS

GET = [f"GET {PRESENCE}"]
PRESENCE_OF = Clause(pointer("get", PRESENCE, "description"), "Get presence on a channel")
BY_CLIENT = Clause(pointer("get", PRESENCE, "parameters", "clientId", "name"), "clientId")
BY_CONNECTION = Clause(pointer("get", PRESENCE, "parameters", "connectionId", "name"), "connectionId")
SNAKE_CASE = Clause("ably/ably-ruby spec/acceptance/rest/presence_spec", "filters: client_id, connection_id")
ACTION = Clause("ably/specification features TP2", "action 1 means present and is sent as a number")
DATA = Clause("#/components/schemas/PresenceMessage/properties/data/description", "The presence update payload")


@requirement(
    "PRE-01",
    MUST,
    "The presence list of a channel contains each member exactly once",
    clause=PRESENCE_OF,
    operations=GET,
    needs=NEEDS,
)
def test_every_member_is_listed_once(target: Target, presence_channel: str) -> None:
    assert clients(target, presence_channel) == sorted(NAMES)


@requirement(
    "PRE-02", MUST, "The action of a present member is the integer 1", clause=ACTION, operations=GET, needs=NEEDS
)
def test_the_action_of_a_member_is_present(target: Target, presence_channel: str) -> None:
    actions = [each["action"] for each in members(target, presence_channel)]

    assert facts(
        number_of_members=len(actions), actions=set(actions), types_of_action={type(each) for each in actions}
    ) == facts(number_of_members=len(MEMBERS), actions={PRESENT}, types_of_action={int})


@requirement(
    "PRE-03",
    MUST,
    "A presence member's data and encoding are returned as they were entered",
    clause=DATA,
    operations=GET,
    needs=NEEDS,
)
def test_the_data_of_members_is_read_as_entered(target: Target, presence_channel: str) -> None:
    read = members(target, presence_channel)

    assert payloads_of(read, carried) == payloads_of(MEMBERS, carried)


@requirement(
    "PRE-04",
    MUST,
    "A presence member read in MessagePack has the data it was entered with",
    clause=Clause(
        "ably/ably-php tests/PresenceTest", "an encrypted presence member is read in both JSON and MessagePack"
    ),
    operations=GET,
    needs=(*NEEDS, "msgpack"),
)
def test_the_data_of_members_is_the_same_in_msgpack(target: Target, presence_channel: str) -> None:
    read = members(target, presence_channel, accept=MSGPACK)

    assert payloads_of(read, unwrapped) == payloads_of(MEMBERS, unwrapped)


@requirement(
    "PRE-05",
    SHOULD,
    "A presence member's binary data is sent as bytes in MessagePack, not as base64",
    clause=Clause("ably/specification features RSL4c", "binary data is sent as bytes in MessagePack"),
    operations=GET,
    needs=(*NEEDS, "msgpack"),
)
def test_binary_data_of_members_is_bytes_in_msgpack(target: Target, presence_channel: str) -> None:
    read = members(target, presence_channel, accept=MSGPACK)

    assert payloads_of(read, carried) == payloads_of(MEMBERS, unwrapped)


@requirement(
    "PRE-06",
    MUST,
    "A clientId filter returns only the presence member with that clientId",
    clause=BY_CLIENT,
    operations=GET,
    needs=NEEDS,
)
def test_a_client_filter_finds_its_member(target: Target, presence_channel: str) -> None:
    names = (NAMES[0], NAMES[3], NAMES[-1])

    matches = {f'clientId "{name}" finds': clients(target, presence_channel, clientId=name) for name in names}

    assert matches == {f'clientId "{name}" finds': [name] for name in names}


@requirement(
    "PRE-07",
    MUST,
    "The clientId filter of presence matches the whole clientId and is case-sensitive",
    clause=BY_CLIENT,
    operations=GET,
    needs=NEEDS,
)
def test_a_client_filter_is_exact(target: Target, presence_channel: str) -> None:
    others = ("plai", "lain", "PLAIN", "plain2", "nobody")

    matches = {f'clientId "{name}" finds': clients(target, presence_channel, clientId=name) for name in others}

    assert matches == {f'clientId "{name}" finds': [] for name in others}


@requirement(
    "PRE-08",
    MUST,
    "A connectionId filter returns the presence members of that connection",
    clause=BY_CONNECTION,
    operations=GET,
    needs=NEEDS,
)
def test_a_connection_filter_finds_its_members(target: Target, presence_channel: str) -> None:
    all_members = members(target, presence_channel)
    connection = all_members[0]["connectionId"]
    expected = sorted(each["clientId"] for each in all_members if each["connectionId"] == connection)

    assert clients(target, presence_channel, awaited=expected, connectionId=connection) == expected


@requirement(
    "PRE-09",
    MUST,
    "A connectionId filter without an exact match returns an empty presence list",
    clause=BY_CONNECTION,
    operations=GET,
    needs=NEEDS,
)
def test_a_connection_filter_is_exact(target: Target, presence_channel: str) -> None:
    connection = members(target, presence_channel)[0]["connectionId"]
    others = {
        "a longer connectionId finds": f"{connection}x",
        "a shorter connectionId finds": connection[:-1],
        "the connectionId in other case finds": connection.swapcase(),
        "an unknown connectionId finds": target.names.fresh("connection"),
    }

    matches = {
        words: clients(target, presence_channel, connectionId=other)
        for words, other in others.items()
        if other != connection
    }

    assert matches == {words: [] for words in matches}


@requirement(
    "PRE-10",
    SHOULD,
    "clientId and connectionId filters combine with AND",
    clause=Clause("ably/docs rest-api, presence", "clientId and connectionId filter the members"),
    operations=GET,
    needs=NEEDS,
)
def test_both_filters_apply(target: Target, presence_channel: str) -> None:
    connection = members(target, presence_channel)[0]["connectionId"]
    own = clients(target, presence_channel, awaited=["plain"], clientId="plain", connectionId=connection)
    unknown = target.names.fresh("connection")
    other = clients(target, presence_channel, clientId="plain", connectionId=unknown)

    assert facts(clients_with_their_connection=own, clients_with_another_connection=other) == facts(
        clients_with_their_connection=["plain"], clients_with_another_connection=[]
    )


@requirement(
    "PRE-33",
    SHOULD,
    "The presence filter client_id is accepted as another spelling of clientId",
    clause=SNAKE_CASE,
    operations=GET,
    needs=NEEDS,
)
def test_the_client_filter_has_another_spelling(target: Target, presence_channel: str) -> None:
    own = clients(target, presence_channel, client_id="plain")
    other = clients(target, presence_channel, client_id=target.names.fresh("client"))

    assert facts(clients_with_their_client_id=own, clients_with_an_unknown_client_id=other) == facts(
        clients_with_their_client_id=["plain"], clients_with_an_unknown_client_id=[]
    )


@requirement(
    "PRE-34",
    SHOULD,
    "The presence filter connection_id is accepted as another spelling of connectionId",
    clause=SNAKE_CASE,
    operations=GET,
    needs=NEEDS,
)
def test_the_connection_filter_has_another_spelling(target: Target, presence_channel: str) -> None:
    all_members = members(target, presence_channel)
    connection = all_members[0]["connectionId"]
    expected = sorted(each["clientId"] for each in all_members if each["connectionId"] == connection)

    own = clients(target, presence_channel, awaited=expected, connection_id=connection)
    other = clients(target, presence_channel, connection_id=target.names.fresh("connection"))

    assert facts(clients_with_their_connection_id=own, clients_with_an_unknown_connection_id=other) == facts(
        clients_with_their_connection_id=expected, clients_with_an_unknown_connection_id=[]
    )


@requirement(
    "PRE-11",
    MUST,
    "Every presence member of a channel has a different id",
    clause=Clause("#/components/schemas/PresenceMessage/properties/id/description", "Unique ID assigned by Ably"),
    operations=GET,
    needs=NEEDS,
)
def test_ids_of_members_are_unique(target: Target, presence_channel: str) -> None:
    ids = [each["id"] for each in members(target, presence_channel)]

    assert facts(different_ids=len(set(ids))) == facts(different_ids=len(ids))


@requirement(
    "PRE-12",
    MUST,
    "The presence list of a channel without members is an empty array with status 200",
    clause=PRESENCE_OF,
    operations=GET,
    needs={"documentation"},
)
def test_a_channel_without_members_is_empty(target: Target) -> None:
    answer = target.get(PRESENCE, channel_id=target.names.fresh("channel"))

    assert facts(status=answer.status, members=answer.body) == facts(status=200, members=[])


@requirement(
    "PRE-13",
    MUST,
    "A presence member is listed only on the channel that it entered",
    clause=PRESENCE_OF,
    operations=GET,
    needs=NEEDS,
)
def test_members_are_present_on_their_channel_only(target: Target, presence_channel: str) -> None:
    similar = similar_names(target, presence_channel)

    found = {f"members of the name {how}": target.get(PRESENCE, channel_id=name).body for how, name in similar.items()}

    assert facts(**found) == facts(**{words: [] for words in found})


@requirement(
    "PRE-14",
    MUST,
    "A published message creates no presence member and no presence event",
    clause=PRESENCE_OF,
    operations=[f"GET {PRESENCE}", f"GET {PRESENCE_HISTORY}", f"POST {MESSAGES}"],
    needs={"state", "documentation"},
)
def test_a_message_creates_no_member_and_no_event(target: Target) -> None:
    channel = target.names.fresh("channel")
    arranged(target.post(MESSAGES, {"name": "enter", "data": "text", "clientId": "client"}, channel_id=channel))
    target.poll(MESSAGES, channel_id=channel, until=lambda answer: bool(answer.body))

    present, events = (target.get(path, channel_id=channel) for path in (PRESENCE, PRESENCE_HISTORY))

    assert facts(members=present.body, events=events.body) == facts(members=[], events=[])


@requirement(
    "PRE-15",
    MUST,
    "Presence members and events are not in the message history of the channel",
    clause=Clause(pointer("get", MESSAGES, "description"), "Get message history for a channel"),
    operations=[f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_members_are_not_in_message_history(target: Target, presence_channel: str) -> None:
    history = target.get(MESSAGES, channel_id=presence_channel)

    assert facts(status=history.status, messages=history.body) == facts(status=200, messages=[])


@requirement(
    "PRE-16",
    MUST,
    "A presence request with direction=forwards returns all members",
    clause=Clause("ably/ably-php tests/PresenceTest", "presence is requested with direction=forwards"),
    operations=GET,
    needs=NEEDS,
)
def test_a_direction_changes_nothing(target: Target, presence_channel: str) -> None:
    assert clients(target, presence_channel, direction="forwards") == sorted(NAMES)
