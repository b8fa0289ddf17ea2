"""PUB: message data and encodings, published in one format and read in the same or another one."""

from __future__ import annotations

from hypothesis import given

from conformance.facts import Facts, facts
from conformance.model import FORM, MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import MESSAGES, pointer
from conformance.suite.steps.messages import BOTH, channel_of, data_of, history, publish, published_raw, single_message
from conformance.suite.steps.payloads import (
    BYTES,
    STRUCTURES,
    as_data,
    base64_of,
    canonical,
    encoding_of,
    several,
    spelled,
)
from conformance.target.client import Target

DATA = Clause("#/components/schemas/Message/properties/data/description", "string encoded payload")
ENCODING = Clause("#/components/schemas/Message/properties/data/description", "with the encoding specified below")
BYTE_ARRAYS = Clause("ably/docs rest-api, publish", "MessagePack additionally supports byte arrays as data")
INTEROPERABLE = Clause(
    "ably/ably-common test-resources/messages-encoding.json", "each pair of data and encoding is read back as it was"
)
CIPHER = Clause("ably/ably-ruby spec/acceptance/rest/channel_spec", "an encrypted payload keeps its encoding")
UNTOUCHED = Clause("ably/ably-js test/rest/history.test", "an unknown encoding is passed through")
STATE = ("state",)
BINARY = ("state", "msgpack")
CHAIN = "json/utf-8/cipher+aes-128-cbc"
SECRET = b"0123456789abcdef-and-more"
UNENVELOPED = (("enveloped", "false"),)


def payloads(messages: list[Json]) -> Facts:
    """The data and the encodings of messages, in order."""
    return facts(data=data_of(messages), encodings=[encoding_of(each) for each in messages])


def json_payloads(messages: list[Json]) -> Facts:
    """The data, as canonical JSON texts, and the encodings of messages, in order."""
    return facts(
        data=[canonical(each) for each in data_of(messages)], encodings=[encoding_of(each) for each in messages]
    )


def in_both_formats(as_json: Facts, as_messagepack: Facts) -> Facts:
    """Facts read in JSON and in MessagePack, with the format added to their names."""
    return facts(
        **{f"{name}_in_JSON": value for name, value in as_json.items()},
        **{f"{name}_in_MessagePack": value for name, value in as_messagepack.items()},
    )


@requirement(
    "PUB-72",
    MUST,
    "Object or array data published in JSON is returned as JSON text with encoding json",
    clause=DATA,
    operations=BOTH,
    needs=(*STATE, "documentation"),
)
@given(values=several(STRUCTURES))
def test_objects_and_arrays_are_read_as_json_text(target: Target, values: list[Json]) -> None:
    channel = channel_of(target)
    publish(target, channel, as_data(values))

    read = history(target, channel, len(values)).body

    assert json_payloads(read) == facts(data=[spelled(each) for each in values], encodings=["json" for _ in values])


@requirement(
    "PUB-73",
    MUST,
    "Objects and arrays published in JSON or MessagePack are read in MessagePack as JSON text",
    clause=DATA,
    operations=BOTH,
    needs=(*BINARY, "documentation"),
)
@given(values=several(STRUCTURES))
def test_objects_and_arrays_are_the_same_in_both_formats(target: Target, values: list[Json]) -> None:
    channel = channel_of(target)
    publish(target, channel, as_data(values))
    publish(target, channel, as_data(values), send_as=MSGPACK)

    read = history(target, channel, 2 * len(values), accept=MSGPACK).body

    assert json_payloads(read) == facts(
        data=[spelled(each) for each in values] * 2, encodings=["json" for _ in values] * 2
    )


@requirement(
    "PUB-74",
    MUST,
    "Binary data published in MessagePack is returned in JSON as base64 with encoding base64",
    clause=BYTE_ARRAYS,
    operations=BOTH,
    needs=BINARY,
)
@given(values=several(BYTES))
def test_bytes_are_read_as_base64(target: Target, values: list[bytes]) -> None:
    channel = channel_of(target)
    publish(target, channel, as_data(values), send_as=MSGPACK)

    read = history(target, channel, len(values)).body

    assert payloads(read) == facts(data=[base64_of(each) for each in values], encodings=["base64" for _ in values])


@requirement(
    "PUB-75",
    MUST,
    "Binary data published in MessagePack is returned in MessagePack as bytes",
    clause=BYTE_ARRAYS,
    operations=BOTH,
    needs=BINARY,
)
@given(values=several(BYTES))
def test_bytes_are_read_as_bytes(target: Target, values: list[bytes]) -> None:
    channel = channel_of(target)
    publish(target, channel, as_data(values), send_as=MSGPACK)

    read = history(target, channel, len(values), accept=MSGPACK).body

    assert payloads(read) == facts(data=values, encodings=["" for _ in values])


@requirement(
    "PUB-76",
    MUST,
    "Base64 data published in JSON is returned in MessagePack as bytes without an encoding",
    clause=INTEROPERABLE,
    operations=BOTH,
    needs=BINARY,
)
@given(values=several(BYTES))
def test_base64_is_read_as_bytes(target: Target, values: list[bytes]) -> None:
    channel = channel_of(target)
    publish(target, channel, as_data([base64_of(each) for each in values], encoding="base64"))

    read = history(target, channel, len(values), accept=MSGPACK).body

    assert payloads(read) == facts(data=values, encodings=["" for _ in values])


@requirement(
    "PUB-77",
    MUST,
    "Base64 data published in JSON is returned unchanged in JSON",
    clause=INTEROPERABLE,
    operations=BOTH,
    needs=STATE,
)
def test_base64_is_read_as_it_was(target: Target) -> None:
    channel = channel_of(target)
    publish(target, channel, {"data": "3q2+7w==", "encoding": "base64"})

    stored = history(target, channel).body

    assert single_message(stored, "data", "encoding") == facts(stored_messages=1, data="3q2+7w==", encoding="base64")


@requirement(
    "PUB-78",
    MUST,
    "An encrypted payload is returned in JSON with its data and encoding unchanged",
    clause=CIPHER,
    operations=BOTH,
    needs=STATE,
)
def test_an_encrypted_payload_is_read_as_it_was(target: Target) -> None:
    channel = channel_of(target)
    publish(target, channel, {"data": base64_of(SECRET), "encoding": f"{CHAIN}/base64"})

    stored = history(target, channel).body

    assert single_message(stored, "data", "encoding") == facts(
        stored_messages=1, data=base64_of(SECRET), encoding=f"{CHAIN}/base64"
    )


@requirement(
    "PUB-79",
    MUST,
    "An encrypted payload is returned in MessagePack as bytes, without base64 in its encoding",
    clause=CIPHER,
    operations=BOTH,
    needs=BINARY,
)
def test_an_encrypted_payload_is_read_as_bytes(target: Target) -> None:
    channel = channel_of(target)
    publish(target, channel, {"data": base64_of(SECRET), "encoding": f"{CHAIN}/base64"})

    stored = history(target, channel, accept=MSGPACK).body

    assert single_message(stored, "data", "encoding") == facts(stored_messages=1, data=SECRET, encoding=CHAIN)


@requirement(
    "PUB-80",
    MUST,
    "A message with an unknown encoding is returned with its data and encoding unchanged",
    clause=UNTOUCHED,
    operations=BOTH,
    needs=STATE,
)
def test_an_unknown_encoding_is_passed_through(target: Target) -> None:
    channel = channel_of(target)
    publish(target, channel, {"data": '{"foo":"bar"}', "encoding": "json/conf-unknown"})

    stored = history(target, channel).body

    assert single_message(stored, "data", "encoding") == facts(
        stored_messages=1, data='{"foo":"bar"}', encoding="json/conf-unknown"
    )


@requirement(
    "PUB-81",
    MUST,
    "A string is returned unchanged and without an encoding, even if it looks like JSON",
    clause=INTEROPERABLE,
    operations=BOTH,
    needs=STATE,
)
def test_a_text_that_looks_like_json_stays_a_text(target: Target) -> None:
    channel, texts = channel_of(target), ["foo", '{"foo":42}', "[1]", "null", "42", "true", '"quoted"']
    publish(target, channel, as_data(texts))

    read = history(target, channel, len(texts)).body

    assert payloads(read) == facts(data=texts, encodings=["" for _ in texts])


@requirement(
    "PUB-82",
    MUST,
    "JSON text with encoding json is returned unchanged in both JSON and MessagePack",
    clause=INTEROPERABLE,
    operations=BOTH,
    needs=BINARY,
)
def test_json_text_is_read_as_it_was(target: Target) -> None:
    channel, texts = channel_of(target), ['{"foo":42}', '[{"foo":42},"qux"]']
    publish(target, channel, as_data(texts, encoding="json"))

    as_json = payloads(history(target, channel, 2).body)
    as_messagepack = payloads(history(target, channel, 2, accept=MSGPACK).body)

    expected = facts(data=texts, encodings=["json", "json"])
    assert in_both_formats(as_json, as_messagepack) == in_both_formats(expected, expected)


@requirement(
    "PUB-83",
    MUST,
    "Bytes with an encoding are returned in JSON with base64 appended to that encoding",
    clause=ENCODING,
    operations=BOTH,
    needs=(*BINARY, "documentation"),
)
def test_base64_is_added_to_an_encoding(target: Target) -> None:
    channel = channel_of(target)
    publish(target, channel, {"data": SECRET, "encoding": CHAIN}, send_as=MSGPACK)

    as_json = single_message(history(target, channel).body, "data", "encoding")
    as_messagepack = single_message(history(target, channel, accept=MSGPACK).body, "data", "encoding")

    assert in_both_formats(as_json, as_messagepack) == in_both_formats(
        facts(stored_messages=1, data=base64_of(SECRET), encoding=f"{CHAIN}/base64"),
        facts(stored_messages=1, data=SECRET, encoding=CHAIN),
    )


@requirement(
    "PUB-84",
    MUST,
    "A message published as application/x-www-form-urlencoded is stored with name and data",
    clause=Clause(pointer("post", MESSAGES, "requestBody/content"), "application/x-www-form-urlencoded"),
    operations=BOTH,
    needs=(*STATE, "forms"),
)
def test_a_message_may_be_a_form(target: Target) -> None:
    channel, sent = channel_of(target), {"name": "a form & more", "data": "1 + 1 = 2, ünïcode %41 ☃"}

    answer = publish(target, channel, sent, send_as=FORM)
    stored = history(target, channel).body

    assert facts(status=answer.status, **single_message(stored, "name", "data")) == facts(
        status=201, stored_messages=1, **sent
    )


@requirement(
    "PUB-85",
    MUST,
    "An array published in MessagePack is accepted with 201 and stored in order",
    clause=Clause(
        "ably/ably-python test/ably/rest/restchannelpublish_test",
        "several messages are published in the binary protocol (MessagePack)",
    ),
    operations=BOTH,
    needs=BINARY,
)
def test_an_array_may_be_messagepack(target: Target) -> None:
    channel, sent = channel_of(target), as_data(["first", "second"], name="a name")

    answer = publish(target, channel, sent, send_as=MSGPACK, accept=MSGPACK)

    stored = data_of(history(target, channel, 2).body)
    assert facts(status=answer.status, stored_messages=stored) == facts(status=201, stored_messages=["first", "second"])


@requirement(
    "PUB-86",
    SHOULD,
    "With enveloped=false, the body becomes the message data and X-Ably-Name its name",
    clause=Clause(
        "ably/docs rest-api, unenveloped publish", "the body is the data payload, X-Ably-Name the message name"
    ),
    operations=BOTH,
    needs=STATE,
)
def test_a_body_may_be_the_data(target: Target) -> None:
    channel = channel_of(target)

    published_raw(target, channel, b"plain text", "text/plain", query=UNENVELOPED, headers=(("X-Ably-Name", "plain"),))
    stored = history(target, channel).body

    assert single_message(stored, "name", "data") == facts(stored_messages=1, name="plain", data="plain text")


@requirement(
    "PUB-87",
    SHOULD,
    "With enveloped=false, a binary body becomes the data and messageId the message id",
    clause=Clause(
        "ably/docs rest-api, unenveloped publish", "application/octet-stream for binary bodies; a messageId parameter"
    ),
    operations=BOTH,
    needs=STATE,
)
def test_a_binary_body_may_be_the_data(target: Target) -> None:
    channel, id_ = channel_of(target), target.names.fresh("id")

    published_raw(target, channel, SECRET, "application/octet-stream", query=(*UNENVELOPED, ("messageId", id_)))
    stored = history(target, channel).body

    assert single_message(stored, "id", "data", "encoding") == facts(
        stored_messages=1, id=id_, data=base64_of(SECRET), encoding="base64"
    )
