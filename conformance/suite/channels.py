"""Channels as the enumeration lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.errors import Inconclusive
from conformance.model import Json
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


def enumerated(target: Target, wanted: Callable[[list[Json]], bool], **query: str) -> list[Json]:
    """All items of the enumeration, asked for until they are as wanted or patience ends."""
    first = target.poll(CHANNELS, until=lambda answer: wanted(_items(target, answer)), query=query)
    return _items(target, first)


def _items(target: Target, first: Answer) -> list[Json]:
    """Raises Inconclusive when the target enumerates for somebody else just then (ably-common, 42912)."""
    pages = target.pages(first)
    if 429 in {page.status for page in pages}:
        raise Inconclusive("the channels are being enumerated by somebody else")
    return [item for page in pages if page.status == 200 for item in page.body]


def has(*names: str) -> Callable[[list[Json]], bool]:
    return lambda items: set(names) <= {name_of(each) for each in items}


def name_of(item: Json) -> Json:
    """A channel is listed as its name, or as its details."""
    return item["channelId"] if isinstance(item, dict) else item


def metrics(body: Json) -> Json:
    return body["status"]["occupancy"]["metrics"]
