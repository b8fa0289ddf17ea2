"""Choices of presence."""

from collections.abc import Mapping

from conformance.reference.choices.mark import choice
from conformance.reference.paging import Entry
from conformance.reference.presence import Presence
from conformance.reference.state import Channel, Member
from conformance.reference.wire import Json


@choice(permitted_by="ably/docs rest-api, presence: the order of the members is not documented")
class OtherMemberRank(Presence):
    """Lists presence members in the order of their clientIds."""

    def matching(self, channel: Channel, query: Mapping[str, str]) -> list[Entry]:
        ranked = sorted(super().matching(channel, query), key=lambda entry: str(entry[1].client_id))
        return [(rank, member) for rank, (_, member) in enumerate(ranked, 1)]


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
