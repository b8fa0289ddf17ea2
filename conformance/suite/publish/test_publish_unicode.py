"""PUB: Unicode names and data are returned unchanged, in both formats and with JSON escapes."""

from __future__ import annotations

from hypothesis import given

from conformance.facts import facts
from conformance.model import JSON, MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import (
    BOTH,
    OLDEST_FIRST,
    channel_of,
    data_of,
    history,
    kept,
    members,
    publish,
    published,
    published_raw,
    single_message,
)
from conformance.suite.steps.payloads import TEXTS, as_data, several
from conformance.target.answer import Answer, seen
from conformance.target.client import Target
from conformance.wire.codec import decode

NAME = Clause("#/components/schemas/Message/properties/name/description", "The event name, if provided.")
DATA = Clause("#/components/schemas/Message/properties/data/description", "string encoded payload")
RFC_8259 = Clause("RFC 8259 section 7", "any character may be escaped")
STATE = ("state",)
BINARY = ("state", "msgpack")


@requirement(
    "PUB-90",
    MUST,
    "Unicode names and string data of messages are returned unchanged",
    clause=NAME,
    operations=BOTH,
    needs=STATE,
)
@given(texts=several(TEXTS))
def test_texts_are_read_back(target: Target, texts: list[str]) -> None:
    channel = channel_of(target)
    publish(target, channel, [{"name": text, "data": text[::-1]} for text in texts])

    read = history(target, channel, len(texts))

    assert facts(names=members(read, "name"), data=members(read, "data")) == facts(
        names=texts, data=[text[::-1] for text in texts]
    )


@requirement(
    "PUB-91",
    MUST,
    "Unicode text published in MessagePack is returned unchanged in JSON",
    clause=DATA,
    operations=BOTH,
    needs=BINARY,
)
@given(texts=several(TEXTS))
def test_texts_in_messagepack_are_read_in_json(target: Target, texts: list[str]) -> None:
    channel = channel_of(target)
    publish(target, channel, as_data(texts), send_as=MSGPACK)

    assert facts(texts=data_of(history(target, channel, len(texts)).body)) == facts(texts=texts)


@requirement(
    "PUB-92",
    MUST,
    "Unicode text published in JSON is returned unchanged in MessagePack",
    clause=DATA,
    operations=BOTH,
    needs=BINARY,
)
@given(texts=several(TEXTS))
def test_texts_in_json_are_read_in_messagepack(target: Target, texts: list[str]) -> None:
    channel = channel_of(target)
    publish(target, channel, as_data(texts))

    assert facts(texts=data_of(history(target, channel, len(texts), accept=MSGPACK).body)) == facts(texts=texts)


@requirement(
    "PUB-93",
    MUST,
    "JSON escape sequences in a message, including surrogate pairs, are decoded",
    clause=RFC_8259,
    operations=BOTH,
    needs=STATE,
)
def test_json_escapes_are_decoded(target: Target) -> None:
    channel = channel_of(target)

    published_raw(target, channel, rb'{"name": "\u0061\u00e9", "data": "\ud83d\ude00 \"\\\/\n\t\u2603"}')
    stored = history(target, channel).body

    assert single_message(stored, "name", "data") == facts(stored_messages=1, name="aé", data='😀 "\\/\n\t☃')


@requirement(
    "PUB-94",
    MUST,
    "After a publish with a lone surrogate, history returns 200 and valid UTF-8 JSON",
    clause=Clause("RFC 8259 section 8.1", "JSON text is encoded in UTF-8"),
    operations=BOTH,
    needs=STATE,
)
def test_history_is_valid_json_after_a_lone_surrogate(target: Target) -> None:
    channel = channel_of(target)
    published_raw(target, channel, rb'{"data": "half \ud83d of a pair"}')
    published(target, channel, {"data": "the next message"})

    read = target.poll(MESSAGES, channel_id=channel, query=OLDEST_FIRST, until=has_the_next_message)

    flaws = decode(JSON, read.response.body).flaws
    assert facts(status=read.status, flaws_of_the_body=flaws) == facts(status=200, flaws_of_the_body=())
    seen(read, has_the_next_message)


def has_the_next_message(answer: Answer) -> bool:
    """Read from the bytes, because the body may not be JSON."""
    return b"the next message" in answer.response.body


@requirement(
    "PUB-95",
    MUST,
    "Message data is stored without Unicode normalization",
    clause=DATA,
    operations=BOTH,
    needs=STATE,
)
def test_texts_are_not_normalized(target: Target) -> None:
    channel, spellings = channel_of(target), ["\u00e9", "e\u0301", "\u212b", "\u00c5", "ﬁ"]
    publish(target, channel, as_data(spellings))

    stored = data_of(history(target, channel, 5).body)
    assert facts(spellings=[code_points(each) for each in stored]) == facts(
        spellings=[code_points(each) for each in spellings]
    )


@requirement(
    "PUB-96",
    SHOULD,
    "NUL and other control characters in message data are returned unchanged",
    clause=RFC_8259,
    operations=BOTH,
    needs=STATE,
)
def test_control_characters_are_read_back(target: Target) -> None:
    channel, text = channel_of(target), "nul \x00, bell \x07, escape \x1b, delete \x7f"

    publish(target, channel, {"data": text})

    assert single_message(kept(target, channel), "data") == facts(stored_messages=1, data=text)


@requirement(
    "PUB-97",
    MUST,
    "Leading and trailing whitespace in message data is kept",
    clause=DATA,
    operations=BOTH,
    needs=STATE,
)
def test_texts_are_not_trimmed(target: Target) -> None:
    channel, texts = channel_of(target), [" before", "after ", "\n", "  ", "\tboth\t"]
    publish(target, channel, as_data(texts))

    assert facts(texts=data_of(history(target, channel, 5).body)) == facts(texts=texts)


def code_points(text: Json) -> Json:
    """The code points of a text, because a composed and a decomposed letter look the same in a finding."""
    return " ".join(f"U+{ord(each):04X}" for each in text) if isinstance(text, str) else text
