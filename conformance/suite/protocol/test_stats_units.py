"""STT: statistics by hour, day and month: sums of sizes, limit and direction."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MUST, Clause
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import STATS
from conformance.suite.steps.stats import NEEDS, Past, entries_of, message_counts_of, stats
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
