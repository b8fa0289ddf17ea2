"""PUB: how large a publish may be. The limit is 64 KiB over name, clientId, data and extras of all its messages."""

from __future__ import annotations

from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import BOTH, channel_of, history, kept, members, publish
from conformance.target.client import Target

LIMIT = 65_536
TOO_LARGE = Clause("ably/ably-common errors/codes/40009", "a message above the maximum length is refused with 413")
MEASURE = Clause(
    "ably/specification features TM6", "the message size is the size of name, clientId, data and extras in bytes"
)
PER_PUBLISH = Clause(
    "ably/specification features RSL1i", "the limit applies to the total size of all messages of a publish"
)
NEEDS = ("state", "default-limits")


@requirement(
    "PUB-67",
    MUST,
    "A 100,000-byte message is rejected with 413 and error code 40009 and is not stored",
    clause=TOO_LARGE,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_large_message_is_refused(target: Target) -> None:
    channel = channel_of(target)

    refused = publish(target, channel, {"data": "x" * 100_000})

    assert (refused.status, refused.error_code, kept(target, channel)) == (413, 40009, [])


@requirement(
    "PUB-68",
    MUST,
    "A message below the 64 KiB limit is accepted with 201 and stored unchanged",
    clause=TOO_LARGE,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_message_below_the_limit_is_accepted(target: Target) -> None:
    channel = channel_of(target)
    data = "0123456789" * 6_000

    answer = publish(target, channel, {"data": data})

    assert answer.status == 201
    assert members(history(target, channel), "data") == [data]


@requirement(
    "PUB-09",
    MUST,
    "The message size limit counts name and extras; a larger message is rejected with 413",
    clause=MEASURE,
    operations=[f"POST {MESSAGES}"],
    needs=NEEDS,
)
def test_name_and_extras_count(target: Target) -> None:
    half = "x" * 40_000
    halves: list[Json] = [
        {"data": half, "name": half},
        {"data": half, "extras": {"headers": {"half": half}}},
    ]

    refused = [publish(target, channel_of(target), each).status for each in halves]

    assert refused == [413, 413]


@requirement(
    "PUB-69",
    MUST,
    "An array whose total size exceeds the limit is rejected with 413 and error code 40009",
    clause=PER_PUBLISH,
    operations=BOTH,
    needs=NEEDS,
)
def test_the_messages_of_an_array_count_together(target: Target) -> None:
    channel = channel_of(target)

    refused = publish(target, channel, [{"data": "x" * 30_000}] * 3)

    assert (refused.status, refused.error_code, kept(target, channel)) == (413, 40009, [])


@requirement(
    "PUB-70",
    SHOULD,
    "A message of exactly 64 KiB is accepted with 201, and one byte more is rejected with 413",
    clause=TOO_LARGE,
    operations=[f"POST {MESSAGES}"],
    needs=NEEDS,
)
def test_the_limit_is_exact(target: Target) -> None:
    channel = channel_of(target)

    statuses = [publish(target, channel, {"data": "x" * size}).status for size in (LIMIT, LIMIT + 1)]

    assert statuses == [201, 413]


@requirement(
    "PUB-71",
    MUST,
    "A message above 64 KiB in bytes but not in characters is rejected with 413 and code 40009",
    clause=MEASURE,
    operations=[f"POST {MESSAGES}"],
    needs=NEEDS,
)
def test_size_is_counted_in_bytes(target: Target) -> None:
    refused = publish(target, channel_of(target), {"data": "€" * 30_000})

    assert status_and_code(refused) == rejection(413, 40009)
