"""Lies about channels: their status and their enumeration."""

# ruff: noqa: ARG002  a lie often ignores what it is told

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
    """Answers the status of the oldest channel, whichever was asked for."""

    def status(self, call: Call) -> Reply:
        super().status(call)
        return Reply(200, self.details(next(iter(call.caller.app.channels.values()))))


@mutant(breaks="STA-02")
class StatusCutsTheName(Channels):
    """Takes what follows a question mark in a name for a query."""

    def details(self, channel: Channel) -> Json:
        return {**super().details(channel), "channelId": channel.name.partition("?")[0]}


@mutant(breaks="STA-03")
class UnusedChannelsAreNotFound(Channels):
    """Answers 404 for a channel that nobody used yet."""

    def status(self, call: Call) -> Reply:
        if self.name(call) not in call.caller.app.channels:
            raise not_found("there is no such channel")
        return super().status(call)


@mutant(breaks="STA-04")
class TheAskerIsConnected(Channels):
    """Counts who asks for the status as a connection."""

    def metrics(self, channel: Channel) -> Json:
        return {**super().metrics(channel), "connections": 1}


@mutant(breaks="STA-05")
class OnlyMembersMakeActive(Channels):
    """Calls a channel active only while somebody is present on it."""

    def details(self, channel: Channel) -> Json:
        details = super().details(channel)
        return {**details, "status": {**details["status"], "isActive": bool(channel.members)}}


@mutant(breaks="STA-06")
class StatusPacksTheNameAsBytes(Channels):
    """Packs the name of the channel as bytes."""

    def status(self, call: Call) -> Reply:
        reply = super().status(call)
        is_packed = call.presentation.format is Format.MSGPACK
        return replace(reply, body={**reply.body, "channelId": self.name(call).encode()}) if is_packed else reply


@mutant(breaks="STA-07")
class MembersAreNotCounted(Channels):
    """Says that nobody is present, whoever is."""

    def metrics(self, channel: Channel) -> Json:
        return {**super().metrics(channel), "presenceMembers": 0}


@mutant(breaks="STA-08")
class StatusIsPublished(Channels):
    """Publishes the status on the channel that it is of."""

    def status(self, call: Call) -> Reply:
        app, name = call.caller.app, self.name(call)
        now = app.created
        fields = {"id": f"status:{next(app.positions)}", "timestamp": now, "name": "status"}
        self.open(app, name).messages.append(Message(next(app.positions), now, fields, 0))
        return super().status(call)


@mutant(breaks="STA-10")
class NewestChannelIsMissing(Channels):
    """Leaves the newest channel out of the enumeration."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return super().listed(app, prefix)[:-1]


@mutant(breaks="STA-11")
class NamesAreListedInSmallLetters(Channels):
    """Lists the names of channels in small letters."""

    def item(self, channel: Channel, by: str) -> Json:
        item = super().item(channel, by)
        return item.lower() if by == "id" else item


@mutant(breaks="STA-12")
class NamesAloneAreListed(Channels):
    """Lists names where details were asked for."""

    def item(self, channel: Channel, by: str) -> Json:
        return channel.name


@mutant(breaks="STA-13")
class PrefixIsIgnored(Channels):
    """Lists every channel, whatever the prefix."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return super().listed(app, "")


@mutant(breaks="STA-13")
class PrefixIsFoundAnywhere(Channels):
    """Lists channels that have the prefix anywhere in their name."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return [channel for name, channel in app.channels.items() if prefix in name]


@mutant(breaks="STA-13")
class PrefixForgetsCase(Channels):
    """Compares the prefix whatever the case of its letters."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return [channel for name, channel in app.channels.items() if name.lower().startswith(prefix.lower())]


@mutant(breaks="STA-14")
class PrefixIsPattern(Channels):
    """Takes the prefix for a regular expression."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        try:
            return [channel for name, channel in app.channels.items() if re.match(prefix, name)]
        except re.error:
            return super().listed(app, prefix)


@mutant(breaks="STA-15")
class UnknownPrefixIsNoPrefix(Channels):
    """Lists everything where nothing has the prefix."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return super().listed(app, prefix) or super().listed(app, "")


@mutant(breaks="STA-16")
class NextForgetsThePrefix(Paging):
    """Leads on to channels of any name."""

    def pinned(self, query: Json, page: Json, window: Window, filters: Json) -> dict[str, str]:
        return super().pinned(query, page, window, [name for name in filters if name != "prefix"])


@mutant(breaks="STA-16")
class NextForgetsBy(Paging):
    """Leads on to names where details were asked for."""

    def pinned(self, query: Json, page: Json, window: Window, filters: Json) -> dict[str, str]:
        return super().pinned(query, page, window, [name for name in filters if name != "by"])


@mutant(breaks="STA-17")
class OneMoreThanTheLimit(Paging):
    """Puts one more on a page than was asked for."""

    def window(self, query: Json) -> Window:
        window = super().window(query)
        return replace(window, limit=window.limit + 1)


@mutant(breaks="STA-18")
class ChannelsAreListedTwice(Channels):
    """Lists a channel once for each of two places where it is kept."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return super().listed(app, prefix) * 2


@mutant(breaks="STA-19")
class NamesAreTheDefaultAtEveryVersion(Channels):
    """Lists names when nothing was asked for, also to those of version 2."""

    def by(self, call: Call) -> str:
        return super().by(call) if "by" in call.query else "id"


@mutant(breaks="STA-20")
class UnknownByIsId(Channels):
    """Lists names for want of a better understanding."""

    def by(self, call: Call) -> str:
        return super().by(call) if call.query.get("by") in {None, "id", "value"} else "id"


@mutant(breaks="STA-21")
class EnumerationCountsTheAsker(Channels):
    """Counts who enumerates as a connection to each channel."""

    def item(self, channel: Channel, by: str) -> Json:
        item = super().item(channel, by)
        if by == "value":
            item["status"]["occupancy"]["metrics"]["connections"] = 1
        return item


@mutant(breaks="RSP-48")
class NamesArePackedAsBytes(Encoding):
    """Packs a list of names as bytes."""

    def msgpack(self, tree: Json) -> bytes:
        is_names = isinstance(tree, list) and all(isinstance(each, str) for each in tree)
        return super().msgpack([each.encode() for each in tree] if is_names else tree)
