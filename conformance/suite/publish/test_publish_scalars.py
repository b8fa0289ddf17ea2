"""PUB: numbers and booleans as data, and numbers that JSON cannot represent."""

from __future__ import annotations

import json
from typing import NoReturn

import msgpack
import pytest

from conformance.facts import facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import (
    BOTH,
    OLDEST_FIRST,
    SENTINEL,
    channel_of,
    data_of,
    has_sentinel,
    kept,
    publish,
    published,
    published_raw,
)
from conformance.suite.steps.payloads import encoding_of
from conformance.target.answer import seen
from conformance.target.client import Target

SCALARS: tuple[Json, ...] = (7, -1.5, True, False)
NAN = float("nan")
UNREPRESENTABLE: dict[str, Json] = {
    "NaN as data": {"data": NAN},
    "NaN in an object": {"data": {"value": NAN}},
    "Infinity in an array": {"data": [float("inf")]},
    "NaN in extras": {"data": "text", "extras": {"headers": {"value": NAN}}},
}
"""Messages with numbers that MessagePack can represent and JSON cannot."""

STATE = ("state",)
each_scalar = pytest.mark.parametrize("value", SCALARS, ids=["integer", "fraction", "true", "false"])


@each_scalar
@requirement(
    "PUB-103",
    MUST,
    "A number or boolean as data is rejected with a 4xx status, or always read as one text",
    clause=Clause("#/components/schemas/Message/properties/data/description", "The string encoded payload"),
    operations=BOTH,
    needs=STATE,
)
def test_a_scalar_is_rejected_or_read_as_one_text(target: Target, value: Json) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": value})
    reads = [data_of(kept(target, channel)) for _ in range(2)]

    expected = 0 if is_rejected(answer) else 1
    texts = {data for read in reads for data in read if isinstance(data, str) and data}
    assert facts(messages_of_each_read=[len(read) for read in reads], different_texts=len(texts)) == facts(
        messages_of_each_read=[expected, expected], different_texts=expected
    )


@each_scalar
@requirement(
    "PUB-104",
    SHOULD,
    "A number or boolean that is accepted as data is read as its JSON text",
    clause=Clause("ably/specification features RSL4d3", "data of JSON types is encoded as JSON text"),
    operations=BOTH,
    needs=STATE,
)
def test_a_scalar_is_read_as_its_json_text(target: Target, value: Json) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": value})
    data = data_of(kept(target, channel))

    assert facts(data=data) == facts(data=[] if is_rejected(answer) else [json.dumps(value)])


@pytest.mark.parametrize("message", UNREPRESENTABLE.values(), ids=UNREPRESENTABLE)
@requirement(
    "PUB-105",
    MUST,
    "NaN and Infinity published in MessagePack are never read as invalid JSON",
    clause=Clause("RFC 8259 section 6", "numbers such as Infinity and NaN are not permitted"),
    operations=BOTH,
    needs=("state", "msgpack"),
)
def test_what_json_cannot_represent_is_not_read_as_json(target: Target, message: Json) -> None:
    channel = channel_of(target)

    published_raw(target, channel, msgpack.packb(message), MSGPACK)
    published(target, channel, {"name": SENTINEL})
    history = target.poll(MESSAGES, channel_id=channel, query=OLDEST_FIRST, until=has_sentinel)

    texts = [each["data"] for each in history.body if encoding_of(each) == "json"]
    assert facts(
        status=history.status,
        body_is_JSON=is_json(history.response.body),
        data_texts_that_are_not_JSON=sum(not is_json(text) for text in texts),
    ) == facts(status=200, body_is_JSON=True, data_texts_that_are_not_JSON=0)
    seen(history, has_sentinel)


def is_json(text: str | bytes) -> bool:
    """Whether a text is JSON. The parser of Python accepts NaN and Infinity otherwise."""
    try:
        json.loads(text, parse_constant=_reject)
    except ValueError:
        return False
    return True


def _reject(constant: str) -> NoReturn:
    raise ValueError(constant)
