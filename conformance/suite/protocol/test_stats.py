"""STT: statistics of the application by minute, hour, day and month."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import is_rejected, items_of
from conformance.suite.steps.clock import time_of
from conformance.suite.steps.endpoints import MESSAGES, STATS, TIME, pointer
from conformance.suite.steps.stats import (
    FLAT,
    LONG,
    NEEDS,
    Past,
    between,
    entries_of,
    interval_id,
    intervals_of,
    message_counts_of,
    milliseconds,
    stats,
    units_of,
)
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

GET = [f"GET {STATS}"]
PERIOD = Clause(pointer("get", STATS, "description"), "aggregated across all channels in use in the application")
UNIT = Clause(pointer("get", STATS, "parameters", "unit", "description"), "Specifies the unit of aggregation")
DEFAULT_UNIT = Clause(pointer("get", STATS, "parameters", "unit", "schema", "default"), "minute")
BACKWARDS = Clause("#/components/parameters/filterDirection/schema/default", "backwards")
FORWARDS = Clause("#/components/parameters/filterDirection/schema/enum", "forwards")
LIMIT = Clause("#/components/parameters/filterLimit/schema/default", "100")
PYTHON_SUITE = "ably/ably-python test/ably/rest/reststats_test"
JS_SUITE = "ably/ably-js test/rest/stats.test"
SUMS = Clause(PYTHON_SUITE, "minutes are summed up per hour, day and month")
ENCLOSING = Clause(PYTHON_SUITE, "start and end at the same instant select the interval that contains it")
FIELDS = Clause(
    "ably/specification features TS12", "fields of a statistics interval: intervalId, unit, entries, inProgress, appId"
)


@requirement(
    "STT-01",
    MUST,
    "Statistics by minute contain exactly the minutes of the period that have data",
    clause=PERIOD,
    operations=GET,
    needs=NEEDS,
)
def test_exactly_the_minutes_with_data_are_listed(target: Target, past: Past) -> None:
    answer = stats(target, **past.month, unit="minute")

    assert sorted(intervals_of(answer)) == [interval_id(each) for each in past.minutes]


@requirement(
    "STT-02",
    MUST,
    "Statistics start with the newest interval when no direction is given",
    clause=BACKWARDS,
    operations=GET,
    needs=NEEDS,
)
def test_the_newest_interval_comes_first(target: Target, past: Past) -> None:
    default = intervals_of(stats(target, **past.month, unit="minute"))
    backwards = intervals_of(stats(target, **past.month, unit="minute", direction="backwards"))

    newest_first = sorted(default, reverse=True)
    assert facts(intervals_without_a_direction=default, intervals_with_direction_backwards=backwards) == facts(
        intervals_without_a_direction=newest_first, intervals_with_direction_backwards=newest_first
    )


@requirement(
    "STT-03",
    MUST,
    "Statistics with direction=forwards start with the oldest interval",
    clause=FORWARDS,
    operations=GET,
    needs=NEEDS,
)
def test_the_oldest_interval_comes_first_forwards(target: Target, past: Past) -> None:
    answer = stats(target, **past.month, unit="minute", direction="forwards")

    assert intervals_of(answer) == [interval_id(each) for each in past.minutes]


@requirement(
    "STT-04",
    MUST,
    "Statistics of a minute total the count and size of inbound and outbound messages",
    clause=Clause(PYTHON_SUITE, "messages of all directions have a count and a data size"),
    operations=GET,
    needs=NEEDS,
)
def test_a_minute_counts_its_messages(target: Target, past: Past) -> None:
    answer = stats(target, **past.month, unit="minute", direction="forwards")

    sizes = entries_of(answer, "messages.all.messages.data")
    assert facts(message_counts=message_counts_of(answer), message_sizes=sizes) == facts(
        message_counts=(70, 70, 110, 1, 2), message_sizes=(7000, 7000, 11000, 100, 200)
    )


@requirement(
    "STT-05",
    MUST,
    "The message count of an hour in the statistics is the sum of its minutes",
    clause=SUMS,
    operations=GET,
    needs=NEEDS,
)
def test_an_hour_sums_its_minutes(target: Target, past: Past) -> None:
    answer = stats(target, **past.month, unit="hour", direction="forwards")

    hours = [interval_id(each, "hour") for each in past.minutes[2:]]
    assert facts(intervals=intervals_of(answer), message_counts=message_counts_of(answer)) == facts(
        intervals=hours, message_counts=(250, 1, 2)
    )


@requirement(
    "STT-06",
    MUST,
    "The message count of a day in the statistics is the sum of its minutes",
    clause=SUMS,
    operations=GET,
    needs=NEEDS,
)
def test_a_day_sums_its_minutes(target: Target, past: Past) -> None:
    answer = stats(target, **past.month, unit="day", direction="forwards")

    assert message_counts_of(answer) == (251, 2)


@requirement(
    "STT-07",
    MUST,
    "The message count of a month in the statistics is the sum of its minutes",
    clause=SUMS,
    operations=GET,
    needs=NEEDS,
)
def test_a_month_sums_its_minutes(target: Target, past: Past) -> None:
    answer = stats(target, **past.month, unit="month")

    assert message_counts_of(answer) == (253,)


@requirement(
    "STT-08",
    MUST,
    "Statistics return grouped counts as flat dotted entries, including group totals",
    clause=Clause(PYTHON_SUITE, "every group of a minute has its entries in the statistics"),
    operations=GET,
    needs=NEEDS,
)
def test_groups_have_their_entries(target: Target, past: Past) -> None:
    answer = stats(target, **between(past.minutes[2], past.minutes[2]), unit="minute")

    entries = {entry: answer.body[0]["entries"].get(entry) for entry in ENTRIES}
    assert entries == ENTRIES


ENTRIES = {
    "messages.inbound.realtime.messages.count": 70,
    "messages.inbound.realtime.messages.data": 7000,
    "messages.inbound.realtime.all.count": 70,
    "messages.inbound.all.messages.count": 70,
    "messages.outbound.realtime.all.count": 40,
    "messages.all.messages.count": 110,
    "messages.persisted.all.count": 20,
    "messages.persisted.all.data": 2000,
    "connections.all.peak": 20,
    "connections.all.opened": 10,
    "channels.peak": 50,
    "channels.opened": 30,
    "apiRequests.other.succeeded": 50,
    "apiRequests.other.failed": 10,
    "apiRequests.tokenRequests.succeeded": 60,
    "apiRequests.tokenRequests.failed": 20,
}


@requirement(
    "STT-09",
    MUST,
    "Statistics include the minute of start and no earlier minute",
    clause=Clause("ably/docs rest-api, stats", "start: the earliest time, inclusive"),
    operations=GET,
    needs=NEEDS,
)
def test_start_is_inclusive(target: Target, past: Past) -> None:
    period = between(past.minutes[1], past.varied + timedelta(days=27))

    answer = stats(target, **period, unit="minute", direction="forwards")

    assert intervals_of(answer) == [interval_id(each) for each in past.minutes[1:]]


@requirement(
    "STT-10",
    MUST,
    "Statistics include the minute of end and no later minute",
    clause=Clause("ably/docs rest-api, stats", "end: the latest time, inclusive"),
    operations=GET,
    needs=NEEDS,
)
def test_end_is_inclusive(target: Target, past: Past) -> None:
    answer = stats(target, **between(past.varied, past.minutes[1]), unit="minute", direction="forwards")

    assert intervals_of(answer) == [interval_id(each) for each in past.minutes[:2]]


@requirement(
    "STT-11",
    MUST,
    "A statistics period of one instant returns the minute that contains it",
    clause=ENCLOSING,
    operations=GET,
    needs=NEEDS,
)
def test_a_period_of_one_instant_returns_its_minute(target: Target, past: Past) -> None:
    answer = stats(target, **between(past.minutes[1], past.minutes[1]), unit="minute")

    assert intervals_of(answer) == [interval_id(past.minutes[1])]


@pytest.mark.parametrize(("unit", "total"), [("hour", 250), ("day", 251), ("month", 253)])
@requirement(
    "STT-12",
    MUST,
    "A statistics period of one instant returns the whole hour, day or month around it",
    clause=ENCLOSING,
    operations=GET,
    needs=NEEDS,
)
def test_a_period_of_one_instant_returns_its_whole_interval(target: Target, past: Past, unit: str, total: int) -> None:
    answer = stats(target, **between(past.minutes[1], past.minutes[1]), unit=unit)

    assert message_counts_of(answer) == (total,)


@requirement(
    "STT-13",
    MUST,
    "Statistics are returned by minute when no unit is given",
    clause=DEFAULT_UNIT,
    operations=GET,
    needs=NEEDS,
)
def test_the_default_unit_is_the_minute(target: Target, past: Past) -> None:
    default, by_minute = stats(target, **past.month), stats(target, **past.month, unit="minute")

    assert items_of(default) != [], "an empty list"
    assert default.body == by_minute.body, (
        f"other intervals than with unit=minute; their unit is {', '.join(sorted(map(str, units_of(default))))}"
    )


@pytest.mark.parametrize("unit", ["minute", "hour", "day", "month"])
@requirement(
    "STT-14", MUST, "Every statistics interval names the requested unit", clause=FIELDS, operations=GET, needs=NEEDS
)
def test_an_interval_names_its_unit(target: Target, past: Past, unit: str) -> None:
    answer = stats(target, **past.month, unit=unit)

    assert units_of(answer) == {unit}


@requirement(
    "STT-15",
    MUST,
    "Statistics accept interval IDs as start and end",
    clause=Clause(JS_SUITE, "start and end are given as IDs of minutes"),
    operations=GET,
    needs=NEEDS,
)
def test_bounds_may_be_interval_ids(target: Target, past: Past) -> None:
    start, end = (interval_id(each) for each in past.minutes[:2])

    answer = stats(target, start=start, end=end, unit="minute", direction="forwards")

    assert intervals_of(answer) == [start, end]


@requirement(
    "STT-16",
    SHOULD,
    "Statistics accept the parameter by as an alias of unit",
    clause=Clause(JS_SUITE, "hourly statistics are requested with by"),
    operations=GET,
    needs=NEEDS,
)
def test_by_is_an_alias_of_unit(target: Target, past: Past) -> None:
    answer = stats(target, **between(past.minutes[0], past.minutes[0]), by="hour")

    assert message_counts_of(answer) == (250,)


@requirement(
    "STT-17",
    MUST,
    "A statistics period without data returns an empty list",
    clause=PERIOD,
    operations=GET,
    needs=NEEDS,
)
def test_a_period_without_data_is_empty(target: Target, past: Past) -> None:
    period = between(past.first - timedelta(minutes=30), past.first - timedelta(minutes=1))

    answer = stats(target, **period, unit="minute")

    assert intervals_of(answer) == []


@requirement(
    "STT-18",
    MUST,
    "A page of statistics has 100 intervals when no limit is given",
    clause=LIMIT,
    operations=GET,
    needs=NEEDS,
)
def test_the_default_limit_is_a_hundred(target: Target, past: Past) -> None:
    period = between(past.even, past.even + timedelta(days=1))

    pages = target.pages(stats(target, **period, unit="minute"))

    page_lengths = tuple(len(page.body) for page in pages if page.body)
    assert page_lengths == (100, LONG - 100)


@requirement(
    "STT-19",
    SHOULD,
    "An unknown statistics unit is rejected with a 4xx status",
    clause=Clause(pointer("get", STATS, "parameters", "unit", "schema", "enum"), "minute"),
    operations=GET,
    needs={"documentation"},
)
def test_an_unknown_unit_is_rejected(target: Target) -> None:
    answer = stats(target, unit="fortnight")

    assert is_rejected(answer), f"status {answer.status}"


@requirement(
    "STT-20",
    SHOULD,
    "Published messages increase the inbound message count in the per-minute statistics",
    clause=Clause(JS_SUITE, "messages published a moment ago are in the statistics"),
    operations=[*GET, f"POST {MESSAGES}"],
    needs={"state", "documentation"},
)
def test_published_messages_are_counted(target: Target) -> None:
    period = {"start": str(_this_minute(target)), "unit": "minute", "limit": "10"}
    before = _inbound_messages(stats(target, **period))
    for _ in range(3):
        arranged(target.post(MESSAGES, {"data": "text"}, channel_id=target.names.fresh("channel")))

    after = target.poll(STATS, until=lambda answer: _inbound_messages(answer) >= before + 3, query=period, headers=FLAT)

    assert _inbound_messages(after) >= before + 3


def _this_minute(target: Target) -> int:
    now = time_of(target.get(TIME))
    return now - now % 60_000


def _inbound_messages(answer: Answer) -> int:
    return sum(count or 0 for count in entries_of(answer, "messages.inbound.all.messages.count"))


@requirement(
    "STT-21",
    SHOULD,
    "A past statistics interval is not marked as in progress",
    clause=FIELDS,
    operations=GET,
    needs=NEEDS,
)
def test_a_past_interval_is_not_in_progress(target: Target, past: Past) -> None:
    answer = stats(target, **past.month)

    intervals_in_progress = [each.get("intervalId") for each in answer.body if each.get("inProgress")]
    assert intervals_in_progress == []


@requirement(
    "STT-22",
    SHOULD,
    "The current month in the statistics has an inProgress string",
    clause=FIELDS,
    operations=GET,
    needs={"state", "documentation"},
)
def test_the_current_month_is_in_progress(target: Target) -> None:
    arranged(target.post(MESSAGES, {"data": "text"}, channel_id=target.names.fresh("channel")))

    period = {"start": str(_this_minute(target)), "unit": "month"}
    answer = target.poll(STATS, until=lambda each: bool(each.body), query=period)

    with_the_string = [each for each in answer.body if isinstance(each.get("inProgress"), str)]
    assert facts(intervals=len(answer.body), intervals_with_an_inProgress_string=len(with_the_string)) == facts(
        intervals=1, intervals_with_an_inProgress_string=1
    )


@requirement(
    "STT-23",
    SHOULD,
    "Every statistics interval has the application ID as appId",
    clause=FIELDS,
    operations=GET,
    needs=NEEDS,
)
def test_an_interval_names_its_application(target: Target, past: Past, worker: Worker) -> None:
    app = worker.run_config.keys["full"].app

    answer = stats(target, **past.month)

    assert {each.get("appId") for each in answer.body} == {app}


@requirement(
    "STT-24",
    SHOULD,
    "In protocol version 2, statistics return counts in nested objects",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/stats_spec", "all.messages.count is read from nested objects"),
    operations=GET,
    needs=NEEDS,
)
def test_counts_are_nested_objects_in_version_2(target: Target, past: Past) -> None:
    answer = target.get(STATS, query={**past.month, "unit": "month"}, headers={"X-Ably-Version": "2"})

    message_counts = tuple(each["all"]["messages"]["count"] for each in answer.body)
    assert message_counts == (253,)


@requirement(
    "STT-25",
    MUST,
    "An intervalId is YYYY-MM-DD:HH:MM for a minute and YYYY-MM-DD:HH for an hour",
    clause=Clause("ably/specification features TS12", "intervalId contains the time parts that its unit needs"),
    operations=GET,
    needs=NEEDS,
)
def test_the_id_of_an_interval_names_it(target: Target, past: Past) -> None:
    instant = between(past.first, past.first)

    minute, hour = (tuple(intervals_of(stats(target, **instant, unit=unit))) for unit in ("minute", "hour"))

    assert facts(intervalId_of_the_minute=minute, intervalId_of_the_hour=hour) == facts(
        intervalId_of_the_minute=(interval_id(past.first, "minute"),),
        intervalId_of_the_hour=(interval_id(past.first, "hour"),),
    )


@requirement(
    "STT-26",
    MUST,
    "A statistics request with end and no start returns the intervals up to the end",
    clause=Clause("ably/docs rest-api, stats", "end: the latest time; start is optional"),
    operations=GET,
    needs=NEEDS,
)
def test_start_is_optional(target: Target, past: Past) -> None:
    answer = stats(target, end=milliseconds(past.minutes[1]), unit="minute", limit="2")

    assert intervals_of(answer) == [interval_id(each) for each in past.minutes[1::-1]]
