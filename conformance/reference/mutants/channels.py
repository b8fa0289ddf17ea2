"""Mutants of channel status and of the enumeration of channels."""

# ruff: noqa: ARG002  an override often ignores an argument

import re
from dataclasses import replace

from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.encoding import Encoding
from conformance.reference.errors import not_found
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Format
from conformance.reference.paging import Paging, Window
from conformance.reference.state import App, Channel, Message
from conformance.reference.wire import Json, Reply


@mutant(breaks="STA-01")
class StatusIsOfTheFirstChannel(Channels):
    """Answers every status request with the status of the first channel of the application."""

    def status(self, call: Call) -> Reply:
        super().status(call)
        return Reply(200, self.details(next(iter(call.caller.app.channels.values()))))


@mutant(breaks="STA-02")
class StatusCutsTheName(Channels):
    """Cuts the channel name in a status at the first question mark."""

    def details(self, channel: Channel) -> Json:
        return {**super().details(channel), "channelId": channel.name.partition("?")[0]}


@mutant(breaks="STA-03")
class UnusedChannelsAreNotFound(Channels):
    """Answers the status of a channel that was never used with 404."""

    def status(self, call: Call) -> Reply:
        if self.name(call) not in call.caller.app.channels:
            raise not_found("there is no such channel")
        return super().status(call)


@mutant(breaks="STA-04")
class TheAskerIsConnected(Channels):
    """Counts the status request itself as a connection to the channel."""

    def metrics(self, channel: Channel) -> Json:
        return {**super().metrics(channel), "connections": 1}


@mutant(breaks="STA-05")
class OnlyMembersMakeActive(Channels):
    """Reports a channel as active only while it has presence members."""

    def details(self, channel: Channel) -> Json:
        details = super().details(channel)
        return {**details, "status": {**details["status"], "isActive": bool(channel.members)}}


@mutant(breaks="STA-06")
class StatusPacksTheNameAsBytes(Channels):
    """Encodes the channel name in a MessagePack status as binary data."""

    def status(self, call: Call) -> Reply:
        reply = super().status(call)
        is_packed = call.presentation.format is Format.MSGPACK
        return replace(reply, body={**reply.body, "channelId": self.name(call).encode()}) if is_packed else reply


@mutant(breaks="STA-07")
class MembersAreNotCounted(Channels):
    """Reports 0 presence members for every channel."""

    def metrics(self, channel: Channel) -> Json:
        return {**super().metrics(channel), "presenceMembers": 0}


@mutant(breaks="STA-08")
class StatusIsPublished(Channels):
    """Adds a message to the history of a channel when its status is read."""

    def status(self, call: Call) -> Reply:
        app, name = call.caller.app, self.name(call)
        now = app.created
        fields = {"id": f"status:{next(app.positions)}", "timestamp": now, "name": "status"}
        self.open(app, name).messages.append(Message(next(app.positions), now, fields, 0))
        return super().status(call)


@mutant(breaks="STA-10")
class NewestChannelIsMissing(Channels):
    """Omits the most recently used channel from the enumeration."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return super().listed(app, prefix)[:-1]


@mutant(breaks="STA-11")
class NamesAreListedInSmallLetters(Channels):
    """Lists channel names in lower case."""

    def item(self, channel: Channel, by: str) -> Json:
        item = super().item(channel, by)
        return item.lower() if by == "id" else item


@mutant(breaks="STA-12")
class NamesAloneAreListed(Channels):
    """Lists channel names where channel details were requested."""

    def item(self, channel: Channel, by: str) -> Json:
        return channel.name


@mutant(breaks="STA-13")
class PrefixIsIgnored(Channels):
    """Ignores the prefix filter of the enumeration."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return super().listed(app, "")


@mutant(breaks="STA-13")
class PrefixIsFoundAnywhere(Channels):
    """Matches the prefix filter anywhere in a channel name."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return [channel for name, channel in app.channels.items() if prefix in name]


@mutant(breaks="STA-13")
class PrefixForgetsCase(Channels):
    """Matches the prefix filter case-insensitively."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return [channel for name, channel in app.channels.items() if name.lower().startswith(prefix.lower())]


@mutant(breaks="STA-14")
class PrefixIsPattern(Channels):
    """Interprets the prefix filter as a regular expression."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        try:
            return [channel for name, channel in app.channels.items() if re.match(prefix, name)]
        except re.error:
            return super().listed(app, prefix)


@mutant(breaks="STA-15")
class UnknownPrefixIsNoPrefix(Channels):
    """Lists all channels when no channel matches the prefix filter."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return super().listed(app, prefix) or super().listed(app, "")


@mutant(breaks="STA-16")
class NextForgetsThePrefix(Paging):
    """Omits the prefix filter from pagination links."""

    def pinned(self, query: Json, page: Json, window: Window, filters: Json) -> dict[str, str]:
        return super().pinned(query, page, window, [name for name in filters if name != "prefix"])


@mutant(breaks="STA-16")
class NextForgetsBy(Paging):
    """Omits the parameter `by` from pagination links, so that later pages list names instead of details."""

    def pinned(self, query: Json, page: Json, window: Window, filters: Json) -> dict[str, str]:
        return super().pinned(query, page, window, [name for name in filters if name != "by"])


@mutant(breaks="STA-17")
class OneMoreThanTheLimit(Paging):
    """Returns one channel more than the limit allows on each page."""

    def window(self, query: Json) -> Window:
        window = super().window(query)
        return replace(window, limit=window.limit + 1)


@mutant(breaks="STA-18")
class ChannelsAreListedTwice(Channels):
    """Lists every channel twice."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return super().listed(app, prefix) * 2


@mutant(breaks="STA-19")
class NamesAreTheDefaultAtEveryVersion(Channels):
    """Lists names by default for protocol version 2 too, whose default is details."""

    def by(self, call: Call) -> str:
        return super().by(call) if "by" in call.query else "id"


@mutant(breaks="STA-20")
class UnknownByIsId(Channels):
    """Accepts an unknown value of the parameter `by` and lists names."""

    def by(self, call: Call) -> str:
        return super().by(call) if call.query.get("by") in {None, "id", "value"} else "id"


@mutant(breaks="STA-21")
class EnumerationCountsTheAsker(Channels):
    """Counts the enumeration request as a connection to every channel."""

    def item(self, channel: Channel, by: str) -> Json:
        item = super().item(channel, by)
        if by == "value":
            item["status"]["occupancy"]["metrics"]["connections"] = 1
        return item


@mutant(breaks="RSP-48")
class NamesArePackedAsBytes(Encoding):
    """Encodes a list of channel names in MessagePack as binary data."""

    def msgpack(self, tree: Json) -> bytes:
        is_names = isinstance(tree, list) and all(isinstance(each, str) for each in tree)
        return super().msgpack([each.encode() for each in tree] if is_names else tree)


@mutant(breaks="STA-22")
class NameOfAChannelIsItsLastSegment(Channels):
    """Writes only the part after the last colon into the name of a channel status."""

    def details(self, channel: Channel) -> Json:
        return {**super().details(channel), "name": channel.name.rpartition(":")[2]}


@mutant(breaks="STA-23")
class UnknownParametersAreFilters(Channels):
    """Takes any unknown query parameter of an enumeration for a filter that no channel matches."""

    def enumerate(self, call: Call) -> Reply:
        is_filtered = "colour" in call.query
        return Reply(200, [], links=super().enumerate(call).links) if is_filtered else super().enumerate(call)
