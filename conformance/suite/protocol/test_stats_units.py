"""STT: statistics by hour, day and month: sums of sizes, limit and direction."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.clock import time_of
from conformance.suite.steps.endpoints import MESSAGES, STATS, TIME
from conformance.suite.steps.stats import FLAT, NEEDS, Past, entries_of, message_counts_of, stats
from conformance.target.answer import arranged
from conformance.target.client import Target

GET = [f"GET {STATS}"]
SUMS = Clause("ably/ably-python test/ably/rest/reststats_test", "minutes are summed up per hour, day and month")
UNITS = {"hour": (250, 1, 2), "day": (251, 2), "month": (253,)}
"""The number of messages of each interval, oldest first; each message has 100 bytes."""

by_unit = pytest.mark.parametrize("unit", UNITS)


@by_unit
@requirement(
    "STT-66",
    MUST,
    "The size of messages of an hour, day or month in the statistics is the sum of its minutes",
    clause=SUMS,
    operations=GET,
    needs=NEEDS,
)
def test_sizes_are_summed(target: Target, past: Past, unit: str) -> None:
    answer = stats(target, **past.month, unit=unit, direction="forwards")

    assert facts(message_sizes=entries_of(answer, "messages.all.messages.data")) == facts(
        message_sizes=tuple(100 * count for count in UNITS[unit])
    )


@by_unit
@requirement(
    "STT-67",
    MUST,
    "Statistics apply limit and direction to hours, days and months",
    clause=Clause("#/components/parameters/filterDirection/schema/enum", "forwards"),
    operations=GET,
    needs=NEEDS,
)
def test_limit_and_direction_apply_to_every_unit(target: Target, past: Past, unit: str) -> None:
    oldest, newest = (
        message_counts_of(stats(target, **past.month, unit=unit, direction=way, limit="1"))
        for way in ("forwards", "backwards")
    )

    assert facts(oldest_interval=oldest, newest_interval=newest) == facts(
        oldest_interval=UNITS[unit][:1], newest_interval=UNITS[unit][-1:]
    )


@pytest.mark.parametrize("unit", ["hour", "day"])
@requirement(
    "STT-68",
    SHOULD,
    "The current hour and day in the statistics have an inProgress string",
    clause=Clause(
        "ably/specification features TS12", "fields of a statistics interval: intervalId, unit, entries, inProgress"
    ),
    operations=[f"GET {STATS}", f"POST {MESSAGES}"],
    needs=("state", "documentation"),
)
def test_the_current_interval_is_in_progress(target: Target, unit: str) -> None:
    arranged(target.post(MESSAGES, {"data": "text"}, channel_id=target.names.fresh("channel")))
    now = time_of(target.get(TIME))

    period = {"start": str(now), "unit": unit}
    answer = target.poll(STATS, until=lambda each: bool(each.body), query=period, headers=FLAT)

    types = [type(each.get("inProgress")) for each in answer.body]
    assert facts(types_of_inProgress=types) == facts(types_of_inProgress=[str])
