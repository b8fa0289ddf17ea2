"""Choices of statistics."""

from conformance.reference.call import Call
from conformance.reference.choices.mark import choice
from conformance.reference.state import App, Metrics
from conformance.reference.stats import Interval, Stats
from conformance.reference.stats_shape import StatsShape
from conformance.reference.times import moment
from conformance.reference.wire import Json, Reply

LONG = {"day": "%Y-%m-%d:00", "month": "%Y-%m-01:00"}


@choice(permitted_by="ably/ably-common json-schemas app-stats: intervalId is yyyy-mm-dd:hh for hour, day and month")
class LongIntervalIds(Stats):
    """Uses the id of its first hour as the id of a day or month."""

    def interval_id(self, start: int, unit: str) -> str:
        return moment(start).strftime(LONG[unit]) if unit in LONG else super().interval_id(start, unit)


@choice(permitted_by="ably/ably-common json-schemas app-stats: inProgress has seconds")
class ProgressToTheSecond(Stats):
    """Reports inProgress with seconds."""

    def progress(self, start: int, unit: str) -> Json:
        now = moment(self.clock.now()).strftime("%Y-%m-%d:%H:%M:%S")
        return dict.fromkeys(super().progress(start, unit), now)


@choice(permitted_by="ably/specification features TS12: SDKs do not read a schema")
class NoStatsSchema(Stats):
    """Omits the member schema from an interval."""

    def item(self, app: App, unit: str, interval: Interval, version: int) -> Json:
        return {name: v for name, v in super().item(app, unit, interval, version).items() if name != "schema"}


@choice(permitted_by="ably/docs rest-api, stats: no published list of entries is complete")
class MoreEntries(StatsShape):
    """Adds unknown entries, some of them 0, to an interval."""

    def flat(self, metrics: Metrics) -> dict[str, float]:
        return {**super().flat(metrics), "messages.inbound.realtime.presence.count": 0, "mqtt.all.count": 3}


@choice(permitted_by="ably/specification test-api: the success status of POST /stats is open")
class InjectionIsOk(Stats):
    """Answers an injection of statistics with 200 instead of 201."""

    def inject(self, call: Call) -> Reply:
        return Reply(200, super().inject(call).body)
