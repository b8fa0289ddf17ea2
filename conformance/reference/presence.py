"""Presence: the members that provisioning added to a channel, and their enter events as history."""

from collections.abc import Iterable, Mapping

from conformance.reference.access import Access
from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.negotiation import Format
from conformance.reference.paging import Entry, Paging, Window
from conformance.reference.payloads import Payloads
from conformance.reference.state import App, Channel, Member
from conformance.reference.wire import Json, Reply

PRESENT = 1
ENTER = 2

# The spellings of the filters: ably-ruby sends the second ones.
CLIENT = ("clientId", "client_id")
CONNECTION = ("connectionId", "connection_id")


class Presence:
    def __init__(self, access: Access, channels: Channels, payloads: Payloads, paging: Paging) -> None:
        self.access = access
        self.channels = channels
        self.payloads = payloads
        self.paging = paging

    def members(self, call: Call) -> Reply:
        caller = call.caller
        name = self.channels.name(call)
        self.access.require(caller, "subscribe", name)
        window = self.paging.window(call.query)
        channel = self.channel(caller.app, name)
        page = self.paging.page(self.matching(channel, call.query), window)
        reply = self.paging.reply(call.request, page, window, (*CLIENT, *CONNECTION, "direction"))
        return Reply(200, self.views(page.items, PRESENT, call.presentation.format), links=reply.links)

    def channel(self, app: App, name: str) -> Channel:
        return self.channels.look(app, name)

    def matching(self, channel: Channel, query: Mapping[str, str]) -> list[Entry]:
        return [(member.position, member) for member in channel.members if self.matches(member, query)]

    def matches(self, member: Member, query: Mapping[str, str]) -> bool:
        is_client = all(member.client_id == query[name] for name in CLIENT if name in query)
        return is_client and all(member.connection_id == query[name] for name in CONNECTION if name in query)

    def history(self, call: Call) -> Reply:
        caller = call.caller
        name = self.channels.name(call)
        self.access.require(caller, "history", name)
        window = self.paging.time_window(call.query)
        page = self.paging.page(self.events(self.channel(caller.app, name), window), window)
        reply = self.paging.reply(call.request, page, window, ("start",))
        # RB/presence: in MessagePack, too, the data of an event is as it was stored.
        return Reply(200, self.views(page.items, ENTER, Format.JSON), links=reply.links)

    def events(self, channel: Channel, window: Window) -> list[Entry]:
        return [(member.position, member) for member in channel.members if self.is_within(member, window)]

    def is_within(self, member: Member, window: Window) -> bool:
        after_start = window.start is None or member.timestamp >= window.start
        return after_start and (window.end is None or member.timestamp <= window.end)

    def views(self, members: Iterable[Member], action: int, format_: Format) -> list[Json]:
        return [self.payloads.view(self.fields(member, action), format_) for member in members]

    def fields(self, member: Member, action: int) -> dict[str, Json]:
        fields = {
            "id": member.id,
            "clientId": member.client_id,
            "connectionId": member.connection_id,
            "timestamp": member.timestamp,
            "action": action,
            "data": member.data,
            "encoding": member.encoding,
        }
        return {name: value for name, value in fields.items() if value is not None}
