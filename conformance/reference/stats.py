"""Statistics: GET /stats, and POST /stats of the sandbox, which injects them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from re import compile as pattern

from conformance.reference.access import Access
from conformance.reference.call import Call
from conformance.reference.clock import Clock
from conformance.reference.counters import MINUTE, Counters
from conformance.reference.errors import bad_request, bad_value
from conformance.reference.paging import Entry, Paging, Window
from conformance.reference.state import App, Metrics
from conformance.reference.stats_shape import StatsShape, leaves
from conformance.reference.times import milliseconds, moment, read_interval_id
from conformance.reference.wire import Json, Reply

SCHEMA = "https://schemas.ably.com/json/app-stats-0.0.1.json"

UNITS = {"minute": "%Y-%m-%d:%H:%M", "hour": "%Y-%m-%d:%H", "day": "%Y-%m-%d", "month": "%Y-%m"}

MINUTE_ID = pattern(r"(?:19|20|21)\d\d-\d\d-\d\d:\d\d:\d\d\Z")

MOST_RECORDS = 10_000

# Injected metrics may have any name. The records of ably-go have all that the service knows, most of them 0.
MOST_METRICS = 1_200
DEEPEST_RECORD = 6

# Small enough for sums to fit into 64 bits, the limit of MessagePack.
LARGEST_AMOUNT = 10**12

NO_METRICS = frozenset({"intervalId", "unit", "inProgress", "count", "schema", "appId"})


@dataclass(frozen=True, slots=True)
class Interval:
    start: int
    minutes: list[Metrics]


class Stats:
    def __init__(self, *, access: Access, counters: Counters, shape: StatsShape, paging: Paging, clock: Clock) -> None:
        self.access = access
        self.counters = counters
        self.shape = shape
        self.paging = paging
        self.clock = clock

    def query(self, call: Call) -> Reply:
        caller = call.caller
        self.access.require(caller, "stats", "*")
        unit = self.unit(call.query)
        window = self.rounded(self.paging.time_window(call.query), unit)
        page = self.paging.page(self.intervals(caller.app, unit, window), window)
        links = self.paging.links(call.request, page, window, ("start", "unit", "by"))
        items = [self.item(caller.app, unit, interval, call.version) for interval in page.items]
        return Reply(200, items, links=links)

    def unit(self, query: Mapping[str, str]) -> str:
        # JS/stats appstats_hour0 sends `by`, the former name of `unit`.
        unit = query.get("unit") or query.get("by") or "minute"
        if unit not in UNITS:
            raise bad_value(f"unit must be one of {', '.join(UNITS)}: {unit}")
        return unit

    def rounded(self, window: Window, unit: str) -> Window:
        """The window from the beginning of the interval that contains its start."""
        if window.start is None:
            return window
        return replace(window, start=self.floor(window.start, unit))

    def floor(self, instant: int, unit: str) -> int:
        begins = moment(instant).replace(second=0, microsecond=0)
        if unit != "minute":
            begins = begins.replace(minute=0)
        if unit in {"day", "month"}:
            begins = begins.replace(hour=0)
        return milliseconds(begins.replace(day=1) if unit == "month" else begins)

    def intervals(self, app: App, unit: str, window: Window) -> list[Entry]:
        """The intervals with data, oldest first."""
        grouped: dict[int, list[Metrics]] = {}
        for start in sorted(app.minutes):
            begins = self.floor(start, unit)
            if self.is_within(begins, window):
                grouped.setdefault(begins, []).append(app.minutes[start])
        return [(begins, Interval(begins, minutes)) for begins, minutes in grouped.items()]

    def is_within(self, begins: int, window: Window) -> bool:
        after_start = window.start is None or begins >= window.start
        return after_start and (window.end is None or begins <= window.end)

    def item(self, app: App, unit: str, interval: Interval, version: int) -> Json:
        metrics = self.shape.combined(interval.minutes)
        head = {"intervalId": self.interval_id(interval.start, unit), "unit": unit}
        progress = self.progress(interval.start, unit)
        if version <= 2:
            return {**head, **progress, **self.shape.nested(metrics)}
        entries = self.shape.flat(metrics)
        return {**head, **progress, "schema": SCHEMA, "appId": app.id, "entries": entries}

    def interval_id(self, start: int, unit: str) -> str:
        return moment(start).strftime(UNITS[unit])

    def progress(self, start: int, unit: str) -> Json:
        """The member inProgress of an interval that has not ended: its latest minute (FEAT TS12q)."""
        now = self.clock.now()
        if self.end(start, unit) <= now:
            return {}
        return {"inProgress": self.interval_id(now, "minute")}

    def end(self, start: int, unit: str) -> int:
        if unit == "month":
            return self.floor(milliseconds(moment(start) + timedelta(days=31)), "month")
        lengths = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
        return milliseconds(moment(start) + lengths[unit])

    def inject(self, call: Call) -> Reply:
        app = call.caller.app
        body = call.body()
        records = body if isinstance(body, list) else [body]
        if len(records) > MOST_RECORDS:
            raise bad_request(f"at most {MOST_RECORDS} records can be injected at once")
        minutes = [(self.minute_of(record), self.metrics_of(record)) for record in records]
        self.require_room(minutes)
        for start, metrics in minutes:
            self.put(app, start, metrics)
        return Reply(201, records)

    def minute_of(self, record: Json) -> int:
        if not isinstance(record, dict):
            raise bad_request("a statistics record must be an object")
        text = record.get("intervalId")
        if not isinstance(text, str) or not MINUTE_ID.match(text):
            raise bad_request("intervalId must be a minute: YYYY-MM-DD:HH:MM")
        return milliseconds(self.moment_of(text)) // MINUTE * MINUTE

    def moment_of(self, text: str) -> datetime:
        try:
            return read_interval_id(text) or datetime.fromtimestamp(0, tz=UTC)
        except ValueError:
            raise bad_request(f"intervalId is not a minute: {text}") from None

    def metrics_of(self, record: Json) -> Metrics:
        groups = {name: value for name, value in record.items() if name not in NO_METRICS}
        metrics = {path: amount for path, amount in leaves(groups) if not self.is_empty(amount)}
        for path, amount in metrics.items():
            if type(amount) not in {int, float} or not 0 <= amount <= LARGEST_AMOUNT:
                raise bad_request(f"{'.'.join(path)} is not a number from 0 to {LARGEST_AMOUNT}")
            if len(path) > DEEPEST_RECORD:
                raise bad_request(f"{'.'.join(path)} is not a group of statistics")
        return self.shape.without_known_totals(metrics)

    def is_empty(self, amount: Json) -> bool:
        """ably-go and ably-java send members without a value as an empty text or null."""
        return amount is None or amount == ""

    def require_room(self, minutes: Sequence[tuple[int, Metrics]]) -> None:
        if any(len(metrics) > MOST_METRICS for _, metrics in minutes):
            raise bad_request(f"a minute of statistics can have at most {MOST_METRICS} metrics")

    def put(self, app: App, start: int, metrics: Metrics) -> None:
        """Replaces the minute: the tests of ably-java inject the same ones again."""
        minute = self.counters.minute(app, start)
        minute.clear()
        minute.update(metrics)
