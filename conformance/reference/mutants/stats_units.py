"""Mutants of statistics by hour, day and month."""

from collections.abc import Iterable
from dataclasses import replace

from conformance.reference.call import Call
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import Metrics
from conformance.reference.stats import Stats
from conformance.reference.stats_shape import StatsShape
from conformance.reference.wire import Json, Reply


@mutant(breaks="STT-66")
class SizesOfTheFirstMinute(StatsShape):
    """Gives an interval the message sizes of its first minute."""

    def combined(self, minutes: Iterable[Metrics]) -> Metrics:
        known = list(minutes)
        total = super().combined(known)
        return {**total, **{path: known[0][path] for path in total if path[-1] == "data" and path in known[0]}}


class _Forgets(Stats):
    """Ignores a parameter unless the unit is minute."""

    ignored = ""

    def query(self, call: Call) -> Reply:
        if call.query.get("unit", "minute") == "minute":
            return super().query(call)
        query = {name: text for name, text in call.query.items() if name != self.ignored}
        return super().query(replace(call, request=replace(call.request, query=query)))


@mutant(breaks="STT-67")
class OnlyMinutesHaveALimit(_Forgets):
    """Ignores the limit of statistics by hour, day or month."""

    ignored = "limit"


@mutant(breaks="STT-67")
class OnlyMinutesHaveADirection(_Forgets):
    """Ignores the direction of statistics by hour, day or month."""

    ignored = "direction"


@mutant(breaks="STT-68")
class OnlyMonthsAreInProgress(Stats):
    """Marks only the current month as in progress."""

    def progress(self, start: int, unit: str) -> Json:
        return super().progress(start, unit) if unit == "month" else {}
