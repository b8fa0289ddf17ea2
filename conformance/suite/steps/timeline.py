"""A channel with known messages, and the history queries of which the expected messages are known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from conformance.errors import Inconclusive
from conformance.model import JSON, Json
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import history, members, published
from conformance.suite.steps.pages import pages_from
from conformance.target.answer import Answer
from conformance.target.client import Target

LENGTH = 12
KEPT_ANYWAY = 110.0
"""Seconds for which every channel keeps its messages: two minutes, less the time of a request."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """ids, times: of all messages of the channel, oldest first; several may have the same time.

    published: when the last of them was, in seconds of the monotonic clock.
    """

    channel: str
    ids: tuple[str, ...]
    times: tuple[int, ...]
    published: float

    def expected(self, query: dict[str, str]) -> list[str]:
        """The ids that match a query without its limit; start and end are inclusive (rest-api, message history)."""
        start, end = int(query.get("start", 0)), int(query.get("end", self.times[-1]))
        found = [id_ for id_, at in zip(self.ids, self.times, strict=True) if start <= at <= end]
        return found if query.get("direction") == "forwards" else found[::-1]


def publish_timeline(target: Target) -> Timeline:
    """Publish LENGTH messages as set-up: one by one, except three in one array."""
    # Many tests read this channel; without persistence, history would end after two minutes.
    channel = target.names.persisted_channel()
    for number in range(LENGTH - 3):
        published(target, channel, {"data": str(number)})
        if number == 4:
            published(target, channel, [{"data": "together"}] * 3)
    with target.arranging():
        read = history(target, channel, LENGTH)
    if len(read.body) != LENGTH:
        raise Inconclusive(f"{LENGTH} messages were published, and history holds {len(read.body)}")
    return Timeline(channel, tuple(members(read, "id")), tuple(members(read, "timestamp")), time.monotonic())


def require_kept(target: Target, timeline: Timeline) -> None:
    """Raises Inconclusive when messages are gone that only a namespace with persistence keeps for longer than 2 minutes
    (ably/docs storage-history): the application may not have one.
    """
    if time.monotonic() - timeline.published < KEPT_ANYWAY:
        return
    with target.arranging():
        left = target.get(MESSAGES, channel_id=timeline.channel).body
    if isinstance(left, list) and len(left) < LENGTH:
        raise Inconclusive(
            f"messages of {timeline.channel} are gone after {KEPT_ANYWAY:g} s; if its namespace keeps none, name one "
            "that does with [world] persisted in the profile"
        )


def spans(limits: st.SearchStrategy[str]) -> st.SearchStrategy[Json]:
    """Draw history queries: bounds just before, at and just after any message, with any direction and limit.

    The bounds are numbers of messages, so that an example can be written before the timeline exists.
    """
    moments = st.tuples(st.integers(0, LENGTH - 1), st.integers(-1, 1))
    return st.fixed_dictionaries(
        {"bounds": st.tuples(moments, moments), "from": st.booleans(), "to": st.booleans()},
        optional={"direction": st.sampled_from(["forwards", "backwards"]), "limit": limits},
    )


def span(first: int, last: int, **query: str) -> Json:
    """A query as `spans` draws it, from one message to another, both included."""
    return {"bounds": ((first, 0), (last, 0)), "from": True, "to": True, **query}


def query_of(timeline: Timeline, drawn: Json) -> dict[str, str]:
    """The query parameters of a drawn query."""
    start, end = sorted(timeline.times[number] + step for number, step in drawn["bounds"])
    # Without an end, a start after the latest message could be in the future.
    lower = {"start": str(start if drawn["to"] else min(start, timeline.times[-1]))} if drawn["from"] else {}
    upper = {"end": str(end)} if drawn["to"] else {}
    return {**lower, **upper, **{name: drawn[name] for name in ("direction", "limit") if name in drawn}}


def ids_of(pages: list[Answer]) -> list[str]:
    """The message ids of all pages, in order."""
    return [id_ for page in pages for id_ in members(page, "id")]


def read(target: Target, timeline: Timeline, **query: str) -> Answer:
    """The first page of a query, read until it is as expected or patience ends."""
    expected = timeline.expected(query)[: int(query.get("limit", LENGTH))]
    page = target.poll(MESSAGES, channel_id=timeline.channel, query=query, until=shows(expected))
    if not shows(expected)(page):
        require_kept(target, timeline)
    return page


def walk(target: Target, timeline: Timeline, accept: str = JSON, **query: str) -> list[Answer]:
    """All pages of a query, read until they are as expected or patience ends."""

    def first() -> Answer:
        return target.get(MESSAGES, channel_id=timeline.channel, query=query, accept=accept)

    pages = walked(target, first, timeline.expected(query))
    if ids_of(pages) != timeline.expected(query):
        require_kept(target, timeline)
    return pages


def walked(target: Target, first: Callable[[], Answer], expected: list[str]) -> list[Answer]:
    """The pages from a first one, read until they show the expected ids or patience ends.

    Of a history that does not end, more pages than one of LENGTH messages can have.
    """
    return target.repeat(lambda: pages_from(target, first(), 2 * LENGTH), until=lambda pages: ids_of(pages) == expected)


def shows(ids: list[str]) -> Callable[[Answer], bool]:
    """Whether a page shows these messages: a refetch can reach a server that has fewer of them (ably-cocoa 2249)."""
    return lambda page: isinstance(page.body, list) and members(page, "id") == ids


def followed(target: Target, page: Answer, relation: str, ids: list[str]) -> Answer:
    """The page that a link leads to, read until it shows these messages or patience ends."""
    return target.repeat(lambda: target.follow(page.links[relation], page), until=shows(ids))
