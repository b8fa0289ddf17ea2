"""HIS: paging through history. The rules for pages of every list are in PAG."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.facts import facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import MESSAGES, TIME
from conformance.suite.steps.messages import channel_of, data_of, history, members, published
from conformance.suite.steps.pages import next_page
from conformance.suite.steps.timeline import (
    LENGTH,
    Timeline,
    followed,
    ids_of,
    publish_timeline,
    query_of,
    read,
    span,
    spans,
    walk,
    walked,
)
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import NOBODY

PAGINATION = "ably/docs rest-api, pagination"
NEXT = Clause(PAGINATION, "next: on each page but the last of a paginated result")
FIRST = Clause(PAGINATION, "first: repeats the query, with default times resolved and included")
CURRENT = Clause(PAGINATION, "current: a stable link to the current page of results")
READ = [f"GET {MESSAGES}"]
STATE = ("state",)


@pytest.fixture(scope="module")
def timeline(target: Target) -> Timeline:
    return publish_timeline(target)


@requirement(
    "HIS-20",
    MUST,
    "Following next returns each message of a history query once and in order, then ends",
    clause=NEXT,
    operations=READ,
    needs=STATE,
)
@given(drawn=spans(st.integers(2, LENGTH + 1).map(str)))
@example(drawn=span(2, 9, limit="3"))
@example(drawn=span(2, 9, limit="3", direction="forwards"))
def test_pages_contain_the_messages_of_the_query(target: Target, timeline: Timeline, drawn: Json) -> None:
    query = {"limit": "5", **query_of(timeline, drawn)}

    pages = walk(target, timeline, **query)

    assert ids_of(pages) == timeline.expected(query)
    assert facts(next_link_on_the_last_page="next" in pages[-1].links) == facts(next_link_on_the_last_page=False)


@requirement(
    "HIS-21",
    MUST,
    "The first page of a longer history holds exactly limit messages; no page holds more",
    clause=Clause("#/components/parameters/filterLimit/name", "limit"),
    operations=READ,
    needs=STATE,
)
@pytest.mark.parametrize("limit", [1, 5])
def test_no_page_exceeds_the_limit(target: Target, timeline: Timeline, limit: int) -> None:
    pages = walk(target, timeline, limit=str(limit))

    lengths = [len(page.body) for page in pages]
    assert facts(messages_on_the_first_page=lengths[0], messages_on_the_longest_page=max(lengths)) == facts(
        messages_on_the_first_page=limit, messages_on_the_longest_page=limit
    )


@requirement(
    "HIS-22",
    MUST,
    "A message published during paging does not change the remaining history pages",
    clause=NEXT,
    operations=READ,
    needs=STATE,
)
def test_a_new_message_changes_no_later_page(target: Target) -> None:
    timeline = publish_timeline(target)
    first = read(target, timeline, limit="5")
    _publish_another(target, timeline)
    newest_first = list(reversed(timeline.ids))

    pages = walked(target, lambda: first, newest_first)

    assert ids_of(pages) == newest_first


@requirement(
    "HIS-23",
    MUST,
    "The first link repeats the history query and excludes messages published since",
    clause=FIRST,
    operations=READ,
    needs=STATE,
)
def test_first_repeats_its_query(target: Target) -> None:
    timeline = publish_timeline(target)
    page = read(target, timeline, limit="5")
    _publish_another(target, timeline)

    again = followed(target, page, "first", members(page, "id"))

    assert members(again, "id") == members(page, "id")


@requirement(
    "HIS-24",
    SHOULD,
    "The current link, if present, returns the same history page after a later publish",
    clause=CURRENT,
    operations=READ,
    needs=STATE,
)
def test_current_is_stable(target: Target) -> None:
    timeline = publish_timeline(target)
    page = read(target, timeline, limit="5")
    _publish_another(target, timeline)

    again = followed(target, page, "current", members(page, "id")) if "current" in page.links else page

    assert members(again, "id") == members(page, "id")


@requirement(
    "HIS-25",
    MUST,
    "The first link of a later history page returns the original page after a later publish",
    clause=FIRST,
    operations=READ,
    needs=STATE,
)
def test_first_of_a_later_page_repeats_the_query(target: Target) -> None:
    timeline = publish_timeline(target)
    page = read(target, timeline, limit="5", start=str(timeline.times[1]))
    later = next_page(target, page)
    _publish_another(target, timeline)

    again = followed(target, later, "first", members(page, "id"))

    assert members(again, "id") == members(page, "id")


@requirement(
    "HIS-26",
    MUST,
    "Following next in MessagePack returns every message of a history once, newest first",
    clause=NEXT,
    operations=READ,
    needs=(*STATE, "msgpack"),
)
def test_pages_in_messagepack_contain_every_message(target: Target, timeline: Timeline) -> None:
    pages = walk(target, timeline, accept=MSGPACK, limit="5")

    assert ids_of(pages) == list(reversed(timeline.ids))


@requirement(
    "HIS-27",
    MUST,
    "Following next returns all 150 messages of a channel in order, forwards and backwards",
    clause=Clause(
        "ably/ably-python test/ably/rest/restchannelhistory_test",
        "a paginated history of many messages, forwards and backwards",
    ),
    operations=READ,
    needs=STATE,
)
def test_a_long_history_is_read_to_its_end(target: Target) -> None:
    channel, numbers = channel_of(target), [str(number) for number in range(150)]
    published(target, channel, [{"data": number} for number in numbers])
    oldest_first = members(history(target, channel, 150), "id")

    def walk_through(direction: str, ids: list[str]) -> list[Answer]:
        return walked(target, lambda: target.get(MESSAGES, channel_id=channel, query={"direction": direction}), ids)

    forwards, backwards = walk_through("forwards", oldest_first), walk_through("backwards", oldest_first[::-1])

    assert facts(messages_forwards=_data(forwards), messages_backwards=_data(backwards)) == facts(
        messages_forwards=numbers, messages_backwards=numbers[::-1]
    )


def _data(pages: list[Answer]) -> list[Json]:
    return data_of([each for page in pages for each in page.body])


def _publish_another(target: Target, timeline: Timeline) -> None:
    """Publish a message that is later, by the target's clock, than every query so far."""
    now = target.get(TIME, principal=NOBODY).body[0]
    target.poll(TIME, until=lambda answer: answer.body[0] > now + 1, principal=NOBODY)
    published(target, timeline.channel, {"data": "later"})
    history(target, timeline.channel, LENGTH + 1)
