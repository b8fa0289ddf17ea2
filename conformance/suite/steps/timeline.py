"""A channel with a known past, to be read in every way."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from conformance.errors import Inconclusive
from conformance.model import Json
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import channel_of, history, members, published
from conformance.target.answer import Answer
from conformance.target.client import Target

LENGTH = 12


@dataclass(frozen=True, slots=True)
class Timeline:
    """ids, times: of all messages, oldest first; times may repeat."""

    channel: str
    ids: tuple[str, ...]
    times: tuple[int, ...]

    def expected(self, query: dict[str, str]) -> list[str]:
        """The ids that a query asks for, its limit aside: both bounds are inclusive (rest-api, message history)."""
        start, end = int(query.get("start", 0)), int(query.get("end", self.times[-1]))
        found = [id_ for id_, at in zip(self.ids, self.times, strict=True) if start <= at <= end]
        return found if query.get("direction") == "forwards" else found[::-1]


def lived_through(target: Target) -> Timeline:
    """Set-up: messages that were published one by one, and three of them together."""
    # Read by many tests: where a namespace persists, two minutes of history are not all there is.
    channel = f"persisted:{channel_of(target)}"
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
    """Any part of a timeline: from and to just before, at and just after any message, in any direction, at any limit.

    Told by the numbers of messages, so that an example can be given before there is any.
    """
    moments = st.tuples(st.integers(0, LENGTH - 1), st.integers(-1, 1))
    return st.fixed_dictionaries(
        {"bounds": st.tuples(moments, moments), "from": st.booleans(), "to": st.booleans()},
        optional={"direction": st.sampled_from(["forwards", "backwards"]), "limit": limits},
    )


def span(first: int, last: int, **query: str) -> Json:
    """From one message to another one, both included."""
    return {"bounds": ((first, 0), (last, 0)), "from": True, "to": True, **query}


def query_of(timeline: Timeline, drawn: Json) -> dict[str, str]:
    """Without an end, a start behind the latest message could be one in the future."""
    start, end = sorted(timeline.times[number] + step for number, step in drawn["bounds"])
    lower = {"start": str(start if drawn["to"] else min(start, timeline.times[-1]))} if drawn["from"] else {}
    upper = {"end": str(end)} if drawn["to"] else {}
    return {**lower, **upper, **{name: drawn[name] for name in ("direction", "limit") if name in drawn}}


def walked(target: Target, first: Answer) -> list[Answer]:
    """The pages that next leads to; of a list without end, more than it can have."""
    pages = [first]
    while "next" in pages[-1].links and len(pages) < 2 * LENGTH:
        pages.append(target.follow(pages[-1].links["next"], pages[-1]))
    return pages


def ids_of(pages: list[Answer]) -> list[str]:
    return [id_ for page in pages for id_ in members(page, "id")]


def read(target: Target, timeline: Timeline, **query: Json) -> Answer:
    return target.get(MESSAGES, channel_id=timeline.channel, query=query)
