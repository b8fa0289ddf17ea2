"""Channels: valid names, active channels, status and enumeration."""

from re import DOTALL
from re import compile as pattern

from conformance.reference.access import Access
from conformance.reference.call import Call, decode_segment
from conformance.reference.errors import bad_request, bad_value
from conformance.reference.paging import CURSOR, Paging
from conformance.reference.state import App, Channel
from conformance.reference.wire import Json, Reply

MOST_CHANNELS = 20_000
LONGEST_NAME = 2048

# Ably rejects an empty name, a leading colon, comma or space, line breaks, and unknown qualifiers.
NAME = pattern(r"(?:\[(?:meta|queue|\?[^\]\r\n]*)\])?[^\[:,\s\x00-\x1f][^\r\n\x00]*\Z", DOTALL)
PARAMETERS = pattern(r"\[\?[^\]]*\]")

METRICS = (
    "connections",
    "publishers",
    "subscribers",
    "presenceConnections",
    "presenceMembers",
    "presenceSubscribers",
    "objectPublishers",
    "objectSubscribers",
)


class Channels:
    """The store of channels, and the operations for the status and the enumeration of channels."""

    def __init__(self, access: Access, paging: Paging) -> None:
        self.access = access
        self.paging = paging

    def name(self, call: Call) -> str:
        """The name of the channel in the path, without the parameters of its qualifier."""
        text = decode_segment(call.parameters["channel"])
        if text is None:
            raise bad_request("the channel in the path is not percent-encoded UTF-8", 40010)
        return self.valid_name(text)

    def valid_name(self, text: str) -> str:
        if len(text) > LONGEST_NAME or not NAME.match(text):
            raise bad_request(f"invalid channel name: {text}", 40010)
        return PARAMETERS.sub("", text, count=1) if text.startswith("[?") else text

    def open(self, app: App, name: str) -> Channel:
        """The channel, created if necessary; it is active from now on."""
        channel = app.channels.get(name)
        if channel is None:
            channel = app.channels[name] = Channel(name, next(app.positions))
            self.make_room(app)
        else:
            app.channels.move_to_end(name)
        return channel

    def look(self, app: App, name: str) -> Channel:
        """The channel, or an empty one that is not stored: reading a channel does not activate it."""
        return app.channels.get(name) or Channel(name, 0)

    def make_room(self, app: App) -> None:
        """Removes the least recently used channel that has no presence members."""
        if len(app.channels) <= MOST_CHANNELS:
            return
        idle = next((name for name, channel in app.channels.items() if not channel.members), None)
        if idle is not None:
            del app.channels[idle]

    def status(self, call: Call) -> Reply:
        caller = call.caller
        name = self.name(call)
        self.access.require(caller, "channel-metadata", name)
        return Reply(200, self.details(self.open(caller.app, name)))

    def details(self, channel: Channel) -> Json:
        return {
            "channelId": channel.name,
            "name": channel.name,
            "status": {"isActive": True, "occupancy": {"metrics": self.metrics(channel)}},
        }

    def metrics(self, channel: Channel) -> Json:
        # Without realtime there are no connections, and the only members are fixtures.
        return {**dict.fromkeys(METRICS, 0), "presenceMembers": len(channel.members)}

    def enumerate(self, call: Call) -> Reply:
        caller = call.caller
        self.access.require(caller, "channel-metadata", "*")
        self.require_fresh_cursor(call)
        window = self.paging.window(call.query)
        by = self.by(call)
        listed = sorted(self.listed(caller.app, call.query.get("prefix", "")), key=lambda item: item.position)
        page = self.paging.page([(channel.position, channel) for channel in listed], window)
        reply = self.paging.reply(call.request, page, window, ("prefix", "by"))
        return Reply(200, [self.item(channel, by) for channel in page.items], links=reply.links)

    def require_fresh_cursor(self, call: Call) -> None:
        cursor = call.query.get(CURSOR)
        if cursor is not None and not cursor.isdecimal():
            raise bad_request("the cursor of the enumeration is stale", 40011)

    def by(self, call: Call) -> str:
        # The default changed in protocol version 3.
        by = call.query.get("by") or ("value" if call.version <= 2 else "id")
        if by not in {"id", "value"}:
            raise bad_value(f"by must be id or value: {by}")
        return by

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return [channel for name, channel in app.channels.items() if name.startswith(prefix)]

    def item(self, channel: Channel, by: str) -> Json:
        return channel.name if by == "id" else self.details(channel)
