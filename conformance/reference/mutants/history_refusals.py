"""Mutants of message history: what a query with an invalid value returns."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.call import Call
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.wire import Reply


class _Lenient(Messages):
    """Ignores some parameters of a history query, or alters them."""

    def history(self, call: Call) -> Reply:
        query = self.understood(dict(call.query))
        return super().history(replace(call, request=replace(call.request, query=query)))

    def understood(self, query: dict[str, str]) -> Mapping[str, str]:
        return query


@mutant(breaks="HIS-86")
class HistoryLimitsMayBeWords(_Lenient):
    """Uses the default limit of message history when the limit is not a number."""

    def understood(self, query: dict[str, str]) -> Mapping[str, str]:
        return {name: text for name, text in query.items() if name != "limit" or text.lstrip("-").isdecimal()}


@mutant(breaks="HIS-87")
class LargeHistoryLimitsAreLowered(_Lenient):
    """Uses a limit of 1000 for message history when the limit is larger."""

    def understood(self, query: dict[str, str]) -> Mapping[str, str]:
        limit = query.get("limit", "")
        return {**query, "limit": str(min(int(limit), 1000))} if limit.isdecimal() else query


@mutant(breaks="HIS-88")
class HistoryLimitsMayBeZero(_Lenient):
    """Uses the default limit of message history when the limit is 0 or negative."""

    def understood(self, query: dict[str, str]) -> Mapping[str, str]:
        return {name: text for name, text in query.items() if name != "limit" or text not in {"0", "-1"}}


@mutant(breaks="HIS-89")
class UnknownDirectionsOfHistoryAreBackwards(_Lenient):
    """Reads message history backwards when the direction is unknown."""

    def understood(self, query: dict[str, str]) -> Mapping[str, str]:
        return {name: text for name, text in query.items() if name != "direction" or text == "forwards"}


@mutant(breaks="HIS-90")
class InvalidBoundsOfHistoryAreIgnored(_Lenient):
    """Ignores a start or end of message history that is not a time."""

    def understood(self, query: dict[str, str]) -> Mapping[str, str]:
        return {name: text for name, text in query.items() if name not in {"start", "end"} or text[:1].isdecimal()}


@mutant(breaks="HIS-91")
class BoundsOfHistoryAreSwapped(_Lenient):
    """Swaps start and end of message history when start is after end."""

    def understood(self, query: dict[str, str]) -> Mapping[str, str]:
        start, end = query.get("start", ""), query.get("end", "")
        if start.isdecimal() and end.isdecimal() and int(start) > int(end):
            return {**query, "start": end, "end": start}
        return query


@mutant(breaks="HIS-92")
class LargePagesAreCut(_Lenient):
    """Reads at most 500 messages of history for a page."""

    def understood(self, query: dict[str, str]) -> Mapping[str, str]:
        limit = query.get("limit", "")
        return {**query, "limit": "500"} if limit.isdecimal() and 500 < int(limit) <= 1000 else query


@mutant(breaks="HIS-93")
class HistoryDoesNotKnowNow(_Lenient):
    """Rejects the word now as end of message history."""

    def understood(self, query: dict[str, str]) -> Mapping[str, str]:
        return {**query, "end": "tomorrow"} if query.get("end") == "now" else query
