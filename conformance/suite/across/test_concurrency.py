"""CON: concurrent requests.

The tests presume no order between the callers, only that the target serves each request completely.
"""

from __future__ import annotations

from collections import Counter

from conformance.errors import Inconclusive
from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.concurrently import CALLERS, at_once, each_of
from conformance.suite.steps.devices import device, push_channel, registered
from conformance.suite.steps.endpoints import DEVICE, DEVICES, MESSAGES, SUBSCRIPTIONS, TOKENS, pointer
from conformance.suite.steps.messages import (
    BOTH,
    OLDEST_FIRST,
    channel_of,
    data_of,
    history,
    holds,
    kept,
    members,
    publish,
)
from conformance.suite.steps.tokens import Issuer
from conformance.target.answer import Answer
from conformance.target.client import Target

EACH = 3
PUBLISH = Clause(pointer("post", MESSAGES, "description"), "Publish a message to the specified channel")
HISTORY = Clause(pointer("get", MESSAGES, "description"), "Get message history for a channel")
ONCE = Clause("ably/docs rest-api, idempotent publishing", "only the first message with a specific id is published")
UNIQUE = Clause("ably/docs rest-api, message history", "id: a unique message id")
UPSERT = Clause(pointer("put", DEVICE, "description"), "Device registrations can be upserted")
DETAILS = Clause(pointer("get", DEVICE, "description"), "Get the full details of a device.")
STATE = ("state",)
PUSH = ("state", "push")


def published_in_turn(target: Target, channel: str, caller: int) -> list[Answer]:
    """The answers to the messages that one caller publishes one after another."""
    return [publish(target, channel, {"name": str(caller), "data": f"{caller}.{number}"}) for number in range(EACH)]


def published_by_all(target: Target, channel: str) -> list[Answer]:
    turns = each_of(CALLERS, lambda caller: published_in_turn(target, channel, caller))
    return [answer for turn in turns for answer in turn]


@requirement(
    "CON-01",
    MUST,
    "Concurrent publishes all return 201 and each message appears once in the history",
    clause=PUBLISH,
    operations=BOTH,
    needs=STATE,
)
def test_parallel_publishes_lose_nothing(target: Target) -> None:
    channel = channel_of(target)

    statuses = {answer.status for answer in published_by_all(target, channel)}
    stored_messages = data_of(history(target, channel, CALLERS * EACH).body)

    assert statuses == {201}
    assert sorted(stored_messages) == sorted(
        f"{caller}.{number}" for caller in range(CALLERS) for number in range(EACH)
    )


@requirement(
    "CON-02",
    MUST,
    "Concurrent publishes return distinct message IDs",
    clause=UNIQUE,
    operations=BOTH,
    needs=STATE,
)
def test_parallel_publishes_share_no_id(target: Target) -> None:
    channel = channel_of(target)

    answers = published_by_all(target, channel)

    ids = Counter(answer.body["messageId"] for answer in answers)
    repeated_ids = [id_ for id_, count in ids.items() if count > 1]
    assert repeated_ids == []


@requirement(
    "CON-03",
    MUST,
    "Concurrent publishes with the same message ID all return 201 and store one message",
    clause=ONCE,
    operations=BOTH,
    needs=STATE,
)
def test_parallel_retries_store_once(target: Target) -> None:
    channel, same = channel_of(target), target.names.fresh("id")

    answers = each_of(CALLERS, lambda _: publish(target, channel, {"id": same, "data": "the same"}))

    assert facts(
        statuses={answer.status for answer in answers},
        messageIds={answer.body.get("messageId") for answer in answers},
    ) == facts(statuses={201}, messageIds={same})
    stored = data_of(kept(target, channel))
    assert facts(stored_messages=stored) == facts(stored_messages=["the same"])


@requirement(
    "CON-04",
    MUST,
    "Concurrent PUTs of one device succeed and leave the complete metadata of one of them",
    clause=UPSERT,
    operations=[f"PUT {DEVICE}", f"GET {DEVICE}"],
    needs=PUSH,
)
def test_parallel_upserts_leave_one_value(target: Target) -> None:
    identity = target.names.fresh("device")
    values = [{str(number): "mine", "all": str(number)} for number in range(CALLERS)]

    answers = each_of(
        CALLERS, lambda number: target.put(DEVICE, device(identity, metadata=values[number]), device_id=identity)
    )
    metadata = target.get(DEVICE, device_id=identity).body["metadata"]

    statuses = {answer.status for answer in answers}
    assert statuses <= {200, 201}
    assert metadata in values


@requirement(
    "CON-05",
    MUST,
    "Each of several concurrent publishes returns the channel and ID of its own message",
    clause=Clause(
        "ably/docs rest-api, publish", "the response contains the channel and messageId of the published message"
    ),
    operations=[f"POST {MESSAGES}"],
)
def test_each_publisher_gets_its_own_response(target: Target) -> None:
    channels, ids = [channel_of(target) for _ in range(CALLERS)], [target.names.fresh("id") for _ in range(CALLERS)]

    answers = each_of(CALLERS, lambda number: publish(target, channels[number], {"id": ids[number], "data": "text"}))

    answered = [answer.body for answer in answers]
    assert facts(channels=[each.get("channel") for each in answered]) == facts(channels=channels)
    assert facts(messageIds=[each.get("messageId") for each in answered]) == facts(messageIds=ids)


@requirement(
    "CON-06",
    MUST,
    "Concurrent history requests each return the history of the requested channel",
    clause=HISTORY,
    operations=BOTH,
    needs=STATE,
)
def test_each_reader_gets_the_requested_history(target: Target) -> None:
    channels = [channel_of(target) for _ in range(CALLERS)]
    each_of(CALLERS, lambda number: publish(target, channels[number], {"data": channels[number]}))

    read = each_of(CALLERS, lambda number: history(target, channels[number]))

    histories = {f'"{name}" has messages of': data_of(answer.body) for name, answer in zip(channels, read, strict=True)}
    assert histories == {f'"{name}" has messages of': [name] for name in channels}


@requirement(
    "CON-07",
    MUST,
    "History keeps the order of each publisher's messages when several publish concurrently",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/channel_spec", "history is in the order of publication"),
    operations=BOTH,
    needs=STATE,
)
def test_history_keeps_the_order_of_each_publisher(target: Target) -> None:
    channel = channel_of(target)
    published_by_all(target, channel)

    found = history(target, channel, CALLERS * EACH).body

    for caller in range(CALLERS):
        messages_of_one_publisher = [each["data"] for each in found if each["name"] == str(caller)]
        assert messages_of_one_publisher == [f"{caller}.{number}" for number in range(EACH)]


@requirement(
    "CON-08",
    MUST,
    "History read during publishes has each name with its own data and no repeated message ID",
    clause=HISTORY,
    operations=BOTH,
    needs=STATE,
)
def test_history_is_consistent_during_publishes(target: Target) -> None:
    channel = channel_of(target)

    seen = read_during_publishes(target, channel, lambda caller: published_in_turn(target, channel, caller))

    messages_with_data_of_another = [
        each for answer in seen for each in answer.body if each["data"].partition(".")[0] != each["name"]
    ]
    assert messages_with_data_of_another == []
    repeated_ids = [id_ for answer in seen for id_, count in Counter(members(answer, "id")).items() if count > 1]
    assert repeated_ids == []


@requirement(
    "CON-09",
    SHOULD,
    "History read during publishes contains all messages of a published array or none",
    clause=Clause(
        "ably/docs errors 40031", "messages that are published together in one call are published atomically"
    ),
    operations=BOTH,
    needs=STATE,
)
def test_arrays_appear_completely_or_not_at_all(target: Target) -> None:
    channel = channel_of(target)

    def arrays(caller: int) -> list[Answer]:
        return [publish(target, channel, [{"name": f"{caller}.{turn}"}] * EACH) for turn in range(EACH)]

    seen = read_during_publishes(target, channel, arrays)

    incomplete_arrays = [
        name for answer in seen for name, count in Counter(members(answer, "name")).items() if count not in {0, EACH}
    ]
    assert incomplete_arrays == []


@requirement(
    "CON-10",
    MUST,
    "A device read while it is being saved has the complete metadata of one of the saves",
    clause=DETAILS,
    operations=[f"PUT {DEVICE}", f"GET {DEVICE}"],
    needs=PUSH,
)
def test_a_device_has_the_metadata_of_one_save(target: Target) -> None:
    identity = target.names.fresh("device")
    values = [{"one": str(number), "two": str(number)} for number in range(2 * EACH)]
    registered(target, device(identity, metadata=values[0]))

    def save() -> list[Answer]:
        return [target.put(DEVICE, device(identity, metadata=value), device_id=identity) for value in values]

    def read() -> list[Answer]:
        return [target.get(DEVICE, device_id=identity) for _ in range(2 * EACH)]

    _, *reads = at_once([save, read, read])

    seen = [answer.body["metadata"] for answers in reads for answer in answers]
    mixed_metadata = [metadata for metadata in seen if metadata not in values]
    assert mixed_metadata == []


@requirement(
    "CON-11",
    MUST,
    "Concurrent identical subscription requests return 200 or 201 and create one subscription",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "saving a subscription again is harmless"),
    operations=[f"POST {SUBSCRIPTIONS}", f"GET {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_parallel_subscriptions_are_one(target: Target) -> None:
    channel, client = push_channel(target), target.names.fresh("client")

    answers = each_of(CALLERS, lambda _: target.post(SUBSCRIPTIONS, {"channel": channel, "clientId": client}))
    listed = target.poll(SUBSCRIPTIONS, query={"channel": channel}, until=lambda answer: bool(answer.body))

    statuses = {answer.status for answer in answers}
    assert statuses <= {200, 201}
    assert facts(
        number_of_subscriptions=len(listed.body),
        channels={each["channel"] for each in listed.body},
        clientIds={each["clientId"] for each in listed.body},
    ) == facts(number_of_subscriptions=1, channels={channel}, clientIds={client})


@requirement(
    "CON-12",
    MUST,
    "Concurrent deletions of one device all return 204, and reading it then returns 404",
    clause=Clause("ably/specification features RSH1b4", "removing a device that does not exist succeeds"),
    operations=[f"DELETE {DEVICE}"],
    needs=PUSH,
)
def test_parallel_removals_all_succeed(target: Target) -> None:
    identity = registered(target, device(target.names.fresh("device")))["id"]

    answers = each_of(CALLERS, lambda _: target.delete(DEVICE, device_id=identity))
    read = target.poll(DEVICE, device_id=identity, until=lambda answer: answer.status == 404)

    assert facts(statuses={answer.status for answer in answers}) == facts(statuses={204})
    assert facts(status_of_a_later_read=read.status) == facts(status_of_a_later_read=404)


@requirement(
    "CON-13",
    MUST,
    "Concurrent token requests return different tokens, each with the requested client ID",
    clause=Clause("#/components/schemas/TokenDetails/properties/token/description", "The Ably Token."),
    operations=[f"POST {TOKENS}"],
    needs=("state", "credentials", "documentation"),
)
def test_parallel_tokens_are_different(target: Target, issuer: Issuer) -> None:
    requests = [issuer.request(clientId=target.names.fresh("client")) for _ in range(CALLERS)]

    answers = each_of(CALLERS, lambda number: issuer.ask(requests[number]))

    client_ids = [answer.body.get("clientId") for answer in answers]
    assert facts(clientIds=client_ids) == facts(clientIds=[each["clientId"] for each in requests])
    different_tokens = {answer.body["token"] for answer in answers}
    assert len(different_tokens) == CALLERS


@requirement(
    "CON-14",
    SHOULD,
    "A signed token request sent several times concurrently succeeds exactly once",
    clause=Clause("ably/ably-common errors/codes/40105", "a nonce that was already used is rejected"),
    operations=[f"POST {TOKENS}"],
    needs=("state", "credentials"),
)
def test_a_parallel_replay_makes_one_token(issuer: Issuer) -> None:
    signed = issuer.signed()

    answers = each_of(CALLERS, lambda _: issuer.ask_as_nobody(signed))

    accepted_requests = [answer for answer in answers if answer.status < 300]
    assert len(accepted_requests) == 1


@requirement(
    "CON-15",
    MUST,
    "Devices registered concurrently for one client ID are all listed",
    clause=Clause(pointer("put", DEVICE, "description"), "Device registrations can be upserted"),
    operations=[f"PUT {DEVICE}", f"GET {DEVICES}"],
    needs=PUSH,
)
def test_parallel_registrations_lose_no_device(target: Target) -> None:
    client = target.names.fresh("client")
    sent = [device(target.names.fresh("device"), clientId=client) for _ in range(CALLERS)]

    each_of(CALLERS, lambda number: target.put(DEVICE, sent[number], device_id=sent[number]["id"]))
    listed = target.poll(DEVICES, query={"clientId": client}, until=lambda answer: len(answer.body) == CALLERS)

    listed_devices = sorted(each["id"] for each in listed.body)
    assert listed_devices == sorted(each["id"] for each in sent)


def read_during_publishes(target: Target, channel: str, write: Json) -> list[Answer]:
    """The histories that two readers receive while two callers publish, and one afterwards.

    Raises Inconclusive where history has nothing of what was published.
    """

    def read() -> list[Answer]:
        return [target.get(MESSAGES, channel_id=channel, query=OLDEST_FIRST) for _ in range(2 * EACH)]

    *_, first, second = at_once([lambda: write(0), lambda: write(1), read, read])
    last = history(target, channel)
    if not holds(1)(last):
        raise Inconclusive("history has none of the messages that were published while it was read")
    return [*first, *second, last]
