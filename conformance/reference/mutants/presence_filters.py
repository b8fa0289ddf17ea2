"""Mutants of presence: filters and bounds in combination, and names that are decoded twice."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

from conformance.reference.call import Call
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import Entry, Window
from conformance.reference.presence import Presence
from conformance.reference.state import Channel
from conformance.reference.wire import Reply


def decoded_again(call: Call) -> Call:
    parameters = {name: unquote(segment.decode()).encode() for name, segment in call.parameters.items()}
    return replace(call, parameters=parameters)


@mutant(breaks="PRE-72")
class PresenceDecodesTwice(Presence):
    """Percent-decodes the channel name twice when reading presence members."""

    def members(self, call: Call) -> Reply:
        return super().members(decoded_again(call))


@mutant(breaks="PRE-73")
class PresenceHistoryDecodesTwice(Presence):
    """Percent-decodes the channel name twice when reading presence history."""

    def history(self, call: Call) -> Reply:
        return super().history(decoded_again(call))


@mutant(breaks="PRE-74")
class LimitsReplaceFilters(Presence):
    """Ignores the clientId and connectionId filters when a limit below 100 is given."""

    def matching(self, channel: Channel, query: Mapping[str, str]) -> list[Entry]:
        return super().matching(channel, {} if len(query.get("limit", "100")) < len("100") else query)


@mutant(breaks="PRE-75")
class EmptyFiltersMatchEverybody(Presence):
    """Takes an empty clientId or connectionId filter of presence for an absent one."""

    def matching(self, channel: Channel, query: Mapping[str, str]) -> list[Entry]:
        return super().matching(channel, {name: text for name, text in query.items() if text})


@mutant(breaks="PRE-76")
class ForwardsIgnoresTheEnd(Presence):
    """Ignores the end of presence history with direction=forwards."""

    def events(self, channel: Channel, window: Window) -> list[Entry]:
        return super().events(channel, window if window.backwards else replace(window, end=None))


@mutant(breaks="PRE-76")
class ForwardsIgnoresTheStart(Presence):
    """Ignores the start of presence history with direction=forwards."""

    def events(self, channel: Channel, window: Window) -> list[Entry]:
        return super().events(channel, window if window.backwards else replace(window, start=None))


def with_limit(call: Call, limit: str) -> Call:
    return replace(call, request=replace(call.request, query={"limit": limit, **call.query}))


@mutant(breaks="PRE-77")
class MembersComeInFives(Presence):
    """Uses a limit of 5 for presence members without a limit."""

    def members(self, call: Call) -> Reply:
        return super().members(with_limit(call, "5"))


@mutant(breaks="PRE-78")
class EventsComeInFives(Presence):
    """Uses a limit of 5 for presence history without a limit."""

    def history(self, call: Call) -> Reply:
        return super().history(with_limit(call, "5"))
