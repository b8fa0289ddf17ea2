"""RSP and GEN: whatever the format, a request means the same and an answer says the same."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cases.binding import CaseFixtures, bind
from conformance.cases.generator import Case, Generator
from conformance.model import FORM, JSON, MSGPACK, MUST, SHOULD, Clause, Json, Origin
from conformance.requirement import requirement
from conformance.suite.steps.channels import enumerated, group, has, used
from conformance.suite.steps.devices import device, push_channel, registered, saved, subscribed
from conformance.suite.steps.encodings import canonical, meaning
from conformance.suite.steps.endpoints import (
    CHANNEL,
    CHANNELS,
    DEVICE,
    DEVICES,
    MESSAGES,
    PUSH,
    SUBSCRIPTIONS,
    TOKENS,
    pointer,
)
from conformance.suite.steps.listings import LISTED, listings
from conformance.suite.steps.listings import NEEDS as FIXTURES
from conformance.suite.steps.messages import BOTH, OLDEST_FIRST, channel_of, history, publish, published
from conformance.suite.steps.payloads import BYTES, STRUCTURES, TEXTS, base64_of
from conformance.suite.steps.stats import Past
from conformance.target.client import Target
from conformance.wire.codec import is_encodable

SENT = Clause(
    pointer("post", MESSAGES, "requestBody/content/application~1x-msgpack/schema/$ref"), "#/components/schemas/Message"
)
SENT_AS_FORM = Clause(
    pointer("post", MESSAGES, "requestBody/content/application~1x-www-form-urlencoded/schema/$ref"),
    "#/components/schemas/Message",
)
READ = Clause(
    "ably/ably-python test/ably/utils", "every test runs in JSON and in MessagePack with the same expectations"
)
STATE = ("state", "msgpack", "documentation")


# Reading -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """Something of every kind, to be read in both formats."""

    channel: str
    device: str
    subscribed: str


@pytest.fixture(scope="module")
def stored(target: Target) -> Stored:
    channel, words = f"persisted:{channel_of(target)}:reading", {"emoji": "🙂 مرحبا", "empty": ""}
    published(target, channel, [{"data": "🙂 text"}, {"data": {"nested": {"empty": {}, "list": [1, [], None]}}}])
    published(target, channel, {"name": "bytes", "data": bytes(range(256)), "clientId": "é"}, send_as=MSGPACK)
    published(target, channel, {"data": "AAEC", "encoding": "cipher+aes-128-cbc/base64", "extras": {"headers": words}})
    sent = registered(target, device(target.names.fresh("device"), clientId="é", metadata=words))
    place = subscribed(target, push_channel(target), sent["id"])
    with target.arranging():
        history(target, channel, 4)
    return Stored(channel, sent["id"], place.channel)


def _reading(stored: Stored, operation: str) -> dict[str, Json]:
    """How an operation is asked for what is of the furniture alone."""
    channel, identity = {"channel_id": stored.channel}, {"device_id": stored.device}
    ways: dict[str, dict[str, Json]] = {
        f"GET {MESSAGES}": {**channel, "query": OLDEST_FIRST},
        f"GET {CHANNEL}": channel,
        f"GET {DEVICES}": {"query": {"deviceId": stored.device}},
        f"GET {DEVICE}": identity,
        f"GET {SUBSCRIPTIONS}": {"query": {"channel": stored.subscribed}},
    }
    return ways[operation]


READS = tuple(f"GET {path}" for path in (MESSAGES, CHANNEL, DEVICES, DEVICE, SUBSCRIPTIONS))


@pytest.mark.parametrize("operation", READS)
@requirement(
    "RSP-40",
    MUST,
    "Messages, channel status, devices and subscriptions are the same in MessagePack and JSON",
    clause=READ,
    operations=[
        "GET /channels/{channel_id}/messages",
        "GET /channels/{channel_id}",
        "GET /push/deviceRegistrations",
        "GET /push/deviceRegistrations/{device_id}",
        "GET /push/channelSubscriptions",
    ],
    needs=(*STATE, "push"),
)
def test_both_formats_read_the_same(target: Target, stored: Stored, operation: str) -> None:
    path, how = operation.partition(" ")[2], _reading(stored, operation)

    plain, packed = (target.get(path, accept=accept, **how).body for accept in (JSON, MSGPACK))

    assert _read(packed) == _read(plain) not in ([], {})


@requirement(
    "RSP-48",
    MUST,
    "Channel enumeration in MessagePack lists exactly the active channels with the prefix",
    clause=READ,
    operations=[f"GET {CHANNELS}"],
    needs=STATE,
)
def test_both_formats_enumerate_the_same(target: Target) -> None:
    mine = group(target.names, "a", "é 🙂")
    used(target, *mine.names)

    packed = enumerated(target, has(*mine.names), accept=MSGPACK, by="id", prefix=mine.prefix)

    assert set(packed) == set(mine.names)


@pytest.mark.parametrize("operation", LISTED)
@requirement(
    "RSP-41",
    MUST,
    "Presence, presence history and statistics are the same in MessagePack and JSON",
    clause=READ,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=(*FIXTURES, "msgpack"),
)
def test_fixtures_read_the_same(target: Target, presence_channel: str, past: Past, operation: str) -> None:
    listing = listings(presence_channel, past)[operation]

    plain, packed = (
        target.get(listing.path, query=listing.query, accept=accept, **listing.parameters).body
        for accept in (JSON, MSGPACK)
    )

    assert _read(packed) == _read(plain) != []


def _read(body: Json) -> Json:
    """Items by the rule of base64: bytes in MessagePack, base64 text and a step of the encoding in JSON."""
    if not isinstance(body, list):
        return body
    return [canonical(each) if isinstance(each, dict) and "data" in each else each for each in body]


# Writing -------------------------------------------------------------------------------------------------------------

DOCUMENTED = ("name", "clientId", "extras")

# Nothing that a reader of forms could take for JSON: what that would mean, no document says.
PLAIN = st.sampled_from(["text", "a b+c", "x=1&y=2", "100 %41", "é 🙂", "مرحبا", "one\r\ntwo", "e\u0301"])
FLAT = st.fixed_dictionaries({"data": PLAIN}, optional={"name": PLAIN})
RICH = st.fixed_dictionaries(
    {"data": TEXTS | STRUCTURES | BYTES},
    optional={
        "name": TEXTS,
        "clientId": st.sampled_from(["client", "é", "a b"]),
        "extras": st.sampled_from([{"headers": {"é": "🙂", "empty": ""}}, {"push": {"notification": {"title": "🙂"}}}]),
    },
)


@requirement(
    "RSP-42",
    MUST,
    "A message is the same whether it is published in JSON or in MessagePack",
    clause=SENT,
    operations=BOTH,
    needs=STATE,
)
@given(messages=st.lists(RICH, min_size=1, max_size=4))
def test_a_message_is_the_same_in_both_formats(target: Target, messages: list[Json]) -> None:
    # A payload to be pushed is for a channel that push is enabled for; another may refuse it.
    channel = push_channel(target)
    publish(target, channel, [_in_json(each) for each in messages])
    publish(target, channel, messages, send_as=MSGPACK)

    read = [_message(each) for each in history(target, channel, 2 * len(messages)).body]

    assert read[: len(messages)] == read[len(messages) :] == [_message(each) for each in messages]


@requirement(
    "RSP-43",
    MUST,
    "A message is the same whether it is published in JSON or as a form",
    clause=SENT_AS_FORM,
    operations=BOTH,
    needs=("state", "documentation"),
)
@given(message=FLAT)
def test_a_message_is_the_same_as_a_form(target: Target, message: Json) -> None:
    channel = channel_of(target)
    publish(target, channel, message)
    publish(target, channel, message, send_as=FORM)

    read = [_message(each) for each in history(target, channel, 2).body]

    assert read == [_message(message)] * 2


def _in_json(message: Json) -> Json:
    data = message["data"]
    return {**message, "data": base64_of(data), "encoding": "base64"} if isinstance(data, bytes) else message


def _message(item: Json) -> Json:
    """What a publisher said in it; true is not 1 here, as it would be for ==."""
    data, encoding = meaning(item)
    said = {name: item[name] for name in DOCUMENTED if name in item}
    return {**said, "data": data if isinstance(data, bytes) else json.dumps(data, sort_keys=True), "encoding": encoding}


NUMBERS = {"largest": 2**63 - 1, "smallest": -(2**63), "beyond a float": 2**53 + 1}


@pytest.mark.parametrize("send_as", [JSON, MSGPACK])
@requirement(
    "RSP-44",
    SHOULD,
    "A 64-bit integer in message data keeps its value",
    clause=Clause("MessagePack specification, int format family", "64-bit integers are stored exactly"),
    operations=BOTH,
    needs=STATE,
)
def test_large_integers_keep_their_value(target: Target, send_as: str) -> None:
    channel = channel_of(target)
    published(target, channel, {"data": NUMBERS}, send_as=send_as)

    assert [json.loads(each["data"]) for each in history(target, channel).body] == [NUMBERS]


@requirement(
    "RSP-45",
    MUST,
    "A publish response has the format of the Accept header, not of the request's body",
    clause=Clause("ably/docs rest-api, request format", "Content-Type describes the request body, Accept the response"),
    operations=[f"POST {MESSAGES}"],
    needs=STATE,
)
def test_formats_of_body_and_answer_are_apart(target: Target) -> None:
    ways = [(JSON, MSGPACK), (MSGPACK, JSON), (FORM, JSON), (FORM, MSGPACK)]
    channel = channel_of(target)

    answers = [publish(target, channel, {"data": "text"}, send_as=kind, accept=wanted) for kind, wanted in ways]

    told = [(each.status, each.response.media_type, each.body["channel"]) for each in answers]
    assert told == [(201, wanted, channel) for _, wanted in ways]


# Requests made from the contract -------------------------------------------------------------------------------------

WRITES = (
    f"POST {MESSAGES}",
    f"POST {DEVICES}",
    f"PUT {DEVICE}",
    f"PATCH {DEVICE}",
    f"POST {SUBSCRIPTIONS}",
    f"POST {PUSH}",
    f"POST {TOKENS}",
)
ENOUGH = 4
OF_THE_REQUEST = (
    "channel",
    "id",
    "deviceId",
    "clientId",
    "platform",
    "formFactor",
    "metadata",
    "keyName",
    "capability",
)
"""Members of an answer that two requests of one meaning share; a server may add others, of the occasion."""
_NAME = re.compile(r"conf-[0-9a-z]+(?:-[0-9a-z]+)*0*")


@pytest.mark.parametrize("operation", WRITES)
@requirement(
    "GEN-06",
    MUST,
    "A valid write request gets the same result whether sent as JSON, MessagePack or a form",
    clause=SENT,
    operations=[
        "POST /channels/{channel_id}/messages",
        "POST /push/deviceRegistrations",
        "PUT /push/deviceRegistrations/{device_id}",
        "PATCH /push/deviceRegistrations/{device_id}",
        "POST /push/channelSubscriptions",
        "POST /push/publish",
        "POST /keys/{keyName}/requestToken",
    ],
    needs=("cases", "push", *STATE),
)
def test_a_request_is_answered_alike_in_every_format(
    target: Target, generator: Generator, case_fixtures: CaseFixtures, operation: str
) -> None:
    cases = [case for case in generator.cases(operation, Origin.VALID) if not case.defect][:ENOUGH]

    answered = [{kind: _told(target, case_fixtures, case, kind) for kind in _kinds(case)} for case in cases]

    assert answered == [dict.fromkeys(each, each[JSON]) for each in answered]


def _kinds(case: Case) -> list[str]:
    offered = {each.media_type for each in case.operation.bodies}
    return [kind for kind in (JSON, MSGPACK, FORM) if kind in offered and is_encodable(case.body, kind)]


def _told(target: Target, case_fixtures: CaseFixtures, case: Case, kind: str) -> tuple[int, str]:
    """Sent as one kind and asked for in it, where answers may be asked for so."""
    query = tuple((name, value) for name, value in case.query if name not in {"format", "callback"})
    accept = MSGPACK if kind == MSGPACK else JSON
    answer = target.send(bind(replace(case, query=query, send_as=kind, accept=accept), case_fixtures, target.names))
    told = {**_lasting(answer.body), "code": answer.error_code}
    return answer.status, _NAME.sub("#", json.dumps(told, sort_keys=True, default=repr))


def _lasting(body: Json) -> dict[str, Json]:
    if not isinstance(body, dict):
        return {}
    push = body.get("push")
    recipient = {"recipient": push.get("recipient")} if isinstance(push, dict) else {}
    return {name: body[name] for name in OF_THE_REQUEST if name in body} | recipient


# A write that can be read back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [f"PUT {DEVICE}", f"POST {DEVICES}"])
@requirement(
    "RSP-46",
    MUST,
    "A device is the same whether it is registered in JSON or in MessagePack",
    clause=Clause(
        pointer("put", DEVICE, "requestBody/content/application~1x-msgpack/schema/$ref"),
        "#/components/schemas/DeviceDetails",
    ),
    operations=[
        "PUT /push/deviceRegistrations/{device_id}",
        "POST /push/deviceRegistrations",
        "GET /push/deviceRegistrations/{device_id}",
    ],
    needs=(*STATE, "push"),
)
def test_a_device_is_the_same_in_both_formats(target: Target, operation: str) -> None:
    details = {"clientId": "é", "metadata": {"nested": {"empty": {}}, "emoji": "🙂 مرحبا"}}
    sent = [device(target.names.fresh("device"), **details) for _ in (JSON, MSGPACK)]
    for each, kind in zip(sent, (JSON, MSGPACK), strict=True):
        _register(target, operation, each, kind)

    read = [target.get(DEVICE, device_id=each["id"]).body for each in sent]

    assert [saved(body, each) for body, each in zip(read, sent, strict=True)] == sent


def _register(target: Target, operation: str, sent: Json, send_as: str) -> None:
    method, _, path = operation.partition(" ")
    named = {"device_id": sent["id"]} if method == "PUT" else {}
    target.request(method, path, body=sent, send_as=send_as, **named)


@requirement(
    "RSP-47",
    MUST,
    "A device subscription is the same whether it is sent as JSON, MessagePack or a form",
    clause=Clause(
        pointer("post", SUBSCRIPTIONS, "requestBody/content/application~1x-www-form-urlencoded/schema/oneOf/0/type"),
        "object",
    ),
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=(*STATE, "push"),
)
def test_a_subscription_is_the_same_in_every_format(target: Target, registered_device: Json) -> None:
    kinds = (JSON, MSGPACK, FORM)
    sent = [{"channel": push_channel(target), "deviceId": registered_device["id"]} for _ in kinds]
    for each, kind in zip(sent, kinds, strict=True):
        target.post(SUBSCRIPTIONS, each, send_as=kind)

    read = [
        target.poll(SUBSCRIPTIONS, until=lambda each: bool(each.body), query={"channel": each["channel"]}).body
        for each in sent
    ]

    assert [[saved(item, each) for item in found] for found, each in zip(read, sent, strict=True)] == [
        [each] for each in sent
    ]
