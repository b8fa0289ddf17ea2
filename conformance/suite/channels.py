"""Channels as the enumeration lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.errors import Inconclusive
from conformance.model import JSON, Json
from conformance.suite.paths import CHANNELS, MESSAGES
from conformance.target import Answer, Names, Target, arranged

COUNTERS = (
    "connections",
    "publishers",
    "subscribers",
    "presenceConnections",
    "presenceMembers",
    "presenceSubscribers",
)
BUSY = 429
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
    """The pages of one enumeration, all of them or none.

    Who is told that somebody else enumerates just then (ably-common, 42912) asks again. Raises Inconclusive when that
    does not end.
    """
    walked: list[list[Answer]] = []

    def is_whole(first: Answer) -> bool:
        walked.append(target.pages(first))
        return BUSY not in {page.status for page in walked[-1]}

    target.poll(CHANNELS, until=is_whole, **how)
    if BUSY in {page.status for page in walked[-1]}:
        raise Inconclusive("the channels are being enumerated by somebody else")
    return walked[-1]


def enumerated(target: Target, wanted: Callable[[list[Json]], bool], accept: str = JSON, **query: str) -> list[Json]:
    """All items of the enumeration, asked for until they are as wanted or patience ends."""
    seen: list[list[Json]] = []

    def is_there(first: Answer) -> bool:
        pages = target.pages(first)
        is_busy = BUSY in {page.status for page in pages}
        seen.extend([] if is_busy else [[item for page in pages if page.status == 200 for item in page.body]])
        return not is_busy and wanted(seen[-1])

    target.poll(CHANNELS, until=is_there, query=query, accept=accept)
    if not seen:
        raise Inconclusive("the channels are being enumerated by somebody else")
    return seen[-1]


def has(*names: str) -> Callable[[list[Json]], bool]:
    return lambda items: set(names) <= {name_of(each) for each in items}


def name_of(item: Json) -> Json:
    """A channel is listed as its name, or as its details."""
    return item["channelId"] if isinstance(item, dict) else item


def metrics(body: Json) -> Json:
    return body["status"]["occupancy"]["metrics"]
