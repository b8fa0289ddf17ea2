"""A channel with known messages, and the history queries of which the expected messages are known."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from conformance.errors import Inconclusive
from conformance.model import Json
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import history, members, published
from conformance.suite.steps.pages import pages_from
from conformance.target.answer import Answer
from conformance.target.client import Target

LENGTH = 12


@dataclass(frozen=True, slots=True)
class Timeline:
    """ids, times: of all messages of the channel, oldest first; several may have the same time."""

    channel: str
    ids: tuple[str, ...]
    times: tuple[int, ...]

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
    return Timeline(channel, tuple(members(read, "id")), tuple(members(read, "timestamp")))


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


def all_pages(target: Target, first: Answer) -> list[Answer]:
    """The pages of a history of at most LENGTH messages; if it does not end, more pages than it can have."""
    return pages_from(target, first, 2 * LENGTH)


def ids_of(pages: list[Answer]) -> list[str]:
    """The message ids of all pages, in order."""
    return [id_ for page in pages for id_ in members(page, "id")]


def read(target: Target, timeline: Timeline, **query: Json) -> Answer:
    return target.get(MESSAGES, channel_id=timeline.channel, query=query)
