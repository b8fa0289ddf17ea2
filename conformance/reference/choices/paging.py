"""Choices of paging: how a list ends, how links are written, what a limit or a bound that nobody defined means."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace

from conformance.reference.choices.mark import choice
from conformance.reference.errors import Refusal, bad_value
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


@choice(permitted_by="ably/ably-ruby spec/acceptance/rest/channel_spec: a spare empty page at the end is tolerated")
class SparePage(Paging):
    """A full page has a next, so that a list may end with an empty page."""

    def has_next(self, chosen: Sequence[Entry], rest: Sequence[Entry], window: Window) -> bool:
        del rest
        return len(chosen) == window.limit


@choice(permitted_by="ably/docs rest-api, pagination: next is absent from the last page")
class NoSparePushPage(PushPaging):
    """The last page of a push list has no next, also when it is full."""

    def has_next(self, chosen: Sequence[Entry], rest: Sequence[Entry], window: Window) -> bool:
        del window
        return len(rest) > len(chosen)


@choice(permitted_by="ably/docs rest-api, push lists: a limit above 1000 is invalid")
class LargePushLimitRefused(PushPaging):
    """A limit above 1000 is refused by push lists too."""

    def largest_limit(self, limit: int) -> int:
        if limit > LARGEST_LIMIT:
            raise bad_value(f"limit exceeds {LARGEST_LIMIT}: {limit}")
        return limit


@choice(permitted_by="ably/docs rest-api, pagination: no order of links is given", also=PUSH)
class OtherLinkOrder(Paging):
    """The link next comes first, first comes last."""

    def links(self, request: Request, page: Page, window: Window, filters: Sequence[str]) -> Headers:
        return super().links(request, page, window, filters)[::-1]


@choice(permitted_by="ably/docs rest-api, pagination: a link may have parameters of the server's own", also=PUSH)
class ExtraLinkParameters(Paging):
    """Links have parameters that only the server understands."""

    def at(self, base: dict[str, str], cursor: int | None) -> dict[str, str]:
        return {"first_start": "0", "_of": "Zm9v/+==", **super().at(base, cursor)}


@choice(permitted_by="ably/docs rest-api, pagination: links are opaque and only to be followed", also=PUSH)
class OpaqueLinks(Paging):
    """A link carries limit, bounds and direction inside of one opaque parameter."""

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


@choice(permitted_by="RFC 8288 section 3: there need be no link where there is nothing to link to")
class NoLinksOfOnePage(PushPaging):
    """A push list that fits on one page has no links at all."""

    def reply(self, request: Request, page: Page, window: Window, filters: Sequence[str] = ()) -> Reply:
        reply = super().reply(request, page, window, filters)
        return reply if page.next_cursor is not None or window.cursor is not None else replace(reply, links=())


@choice(permitted_by="ably/docs rest-api: what a limit below 1 means is written nowhere", also=PUSH)
class LimitBelowOneIsDefault(Paging):
    """A limit of 0 or less counts as none."""

    def limit(self, query: Mapping[str, str]) -> int:
        text = query.get("limit", "")
        is_below_one = text == "0" or (text.startswith("-") and text[1:].isdecimal())
        return DEFAULT_LIMIT if is_below_one else super().limit(query)


@choice(permitted_by="ably/docs rest-api: what a direction that does not exist means is written nowhere", also=PUSH)
class UnknownDirectionIgnored(Paging):
    """A direction that does not exist counts as none."""

    def is_backwards(self, query: Mapping[str, str]) -> bool:
        return query.get("direction") != "forwards"


@choice(permitted_by="ably/docs rest-api: what a bound that is no time means is written nowhere")
class UnreadableBoundsIgnored(Paging):
    """A start or end that is no time counts as none."""

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


@choice(permitted_by="ably/docs rest-api, history: what a start after the end is answered is written nowhere")
class EmptyPeriodFindsNothing(Paging):
    """A start after the end finds nothing, and is not refused."""

    def time_window(self, query: Mapping[str, str]) -> Window:
        now = self.clock.now()
        start, end = self.start(query, now), self.end(query, now)
        if start is None or start <= end:
            return super().time_window(query)
        rest = {name: value for name, value in query.items() if name != "start"}
        return replace(super().time_window(rest), start=start)
