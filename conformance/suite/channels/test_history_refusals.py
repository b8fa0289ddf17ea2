"""HIS: queries of message history that are rejected, and bounds that contain nothing."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import channel_of, history, published
from conformance.target.answer import Answer, is_empty
from conformance.target.client import Target

READ = [f"GET {MESSAGES}"]
DOCUMENTED = {"documentation"}
INVALID = Clause("ably/ably-common errors/codes/40003", "a limit that is not a number or is above 1000")
VALUE = Clause("ably/ably-common errors/codes/40003", "a value that the parameter does not accept")


def asked(target: Target, **query: str) -> Answer:
    return target.get(MESSAGES, channel_id=channel_of(target), query=query)


@requirement(
    "HIS-86",
    MUST,
    "A history limit that is not a number is rejected with 400",
    clause=Clause("ably/ably-python test/ably/rest/restrequest_test", "a history limit of abc is rejected with 400"),
    operations=READ,
    needs=DOCUMENTED,
)
def test_a_limit_that_is_not_a_number_is_rejected(target: Target) -> None:
    abc, ten = (asked(target, limit=limit) for limit in ("abc", "ten"))

    assert facts(status_with_limit_abc=abc.status, status_with_limit_ten=ten.status) == facts(
        status_with_limit_abc=400, status_with_limit_ten=400
    )


@requirement(
    "HIS-87",
    MUST,
    "A history limit above 1000 is rejected with 400",
    clause=INVALID,
    operations=READ,
    needs=DOCUMENTED,
)
def test_a_limit_above_a_thousand_is_rejected(target: Target) -> None:
    just_above, far_above = (asked(target, limit=limit) for limit in ("1001", "100000"))

    assert facts(status_just_above_the_maximum=just_above.status, status_far_above_it=far_above.status) == facts(
        status_just_above_the_maximum=400, status_far_above_it=400
    )


@requirement(
    "HIS-88",
    SHOULD,
    "A history limit of 0 or a negative one is rejected with 400",
    clause=INVALID,
    operations=READ,
    needs=DOCUMENTED,
)
def test_a_limit_that_is_not_positive_is_rejected(target: Target) -> None:
    zero, negative = (asked(target, limit=limit) for limit in ("0", "-1"))

    assert facts(status_with_limit_zero=zero.status, status_with_a_negative_limit=negative.status) == facts(
        status_with_limit_zero=400, status_with_a_negative_limit=400
    )


@requirement(
    "HIS-89",
    SHOULD,
    "An unknown direction of message history is rejected with 400",
    clause=Clause("#/components/parameters/filterDirection/schema/enum", "backwards"),
    operations=READ,
    needs=DOCUMENTED,
)
def test_an_unknown_direction_is_rejected(target: Target) -> None:
    assert asked(target, direction="sideways").status == 400


@pytest.mark.parametrize("bound", ["start", "end"])
@requirement(
    "HIS-90",
    SHOULD,
    "A start or end of message history that is not a time is rejected with 400",
    clause=VALUE,
    operations=READ,
    needs=DOCUMENTED,
)
def test_a_bound_that_is_not_a_time_is_rejected(target: Target, bound: str) -> None:
    assert asked(target, **{bound: "yesterday evening"}).status == 400


@requirement(
    "HIS-91",
    MUST,
    "Message history with start after end returns 200 and an empty list, or 400",
    clause=Clause("ably/docs rest-api, history", "start is the earliest time and end the latest"),
    operations=READ,
    needs={"state", "documentation"},
)
def test_a_start_after_the_end_returns_nothing_or_400(target: Target) -> None:
    channel = channel_of(target)
    published(target, channel, {"data": "text"})
    timestamp = history(target, channel).body[0]["timestamp"]

    query = {"start": str(timestamp + 1000), "end": str(timestamp - 1000)}
    answer = target.get(MESSAGES, channel_id=channel, query=query)

    items = f"{len(answer.body)} items" if isinstance(answer.body, list) else "a body that is not a list"
    assert answer.status == 400 or is_empty(answer), f"status {answer.status} and {items}"


@requirement(
    "HIS-92",
    SHOULD,
    "A history page with limit=1000 holds more than 500 messages if there are as many",
    clause=Clause("ably/docs rest-api, message history", "limit: 100 by default; a value above 1000 is invalid"),
    operations=READ,
    needs={"state", "documentation"},
)
def test_a_large_page_is_full(target: Target) -> None:
    channel = channel_of(target)
    for _ in range(5):
        published(target, channel, [{"data": str(number)} for number in range(120)])

    answer = history(target, channel, 600, query={"limit": "1000"})

    assert facts(messages_on_the_page=len(answer.body)) == facts(messages_on_the_page=600)


@requirement(
    "HIS-93",
    SHOULD,
    "Message history accepts end=now, the default of the contract",
    clause=Clause("#/components/parameters/filterEnd/schema/default", "now"),
    operations=READ,
    needs={"state"},
)
def test_the_end_may_be_now(target: Target) -> None:
    channel = channel_of(target)
    published(target, channel, {"data": "text"})
    history(target, channel)

    answer = target.get(MESSAGES, channel_id=channel, query={"end": "now"})

    number = len(answer.body) if isinstance(answer.body, list) else 0
    assert facts(status=answer.status, messages=number) == facts(status=200, messages=1)
