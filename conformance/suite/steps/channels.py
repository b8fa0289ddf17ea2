"""Sets up active channels, and reads the enumeration of channels to its last page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.errors import Inconclusive
from conformance.model import JSON, Json
from conformance.names import Names
from conformance.suite.steps.answers import items_of
from conformance.suite.steps.endpoints import CHANNELS, MESSAGES
from conformance.suite.steps.pages import next_page, pages_from
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

METRICS = (
    "connections",
    "publishers",
    "subscribers",
    "presenceConnections",
    "presenceMembers",
    "presenceSubscribers",
)
BUSY = 429
ATTEMPTS = 3
MOST_PAGES = 200
ODD = "a/b:c é?#%2F+&=🙂"
"""The end of a name that the server reads correctly only if it splits the path before it decodes it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Channels whose names start with a prefix that no other channel has."""

    prefix: str
    names: tuple[str, ...]


def group(names: Names, *endings: str) -> Group:
    prefix = f"{names.fresh('group')}:"
    return Group(prefix, tuple(f"{prefix}{ending}" for ending in endings))


def used(target: Target, *channels: str) -> None:
    """Publish a message to each channel as set-up, so that all of them are active."""
    with target.arranging():
        for channel in channels:
            arranged(target.post(MESSAGES, {"data": "text"}, channel_id=channel))


def pages_of(target: Target, **how: Json) -> list[Answer]:
    """The pages of one enumeration. Raises Inconclusive if another client is enumerating all the time."""
    return _poll_pages(target, lambda _: True, **how)


def enumerated(target: Target, wanted: Callable[[list[Json]], bool], accept: str = JSON, **query: str) -> list[Json]:
    """The items of all pages, read until `wanted` accepts them or patience ends."""
    pages = _poll_pages(target, lambda pages: wanted(_items(pages)), query=query, accept=accept)
    return _items(pages)


def _items(pages: list[Answer]) -> list[Json]:
    return [item for page in pages if page.status == 200 for item in items_of(page)]


def _poll_pages(target: Target, wanted: Callable[[list[Answer]], bool], **how: Json) -> list[Answer]:
    enumerations: list[list[Answer]] = []

    def is_as_wanted(first: Answer) -> bool:
        pages = pages_from(target, first, MOST_PAGES, _next_page_when_free)
        if "next" in pages[-1].links:
            raise AssertionError(f"a next link on page {MOST_PAGES} of the channel enumeration")
        enumerations.append(pages)
        return _is_complete(pages) and wanted(pages)

    target.poll(CHANNELS, until=is_as_wanted, **how)
    complete = [pages for pages in enumerations if _is_complete(pages)]
    if not complete:
        raise Inconclusive("another client is enumerating the channels")
    return complete[-1]


def _is_complete(pages: list[Answer]) -> bool:
    return BUSY not in {page.status for page in pages}


def _next_page_when_free(target: Target, page: Answer) -> Answer:
    """The next page; the same page if another client is enumerating at every attempt (ably-common, 42912)."""
    answers = (next_page(target, page) for _ in range(ATTEMPTS))
    return next((answer for answer in answers if answer.status != BUSY), page)


def has(*names: str) -> Callable[[list[Json]], bool]:
    return lambda items: set(names) <= {name_of(each) for each in items}


def name_of(item: Json) -> Json:
    """The name of a listed channel, which is the item itself with by=id and its channelId with by=value."""
    return item["channelId"] if isinstance(item, dict) else item


def metrics(body: Json) -> Json:
    """The occupancy metrics of a status or of a listed channel."""
    return body["status"]["occupancy"]["metrics"]
