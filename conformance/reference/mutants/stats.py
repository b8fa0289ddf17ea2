"""Mutants of statistics."""

# ruff: noqa: ARG002  an override often ignores an argument

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from conformance.reference.counters import Counters
from conformance.reference.errors import bad_value
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import Entry, Paging, Window
from conformance.reference.state import App, Metrics
from conformance.reference.stats import UNITS, Interval, Stats
from conformance.reference.stats_shape import Path, StatsShape
from conformance.reference.times import moment
from conformance.reference.wire import Json

MINUTE = 60_000


@mutant(breaks="STT-01")
class StartOfStatisticsIsIgnored(Stats):
    """Ignores the start of a statistics query."""

    def is_within(self, begins: int, window: Window) -> bool:
        return super().is_within(begins, replace(window, start=None))


@mutant(breaks="STT-01")
class QuietMinutesAreFilledIn(Stats):
    """Adds intervals for minutes without data."""

    def intervals(self, app: App, unit: str, window: Window) -> list[Entry]:
        entries = super().intervals(app, unit, window)
        known = {begins for begins, _ in entries}
        quiet = [(begins + MINUTE, Interval(begins + MINUTE, [])) for begins in known if begins + MINUTE not in known]
        return sorted([*entries, *quiet], key=lambda entry: entry[0])


@mutant(breaks="STT-02")
class StatisticsGoForwardsByDefault(Paging):
    """Lists statistics forwards by default."""

    def is_backwards(self, query: Mapping[str, str]) -> bool:
        return query.get("direction") == "backwards"


@mutant(breaks="STT-03")
class StatisticsGoBackwardsOnly(Stats):
    """Lists statistics backwards, whatever the direction."""

    def rounded(self, window: Window, unit: str) -> Window:
        return replace(super().rounded(window, unit), backwards=True)


@mutant(breaks="STT-04")
class OutboundIsNotCounted(StatsShape):
    """Omits outbound messages from the total of all messages."""

    def nested_totals(self, path: Path) -> Iterator[Path]:
        return (each for each in super().nested_totals(path) if path[0] == "inbound" or each[0] != "all")


@mutant(breaks="STT-05")
class HoursHaveTheirLastMinute(StatsShape):
    """Reports the last minute of a longer interval instead of the sum of its minutes."""

    def combined(self, minutes: Iterable[Metrics]) -> Metrics:
        return dict(list(minutes)[-1])


@mutant(breaks="STT-06")
class DaysAreHours(Stats):
    """Groups statistics by hour when the unit is day."""

    def floor(self, instant: int, unit: str) -> int:
        return super().floor(instant, "hour" if unit == "day" else unit)


@mutant(breaks="STT-07")
class MonthsAreDays(Stats):
    """Groups statistics by day when the unit is month."""

    def floor(self, instant: int, unit: str) -> int:
        return super().floor(instant, "day" if unit == "month" else unit)


@mutant(breaks="STT-08")
class GroupsHaveNoTotals(StatsShape):
    """Omits the totals of groups from flat entries."""

    def flat_paths(self, path: Path) -> Iterator[Path]:
        first, *_ = super().flat_paths(path)
        yield first


@mutant(breaks="STT-09")
class StartOfStatisticsIsExclusive(Stats):
    """Treats the start of a statistics query as exclusive."""

    def is_within(self, begins: int, window: Window) -> bool:
        return super().is_within(begins, window) and begins != window.start


@mutant(breaks="STT-10")
class EndOfStatisticsIsExclusive(Stats):
    """Treats the end of a statistics query as exclusive."""

    def is_within(self, begins: int, window: Window) -> bool:
        return super().is_within(begins, window) and begins != window.end


@mutant(breaks="STT-11")
class EmptyPeriodsAreRefused(Paging):
    """Rejects a query whose start equals its end."""

    def time_window(self, query: Mapping[str, str]) -> Window:
        window = super().time_window(query)
        if window.start == window.end:
            raise bad_value("start is not before end")
        return window


@mutant(breaks="STT-12")
class StartIsNotRounded(Stats):
    """Omits the interval that contains the start of the query."""

    def rounded(self, window: Window, unit: str) -> Window:
        return window


@mutant(breaks="STT-13")
class HoursAreTheDefault(Stats):
    """Uses hour instead of minute as the default unit."""

    def unit(self, query: Mapping[str, str]) -> str:
        return super().unit({"unit": "hour", **query})


@mutant(breaks="STT-14")
class EveryUnitIsMinute(Stats):
    """Reports the unit minute for every interval."""

    def item(self, app: App, unit: str, interval: Interval, version: int) -> Json:
        return {**super().item(app, unit, interval, version), "unit": "minute"}


@mutant(breaks="STT-15")
class IntervalIdsAreNoTimes(Paging):
    """Rejects a start that is not a number of milliseconds."""

    def start(self, query: Mapping[str, str], now: int) -> int | None:
        if query.get("start") and not query["start"].isdecimal():
            raise bad_value("start must be a number of milliseconds")
        return super().start(query, now)


@mutant(breaks="STT-16")
class ByIsNoUnit(Stats):
    """Ignores the parameter `by`, the former name of unit."""

    def unit(self, query: Mapping[str, str]) -> str:
        return super().unit({name: value for name, value in query.items() if name != "by"})


@mutant(breaks="STT-17")
class EmptyPeriodsShowZeroes(Stats):
    """Answers a query without data with one empty interval."""

    def intervals(self, app: App, unit: str, window: Window) -> list[Entry]:
        begins = window.start or 0
        return super().intervals(app, unit, window) or [(begins, Interval(begins, []))]


@mutant(breaks="STT-18")
class PagesHaveThousandByDefault(Paging):
    """Uses a default limit of 1000 instead of 100 for statistics."""

    def limit(self, query: Mapping[str, str]) -> int:
        return super().limit({"limit": "1000", **query})


@mutant(breaks="STT-19")
class UnknownUnitsAreMinutes(Stats):
    """Treats an unknown unit as minute instead of rejecting it."""

    def unit(self, query: Mapping[str, str]) -> str:
        return super().unit(query if query.get("unit") in UNITS else {})


@mutant(breaks="STT-20")
class PublishedMessagesAreNotCounted(Counters):
    """Does not count published messages."""

    def count_messages(self, app: App, path: Iterable[str], count: int, size: int) -> None:
        pass


@mutant(breaks="STT-21")
class EverythingIsInProgress(Stats):
    """Marks every interval as in progress."""

    def progress(self, start: int, unit: str) -> Json:
        return {"inProgress": self.interval_id(start, "minute")}


@mutant(breaks="STT-22")
class NothingIsInProgress(Stats):
    """Never marks an interval as in progress."""

    def progress(self, start: int, unit: str) -> Json:
        return {}


@mutant(breaks="STT-23")
class IntervalsNameTheAccount(Stats):
    """Reports the account id in place of the application id."""

    def item(self, app: App, unit: str, interval: Interval, version: int) -> Json:
        return {**super().item(app, unit, interval, version), "appId": app.account_id}


@mutant(breaks="STT-24")
class NumbersAreFlatAtEveryVersion(Stats):
    """Answers protocol version 2 with flat entries instead of nested groups."""

    def item(self, app: App, unit: str, interval: Interval, version: int) -> Json:
        return super().item(app, unit, interval, max(version, 3))


@mutant(breaks="STT-25")
class IntervalsAreNamedByTheirEnd(Stats):
    """Names an interval by its end instead of its start."""

    def interval_id(self, start: int, unit: str) -> str:
        return moment(self.end(start, unit)).strftime(UNITS[unit])


@mutant(breaks="STT-26")
class EndNeedsItsStart(Paging):
    """Rejects a query with an end and no start."""

    def time_window(self, query: Mapping[str, str]) -> Window:
        if query.get("end") and not query.get("start"):
            raise bad_value("a period must have a start")
        return super().time_window(query)
