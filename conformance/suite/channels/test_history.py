"""HIS: the messages that a history query returns, and their order."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.facts import facts
from conformance.model import MSGPACK, MUST, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import items_of
from conformance.suite.steps.endpoints import MESSAGES, pointer
from conformance.suite.steps.messages import channel_of, data_of, history, holds, members, publish, published
from conformance.suite.steps.timeline import LENGTH, Timeline, publish_timeline, query_of, read, span, spans
from conformance.target.answer import seen
from conformance.target.client import Target

DOCUMENTED = "ably/docs rest-api, message history"
DIRECTION = Clause("#/components/parameters/filterDirection/schema/default", "backwards")
DIRECTIONS = Clause("#/components/parameters/filterDirection/schema/enum", "forwards")
INTERVAL = Clause(DOCUMENTED, "a message qualifies if it was received at or after start, at or before end")
START_POINT = Clause(
    DOCUMENTED, "direction determines the order of the results and the end of the interval where the search starts"
)
LIMIT = Clause(DOCUMENTED, "limit: 100 by default; a value above 1000 is invalid")
READ = [f"GET {MESSAGES}"]
STATE = ("state",)


@pytest.fixture(scope="module")
def timeline(target: Target) -> Timeline:
    return publish_timeline(target)


@requirement(
    "HIS-01",
    MUST,
    "Message history is newest first when no direction is given",
    clause=DIRECTION,
    operations=READ,
    needs=STATE,
)
def test_history_begins_with_the_newest(target: Target, timeline: Timeline) -> None:
    answer = read(target, timeline)

    assert members(answer, "id") == list(reversed(timeline.ids))


@requirement(
    "HIS-02",
    MUST,
    "Message history with direction=forwards is oldest first",
    clause=DIRECTIONS,
    operations=READ,
    needs=STATE,
)
def test_forwards_begins_with_the_oldest(target: Target) -> None:
    channel = channel_of(target)
    for data in ("first", "second", "third"):
        published(target, channel, {"data": data})

    answer = history(target, channel, 3, query={"direction": "forwards"})

    assert facts(messages=data_of(answer.body)) == facts(messages=["first", "second", "third"])


@requirement(
    "HIS-05",
    MUST,
    "Message history with direction=backwards is newest first",
    clause=Clause("#/components/parameters/filterDirection/schema/enum", "backwards"),
    operations=READ,
    needs=STATE,
)
def test_backwards_begins_with_the_newest(target: Target, timeline: Timeline) -> None:
    answer = read(target, timeline, direction="backwards")

    assert members(answer, "id") == list(reversed(timeline.ids))


@requirement(
    "HIS-03",
    MUST,
    "The start parameter of message history is inclusive and excludes older messages",
    clause=INTERVAL,
    operations=READ,
    needs=STATE,
)
def test_start_is_inclusive(target: Target, timeline: Timeline) -> None:
    start = str(timeline.times[LENGTH // 2])

    answer = read(target, timeline, start=start)

    assert members(answer, "id") == timeline.expected({"start": start})


@requirement(
    "HIS-04",
    MUST,
    "The end parameter of message history is inclusive and excludes newer messages",
    clause=INTERVAL,
    operations=READ,
    needs=STATE,
)
def test_end_is_inclusive(target: Target, timeline: Timeline) -> None:
    end = str(timeline.times[LENGTH // 2])

    answer = read(target, timeline, end=end)

    assert members(answer, "id") == timeline.expected({"end": end})


@requirement(
    "HIS-06",
    MUST,
    "Message history applies start, end and direction before limit",
    clause=START_POINT,
    operations=READ,
    needs=STATE,
)
@given(drawn=spans(st.integers(1, LENGTH + 1).map(str)))
@example(drawn=span(2, 5, limit="2"))
@example(drawn=span(2, 5, limit="2", direction="forwards"))
def test_a_query_returns_the_messages_that_match_it(target: Target, timeline: Timeline, drawn: Json) -> None:
    query = query_of(timeline, drawn)

    answer = read(target, timeline, **query)

    most = int(query.get("limit", LENGTH))
    assert members(answer, "id") == timeline.expected(query)[:most]


@requirement(
    "HIS-07",
    MUST,
    "The default limit of message history is 100 messages per page",
    clause=Clause("#/components/parameters/filterLimit/schema/default", "100"),
    operations=READ,
    needs=STATE,
)
def test_a_page_holds_100_by_default(target: Target) -> None:
    channel = channel_of(target)
    published(target, channel, [{"data": str(number)} for number in range(101)])
    newest_100 = [str(number) for number in range(100, 0, -1)]

    answer = target.poll(MESSAGES, channel_id=channel, until=lambda answer: data_of(answer.body) == newest_100)

    assert facts(messages=data_of(answer.body)) == facts(messages=newest_100)


@requirement(
    "HIS-08",
    MUST,
    "Message history accepts limit=1000 and returns more than 100 messages on one page",
    clause=LIMIT,
    operations=READ,
    needs=STATE,
)
def test_a_limit_of_1000_is_allowed(target: Target) -> None:
    channel = channel_of(target)
    published(target, channel, [{"data": str(number)} for number in range(101)])

    answer = history(target, channel, 101, query={"limit": "1000"})

    assert facts(status=answer.status, number_of_messages=len(answer.body)) == facts(status=200, number_of_messages=101)


@requirement(
    "HIS-15",
    MUST,
    "Message history is empty for an interval before the first or after the last message",
    clause=INTERVAL,
    operations=READ,
    needs=STATE,
)
def test_intervals_before_and_after_all_messages_are_empty(target: Target, timeline: Timeline) -> None:
    before = read(target, timeline, start="0", end=str(timeline.times[0] - 1))
    after = read(target, timeline, start=str(timeline.times[-1] + 1), end=str(timeline.times[-1] + 2))

    assert facts(status=before.status, messages=before.body) == facts(status=200, messages=[])
    assert facts(status=after.status, messages=after.body) == facts(status=200, messages=[])


@requirement(
    "HIS-16",
    MUST,
    "Every message in history has a string id and an integer timestamp",
    clause=Clause(DOCUMENTED, "id: a unique message id; timestamp: ms since the epoch"),
    operations=READ,
    needs=STATE,
)
def test_every_message_has_id_and_timestamp(target: Target) -> None:
    channel = channel_of(target)
    publish(target, channel, [{}, {"name": "a name"}, {"data": "text"}])

    messages = history(target, channel, 3).body

    assert facts(
        number_of_messages=len(messages),
        types_of_id={type(each.get("id")) for each in messages},
        types_of_timestamp={type(each.get("timestamp")) for each in messages},
    ) == facts(number_of_messages=3, types_of_id={str}, types_of_timestamp={int})


@requirement(
    "HIS-17",
    MUST,
    "Message history has the same content in MessagePack as in JSON",
    clause=Clause(pointer("get", MESSAGES, "responses/2XX/content"), "application/x-msgpack"),
    operations=READ,
    needs=(*STATE, "msgpack"),
)
def test_history_is_the_same_in_both_formats(target: Target) -> None:
    channel = channel_of(target)
    message = {"name": "a name", "data": "text", "clientId": "a client", "extras": {"headers": {"key": "value"}}}
    publish(target, channel, [message, {"data": {"an": "object"}}, {}])

    as_json, as_msgpack = history(target, channel, 3), history(target, channel, 3, accept=MSGPACK)
    seen(as_json, holds(1))

    in_msgpack, in_json = items_of(as_msgpack), items_of(as_json)

    assert facts(number_of_messages=len(in_msgpack)) == facts(number_of_messages=len(in_json))
    for message, message_in_json in zip(in_msgpack, in_json, strict=True):
        assert message == message_in_json


@requirement(
    "HIS-18",
    MUST,
    "A channel without messages has an empty history and no next link",
    clause=Clause("ably/ably-js test/rest/history.test", "history of an empty channel is an empty last page"),
    operations=READ,
)
def test_an_unused_channel_has_an_empty_history(target: Target) -> None:
    answer = target.get(MESSAGES, channel_id=channel_of(target))

    assert facts(status=answer.status, messages=answer.body, next_link="next" in answer.links) == facts(
        status=200, messages=[], next_link=False
    )


@requirement(
    "HIS-19",
    MUST,
    "Reading message history twice returns the same body",
    clause=Clause("ably/docs rest-api, common API behavior", "GET is always idempotent"),
    operations=READ,
    needs=STATE,
)
def test_reading_twice_returns_the_same(target: Target, timeline: Timeline) -> None:
    first, second = read(target, timeline), read(target, timeline)

    assert members(first, "id") == list(reversed(timeline.ids))
    assert facts(messages=second.body) == facts(messages=first.body)
