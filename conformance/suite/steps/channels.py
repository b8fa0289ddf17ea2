"""Channels as the enumeration lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.errors import Inconclusive
from conformance.model import JSON, Json
from conformance.names import Names
from conformance.suite.steps.endpoints import CHANNELS, MESSAGES
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

COUNTERS = (
    "connections",
    "publishers",
    "subscribers",
    "presenceConnections",
    "presenceMembers",
    "presenceSubscribers",
)
BUSY = 429
PERSISTENCE = 3
MOST_PAGES = 200
ODD = "a/b:c é?#%2F+&=🙂"
"""The end of a name that survives only where a path is split before it is decoded."""


@dataclass(frozen=True, slots=True)
class Group:
    """Channels whose names begin alike, with what no other channel begins with."""

    prefix: str
    names: tuple[str, ...]


def group(names: Names, *endings: str) -> Group:
    prefix = f"{names.fresh('group')}:"
    return Group(prefix, tuple(f"{prefix}{ending}" for ending in endings))


def used(target: Target, *channels: str) -> None:
    """Set-up: each channel has a message, and so is active."""
    with target.arranging():
        for channel in channels:
            arranged(target.post(MESSAGES, {"data": "text"}, channel_id=channel))


def pages_of(target: Target, **how: Json) -> list[Answer]:
    """The pages of one enumeration. Raises Inconclusive when somebody else never stops enumerating."""
    return _patiently(target, lambda _: True, **how)


def enumerated(target: Target, wanted: Callable[[list[Json]], bool], accept: str = JSON, **query: str) -> list[Json]:
    """All items of the enumeration, asked for until they are as wanted or patience ends."""
    pages = _patiently(target, lambda pages: wanted(_items(pages)), query=query, accept=accept)
    return _items(pages)


def _items(pages: list[Answer]) -> list[Json]:
    return [item for page in pages if page.status == 200 for item in page.body]


def _patiently(target: Target, wanted: Callable[[list[Answer]], bool], **how: Json) -> list[Answer]:
    walked: list[list[Answer]] = []

    def is_there(first: Answer) -> bool:
        walked.append(_walk(target, first))
        return BUSY not in {page.status for page in walked[-1]} and wanted(walked[-1])

    target.poll(CHANNELS, until=is_there, **how)
    whole = [pages for pages in walked if BUSY not in {page.status for page in pages}]
    if not whole:
        raise Inconclusive("the channels are being enumerated by somebody else")
    return whole[-1]


def _walk(target: Target, first: Answer) -> list[Answer]:
    """Like `target.pages`; who is told that somebody else enumerates just then (ably-common, 42912) asks again."""
    pages = [first]
    while "next" in pages[-1].links:
        if len(pages) == MOST_PAGES:
            raise AssertionError(f"next is still there after {MOST_PAGES} pages")
        pages.append(_followed(target, pages[-1]))
    return pages


def _followed(target: Target, page: Answer) -> Answer:
    answers = (target.follow(page.links["next"], page) for _ in range(PERSISTENCE))
    return next((answer for answer in answers if answer.status != BUSY), page)


def has(*names: str) -> Callable[[list[Json]], bool]:
    return lambda items: set(names) <= {name_of(each) for each in items}


def name_of(item: Json) -> Json:
    """A channel is listed as its name, or as its details."""
    return item["channelId"] if isinstance(item, dict) else item


def metrics(body: Json) -> Json:
    return body["status"]["occupancy"]["metrics"]
