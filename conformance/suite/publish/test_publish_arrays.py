"""PUB: arrays of messages, which are stored completely or not at all."""

from __future__ import annotations

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected, rejection, status_and_code, status_in_words
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.flaws import rejected_flaw
from conformance.suite.steps.messages import (
    BOTH,
    OLDEST_FIRST,
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

DOCUMENTED = "ably/docs rest-api, publish"
GO = "ably/ably-go ably/rest_channel_integration_test"
ATOMIC = Clause("ably/docs errors 40031", "messages that are published together in one call are published atomically")
BASE_AND_INDEX = Clause(
    "ably/ably-common errors/codes/40031", "the ids of one publish have the form base:index, with one base"
)
SERIALS = Clause("ably/specification features RSL1n", "serials: one for each message of the publish")
STATE = ("state",)
THREE = [{"name": "n0", "data": "first"}, {"name": "n1", "data": "second"}, {"name": "n2", "data": "third"}]


@requirement(
    "PUB-30",
    MUST,
    "All messages of a published array are stored in array order",
    clause=Clause(GO, "the history of messages published together keeps their order"),
    operations=BOTH,
    needs=STATE,
)
def test_an_array_keeps_its_order(target: Target) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, THREE)
    read = history(target, channel, 3)

    assert answer.status == 201
    assert facts(names=members(read, "name"), data=members(read, "data")) == facts(
        names=["n0", "n1", "n2"], data=["first", "second", "third"]
    )


@requirement(
    "PUB-31",
    MUST,
    "The messageId of an array is its first message's id, or that id without its index",
    clause=Clause("ably/specification features BPR2b", "messageId: the prefix of the ids of the published messages"),
    operations=BOTH,
    needs=STATE,
)
def test_the_message_id_of_an_array_is_that_of_its_first_message(target: Target) -> None:
    channel = channel_of(target)

    answered = publish(target, channel, THREE).body.get("messageId")
    ids = members(history(target, channel, 3), "id")

    assert facts(messageId_is_the_first_id_or_its_base=is_id_or_base(answered, ids[0])) == facts(
        messageId_is_the_first_id_or_its_base=True
    )


@requirement(
    "PUB-32",
    MUST,
    "Messages published in one array have different ids",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/channel_spec", "the ids of messages are unique"),
    operations=BOTH,
    needs=STATE,
)
def test_ids_of_an_array_are_unique(target: Target) -> None:
    channel = channel_of(target)
    published(target, channel, THREE)

    different_ids = set(members(history(target, channel, 3), "id"))

    assert len(different_ids) == 3


@requirement(
    "PUB-33",
    SHOULD,
    "Generated ids of an array share one base, followed by a colon and the message index",
    clause=Clause(DOCUMENTED, "a server-generated id ends with the index of the message"),
    operations=BOTH,
    needs=STATE,
)
def test_ids_of_an_array_share_a_base(target: Target) -> None:
    channel = channel_of(target)
    published(target, channel, THREE)

    ids = [id_.rpartition(":") for id_ in members(history(target, channel, 3), "id")]

    indexes, bases = [index for *_, index in ids], {base for base, *_ in ids}
    assert facts(indexes=indexes, different_bases=len(bases)) == facts(indexes=["0", "1", "2"], different_bases=1)


@requirement(
    "PUB-34",
    SHOULD,
    "Messages published in one array have the same timestamp",
    clause=ATOMIC,
    operations=BOTH,
    needs=STATE,
)
def test_an_array_has_one_timestamp(target: Target) -> None:
    channel = channel_of(target)
    published(target, channel, THREE)

    different_timestamps = set(members(history(target, channel, 3), "timestamp"))

    assert len(different_timestamps) == 1


@requirement(
    "PUB-35",
    MUST,
    "Serials in a publish response, if present, are distinct non-empty strings, one per message",
    clause=SERIALS,
    operations=[f"POST {MESSAGES}"],
)
def test_serials_are_one_for_each_message(target: Target) -> None:
    body = publish(target, channel_of(target), THREE).body
    serials = body.get("serials", ["a", "b", "c"])  # absent serials are the subject of PUB-36

    texts = [each for each in serials if isinstance(each, str) and each]
    assert facts(serials=len(serials), non_empty_texts=len(texts)) == facts(serials=3, non_empty_texts=3)
    different_serials = set(serials)
    assert len(different_serials) == 3


@requirement(
    "PUB-36",
    SHOULD,
    "A publish response has a serials property",
    clause=SERIALS,
    operations=[f"POST {MESSAGES}"],
)
def test_a_publish_response_serials_in_the_response(target: Target) -> None:
    answer = publish(target, channel_of(target), {"data": "text"})

    assert facts(serials_in_the_response="serials" in answer.body) == facts(serials_in_the_response=True)


@requirement(
    "PUB-37",
    MUST,
    "An array with one invalid message is rejected with a 4xx status and none of it is stored",
    clause=ATOMIC,
    operations=BOTH,
    needs=STATE,
)
def test_an_array_with_an_invalid_message_stores_nothing(target: Target) -> None:
    channel, bad = channel_of(target), {"data": "bad", **rejected_flaw(target)}

    rejected = publish(target, channel, [{"data": "good"}, bad, {"data": "good as well"}])

    stored = len(kept(target, channel))
    assert is_rejected(rejected), status_in_words(rejected)
    assert facts(stored_messages=stored) == facts(stored_messages=0)


@requirement(
    "PUB-38",
    MUST,
    "An array with duplicate message ids is rejected with 400 and code 40031 and not stored",
    clause=BASE_AND_INDEX,
    operations=BOTH,
    needs=STATE,
)
def test_equal_ids_in_an_array_are_rejected(target: Target) -> None:
    channel = channel_of(target)
    same = target.names.fresh("id")

    rejected = publish(target, channel, [{"id": same, "data": "one"}, {"id": same, "data": "two"}])

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(400, 40031), stored_messages=0
    )


@requirement(
    "PUB-39",
    MUST,
    "An array in which only some messages have ids is rejected with 400 and not stored",
    clause=Clause(
        "ably/ably-php tests/ChannelIdempotentTest", "one publish may not mix messages with and without an id"
    ),
    operations=BOTH,
    needs=STATE,
)
def test_an_array_in_which_only_some_messages_have_ids_is_rejected(target: Target) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, [{"id": f"{target.names.fresh('id')}:0", "data": "one"}, {"data": "two"}])

    stored = len(kept(target, channel))
    assert facts(status=rejected.status, stored_messages=stored) == facts(status=400, stored_messages=0)


@requirement(
    "PUB-40",
    MUST,
    "An array whose ids do not have the form base:index is rejected with 400 and not stored",
    clause=BASE_AND_INDEX,
    operations=BOTH,
    needs=STATE,
)
def test_an_array_with_ids_of_another_form_is_rejected(target: Target) -> None:
    channel = channel_of(target)
    one, two = target.names.fresh("id"), target.names.fresh("id")

    rejected = publish(target, channel, [{"id": one, "data": "one"}, {"id": two, "data": "two"}])

    stored = len(kept(target, channel))
    assert facts(status=rejected.status, stored_messages=stored) == facts(status=400, stored_messages=0)


@requirement(
    "PUB-41",
    MUST,
    "An array whose base:index ids have different bases is rejected with 400 and not stored",
    clause=BASE_AND_INDEX,
    operations=BOTH,
    needs=STATE,
)
def test_an_array_with_two_bases_is_rejected(target: Target) -> None:
    channel = channel_of(target)
    one, two = target.names.fresh("id"), target.names.fresh("id")

    rejected = publish(target, channel, [{"id": f"{one}:0", "data": "one"}, {"id": f"{two}:1", "data": "two"}])

    stored = len(kept(target, channel))
    assert facts(status=rejected.status, stored_messages=stored) == facts(status=400, stored_messages=0)


@requirement(
    "PUB-42",
    MUST,
    "An array of 120 messages is accepted with 201 and stored completely, in order",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/channel_spec", "120 messages are published in one request"),
    operations=BOTH,
    needs=STATE,
)
def test_a_large_array_is_stored_completely(target: Target) -> None:
    channel = channel_of(target)
    many = [{"data": str(number)} for number in range(120)]

    answer = publish(target, channel, many)
    stored = data_of(history(target, channel, 120).body)

    assert facts(status=answer.status, stored_messages=stored) == facts(status=201, stored_messages=data_of(many))


@requirement(
    "PUB-43",
    MUST,
    "The base:index ids of an array are stored unchanged, and messageId matches the first id",
    clause=Clause(GO, "ids of the form base:index are kept for all messages of a publish"),
    operations=BOTH,
    needs=STATE,
)
def test_an_array_keeps_its_ids(target: Target) -> None:
    channel = channel_of(target)
    sent = with_ids(target.names.fresh("id"), 3)

    answered = publish(target, channel, sent).body.get("messageId")
    read = history(target, channel, 3)

    assert members(read, "id") == [message["id"] for message in sent]
    assert facts(messageId_is_the_first_id_or_its_base=is_id_or_base(answered, sent[0]["id"])) == facts(
        messageId_is_the_first_id_or_its_base=True
    )


@requirement(
    "PUB-44",
    MUST,
    "An array of one message is accepted with 201 and stored with its id and name",
    clause=Clause(DOCUMENTED, "a publish is one message or an array of them"),
    operations=BOTH,
    needs=STATE,
)
def test_an_array_of_one_is_that_message(target: Target) -> None:
    channel = channel_of(target)
    alone = target.names.fresh("id")

    answer = publish(target, channel, [{"id": alone, "name": "alone", "data": "text"}])
    stored = history(target, channel).body

    assert facts(status=answer.status, **single_message(stored, "id", "name")) == facts(
        status=201, stored_messages=1, id=alone, name="alone"
    )


@requirement(
    "PUB-45",
    MUST,
    "Message history with direction=backwards returns the messages of an array in reverse",
    clause=Clause(
        "ably/ably-ruby spec/acceptance/rest/channel_spec",
        "direction=backwards reverses the order of the messages of one publish",
    ),
    operations=BOTH,
    needs=STATE,
)
def test_an_array_is_read_backwards(target: Target) -> None:
    channel = channel_of(target)
    published(target, channel, THREE)

    read = history(target, channel, 3, query={**OLDEST_FIRST, "direction": "backwards"})

    assert facts(messages=members(read, "data")) == facts(messages=["third", "second", "first"])
