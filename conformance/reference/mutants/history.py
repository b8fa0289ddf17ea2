"""Mutants of history: bounds, order, pages and channel names."""

# ruff: noqa: ARG002  an override often ignores an argument

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote

from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Format
from conformance.reference.paging import Entry, Page, Paging, Window
from conformance.reference.payloads import Payloads
from conformance.reference.routing import Route, Routing
from conformance.reference.state import App, Channel, Message
from conformance.reference.wire import Headers, Json, Reply, Request


@mutant(breaks="HIS-01")
class HistoryBeginsWithTheOldest(Paging):
    """Lists history forwards by default."""

    def is_backwards(self, query: Mapping[str, str]) -> bool:
        return super().is_backwards({"direction": "forwards", **query})


@mutant(breaks="HIS-02")
class EverythingIsReadBackwards(Paging):
    """Ignores the direction and always lists backwards."""

    def is_backwards(self, query: Mapping[str, str]) -> bool:
        return True


@mutant(breaks="HIS-05")
class AnyDirectionIsForwards(Paging):
    """Lists forwards whenever a direction is given, even backwards."""

    def is_backwards(self, query: Mapping[str, str]) -> bool:
        return "direction" not in query


@mutant(breaks="HIS-03")
class StartIsExclusive(Messages):
    """Treats the start of a history query as exclusive."""

    def is_within(self, message: Message, window: Window) -> bool:
        return message.timestamp != window.start and super().is_within(message, window)


@mutant(breaks="HIS-06")
class LimitComesBeforeTheBounds(Messages):
    """Applies the limit before the start and end of a history query."""

    def within(self, channel: Channel, window: Window) -> list[Entry]:
        messages = list(channel.messages)
        taken = messages[-window.limit :] if window.backwards else messages[: window.limit]
        return [(message.position, message) for message in taken if self.is_within(message, window)]


@mutant(breaks="HIS-06")
class DirectionTurnsThePageOnly(Paging):
    """Selects the newest messages in both directions and reverses only the order of the page."""

    def page(self, entries: Iterable[Entry], window: Window) -> Page:
        page = super().page(entries, dataclasses.replace(window, backwards=True))
        return page if window.backwards else dataclasses.replace(page, items=page.items[::-1])


@mutant(breaks="HIS-07")
class PagesHoldThousandByDefault(Paging):
    """Uses a default limit of 1000 instead of 100."""

    def limit(self, query: Mapping[str, str]) -> int:
        return super().limit({"limit": "1000", **query})


@mutant(breaks="HIS-08")
class NoPageHoldsMoreThanItsDefault(Paging):
    """Never returns more than 100 items on a page, whatever the limit."""

    def largest_limit(self, limit: int) -> int:
        return min(super().largest_limit(limit), 100)


@mutant(breaks="HIS-15")
class BoundsAreForOrderOnly(Messages):
    """Returns all messages when none lies between start and end."""

    def within(self, channel: Channel, window: Window) -> list[Entry]:
        return super().within(channel, window) or [(message.position, message) for message in channel.messages]


@mutant(breaks="HIS-16")
class EmptyMessagesHaveNoTime(Messages):
    """Omits the timestamp of a message without data."""

    def view(self, message: Message, format_: Format) -> Json:
        seen = super().view(message, format_)
        return seen if "data" in seen else {name: value for name, value in seen.items() if name != "timestamp"}


@mutant(breaks="HIS-17")
class MessagePackHasNoExtras(Payloads):
    """Omits the extras of messages read in MessagePack."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        seen = super().as_bytes(fields, data)
        return {name: value for name, value in seen.items() if name != "extras"}


@mutant(breaks="HIS-18")
class EmptyHistoryIsAnObject(Messages):
    """Answers an empty history with an empty object instead of an empty array."""

    def history(self, call: Call) -> Reply:
        reply = super().history(call)
        return reply if reply.body else dataclasses.replace(reply, body={})


@mutant(breaks="HIS-19")
class MessagesAreReadOnce(Messages):
    """Deletes messages once they have been read."""

    def history(self, call: Call) -> Reply:
        reply = super().history(call)
        self.channel(call.caller.app, self.channels.name(call)).messages.clear()
        return reply


@mutant(breaks="HIS-20")
class PagesOverlap(Paging):
    """Repeats the last item of a page at the start of the next one."""

    def after_cursor(self, entries: list[Entry], window: Window) -> list[Entry]:
        step = 1 if window.backwards else -1
        cursor = None if window.cursor is None else window.cursor + step
        return super().after_cursor(entries, dataclasses.replace(window, cursor=cursor))


@mutant(breaks="HIS-20")
class PagesSkipOne(Paging):
    """Skips one item between two pages."""

    def after_cursor(self, entries: list[Entry], window: Window) -> list[Entry]:
        rest = super().after_cursor(entries, window)
        return rest if window.cursor is None else rest[1:]


@mutant(breaks="HIS-20")
class LinksForgetTheStart(Paging):
    """Omits start from pagination links."""

    def pinned(self, query: Mapping[str, str], page: Page, window: Window, filters: Sequence[str]) -> dict[str, str]:
        return super().pinned(query, page, window, [name for name in filters if name != "start"])


@mutant(breaks="HIS-20")
class LinksForgetTheDirection(Paging):
    """Omits direction from pagination links."""

    def pinned(self, query: Mapping[str, str], page: Page, window: Window, filters: Sequence[str]) -> dict[str, str]:
        pinned = super().pinned(query, page, window, filters)
        return {name: value for name, value in pinned.items() if name != "direction"}


@mutant(breaks="HIS-20")
class NextNeverEnds(Paging):
    """Adds a next link to the last page that leads back to the first one."""

    def page(self, entries: Iterable[Entry], window: Window) -> Page:
        page = super().page(entries, window)
        beyond = 10**15 if window.backwards else 0
        return page if page.next_cursor is not None else dataclasses.replace(page, next_cursor=beyond)


@mutant(breaks="HIS-21")
class LinksForgetTheLimit(Paging):
    """Omits limit from pagination links."""

    def pinned(self, query: Mapping[str, str], page: Page, window: Window, filters: Sequence[str]) -> dict[str, str]:
        pinned = super().pinned(query, page, window, filters)
        return {name: value for name, value in pinned.items() if name != "limit"}


@mutant(breaks="HIS-22")
class PagesAreCountedFromTheNewest(Paging):
    """Pages by an offset from the newest message, so that new messages shift later pages."""

    def page(self, entries: Iterable[Entry], window: Window) -> Page:
        known = self.in_order(list(entries), window)
        done = window.cursor or 0
        chosen = known[done : done + window.limit]
        more = len(known) > done + window.limit
        return Page([item for _, item in chosen], done + window.limit if more else None, 0)

    def pinned_end(self, query: Mapping[str, str], end: int) -> str:
        return query.get("end", "")


@mutant(breaks="HIS-23")
class FirstFollowsTheClock(Paging):
    """Omits the resolved end from the first link, so that it includes newer messages."""

    def links(self, request: Request, page: Page, window: Window, filters: Sequence[str]) -> Headers:
        (_, first), *others = super().links(request, page, window, filters)
        return (("first", without_end(first)), *others)


@mutant(breaks="HIS-24")
class CurrentFollowsTheClock(Paging):
    """Omits the resolved end from the current link, so that it includes newer messages."""

    def links(self, request: Request, page: Page, window: Window, filters: Sequence[str]) -> Headers:
        first, (_, current), *others = super().links(request, page, window, filters)
        return (first, ("current", without_end(current)), *others)


@mutant(breaks="HIS-25")
class FirstIsThePageBefore(Paging):
    """Uses the URL of the current page for the first link."""

    def links(self, request: Request, page: Page, window: Window, filters: Sequence[str]) -> Headers:
        _, (_, current), *others = super().links(request, page, window, filters)
        return (("first", current), ("current", current), *others)


def without_end(url: str) -> str:
    path, _, query = url.partition("?")
    kept = [each for each in query.split("&") if not each.startswith(("end=", "ceiling="))]
    return f"{path}?{'&'.join(kept)}"


@mutant(breaks="HIS-26")
class MessagePackHasOnePage(Messages):
    """Omits the next link from a history in MessagePack."""

    def history(self, call: Call) -> Reply:
        reply = super().history(call)
        if call.presentation.format is not Format.MSGPACK:
            return reply
        return dataclasses.replace(reply, links=tuple(link for link in reply.links if link[0] != "next"))


@mutant(breaks="HIS-27")
class HistoryEndsAtHundred(Messages):
    """Shows only the latest 100 messages of a channel."""

    def within(self, channel: Channel, window: Window) -> list[Entry]:
        return super().within(channel, window)[-100:]


@mutant(breaks="HIS-40")
class SlashesPartNames(Routing):
    """Decodes %2F in the path before routing, which splits a channel name that contains a slash."""

    def match(self, method: str, path: bytes) -> tuple[Route, Mapping[str, bytes]]:
        return super().match(method, path.replace(b"%2F", b"/"))


@mutant(breaks="HIS-41")
class NamespacesAreChannels(Channels):
    """Treats all channels of a namespace as one channel."""

    def valid_name(self, text: str) -> str:
        return super().valid_name(text).partition(":")[0]


@mutant(breaks="HIS-42")
class NamesIgnoreCase(Channels):
    """Treats channel names as case-insensitive."""

    def valid_name(self, text: str) -> str:
        return super().valid_name(text).lower()


@mutant(breaks="HIS-43")
class NamesAreUnquotedTwice(Channels):
    """Decodes percent escapes in a channel name twice."""

    def valid_name(self, text: str) -> str:
        return super().valid_name(unquote(text))


@mutant(breaks="HIS-44")
class LinksHoldUnquotedNames(Paging):
    """Writes the channel name into pagination links without percent-encoding."""

    def segment(self, request: Request) -> str:
        return "/".join(["..", *unquote(request.path.decode("latin-1")).split("/", 2)[2:]])


@mutant(breaks="HIS-45")
class NamesAreAnsweredQuoted(Messages):
    """Answers a publish with the channel name still percent-encoded."""

    def publish(self, call: Call) -> Reply:
        reply = super().publish(call)
        return dataclasses.replace(reply, body={**reply.body, "channel": call.parameters["channel"].decode()})


@mutant(breaks="HIS-46")
class MessagesReachTheChannelBefore(Channels):
    """Stores messages in an existing channel whose name differs only after its last hyphen."""

    def open(self, app: App, name: str) -> Channel:
        known = next((each for each in app.channels if each.rpartition("-")[0] == name.rpartition("-")[0]), name)
        return super().open(app, known)
