"""PUB: idempotent publishing: a message id is stored once on each channel."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from conformance.facts import facts
from conformance.model import MSGPACK, MUST, Clause
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.flaws import rejected_flaw
from conformance.suite.steps.messages import (
    BOTH,
    channel_of,
    data_of,
    history,
    is_id_or_base,
    kept,
    members,
    publish,
    published,
    single_message,
    with_ids,
)
from conformance.target.client import Target

ONCE = Clause("ably/docs rest-api, idempotent publishing", "only the first message with a specific id is published")
KEPT = Clause("#/components/schemas/Message/properties/id/description", "specified by the publisher for [idempotent")
RETRY = Clause("ably/ably-go ably/rest_channel_integration_test", "a publish that is sent again is not duplicated")
STATE = ("state",)


@requirement(
    "PUB-03",
    MUST,
    "A message with an id already used on its channel is not stored again",
    clause=ONCE,
    operations=BOTH,
    needs=STATE,
)
def test_a_repeated_id_is_stored_once(target: Target) -> None:
    channel, same = channel_of(target), target.names.fresh("id")

    for _ in range(3):
        publish(target, channel, {"id": same, "data": "text"})

    assert single_message(kept(target, channel), "data") == facts(stored_messages=1, data="text")


@requirement(
    "PUB-04",
    MUST,
    "The first message with an id keeps its name and data when the id is published again",
    clause=Clause("ably/specification uts/rest/integration/publish RSL1k5", "the data is that of the first publish"),
    operations=BOTH,
    needs=STATE,
)
def test_the_first_message_with_an_id_is_kept(target: Target) -> None:
    channel, same = channel_of(target), target.names.fresh("id")
    published(target, channel, {"id": same, "name": "one", "data": "first"})

    publish(target, channel, {"id": same, "name": "two", "data": "second"})

    assert single_message(kept(target, channel), "name", "data") == facts(stored_messages=1, name="one", data="first")


@requirement(
    "PUB-05",
    MUST,
    "A repeated publish with the same id returns 201 and that id as messageId",
    clause=RETRY,
    operations=[f"POST {MESSAGES}"],
    needs=STATE,
)
def test_a_repeated_publish_gets_the_same_message_id(target: Target) -> None:
    channel, same = channel_of(target), target.names.fresh("id")
    published(target, channel, {"id": same, "data": "first"})

    again = publish(target, channel, {"id": same, "data": "second"})

    assert facts(status=again.status, messageId=again.body.get("messageId")) == facts(status=201, messageId=same)


@requirement(
    "PUB-06",
    MUST,
    "A message id can be reused on another channel, and both messages are stored",
    clause=Clause("ably/ably-php tests/AblyRestRequestTest", "one message with one id is published to four channels"),
    operations=BOTH,
    needs=STATE,
)
def test_ids_belong_to_their_channel(target: Target) -> None:
    one, two, same = channel_of(target), channel_of(target), target.names.fresh("id")
    published(target, one, {"id": same, "data": "to one"})

    publish(target, two, {"id": same, "data": "to two"})

    on_one, on_two = data_of(kept(target, one)), data_of(kept(target, two))
    assert facts(messages_on_the_first_channel=on_one, messages_on_the_second_channel=on_two) == facts(
        messages_on_the_first_channel=["to one"], messages_on_the_second_channel=["to two"]
    )


@requirement(
    "PUB-08",
    MUST,
    "Publishing an array with ids again returns 201 and stores no new message",
    clause=RETRY,
    operations=BOTH,
    needs=STATE,
)
def test_a_repeated_array_is_stored_once(target: Target) -> None:
    channel, sent = channel_of(target), with_ids(target.names.fresh("id"), 3)
    published(target, channel, sent)

    again = publish(target, channel, sent)

    stored = data_of(kept(target, channel))
    assert facts(status=again.status, stored_messages=stored) == facts(status=201, stored_messages=data_of(sent))


@requirement(
    "PUB-46",
    MUST,
    "A message with a repeated id is not stored, even after 20 other messages",
    clause=ONCE,
    operations=BOTH,
    needs=STATE,
)
def test_a_repeated_id_is_recognised_later(target: Target) -> None:
    channel, same = channel_of(target), target.names.fresh("id")
    published(target, channel, {"id": same, "data": "first"})
    published(target, channel, [{"data": "between"}] * 20)

    publish(target, channel, {"id": same, "data": "second"})

    stored = data_of(kept(target, channel))
    assert facts(stored_messages=stored) == facts(stored_messages=["first", *["between"] * 20])


@requirement(
    "PUB-47",
    MUST,
    "A MessagePack message with an id already published in JSON is not stored again",
    clause=ONCE,
    operations=BOTH,
    needs=(*STATE, "msgpack"),
)
def test_a_repeated_id_is_recognised_in_another_format(target: Target) -> None:
    channel, same = channel_of(target), target.names.fresh("id")
    published(target, channel, {"id": same, "data": "as JSON"})

    publish(target, channel, {"id": same, "data": "as MessagePack"}, send_as=MSGPACK)

    assert single_message(kept(target, channel), "data") == facts(stored_messages=1, data="as JSON")


@requirement(
    "PUB-48",
    MUST,
    "Equal messages whose ids differ only in case or by a suffix are all stored",
    clause=ONCE,
    operations=BOTH,
    needs=STATE,
)
def test_equal_messages_with_other_ids_are_stored(target: Target) -> None:
    channel, base = channel_of(target), target.names.fresh("id")

    for each in (base, f"{base}x", base.upper()):
        publish(target, channel, {"id": each, "data": "the same"})

    assert members(history(target, channel, 3), "id") == [base, f"{base}x", base.upper()]


@requirement(
    "PUB-98",
    MUST,
    "A message can reuse the id of a rejected message and is stored",
    clause=ONCE,
    operations=BOTH,
    needs=STATE,
)
def test_the_id_of_a_rejected_message_can_be_used(target: Target) -> None:
    channel, same = channel_of(target), target.names.fresh("id")
    bad = {"data": "bad", **rejected_flaw(target), "id": same}

    publish(target, channel, bad)
    publish(target, channel, {"id": same, "data": "good"})

    assert single_message(kept(target, channel), "data") == facts(stored_messages=1, data="good")


@requirement(
    "PUB-49",
    MUST,
    "A publisher-supplied message id is stored unchanged and matches messageId",
    clause=KEPT,
    operations=BOTH,
    needs=STATE,
)
@given(
    id_=st.text("abcXYZ019-_+/=.", min_size=1, max_size=24)
    | st.binary(min_size=9, max_size=9).map(lambda noise: f"{base64.b64encode(noise).decode()}:0")
)
def test_an_id_is_stored_unchanged(target: Target, id_: str) -> None:
    channel = channel_of(target)

    answered = publish(target, channel, {"id": id_, "data": "text"}).body.get("messageId")

    stored = history(target, channel).body
    assert single_message(stored, "id") == facts(stored_messages=1, id=id_)
    assert facts(messageId_is_the_id_or_its_base=is_id_or_base(answered, id_)) == facts(
        messageId_is_the_id_or_its_base=True
    )
