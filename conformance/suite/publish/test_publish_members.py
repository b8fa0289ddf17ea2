"""PUB: single members of a message: empty, of a wrong type, at odds with the caller, of another message."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import JSON, MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected, rejection, status_and_code
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import (
    BOTH,
    channel_of,
    history,
    kept,
    publish,
    published_raw,
    single_message,
    with_ids,
)
from conformance.suite.steps.tokens import Issuer
from conformance.target.client import Target
from conformance.target.credentials import identified

NAME = Clause("#/components/schemas/Message/properties/name/description", "The event name, if provided.")
DATA = Clause("#/components/schemas/Message/properties/data/description", "The string encoded payload")
HEADERS = Clause("ably/docs types, message extras", "headers: key and value pairs that travel with a message")
EXTRAS = Clause("ably/ably-common errors/codes/40032", "a key of extras is unknown, or its value has the wrong type")
INDEXED = Clause(
    "ably/ably-common errors/codes/40031", "the ids of one publish have the form base:index, with one base"
)
MEASURE = Clause(
    "ably/specification features TM6", "the message size is the size of name, clientId, data and extras in bytes"
)
BASIC_ONLY = Clause(
    "ably/specification features RSA7e2", "X-Ably-ClientId: the base64-encoded clientId, for Basic authentication only"
)
PUBLISHED = Clause("ably/docs rest-api, publish", "status 201 and an object with the properties channel and messageId")
UNREADABLE = Clause("ably/ably-common errors/codes/40001", "the body of the request cannot be parsed")
ONCE = Clause("ably/docs rest-api, idempotent publishing", "only the first message with a specific id is published")
NULLS = Clause(
    "ably/ably-python test/ably/rest/restchannelpublish_test", "null name and data are published and read back as null"
)
STATE = ("state",)


@requirement(
    "PUB-138",
    SHOULD,
    "A message with an empty name is stored with that empty name",
    clause=NAME,
    operations=BOTH,
    needs=STATE,
)
def test_an_empty_name_is_a_name(target: Target) -> None:
    channel = channel_of(target)

    publish(target, channel, {"name": "", "data": "text"})

    assert single_message(history(target, channel).body, "name") == facts(stored_messages=1, name="")


@requirement(
    "PUB-139",
    MUST,
    "A message with an empty text as data is stored with that empty text",
    clause=DATA,
    operations=BOTH,
    needs=STATE,
)
def test_an_empty_text_is_data(target: Target) -> None:
    channel = channel_of(target)

    publish(target, channel, {"name": "a name", "data": ""})

    assert single_message(history(target, channel).body, "data") == facts(stored_messages=1, data="")


@requirement(
    "PUB-140",
    SHOULD,
    "Numbers, booleans and empty texts in extras.headers are returned unchanged",
    clause=HEADERS,
    operations=BOTH,
    needs=STATE,
)
def test_headers_keep_their_types(target: Target) -> None:
    channel = channel_of(target)
    headers = {"number": 7, "truth": True, "empty": "", "text": "7"}

    publish(target, channel, {"data": "text", "extras": {"headers": headers}})

    stored = history(target, channel).body
    found: Json = (stored[0].get("extras") or {}).get("headers") if stored else None
    assert facts(headers=found, types=_types(found)) == facts(headers=headers, types=_types(headers))


def _types(headers: Json) -> Json:
    """The types of the values, because True == 1 in Python."""
    return {name: type(value) for name, value in headers.items()} if isinstance(headers, dict) else None


@requirement(
    "PUB-141",
    MUST,
    "X-Ably-ClientId does not change the clientId of a message published with a token",
    clause=BASIC_ONLY,
    operations=BOTH,
    needs=(*STATE, "credentials"),
)
def test_a_header_does_not_change_the_client_of_a_token(target: Target, issuer: Issuer) -> None:
    """The request may be rejected, too."""
    channel, own, other = channel_of(target), target.names.fresh("client"), target.names.fresh("client")
    token = identified(issuer.bearer("a token with a clientId", clientId=own), other)

    publish(target, channel, {"data": "text"}, principal=token)

    clients = {message.get("clientId") for message in kept(target, channel)}
    assert facts(stored_with_the_clientId_of_the_header=other in clients) == facts(
        stored_with_the_clientId_of_the_header=False
    )


@requirement(
    "PUB-142",
    MUST,
    "A publish response returns the channel name in its letter case",
    clause=PUBLISHED,
    operations=[f"POST {MESSAGES}"],
    needs=STATE,
)
def test_a_publish_response_keeps_the_case_of_the_name(target: Target) -> None:
    channel = f"{channel_of(target)}:Mixed:CASE"

    answer = publish(target, channel, {"data": "text"})

    assert answer.body.get("channel") == channel


@requirement(
    "PUB-143",
    MUST,
    "The message size limit counts the clientId; a larger message is rejected with 413",
    clause=MEASURE,
    operations=[f"POST {MESSAGES}"],
    needs=(*STATE, "default-limits"),
)
def test_the_client_id_counts(target: Target) -> None:
    rejected = publish(target, channel_of(target), {"data": "x" * 40_000, "clientId": "c" * 40_000})

    assert rejected.status == 413


WRONG: dict[str, Json] = {"push": "text", "headers": "text", "ephemeral": "yes"}


@pytest.mark.parametrize("member", WRONG)
@requirement(
    "PUB-144",
    MUST,
    "A member of extras of a wrong type is rejected with 400 and code 40032 and not stored",
    clause=EXTRAS,
    operations=BOTH,
    needs=STATE,
)
def test_members_of_extras_have_their_types(target: Target, member: str) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "text", "extras": {member: WRONG[member]}})

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(400, 40032), stored_messages=0
    )


@requirement(
    "PUB-145",
    SHOULD,
    "An array whose base:index ids do not count from 0 is rejected with 400 and not stored",
    clause=INDEXED,
    operations=BOTH,
    needs=STATE,
)
def test_indexes_count_from_zero(target: Target) -> None:
    channel = channel_of(target)
    one, two = with_ids(target.names.fresh("id"), 3)[1:]

    rejected = publish(target, channel, [one, two])

    stored = len(kept(target, channel))
    assert facts(status=rejected.status, stored_messages=stored) == facts(status=400, stored_messages=0)


FULL: Json = {"name": "a name", "data": {"an": "object"}, "clientId": "a client", "extras": {"headers": {"a": "b"}}}
BARE: Json = {"data": "text"}


@pytest.mark.parametrize("direction", ["forwards", "backwards"])
@requirement(
    "PUB-146",
    MUST,
    "Messages in history have no members of the messages around them",
    clause=Clause("#/components/schemas/Message/description", "Message object."),
    operations=BOTH,
    needs=STATE,
)
def test_messages_do_not_share_members(target: Target, direction: str) -> None:
    channel = channel_of(target)
    publish(target, channel, [BARE, FULL, BARE, FULL, BARE])

    read = history(target, channel, 5, query={"direction": direction})

    own = [tuple(name for name in (*FULL, "encoding") if name in message) for message in read.body]
    bare, full = ("data",), (*FULL, "encoding")
    assert facts(members_of_each_message=own) == facts(members_of_each_message=[bare, full, bare, full, bare])


@requirement(
    "PUB-147",
    MUST,
    "A publish in JSON without a body is rejected with a 4xx status and stores nothing",
    clause=UNREADABLE,
    operations=BOTH,
    needs=STATE,
)
def test_a_publish_without_a_body_is_rejected(target: Target) -> None:
    channel = channel_of(target)

    rejected = published_raw(target, channel, b"", JSON)

    stored = len(kept(target, channel))
    assert facts(rejected=is_rejected(rejected), stored_messages=stored) == facts(rejected=True, stored_messages=0)


@requirement(
    "PUB-148",
    SHOULD,
    "A repeated publish leaves the timestamp of the stored message unchanged",
    clause=ONCE,
    operations=BOTH,
    needs=STATE,
)
def test_a_repeated_publish_keeps_the_timestamp(target: Target) -> None:
    channel, message = channel_of(target), {"id": target.names.fresh("id"), "data": "text"}
    publish(target, channel, message)
    first = history(target, channel).body

    publish(target, channel, message)

    again = kept(target, channel)
    assert single_message(again, "timestamp") == facts(stored_messages=1, timestamp=first[0]["timestamp"])


@pytest.mark.parametrize("member", ["id", "encoding"])
@requirement(
    "PUB-149",
    SHOULD,
    "A message whose id or encoding is not a string is rejected with 400 and not stored",
    clause=Clause("#/components/schemas/Message/properties/encoding/type", "string"),
    operations=BOTH,
    needs=STATE,
)
def test_an_id_and_an_encoding_are_texts(target: Target, member: str) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "text", member: {"id": 7, "encoding": {"not": "a text"}}[member]})

    stored = len(kept(target, channel))
    assert facts(status=rejected.status, stored_messages=stored) == facts(status=400, stored_messages=0)


@requirement(
    "PUB-150",
    MUST,
    "A message with an id that another client has published on the channel is not stored",
    clause=ONCE,
    operations=BOTH,
    needs=STATE,
)
def test_an_id_is_used_once_by_all_clients(target: Target) -> None:
    channel, same = channel_of(target), target.names.fresh("id")
    publish(target, channel, {"id": same, "data": "the first", "clientId": "one"})

    publish(target, channel, {"id": same, "data": "the second", "clientId": "another"})

    assert single_message(kept(target, channel), "data", "clientId") == facts(
        stored_messages=1, data="the first", clientId="one"
    )


@requirement(
    "PUB-151",
    MUST,
    "A clientId that differs from the token's in case or by a suffix gets 400 and code 40012",
    clause=Clause(
        "ably/specification uts/rest/integration/publish RSL1m4", "a message with another clientId is rejected: 40012"
    ),
    operations=BOTH,
    needs=(*STATE, "credentials"),
)
def test_a_client_id_is_compared_as_a_whole(target: Target, issuer: Issuer) -> None:
    channel, client = channel_of(target), target.names.fresh("client")
    token = issuer.bearer("a token with a clientId", clientId=client)

    others = {"in other case": client.upper(), "with a suffix": f"{client}0", "without its end": client[:-1]}
    rejected = {
        f"clientId {how}": status_and_code(publish(target, channel, {"clientId": each}, principal=token))
        for how, each in others.items()
    }

    stored = len(kept(target, channel))
    assert facts(**rejected, stored_messages=stored) == facts(
        **dict.fromkeys(rejected, rejection(400, 40012)), stored_messages=0
    )


@requirement(
    "PUB-152",
    MUST,
    "A message with extras.ephemeral=false is kept in history",
    clause=Clause("ably/docs pub-sub advanced, ephemeral", "extras.ephemeral: true exempts a message from history"),
    operations=BOTH,
    needs=STATE,
)
def test_a_message_that_is_not_ephemeral_is_kept(target: Target) -> None:
    channel = channel_of(target)

    publish(target, channel, {"data": "to stay", "extras": {"ephemeral": False}})

    assert single_message(kept(target, channel), "data") == facts(stored_messages=1, data="to stay")


@requirement(
    "PUB-153",
    MUST,
    "Leading and trailing whitespace in the name and clientId of a message is kept",
    clause=NAME,
    operations=BOTH,
    needs=STATE,
)
def test_names_are_not_trimmed(target: Target) -> None:
    channel, message = channel_of(target), {"name": " a name\t", "clientId": " a client ", "data": "text"}

    publish(target, channel, message)

    assert single_message(history(target, channel).body, *message) == facts(stored_messages=1, **message)


@requirement(
    "PUB-154",
    MUST,
    "Null as data of a message is treated as absent, in an array as well",
    clause=NULLS,
    operations=BOTH,
    needs=STATE,
)
def test_null_data_is_absent(target: Target) -> None:
    channel = channel_of(target)

    answers = [publish(target, channel, body) for body in ({"data": None}, [{"data": None}, {"data": "text"}])]

    read = kept(target, channel)
    assert facts(statuses=[each.status for each in answers], data=[each.get("data") for each in read]) == facts(
        statuses=[201, 201], data=[None, None, "text"]
    )


@pytest.mark.parametrize("member", ["id", "extras"])
@requirement(
    "PUB-155",
    SHOULD,
    "Null as id or extras of a message is treated as absent",
    clause=NULLS,
    operations=BOTH,
    needs=STATE,
)
def test_a_null_id_and_null_extras_are_absent(target: Target, member: str) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text", member: None})

    stored = single_message(kept(target, channel), "data")
    assert facts(status=answer.status, **stored) == facts(status=201, stored_messages=1, data="text")


@requirement(
    "PUB-156",
    SHOULD,
    "Empty binary data published in MessagePack is read in MessagePack as empty binary data",
    clause=Clause("ably/docs rest-api, publish", "MessagePack additionally supports byte arrays as data"),
    operations=BOTH,
    needs=(*STATE, "msgpack"),
)
def test_empty_bytes_are_data(target: Target) -> None:
    channel = channel_of(target)

    publish(target, channel, {"data": b""}, send_as=MSGPACK)

    assert single_message(history(target, channel, accept=MSGPACK).body, "data") == facts(stored_messages=1, data=b"")
