"""RSP and GEN: requests and responses mean the same in JSON, in MessagePack and as a form."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cases.binding import CaseFixtures, bind
from conformance.cases.case import Case
from conformance.facts import facts
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
from conformance.suite.steps.payloads import BYTES, STRUCTURES, TEXTS, base64_of, parsed
from conformance.suite.steps.settled import settled
from conformance.suite.steps.stats import Past
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.wire.codec import is_encodable

if TYPE_CHECKING:
    from conformance.cases.generator import Generator

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
    """A channel with messages of every kind, a device and a subscribed push channel, to be read in both formats."""

    channel: str
    device: str
    subscribed: str


@pytest.fixture(scope="module")
def stored(target: Target) -> Stored:
    channel, words = f"{target.names.persisted_channel()}:reading", {"emoji": "🙂 مرحبا", "empty": ""}
    published(target, channel, [{"data": "🙂 text"}, {"data": {"nested": {"empty": {}, "list": [1, [], None]}}}])
    published(target, channel, {"name": "bytes", "data": bytes(range(256)), "clientId": "é"}, send_as=MSGPACK)
    published(target, channel, {"data": "AAEC", "encoding": "cipher+aes-128-cbc/base64", "extras": {"headers": words}})
    sent = registered(target, device(target.names.fresh("device"), clientId="é", metadata=words))
    place = subscribed(target, push_channel(target), sent["id"])
    with target.arranging():
        history(target, channel, 4)
    return Stored(channel, sent["id"], place.channel)


def _reading(stored: Stored, operation: str) -> dict[str, Json]:
    """The arguments of an operation that reads only what is stored here."""
    channel, identity = {"channel_id": stored.channel}, {"device_id": stored.device}
    arguments: dict[str, dict[str, Json]] = {
        f"GET {MESSAGES}": {**channel, "query": OLDEST_FIRST},
        f"GET {CHANNEL}": channel,
        f"GET {DEVICES}": {"query": {"deviceId": stored.device}},
        f"GET {DEVICE}": identity,
        f"GET {SUBSCRIPTIONS}": {"query": {"channel": stored.subscribed}},
    }
    return arguments[operation]


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

    plain, packed = settled(target, lambda: _in_both_formats(target, path, **how))

    members_in_msgpack = packed
    assert members_in_msgpack == plain
    assert plain not in ({}, NO_ITEMS), "an empty body"


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

    listed_channels = set(packed)
    assert listed_channels == set(mine.names)


@pytest.mark.parametrize("operation", LISTED)
@requirement(
    "RSP-41",
    MUST,
    "Presence, presence history and statistics are the same in MessagePack and JSON",
    clause=READ,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=(*FIXTURES, "msgpack"),
)
def test_presence_and_statistics_read_the_same(
    target: Target, presence_channel: str, past: Past, operation: str
) -> None:
    listing = listings(presence_channel, past)[operation]

    plain, packed = settled(
        target, lambda: _in_both_formats(target, listing.path, query=listing.query, **listing.parameters)
    )

    members_in_msgpack = packed
    assert members_in_msgpack == plain
    assert "number of items" in plain, "a body that is not a list"
    assert plain != NO_ITEMS, "an empty list"


NO_ITEMS = {"number of items": 0}


def _in_both_formats(target: Target, path: str, **how: Json) -> tuple[Json, Json]:
    in_json, in_msgpack = (_members(target.get(path, accept=accept, **how).body) for accept in (JSON, MSGPACK))
    return in_json, in_msgpack


def _members(body: Json) -> dict[str, Json]:
    """The members of a body, or of each item of a list; binary data is base64 text in JSON and bytes in MessagePack."""
    if isinstance(body, dict):
        return body
    if not isinstance(body, list):
        return {"body": body}
    members: dict[str, Json] = {"number of items": len(body)}
    for number, item in enumerate(body, 1):
        if isinstance(item, dict):
            decoded = canonical(item) if "data" in item else item
            members |= {f"{name} of item {number}": value for name, value in decoded.items()}
        else:
            members[f"item {number}"] = item
    return members


# Writing -------------------------------------------------------------------------------------------------------------

DOCUMENTED = ("name", "clientId", "extras")

# No text that a server could parse as JSON: no document says what such a text means in a form.
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
    # extras.push needs a channel with push enabled; other channels may reject it.
    in_json, in_msgpack = push_channel(target), push_channel(target)
    publish(target, in_json, [_in_json(each) for each in messages])
    publish(target, in_msgpack, messages, send_as=MSGPACK)

    from_json, from_msgpack = (_stored(target, channel, len(messages)) for channel in (in_json, in_msgpack))

    sent = [_message(each) for each in messages]
    assert facts(messages_published_in_JSON=from_json, messages_published_in_MessagePack=from_msgpack) == facts(
        messages_published_in_JSON=sent, messages_published_in_MessagePack=sent
    )


@requirement(
    "RSP-43",
    MUST,
    "A message is the same whether it is published in JSON or as a form",
    clause=SENT_AS_FORM,
    operations=BOTH,
    needs=("state", "forms", "documentation"),
)
@given(message=FLAT)
def test_a_message_is_the_same_as_a_form(target: Target, message: Json) -> None:
    in_json, in_a_form = channel_of(target), channel_of(target)
    publish(target, in_json, message)
    publish(target, in_a_form, message, send_as=FORM)

    from_json, from_form = (_stored(target, channel, 1) for channel in (in_json, in_a_form))

    sent = [_message(message)]
    assert facts(messages_published_in_JSON=from_json, messages_published_as_a_form=from_form) == facts(
        messages_published_in_JSON=sent, messages_published_as_a_form=sent
    )


def _stored(target: Target, channel: str, count: int) -> list[Json]:
    """The messages of a channel, one for each format: of a target that rejects one format, the other shows."""
    return [_message(each) for each in history(target, channel, count).body]


def _in_json(message: Json) -> Json:
    data = message["data"]
    return {**message, "data": base64_of(data), "encoding": "base64"} if isinstance(data, bytes) else message


def _message(item: Json) -> Json:
    """The members that a publisher can send."""
    data, encoding = meaning(item)
    sent = {name: item[name] for name in DOCUMENTED if name in item}
    return {**sent, "data": data if isinstance(data, bytes) else _comparable(data), "encoding": encoding}


def _comparable(value: Json) -> Json:
    """A text as it is, any other value as its JSON text, because True == 1 in Python, and told from a text."""
    return value if isinstance(value, str) else {"JSON": json.dumps(value, sort_keys=True, default=repr)}


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

    stored_numbers = [parsed(each["data"]) for each in history(target, channel).body]
    assert stored_numbers == [NUMBERS]


@requirement(
    "RSP-45",
    MUST,
    "A publish response has the format of the Accept header, not of the request's body",
    clause=Clause("ably/docs rest-api, request format", "Content-Type describes the request body, Accept the response"),
    operations=[f"POST {MESSAGES}"],
    needs=(*STATE, "forms"),
)
def test_the_response_has_the_format_of_accept(target: Target) -> None:
    ways = [(JSON, MSGPACK), (MSGPACK, JSON), (FORM, JSON), (FORM, MSGPACK)]
    channel = channel_of(target)

    answers = [publish(target, channel, {"data": "text"}, send_as=kind, accept=wanted) for kind, wanted in ways]

    for (_, wanted), answer in zip(ways, answers, strict=True):
        media_type, named = answer.response.media_type, answer.body["channel"]
        assert facts(status=answer.status, media_type=media_type, channel=named) == facts(
            status=201, media_type=wanted, channel=channel
        )


# Generated requests --------------------------------------------------------------------------------------------------

WRITES = (
    f"POST {MESSAGES}",
    f"POST {DEVICES}",
    f"PUT {DEVICE}",
    f"PATCH {DEVICE}",
    f"POST {SUBSCRIPTIONS}",
    f"POST {PUSH}",
    f"POST {TOKENS}",
)
CASES = 4
FROM_THE_REQUEST = (
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
"""Members of a response that depend only on the request; a server may add others, such as times."""
FORMATS = {JSON: "JSON", MSGPACK: "MessagePack", FORM: "form"}
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
    needs=("cases", "push", "forms", *STATE),
)
def test_a_request_has_the_same_result_in_every_format(
    target: Target, generator: Generator, case_fixtures: CaseFixtures, operation: str
) -> None:
    cases = [case for case in generator.cases(operation, Origin.VALID) if not case.defect][:CASES]

    answers_by_format = [{kind: _send(target, case_fixtures, case, kind) for kind in _kinds(case)} for case in cases]

    for answers in answers_by_format:
        expected = _result(answers[JSON])
        for kind, answer in answers.items():
            request = f"of the {FORMATS[kind]} request"
            assert facts(**{f"{name} {request}": value for name, value in _result(answer).items()}) == facts(
                **{f"{name} {request}": value for name, value in expected.items()}
            )


def _kinds(case: Case) -> list[str]:
    offered = {each.media_type for each in case.operation.bodies}
    return [kind for kind in FORMATS if kind in offered and is_encodable(case.body, kind)]


def _send(target: Target, case_fixtures: CaseFixtures, case: Case, kind: str) -> Answer:
    """Send a case in one format; the response is requested in the same format, or in JSON for a form."""
    query = tuple((name, value) for name, value in case.query if name not in {"format", "callback"})
    accept = MSGPACK if kind == MSGPACK else JSON
    return target.send(bind(replace(case, query=query, send_as=kind, accept=accept), case_fixtures, target.names))


def _result(answer: Answer) -> dict[str, Json]:
    """The status, the error code and the members that depend on the request, with fresh names replaced."""
    body = answer.body if isinstance(answer.body, dict) else {}
    push = body.get("push")
    recipient = {"recipient": push.get("recipient")} if isinstance(push, dict) else {}
    members = {name: body[name] for name in FROM_THE_REQUEST if name in body} | recipient
    absent = dict.fromkeys((*FROM_THE_REQUEST, "recipient"), ())
    compared = {name: _without_fresh_names(_comparable(value)) for name, value in members.items()}
    return {"status": answer.status, "error code": _comparable(answer.error_code), **absent, **compared}


def _without_fresh_names(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without_fresh_names(each) for name, each in value.items()}
    return _NAME.sub("a fresh name", value)


# Devices and subscriptions -------------------------------------------------------------------------------------------


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

    in_json, in_msgpack = (saved(target.get(DEVICE, device_id=each["id"]).body, each) for each in sent)

    assert facts(device_registered_in_JSON=in_json, device_registered_in_MessagePack=in_msgpack) == facts(
        device_registered_in_JSON=sent[0], device_registered_in_MessagePack=sent[1]
    )


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
    needs=(*STATE, "push", "forms"),
)
def test_a_subscription_is_the_same_in_every_format(target: Target, registered_device: Json) -> None:
    kinds = (JSON, MSGPACK, FORM)
    sent = [{"channel": push_channel(target), "deviceId": registered_device["id"]} for _ in kinds]
    for each, kind in zip(sent, kinds, strict=True):
        target.post(SUBSCRIPTIONS, each, send_as=kind)

    answers = [
        target.poll(SUBSCRIPTIONS, until=lambda each: bool(each.body), query={"channel": each["channel"]})
        for each in sent
    ]

    listed = [[saved(item, each) for item in answer.body] for answer, each in zip(answers, sent, strict=True)]
    names = [f"subscriptions sent {how}" for how in ("in JSON", "in MessagePack", "as a form")]
    assert facts(**dict(zip(names, listed, strict=True))) == facts(
        **{name: [each] for name, each in zip(names, sent, strict=True)}
    )
