"""PUB: a published message, the answer to it, and the message that history returns."""

from __future__ import annotations

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.devices import push_channel
from conformance.suite.steps.endpoints import MESSAGES, TIME, pointer
from conformance.suite.steps.messages import (
    BOTH,
    channel_of,
    data_of,
    history,
    is_id_or_base,
    kept,
    members,
    only,
    publish,
    published,
    single_message,
)
from conformance.target.answer import arranged
from conformance.target.client import Target
from conformance.target.credentials import NOBODY

PUBLISH = Clause(pointer("post", MESSAGES, "description"), "Publish a message to the specified channel")
EXTRAS = Clause("#/components/schemas/Extras/description", "Currently only allows for [push]")
TIMESTAMP = Clause("#/components/schemas/Message/properties/timestamp/description", "as milliseconds since the epoch")
RECEIVED = Clause(
    "#/components/schemas/Message/properties/timestamp/description", "Timestamp when the message was received"
)
DOCUMENTED = "ably/docs rest-api, publish"
PYTHON = "ably/ably-python test/ably/rest/restchannelpublish_test"
STATE = ("state",)
CLOCKS_APART = 10_000
"""Milliseconds: the clocks of one service may differ, and the clock of the run may drift."""


@requirement(
    "PUB-01",
    MUST,
    "A published message is in history with its name, its data and an id matching messageId",
    clause=PUBLISH,
    operations=BOTH,
    needs=STATE,
)
def test_a_published_message_is_in_history(target: Target) -> None:
    channel = channel_of(target)

    answered = publish(target, channel, {"name": "greeting", "data": "hello"}).body["messageId"]
    stored = only(history(target, channel))

    assert facts(name=stored["name"], data=stored["data"]) == facts(name="greeting", data="hello")
    assert facts(messageId_is_the_id_or_its_base=is_id_or_base(answered, stored["id"])) == facts(
        messageId_is_the_id_or_its_base=True
    )


@requirement(
    "PUB-02",
    MUST,
    "The extras.push payload of a message is returned unchanged in history",
    clause=EXTRAS,
    operations=BOTH,
    needs=STATE,
)
def test_extras_are_read_back_unchanged(target: Target) -> None:
    channel = push_channel(target)
    extras = {"push": {"notification": {"title": "a title", "body": "a body"}, "data": {"key": "value"}}}
    publish(target, channel, {"name": "news", "data": "text", "extras": extras})

    stored = history(target, channel).body

    assert single_message(stored, "extras") == facts(stored_messages=1, extras=extras)


@requirement(
    "PUB-10",
    MUST,
    "A publish returns 201 with the channel name and a messageId",
    clause=Clause(DOCUMENTED, "status 201 and an object with the properties channel and messageId"),
    operations=[f"POST {MESSAGES}"],
)
def test_a_publish_is_answered_with_channel_and_id(target: Target) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"name": "greeting", "data": "hello"})

    channel_answered, message_id = answer.body.get("channel"), answer.body.get("messageId")
    assert facts(status=answer.status, channel=channel_answered, non_empty_messageId=bool(message_id)) == facts(
        status=201, channel=channel, non_empty_messageId=True
    )


@requirement(
    "PUB-11",
    MUST,
    "A message without name and data is accepted with 201 and stored without them",
    clause=Clause(PYTHON, "a message without name and data is published and read back without them"),
    operations=BOTH,
    needs=STATE,
)
def test_a_message_may_be_empty(target: Target) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {})
    assert answer.status == 201

    stored = only(history(target, channel))
    assert facts(stored_members={"name", "data"} & set(stored)) == facts(stored_members=set())


@requirement(
    "PUB-12",
    MUST,
    "A null name, clientId or encoding of a message is treated as absent",
    clause=Clause(PYTHON, "null name and data are published and read back as null"),
    operations=BOTH,
    needs=STATE,
)
def test_null_members_count_as_absent(target: Target) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"name": None, "data": "text", "clientId": None, "encoding": None})
    assert answer.status == 201

    stored = only(history(target, channel))
    members_sent = {"name", "data", "clientId", "encoding"}
    assert facts(stored_members=members_sent & set(stored)) == facts(stored_members={"data"})


@requirement(
    "PUB-13",
    MUST,
    "A message with only a name or only data is returned that way in history",
    clause=Clause(DOCUMENTED, "name and data are both optional"),
    operations=BOTH,
    needs=STATE,
)
def test_a_message_may_have_only_a_name_or_only_data(target: Target) -> None:
    channel = channel_of(target)
    publish(target, channel, {"name": "a name"})
    publish(target, channel, {"data": "some data"})

    read = history(target, channel, 2)

    assert facts(names=members(read, "name"), data=members(read, "data")) == facts(
        names=["a name", None], data=[None, "some data"]
    )


@requirement(
    "PUB-14",
    MUST,
    "Messages published in separate requests have different ids",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/channel_spec", "the ids of messages are unique"),
    operations=BOTH,
    needs=STATE,
)
def test_ids_are_unique(target: Target) -> None:
    channel = channel_of(target)
    for _ in range(4):
        published(target, channel, {"data": "the same"})

    different_ids = set(members(history(target, channel, 4), "id"))

    assert len(different_ids) == 4


@requirement(
    "PUB-15",
    MUST,
    "A message's timestamp is its publish time in milliseconds, within 10 s of GET /time",
    clause=TIMESTAMP,
    operations=BOTH,
    needs=STATE,
)
def test_a_message_has_the_time_of_its_publication(target: Target) -> None:
    channel = channel_of(target)
    before = arranged(target.get(TIME, principal=NOBODY)).body[0]
    published(target, channel, {"data": "now"})
    after = arranged(target.get(TIME, principal=NOBODY)).body[0]

    timestamp = only(history(target, channel))["timestamp"]

    assert timestamp >= before - CLOCKS_APART
    assert timestamp <= after + CLOCKS_APART


@requirement(
    "PUB-16",
    MUST,
    "A timestamp sent by the publisher is not stored as the message's timestamp",
    clause=RECEIVED,
    operations=BOTH,
    needs=STATE,
)
def test_a_publisher_does_not_set_the_timestamp(target: Target) -> None:
    channel = channel_of(target)

    publish(target, channel, {"data": "from 1970", "timestamp": 1000})

    timestamps = [message["timestamp"] for message in kept(target, channel)]
    assert facts(sent_timestamp_is_stored=1000 in timestamps) == facts(sent_timestamp_is_stored=False)


@requirement(
    "PUB-17",
    SHOULD,
    "A connectionId sent by the publisher is not stored as the message's connectionId",
    clause=Clause(
        "#/components/schemas/Message/properties/connectionId/description", "The connection ID of the publisher"
    ),
    operations=BOTH,
    needs=STATE,
)
def test_a_publisher_does_not_set_the_connection(target: Target) -> None:
    channel = channel_of(target)

    publish(target, channel, {"data": "text", "connectionId": "conf-connection"})

    connections = [message.get("connectionId") for message in kept(target, channel)]
    assert facts(sent_connectionId_is_stored="conf-connection" in connections) == facts(
        sent_connectionId_is_stored=False
    )


@requirement(
    "PUB-18",
    SHOULD,
    "A message with an unknown property is accepted with 201 and stored",
    clause=Clause(
        "ably/specification features RSF1", "unknown attributes are tolerated for compatibility with newer peers"
    ),
    operations=BOTH,
    needs=STATE,
)
def test_an_unknown_member_is_ignored(target: Target) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text", "somethingNew": 1})

    stored = kept(target, channel)
    assert facts(status=answer.status, **single_message(stored, "data")) == facts(
        status=201, stored_messages=1, data="text"
    )


@requirement(
    "PUB-21",
    MUST,
    "A publish with unknown query parameters is accepted with 201 and stored",
    clause=Clause(PYTHON, "publish accepts additional query parameters"),
    operations=BOTH,
    needs=STATE,
)
def test_an_unknown_parameter_is_ignored(target: Target) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"}, query={"request_id": "abc", "something": "new"})

    stored = history(target, channel).body
    assert facts(status=answer.status, **single_message(stored, "data")) == facts(
        status=201, stored_messages=1, data="text"
    )


@requirement(
    "PUB-26",
    MUST,
    "The extras.headers of a message are returned unchanged in history",
    clause=Clause("ably/docs types, message extras", "headers: key and value pairs that travel with a message"),
    operations=BOTH,
    needs=STATE,
)
def test_headers_in_extras_are_read_back(target: Target) -> None:
    channel = channel_of(target)
    extras = {"headers": {"one": "1", "two": "zwei"}}
    publish(target, channel, {"data": "text", "extras": extras})

    stored = history(target, channel).body

    assert single_message(stored, "extras") == facts(stored_messages=1, extras=extras)


@requirement(
    "PUB-29",
    MUST,
    "A message with extras.ephemeral=true is accepted with 201 and not kept in history",
    clause=Clause("ably/docs pub-sub advanced, ephemeral", "extras.ephemeral: true exempts a message from history"),
    operations=BOTH,
    needs=STATE,
)
def test_an_ephemeral_message_is_not_kept(target: Target) -> None:
    channel = channel_of(target)
    publish(target, channel, {"data": "to stay"})

    answer = publish(target, channel, {"data": "to pass", "extras": {"ephemeral": True}})

    stored = data_of(kept(target, channel))
    assert facts(status=answer.status, stored_messages=stored) == facts(status=201, stored_messages=["to stay"])
