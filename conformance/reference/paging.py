"""Splits lists into pages and writes the links between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from re import compile as pattern
from urllib.parse import quote, urlencode

from conformance.reference.clock import Clock
from conformance.reference.errors import bad_value
from conformance.reference.times import read_instant
from conformance.reference.wire import Headers, Json, Reply, Request

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000

# Parameters of this server in links: the position where a page starts, and the newest position of the first page.
CURSOR = "cursor"
CEILING = "ceiling"

# Query parameters that links repeat, in addition to the filters of a list. Credentials are never repeated.
KEPT = ("format", "v", "callback", "envelope", "fields", "flatten", "select", "fullWait")

WHOLE_NUMBER = pattern(r"\d{1,18}\Z")

Entry = tuple[int, Json]


@dataclass(frozen=True, slots=True)
class Window:
    """The requested part of a list. Newer entries have higher positions; the cursor is exclusive."""

    limit: int
    backwards: bool = False
    start: int | None = None
    end: int | None = None
    cursor: int | None = None
    ceiling: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    items: Sequence[Json]
    next_cursor: int | None
    ceiling: int


class Paging:
    """Pages of history, presence, statistics and channels. The last page has no next link."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def window(self, query: Mapping[str, str]) -> Window:
        """The window of a list without a time range."""
        return Window(self.limit(query), cursor=self.position(query, CURSOR), ceiling=self.position(query, CEILING))

    def time_window(self, query: Mapping[str, str]) -> Window:
        now = self.clock.now()
        start, end = self.start(query, now), self.end(query, now)
        if start is not None and start > end:
            raise bad_value("start is later than end")
        return Window(
            self.limit(query),
            backwards=self.is_backwards(query),
            start=start,
            end=end,
            cursor=self.position(query, CURSOR),
            ceiling=self.position(query, CEILING),
        )

    def limit(self, query: Mapping[str, str]) -> int:
        text = query.get("limit")
        if text is None:
            return DEFAULT_LIMIT
        if not WHOLE_NUMBER.match(text) or int(text) == 0:
            raise bad_value(f"limit must be a number from 1 to {LARGEST_LIMIT}: {text}")
        return self.largest_limit(int(text))

    def largest_limit(self, limit: int) -> int:
        if limit > LARGEST_LIMIT:
            raise bad_value(f"limit exceeds {LARGEST_LIMIT}: {limit}")
        return limit

    def is_backwards(self, query: Mapping[str, str]) -> bool:
        direction = query.get("direction", "backwards")
        if direction not in {"backwards", "forwards"}:
            raise bad_value(f"direction must be backwards or forwards: {direction}")
        return direction == "backwards"

    def start(self, query: Mapping[str, str], now: int) -> int | None:
        return read_instant(query["start"], "start", now) if query.get("start") else None

    def end(self, query: Mapping[str, str], now: int) -> int:
        return read_instant(query["end"], "end", now) if query.get("end") else now

    def position(self, query: Mapping[str, str], name: str) -> int | None:
        text = query.get(name)
        if text is None:
            return None
        if not WHOLE_NUMBER.match(text):
            raise bad_value(f"{name} is not from a link of this server")
        return int(text)

    def page(self, entries: Iterable[Entry], window: Window) -> Page:
        """The page of the window; the entries are in ascending order of their positions."""
        known = list(entries)
        ceiling = self.ceiling(known, window)
        seen = [entry for entry in known if entry[0] <= ceiling]
        rest = self.after_cursor(self.in_order(seen, window), window)
        chosen = rest[: window.limit]
        more = self.has_next(chosen, rest, window)
        return Page([item for _, item in chosen], chosen[-1][0] if more else None, ceiling)

    def ceiling(self, known: Sequence[Entry], window: Window) -> int:
        # Entries added after the first page was read do not appear on later pages.
        if window.ceiling is not None:
            return window.ceiling
        return known[-1][0] if known else 0

    def in_order(self, entries: list[Entry], window: Window) -> list[Entry]:
        return entries[::-1] if window.backwards else entries

    def after_cursor(self, entries: list[Entry], window: Window) -> list[Entry]:
        cursor = window.cursor
        if cursor is None:
            return entries
        if window.backwards:
            return [entry for entry in entries if entry[0] < cursor]
        return [entry for entry in entries if entry[0] > cursor]

    def has_next(self, chosen: Sequence[Entry], rest: Sequence[Entry], window: Window) -> bool:
        # PHP/Presence, JS/history: a full last page has no next link.
        del window
        return len(rest) > len(chosen)

    def reply(self, request: Request, page: Page, window: Window, filters: Sequence[str] = ()) -> Reply:
        return Reply(200, list(page.items), links=self.links(request, page, window, filters))

    def links(self, request: Request, page: Page, window: Window, filters: Sequence[str]) -> Headers:
        base = self.pinned(request.query, page, window, filters)
        links = [("first", base), ("current", self.at(base, window.cursor))]
        if page.next_cursor is not None:
            links.append(("next", self.at(base, page.next_cursor)))
        segment = self.segment(request)
        return tuple((relation, self.url(segment, query)) for relation, query in links)

    def pinned(self, query: Mapping[str, str], page: Page, window: Window, filters: Sequence[str]) -> dict[str, str]:
        """The query with its defaults resolved, so that a link leads to the same page at a later time."""
        pinned = {name: query[name] for name in (*filters, *KEPT) if name in query}
        pinned["limit"] = str(window.limit)
        if window.end is not None:
            pinned["end"] = self.pinned_end(query, window.end)
            pinned["direction"] = "backwards" if window.backwards else "forwards"
        return {**pinned, CEILING: str(page.ceiling)}

    def pinned_end(self, query: Mapping[str, str], end: int) -> str:
        given = query.get("end", "")
        return str(end) if given in {"", "now"} else given

    def at(self, base: dict[str, str], cursor: int | None) -> dict[str, str]:
        return base if cursor is None else {**base, CURSOR: str(cursor)}

    def segment(self, request: Request) -> str:
        return request.path.rpartition(b"/")[2].decode("latin-1")

    def url(self, segment: str, query: Mapping[str, str]) -> str:
        # ably-js splits links at commas, ably-php at slashes: both are escaped in the query.
        return f"./{segment}?{urlencode(query, safe='', quote_via=quote)}"


class PushPaging(Paging):
    """Pages of the three push lists, for which the tests of SDKs expect two exceptions."""

    def largest_limit(self, limit: int) -> int:
        # PY/restpush requests a limit of 5000 and expects all items.
        return min(limit, LARGEST_LIMIT)

    def has_next(self, chosen: Sequence[Entry], rest: Sequence[Entry], window: Window) -> bool:
        # RB/push_admin "supports paging": a full page always has a next page, which may be empty.
        del rest
        return len(chosen) == window.limit
