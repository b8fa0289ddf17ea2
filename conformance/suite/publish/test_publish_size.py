"""PUB: the size limit of a publish, 64 KiB over name, clientId, data and extras of all its messages."""

from __future__ import annotations

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import BOTH, channel_of, history, kept, only, publish
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
def test_a_large_message_is_rejected(target: Target) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "x" * 100_000})

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(413, 40009), stored_messages=0
    )


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
    assert only(history(target, channel)).get("data") == data


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

    by_name = publish(target, channel_of(target), {"data": half, "name": half})
    by_extras = publish(target, channel_of(target), {"data": half, "extras": {"headers": {"half": half}}})

    assert facts(status_with_a_large_name=by_name.status, status_with_large_extras=by_extras.status) == facts(
        status_with_a_large_name=413, status_with_large_extras=413
    )


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

    rejected = publish(target, channel, [{"data": "x" * 30_000}] * 3)

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(413, 40009), stored_messages=0
    )


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

    at_the_limit, above = (publish(target, channel, {"data": "x" * size}) for size in (LIMIT, LIMIT + 1))

    assert facts(status_at_the_limit=at_the_limit.status, status_one_byte_above_it=above.status) == facts(
        status_at_the_limit=201, status_one_byte_above_it=413
    )


@requirement(
    "PUB-71",
    MUST,
    "A message above 64 KiB in bytes but not in characters is rejected with 413 and code 40009",
    clause=MEASURE,
    operations=[f"POST {MESSAGES}"],
    needs=NEEDS,
)
def test_size_is_counted_in_bytes(target: Target) -> None:
    rejected = publish(target, channel_of(target), {"data": "€" * 30_000})

    assert status_and_code(rejected) == rejection(413, 40009)
