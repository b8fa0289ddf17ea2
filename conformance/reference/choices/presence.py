"""Choices of presence."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.call import Call
from conformance.reference.choices.mark import choice
from conformance.reference.paging import Entry
from conformance.reference.presence import Presence
from conformance.reference.state import Channel, Member
from conformance.reference.wire import Json, Reply


@choice(permitted_by="ably/docs rest-api, presence: the order of the members is not documented")
class OtherMemberRank(Presence):
    """Lists presence members in the order of their clientIds."""

    def matching(self, channel: Channel, query: Mapping[str, str]) -> list[Entry]:
        ranked = sorted(super().matching(channel, query), key=lambda entry: str(entry[1].client_id))
        return [(rank, member) for rank, (_, member) in enumerate(ranked, 1)]


@choice(permitted_by="ably/docs rest-api, presence: the filters are clientId and connectionId")
class OneSpellingOfFilters(Presence):
    """Ignores the filters client_id and connection_id."""

    def matches(self, member: Member, query: Mapping[str, str]) -> bool:
        return super().matches(member, {name: text for name, text in query.items() if "_" not in name})


@choice(permitted_by="ably/specification features RSL4: bytes are bytes in MessagePack")
class EventsInMessagePackAreBytes(Presence):
    """Decodes base64 in presence history in MessagePack, as among the members."""

    def history(self, call: Call) -> Reply:
        reply = super().history(call)
        return replace(reply, body=[self.payloads.view(item, call.presentation.format) for item in reply.body])


@choice(permitted_by="openapi.yaml: the schemas allow further members")
class MorePresenceMembers(Presence):
    """Adds memberKey and extras to presence messages."""

    def fields(self, member: Member, action: int) -> dict[str, Json]:
        key = f"{member.connection_id}:{member.client_id}"
        return {**super().fields(member, action), "memberKey": key, "extras": {"headers": {}}}


@choice(permitted_by="openapi.yaml, GET presence: the filters are clientId and connectionId")
class FiltersHaveOneSpelling(Presence):
    """Ignores client_id and connection_id, the spellings of ably-ruby."""

    def matches(self, member: Member, query: Mapping[str, str]) -> bool:
        return super().matches(member, {name: value for name, value in query.items() if "_" not in name})
