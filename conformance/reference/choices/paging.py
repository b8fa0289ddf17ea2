"""Choices of paging: the end of a list, the form of links, and limits and bounds that are not documented."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.choices.mark import choice
from conformance.reference.errors import Refusal, bad_value
from conformance.reference.messages import Messages
from conformance.reference.paging import (
    CEILING,
    CURSOR,
    DEFAULT_LIMIT,
    LARGEST_LIMIT,
    Entry,
    Page,
    Paging,
    PushPaging,
    Window,
)
from conformance.reference.wire import Headers, Reply, Request

PUSH = ("push_paging",)
PACKED = ("limit", "direction", "start", "end", CURSOR, CEILING)


@choice(
    permitted_by="ably/ably-ruby spec/acceptance/rest/channel_spec: an additional empty page at the end is tolerated"
)
class SparePage(Messages):
    """Adds a next link to every full page of message history, so that it may end with an empty page."""

    def __init__(self, *, paging: Paging, **parts: Any) -> None:
        super().__init__(paging=type("Spare", (SparePaging, type(paging)), {})(paging.clock), **parts)


class SparePaging(Paging):
    """Pages of which every full one has a next page."""

    def has_next(self, chosen: Sequence[Entry], rest: Sequence[Entry], window: Window) -> bool:
        del rest
        return len(chosen) == window.limit


@choice(permitted_by="ably/docs rest-api, pagination: next is absent from the last page")
class NoSparePushPage(PushPaging):
    """Omits the next link from a full last page of a push list."""

    def has_next(self, chosen: Sequence[Entry], rest: Sequence[Entry], window: Window) -> bool:
        del window
        return len(rest) > len(chosen)


@choice(permitted_by="ably/ably-php pull request 68: the links of the service on push lists begin with ./push/")
class PushLinksFromTheRoot(PushPaging):
    """Writes the links of push lists relative to the root, such as ./push/channels?limit=1."""

    def segment(self, request: Request) -> str:
        return request.path.decode("latin-1").removeprefix("/")


@choice(permitted_by="ably/docs rest-api, push lists: a limit above 1000 is invalid")
class LargePushLimitRefused(PushPaging):
    """Rejects a limit above 1000 on push lists."""

    def largest_limit(self, limit: int) -> int:
        if limit > LARGEST_LIMIT:
            raise bad_value(f"limit exceeds {LARGEST_LIMIT}: {limit}")
        return limit


@choice(permitted_by="ably/docs rest-api, pagination: the order of links is not documented", also=PUSH)
class OtherLinkOrder(Paging):
    """Writes the next link first and the first link last."""

    def links(self, request: Request, page: Page, window: Window, filters: Sequence[str]) -> Headers:
        return super().links(request, page, window, filters)[::-1]


@choice(permitted_by="RFC 8288 section 3.1: the target of a link is a URI reference, absolute or relative", also=PUSH)
class LinksWithPaths(Paging):
    """Writes links with the whole path, and without a dot before it."""

    def links(self, request: Request, page: Page, window: Window, filters: Sequence[str]) -> Headers:
        folder = request.path.rpartition(b"/")[0].decode("latin-1")
        relative = super().links(request, page, window, filters)
        return tuple((relation, f"{folder}/{last_segment(url)}?{url.partition('?')[2]}") for relation, url in relative)


def last_segment(url: str) -> str:
    """The last segment of its path, in whichever form a choice wrote the link."""
    return url.partition("?")[0].rpartition("/")[2]


@choice(permitted_by="ably/docs rest-api, pagination: links may contain parameters of the server", also=PUSH)
class ExtraLinkParameters(Paging):
    """Adds parameters of its own to links."""

    def at(self, base: dict[str, str], cursor: int | None) -> dict[str, str]:
        return {"first_start": "0", "_of": "Zm9v/+==", **super().at(base, cursor)}


@choice(permitted_by="ably/docs rest-api, pagination: links are opaque and only to be followed", also=PUSH)
class OpaqueLinks(Paging):
    """Encodes limit, bounds, direction and position in one opaque link parameter."""

    def window(self, query: Mapping[str, str]) -> Window:
        return super().window(unpacked(query))

    def time_window(self, query: Mapping[str, str]) -> Window:
        return super().time_window(unpacked(query))

    def pinned(self, query: Mapping[str, str], page: Page, window: Window, filters: Sequence[str]) -> dict[str, str]:
        return super().pinned(unpacked(query), page, window, filters)

    def url(self, segment: str, query: Mapping[str, str]) -> str:
        inside = {name: value for name, value in query.items() if name in PACKED}
        outside = {name: value for name, value in query.items() if name not in PACKED}
        text = urlsafe_b64encode(json.dumps(inside).encode()).decode()
        return super().url(segment, {**outside, "page": text})


def unpacked(query: Mapping[str, str]) -> dict[str, str]:
    if "page" not in query:
        return dict(query)
    try:
        return {**query, **json.loads(urlsafe_b64decode(query["page"]))}
    except ValueError:
        raise bad_value("page is not from a link of this server") from None


@choice(permitted_by="RFC 8288 section 3: a response without links needs no Link header")
class NoLinksOfOnePage(PushPaging):
    """Omits all links from a push list that fits on one page."""

    def reply(self, request: Request, page: Page, window: Window, filters: Sequence[str] = ()) -> Reply:
        reply = super().reply(request, page, window, filters)
        return reply if page.next_cursor is not None or window.cursor is not None else replace(reply, links=())


@choice(permitted_by="ably/docs rest-api: the meaning of a limit below 1 is not documented", also=PUSH)
class LimitBelowOneIsDefault(Paging):
    """Ignores a limit below 1 and uses the default."""

    def limit(self, query: Mapping[str, str]) -> int:
        text = query.get("limit", "")
        is_below_one = text == "0" or (text.startswith("-") and text[1:].isdecimal())
        return DEFAULT_LIMIT if is_below_one else super().limit(query)


@choice(permitted_by="ably/docs rest-api: the meaning of an unknown direction is not documented", also=PUSH)
class UnknownDirectionIgnored(Paging):
    """Treats an unknown direction as backwards."""

    def is_backwards(self, query: Mapping[str, str]) -> bool:
        return query.get("direction") != "forwards"


@choice(permitted_by="ably/docs rest-api: the meaning of an invalid time is not documented")
class UnreadableBoundsIgnored(Paging):
    """Ignores a start or end that is not a valid time."""

    def start(self, query: Mapping[str, str], now: int) -> int | None:
        try:
            return super().start(query, now)
        except Refusal:
            return None

    def end(self, query: Mapping[str, str], now: int) -> int:
        try:
            return super().end(query, now)
        except Refusal:
            return now


@choice(permitted_by="ably/docs rest-api, history: the answer to a start after the end is not documented")
class EmptyPeriodFindsNothing(Paging):
    """Answers a start later than the end with an empty page."""

    def time_window(self, query: Mapping[str, str]) -> Window:
        now = self.clock.now()
        start, end = self.start(query, now), self.end(query, now)
        if start is None or start <= end:
            return super().time_window(query)
        rest = {name: value for name, value in query.items() if name != "start"}
        return replace(super().time_window(rest), start=start)
