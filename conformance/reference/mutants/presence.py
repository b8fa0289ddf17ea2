"""Mutants of presence and presence history."""

# ruff: noqa: ARG002  an override often ignores an argument

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote_plus

from conformance.reference.call import Call
from conformance.reference.errors import bad_value, not_found
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Format
from conformance.reference.paging import Entry, Paging, Window
from conformance.reference.payloads import Payloads
from conformance.reference.presence import ENTER, PRESENT, Presence
from conformance.reference.state import App, Channel, Member, Message
from conformance.reference.wire import Json, Reply


@mutant(breaks="PRE-01")
class LastMemberIsForgotten(Presence):
    """Omits the member that entered last from the presence list."""

    def matching(self, channel: Channel, query: Mapping[str, str]) -> list[Entry]:
        return super().matching(channel, query)[:-1]


@mutant(breaks="PRE-02")
class MembersAreEntering(Presence):
    """Lists present members with the action enter instead of present."""

    def fields(self, member: Member, action: int) -> dict[str, Json]:
        return super().fields(member, ENTER)


@mutant(breaks="PRE-02")
class ActionsAreWords(Presence):
    """Writes the action of a presence message as a word instead of a number."""

    def fields(self, member: Member, action: int) -> dict[str, Json]:
        return {**super().fields(member, action), "action": "PRESENT"}


@mutant(breaks="PRE-03")
class MembersLoseTheirEncoding(Presence):
    """Omits the encoding of a member's data."""

    def fields(self, member: Member, action: int) -> dict[str, Json]:
        return {name: value for name, value in super().fields(member, action).items() if name != "encoding"}


@mutant(breaks="PRE-04")
class Base64StepIsDroppedButNotTaken(Payloads):
    """Removes base64 from the encoding in MessagePack without decoding the data."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        return {**super().as_bytes(fields, data), "data": data}


@mutant(breaks="PRE-05")
class Base64StaysInMessagePack(Payloads):
    """Does not decode base64 data of members for readers of MessagePack."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        return fields


@mutant(breaks="PRE-06")
class ClientFilterIsDecodedTwice(Presence):
    """Decodes the clientId filter twice, so that a plus sign becomes a space."""

    def matches(self, member: Member, query: Mapping[str, str]) -> bool:
        again = {name: unquote_plus(value) if name == "clientId" else value for name, value in query.items()}
        return super().matches(member, again)


@mutant(breaks="PRE-07")
class ClientFilterIsIgnoredForPresence(Presence):
    """Ignores the clientId filter of a presence list."""

    def matches(self, member: Member, query: Mapping[str, str]) -> bool:
        return super().matches(member, {name: value for name, value in query.items() if name != "clientId"})


@mutant(breaks="PRE-07")
class ClientFilterTakesPrefixes(Presence):
    """Matches the clientId filter of a presence list as a prefix."""

    def matches(self, member: Member, query: Mapping[str, str]) -> bool:
        asked = query.get("clientId", "")
        whole = member.client_id if member.client_id.startswith(asked) else asked
        return super().matches(member, {**query, "clientId": whole})


@mutant(breaks="PRE-08")
class ConnectionFilterFindsNobody(Presence):
    """Compares the connectionId filter with the id of a member instead of its connectionId."""

    def matches(self, member: Member, query: Mapping[str, str]) -> bool:
        return super().matches(member, query) and query.get("connectionId") in {None, member.id}


@mutant(breaks="PRE-09")
class ConnectionFilterIsIgnored(Presence):
    """Ignores the connectionId filter of a presence list."""

    def matches(self, member: Member, query: Mapping[str, str]) -> bool:
        return super().matches(member, {name: value for name, value in query.items() if name != "connectionId"})


class _OneSpelling(Presence):
    IGNORED = ""

    def matches(self, member: Member, query: Mapping[str, str]) -> bool:
        return super().matches(member, {name: value for name, value in query.items() if name != self.IGNORED})


@mutant(breaks="PRE-33")
class ClientFilterHasOneSpelling(_OneSpelling):
    """Ignores the presence filter client_id."""

    IGNORED = "client_id"


@mutant(breaks="PRE-34")
class ConnectionFilterHasOneSpelling(_OneSpelling):
    """Ignores the presence filter connection_id."""

    IGNORED = "connection_id"


@mutant(breaks="PRE-10")
class OnlyOneFilterCounts(Presence):
    """Ignores the connectionId filter when a clientId filter is given."""

    def matches(self, member: Member, query: Mapping[str, str]) -> bool:
        if "clientId" in query:
            query = {"clientId": query["clientId"]}
        return super().matches(member, query)


@mutant(breaks="PRE-11")
class MembersShareTheirConnectionsId(Presence):
    """Uses the connectionId as the id of a present member."""

    def fields(self, member: Member, action: int) -> dict[str, Json]:
        fields = super().fields(member, action)
        return {**fields, "id": member.connection_id} if action == PRESENT else fields


@mutant(breaks="PRE-12")
class EmptyPresenceIsNotFound(Presence):
    """Answers the presence list of a channel without members with 404."""

    def matching(self, channel: Channel, query: Mapping[str, str]) -> list[Entry]:
        if not channel.members:
            raise not_found("the channel has no members")
        return super().matching(channel, query)


@mutant(breaks="PRE-13")
class PresenceForgetsCase(Presence):
    """Looks up the channel of a presence request case-insensitively."""

    def channel(self, app: App, name: str) -> Channel:
        super().channel(app, name)
        alike = [channel for known, channel in app.channels.items() if known.lower() == name.lower()]
        return max(alike, key=lambda channel: len(channel.members))


@mutant(breaks="PRE-14")
class PublishersArePresent(Presence):
    """Lists the publishers of messages as present members."""

    def matching(self, channel: Channel, query: Mapping[str, str]) -> list[Entry]:
        publishers = [(message.position, as_member(message)) for message in channel.messages]
        return [*super().matching(channel, query), *publishers]


def as_member(message: Message) -> Member:
    client_id = message.fields.get("clientId", "somebody")
    return Member(message.position, message.fields["id"], client_id, "connection", message.timestamp)


@mutant(breaks="PRE-15")
class EntriesAreMessages(Messages):
    """Includes presence events in the message history."""

    def within(self, channel: Channel, window: Window) -> list[Entry]:
        return [
            *((member.position, as_message(member)) for member in channel.members),
            *super().within(channel, window),
        ]


def as_message(member: Member) -> Message:
    fields = {"id": member.id, "timestamp": member.timestamp, "name": "enter", "clientId": member.client_id}
    return Message(member.position, member.timestamp, fields, 0)


@mutant(breaks="PRE-16")
class PresenceRefusesDirections(Presence):
    """Rejects the parameter direction on a presence list."""

    def members(self, call: Call) -> Reply:
        if "direction" in call.query:
            raise bad_value("presence has no direction")
        return super().members(call)


@mutant(breaks="PRE-20")
class FirstEventIsForgotten(Presence):
    """Omits the oldest event from presence history."""

    def events(self, channel: Channel, window: Window) -> list[Entry]:
        return super().events(channel, window)[1:]


@mutant(breaks="PRE-21")
class EventsArePresent(Presence):
    """Lists the events of presence history with the action present instead of enter."""

    def fields(self, member: Member, action: int) -> dict[str, Json]:
        return super().fields(member, PRESENT)


@mutant(breaks="PRE-22")
class ForwardsIsTheDefault(Paging):
    """Lists presence history forwards by default."""

    def is_backwards(self, query: Mapping[str, str]) -> bool:
        return super().is_backwards({"direction": "forwards", **query})


@mutant(breaks="PRE-23")
class BackwardsSortsByTimeAlone(Paging):
    """Sorts backwards by timestamp alone, so that items of one millisecond keep their forward order."""

    def in_order(self, entries: list[Entry], window: Window) -> list[Entry]:
        if not window.backwards:
            return entries
        return sorted(entries, key=lambda entry: -getattr(entry[1], "timestamp", entry[0]))


@mutant(breaks="PRE-24")
class EventsGoByName(Presence):
    """Sorts presence history by clientId instead of by time."""

    def events(self, channel: Channel, window: Window) -> list[Entry]:
        by_name = sorted((member for _, member in super().events(channel, window)), key=lambda each: each.client_id)
        return list(enumerate(by_name, 1))


@mutant(breaks="PRE-25")
class StartOfPresenceIsExclusive(Presence):
    """Treats the start of a presence history query as exclusive."""

    def is_within(self, member: Member, window: Window) -> bool:
        return super().is_within(member, window) and (window.start is None or member.timestamp > window.start)


@mutant(breaks="PRE-26")
class EndOfPresenceIsExclusive(Presence):
    """Treats the end of a presence history query as exclusive."""

    def is_within(self, member: Member, window: Window) -> bool:
        return super().is_within(member, window) and (window.end is None or member.timestamp < window.end)


@mutant(breaks="PRE-27")
class EventsLoseTheirData(Presence):
    """Omits the data of the events in presence history."""

    def fields(self, member: Member, action: int) -> dict[str, Json]:
        fields = super().fields(member, action)
        return {name: value for name, value in fields.items() if action == PRESENT or name != "data"}


@mutant(breaks="PRE-28")
class EventsKeepTheirBase64Step(Presence):
    """Decodes the data of presence events for MessagePack, and keeps base64 in their encoding."""

    def history(self, call: Call) -> Reply:
        reply = super().history(call)
        if call.presentation.format is not Format.MSGPACK:
            return reply
        return replace(
            reply, body=[{**self.payloads.view(item, Format.MSGPACK), **encoding(item)} for item in reply.body]
        )


def encoding(item: Json) -> Json:
    return {"encoding": item["encoding"]} if "encoding" in item else {}


@mutant(breaks="PRE-29")
class EmptyPresenceHistoryIsNotFound(Presence):
    """Answers the presence history of a channel without events with 404."""

    def events(self, channel: Channel, window: Window) -> list[Entry]:
        if not channel.members:
            raise not_found("the channel has no presence events")
        return super().events(channel, window)


@mutant(breaks="PRE-30")
class PresenceOverlooksTheNamespace(Presence):
    """Looks up the channel of a presence request without its namespace."""

    def channel(self, app: App, name: str) -> Channel:
        super().channel(app, name)
        alike = [channel for known, channel in app.channels.items() if bare(known) == bare(name)]
        return max(alike, key=lambda channel: len(channel.members))


def bare(name: str) -> str:
    return name.rpartition(":")[2]


@mutant(breaks="PRE-31")
class DatesAreNoTimes(Paging):
    """Rejects an end that is not a number of milliseconds."""

    def end(self, query: Mapping[str, str], now: int) -> int:
        if query.get("end") and not query["end"].isdecimal():
            raise bad_value("end must be a number of milliseconds")
        return super().end(query, now)


@mutant(breaks="PRE-32")
class EventsShareTheirConnectionsId(Presence):
    """Uses the connectionId as the id of a presence event."""

    def fields(self, member: Member, action: int) -> dict[str, Json]:
        fields = super().fields(member, action)
        return {**fields, "id": member.connection_id} if action == ENTER else fields
