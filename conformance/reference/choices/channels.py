"""Choices of channels: the pages of an enumeration and the members of a status."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.reference.access import Access
from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.choices.mark import choice
from conformance.reference.errors import Refusal, bad_request
from conformance.reference.paging import Entry, Page, Paging, Window
from conformance.reference.state import Channel
from conformance.reference.wire import Json, Reply


class RaggedPaging(Paging):
    """An empty first and last page, short pages between, and the last item of each page again on the next."""

    def page(self, entries: Iterable[Entry], window: Window) -> Page:
        known = list(entries)
        if window.cursor is None:
            return Page([], 0, self.ceiling(known, window))
        again = [entry for entry in known if entry[0] == window.cursor and window.limit > 1]
        page = super().page(known, replace(window, limit=max(1, (window.limit - len(again) + 1) // 2)))
        return replace(page, items=[*(item for _, item in again), *page.items])

    def has_next(self, chosen: Sequence[Entry], rest: Sequence[Entry], window: Window) -> bool:
        del rest, window
        return bool(chosen)


@choice(permitted_by="ably/docs rest-api, channel enumeration: pages may be short or empty, channels may repeat")
class RaggedEnumeration(Channels):
    """Enumerates channels in short pages, with an empty first page and some channels on two pages."""

    def __init__(self, access: Access, paging: Paging) -> None:
        super().__init__(access, type("Ragged", (RaggedPaging, type(paging)), {})(paging.clock))


@choice(permitted_by="ably/ably-common protocol/errors.json: 42912, only one channel enumeration may run at a time")
class BusyEnumeration(Channels):
    """Rejects every fifth enumeration with 429, as if another one were running."""

    asked = 0

    def enumerate(self, call: Call) -> Reply:
        self.access.require(call.caller, "channel-metadata", "*")
        self.asked += 1
        if self.asked % 5 == 0:
            raise Refusal(429, 42912, "the channels are being enumerated")
        return super().enumerate(call)


@choice(permitted_by="openapi.yaml, ChannelDetails: channelId is the required name")
class NamelessDetails(Channels):
    """Omits the member name from a channel status and keeps channelId."""

    def details(self, channel: Channel) -> Json:
        return {name: value for name, value in super().details(channel).items() if name != "name"}


@choice(permitted_by="ably/specification features CHM2: further metrics may be added")
class MoreMetrics(Channels):
    """Adds an unknown metric to the occupancy of a channel."""

    def metrics(self, channel: Channel) -> Json:
        return {**super().metrics(channel), "watchers": 0}


@choice(permitted_by="ably/specification features CHM2: object metrics were added later")
class NoObjectMetrics(Channels):
    """Omits the object metrics from the occupancy of a channel."""

    def metrics(self, channel: Channel) -> Json:
        return {name: value for name, value in super().metrics(channel).items() if not name.startswith("object")}


@choice(permitted_by="openapi.yaml, ChannelStatus: isActive says whether the channel is active")
class UnusedChannelsAreIdle(Channels):
    """Reports a channel that was never used as not active, and does not activate it."""

    def status(self, call: Call) -> Reply:
        app, name = call.caller.app, self.name(call)
        is_active = name in app.channels
        reply = super().status(call)
        if not is_active:
            app.channels.pop(name, None)
            reply.body["status"]["isActive"] = False
        return reply


@choice(permitted_by="ably/ably-common errors/codes/40010: a bracket has to open a known qualifier")
class NoMetachannels(Channels):
    """Rejects channel names with a qualifier."""

    def valid_name(self, text: str) -> str:
        if text.startswith("["):
            raise bad_request(f"invalid channel name: {text}", 40010)
        return super().valid_name(text)


@choice(permitted_by="ably/docs channels: only a colon, a bracket and a newline are documented as invalid")
class NamesMayBeginWithAComma(Channels):
    """Accepts channel names with a leading comma or blank."""

    def valid_name(self, text: str) -> str:
        return text if text[:1] in {",", " "} else super().valid_name(text)
