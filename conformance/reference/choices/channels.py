"""Choices of channels: what an enumeration's pages look like, what a status says beside the documented."""

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
    """An empty page at the start and at the end, short ones between, the last item of one again on the next."""

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


@choice(permitted_by="ably/docs rest-api, channel enumeration: pages may be short or empty, channels may come twice")
class RaggedEnumeration(Channels):
    """Pages of the enumeration are short, the first is empty, and a channel may stand on two of them."""

    def __init__(self, access: Access, paging: Paging) -> None:
        super().__init__(access, type("Ragged", (RaggedPaging, type(paging)), {})(paging.clock))


@choice(permitted_by="ably/ably-common protocol/errors.json: 42912, channels are enumerated one at a time")
class BusyEnumeration(Channels):
    """Every fifth enumeration is refused, because somebody else is enumerating."""

    asked = 0

    def enumerate(self, call: Call) -> Reply:
        self.access.require(call.caller, "channel-metadata", "*")
        self.asked += 1
        if self.asked % 5 == 0:
            raise Refusal(429, 42912, "the channels are being enumerated")
        return super().enumerate(call)


@choice(permitted_by="openapi.yaml, ChannelDetails: channelId is the required name")
class NamelessDetails(Channels):
    """A status has no member name beside channelId."""

    def details(self, channel: Channel) -> Json:
        return {name: value for name, value in super().details(channel).items() if name != "name"}


@choice(permitted_by="ably/specification features CHM2: further metrics may come")
class MoreMetrics(Channels):
    """An occupancy has metrics that nobody knows yet."""

    def metrics(self, channel: Channel) -> Json:
        return {**super().metrics(channel), "watchers": 0}


@choice(permitted_by="ably/specification features CHM2: object metrics are new")
class NoObjectMetrics(Channels):
    """An occupancy has the six metrics of old."""

    def metrics(self, channel: Channel) -> Json:
        return {name: value for name, value in super().metrics(channel).items() if not name.startswith("object")}


@choice(permitted_by="openapi.yaml, ChannelStatus: isActive says whether the channel is active")
class UnusedChannelsAreIdle(Channels):
    """The status of a channel that was never used says that it is not active, and activates nothing."""

    def status(self, call: Call) -> Reply:
        app, name = call.caller.app, self.name(call)
        is_active = name in app.channels
        reply = super().status(call)
        if not is_active:
            app.channels.pop(name, None)
            reply.body["status"]["isActive"] = False
        return reply


@choice(permitted_by="ably/ably-common errors/codes/40010: a bracket opens a known qualifier only")
class NoMetachannels(Channels):
    """A name with a qualifier is no name of a channel."""

    def valid_name(self, text: str) -> str:
        if text.startswith("["):
            raise bad_request(f"not a channel name: {text}", 40010)
        return super().valid_name(text)
