"""Mutants of pages and pagination links."""

# ruff: noqa: ARG002  an override often ignores an argument

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from conformance.reference.errors import Refusal, bad_value
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import (
    CEILING,
    CURSOR,
    DEFAULT_LIMIT,
    KEPT,
    LARGEST_LIMIT,
    Entry,
    Page,
    Paging,
    Window,
)
from conformance.reference.presenting import Presenting
from conformance.reference.wire import Headers, Request


@mutant(breaks="PAG-01", seen_by="PRE-12")
class LinksHaveNoBrackets(Presenting):
    """Writes the targets of Link headers without angle brackets."""

    def link_headers(self, links: Headers) -> Headers:
        return tuple(("Link", f'{url}; rel="{relation}"') for relation, url in links)


class _Links(Paging):
    def told(self, links: dict[str, str], request: Request, page: Page, window: Window) -> dict[str, str]:
        raise NotImplementedError

    def links(self, request: Request, page: Page, window: Window, filters: Sequence[str]) -> Headers:
        unmodified = dict(super().links(request, page, window, filters))
        return tuple(self.told(unmodified, request, page, window).items())


@mutant(breaks="PAG-02", seen_by="PRE-12")
class LinksNameAPage(_Links):
    """Adds a link with the undocumented relation page."""

    def told(self, links: dict[str, str], request: Request, page: Page, window: Window) -> dict[str, str]:
        return {**links, "page": links["current"]}


@mutant(breaks="PAG-03", seen_by="PRE-12")
class LinksRepeatTheChannel(Paging):
    """Writes relative links that repeat a path segment and so lead to a wrong path."""

    def segment(self, request: Request) -> str:
        return b"/".join(request.path.split(b"/")[-2:]).decode("latin-1")


@mutant(breaks="PAG-03", seen_by="PRE-12")
class LinksNameTheBackend(Paging):
    """Writes links with the origin of the server behind a proxy, where no client can follow them."""

    def links(self, request: Request, page: Page, window: Window, filters: Sequence[str]) -> Headers:
        folder = request.path.rpartition(b"/")[0].decode("latin-1")
        relative = super().links(request, page, window, filters)
        return tuple((relation, f"http://internal-backend:9000{folder}{url[1:]}") for relation, url in relative)


@mutant(breaks="PAG-04", seen_by="PRE-12")
class CurrentIsNotLinked(_Links):
    """Omits the current link."""

    def told(self, links: dict[str, str], request: Request, page: Page, window: Window) -> dict[str, str]:
        return {relation: url for relation, url in links.items() if relation != "current"}


@mutant(breaks="PAG-05")
class NextSkipsOne(Paging):
    """Skips the first item of every page after the first."""

    def after_cursor(self, entries: list[Entry], window: Window) -> list[Entry]:
        return super().after_cursor(entries, window)[0 if window.cursor is None else 1 :]


@mutant(breaks="PAG-05")
class NextRepeatsTheLast(Paging):
    """Repeats the last item of a page at the start of the next one."""

    def after_cursor(self, entries: list[Entry], window: Window) -> list[Entry]:
        if window.cursor is None:
            return entries
        return [each for each in entries if each[0] == window.cursor] + super().after_cursor(entries, window)


@mutant(breaks="PAG-06")
class PagesShrink(Paging):
    """Returns one item less than the limit on every page after the first."""

    def page(self, entries: Iterable[Entry], window: Window) -> Page:
        shorter = window.limit if window.cursor is None else max(1, window.limit - 1)
        return super().page(entries, replace(window, limit=shorter))


@mutant(breaks="PAG-07")
class FirstIsCurrent(_Links):
    """Uses the URL of the current page for the first link."""

    def told(self, links: dict[str, str], request: Request, page: Page, window: Window) -> dict[str, str]:
        return {**links, "first": links["current"]}


@mutant(breaks="PAG-08")
class CurrentIsFirst(_Links):
    """Uses the URL of the first page for the current link."""

    def told(self, links: dict[str, str], request: Request, page: Page, window: Window) -> dict[str, str]:
        return {**links, "current": links["first"]}


class _Forgetting(Paging):
    FORGOTTEN = ""

    def pinned(self, query: Mapping[str, str], page: Page, window: Window, filters: Sequence[str]) -> dict[str, str]:
        pinned = super().pinned(query, page, window, filters)
        return {name: value for name, value in pinned.items() if name != self.FORGOTTEN}


@mutant(breaks="PAG-10")
class NextForgetsTheDirection(_Forgetting):
    """Omits direction from pagination links, so that later pages use the default direction."""

    FORGOTTEN = "direction"


KNOWN = frozenset(
    {CEILING, CURSOR, *KEPT, "clientId", "connectionId", "direction", "end", "limit", "request_id", "start", "unit"}
)


@mutant(breaks="PAG-27")
class UnknownParametersAreInvalid(Paging):
    """Rejects a list request with an unknown query parameter."""

    def limit(self, query: Mapping[str, str]) -> int:
        if set(query) - KNOWN:
            raise bad_value("the query has an unknown parameter")
        return super().limit(query)


@mutant(breaks="PAG-11")
class NextForgetsTheStart(_Forgetting):
    """Omits start from pagination links, so that later pages include older items."""

    FORGOTTEN = "start"


@mutant(breaks="PAG-25")
class NextForgetsTheUnit(_Forgetting):
    """Omits unit from pagination links, so that later pages list minutes."""

    FORGOTTEN = "unit"


@mutant(breaks="PAG-26")
class NextForgetsTheFormat(_Forgetting):
    """Omits format from pagination links, so that later pages are in JSON."""

    FORGOTTEN = "format"


@mutant(breaks="PAG-12")
class ThousandIsTooMany(Paging):
    """Rejects a limit of 1000, the largest allowed."""

    def largest_limit(self, limit: int) -> int:
        if limit >= LARGEST_LIMIT:
            raise bad_value(f"limit exceeds {LARGEST_LIMIT - 1}: {limit}")
        return limit


@mutant(breaks="PAG-13")
class TooLargeLimitsAreCut(Paging):
    """Reduces a limit above 1000 to 1000 instead of rejecting it."""

    def largest_limit(self, limit: int) -> int:
        return min(limit, LARGEST_LIMIT)


class _Lenient(Paging):
    def is_let_pass(self, limit: str) -> bool:
        raise NotImplementedError

    def limit(self, query: Mapping[str, str]) -> int:
        return DEFAULT_LIMIT if self.is_let_pass(query.get("limit", "")) else super().limit(query)


@mutant(breaks="PAG-14")
class WordsAreNoLimit(_Lenient):
    """Ignores a limit that is not a number instead of rejecting it."""

    def is_let_pass(self, limit: str) -> bool:
        return not limit.lstrip("-").isdigit()


@mutant(breaks="PAG-15")
class ZeroIsNoLimit(_Lenient):
    """Ignores a limit of 0 or less instead of rejecting it."""

    def is_let_pass(self, limit: str) -> bool:
        return limit.lstrip("-").isdigit() and int(limit) <= 0


@mutant(breaks="PAG-16")
class InvalidLimitsAreIgnored(Paging):
    """Ignores an invalid limit on lists without a time range instead of rejecting it."""

    def window(self, query: Mapping[str, str]) -> Window:
        try:
            return super().window(query)
        except Refusal:
            return super().window({name: value for name, value in query.items() if name != "limit"})


@mutant(breaks="PAG-17")
class SidewaysIsBackwards(Paging):
    """Treats an unknown direction as backwards instead of rejecting it."""

    def is_backwards(self, query: Mapping[str, str]) -> bool:
        return query.get("direction") != "forwards"


@mutant(breaks="PAG-18")
class InvalidTimesAreIgnored(Paging):
    """Ignores start and end when one of them is invalid instead of rejecting the request."""

    def time_window(self, query: Mapping[str, str]) -> Window:
        try:
            return super().time_window(query)
        except Refusal:
            return super().time_window({name: query[name] for name in query if name not in {"start", "end"}})


@mutant(breaks="PAG-19")
class BoundsAreSorted(Paging):
    """Swaps start and end when start is later than end instead of rejecting the request."""

    def time_window(self, query: Mapping[str, str]) -> Window:
        start, end = query.get("start", ""), query.get("end", "")
        is_reversed = start.isdecimal() and end.isdecimal() and int(start) > int(end)
        return super().time_window({**query, "start": end, "end": start} if is_reversed else query)


@mutant(breaks="PAG-20", seen_by="PAG-06")
class PagesHaveOneMore(Paging):
    """Returns one item more than the limit allows on each page."""

    def page(self, entries: Iterable[Entry], window: Window) -> Page:
        return super().page(entries, replace(window, limit=window.limit + 1))


@mutant(breaks="PAG-21", seen_by="STT-18")
class HundredAndOneByDefault(Paging):
    """Uses a default limit of 101 instead of 100."""

    def limit(self, query: Mapping[str, str]) -> int:
        return super().limit({"limit": str(DEFAULT_LIMIT + 1), **query})


@mutant(breaks="PAG-22", seen_by="PRE-12")
class EmptyListsLeadOn(_Links):
    """Adds a next link to an empty page."""

    def told(self, links: dict[str, str], request: Request, page: Page, window: Window) -> dict[str, str]:
        return {**links, "next": links["current"]} if not page.items else links


@mutant(breaks="PAG-24", seen_by="PRE-12")
class LinksAreAbsolute(_Links):
    """Writes links with an absolute path instead of a relative one."""

    def told(self, links: dict[str, str], request: Request, page: Page, window: Window) -> dict[str, str]:
        path = request.path.decode("latin-1")
        return {relation: f"{path}?{url.partition('?')[2]}" for relation, url in links.items()}
