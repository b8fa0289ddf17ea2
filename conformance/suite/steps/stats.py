"""Injects statistics of past minutes, and reads intervals and their entries.

The first three minutes have the numbers that Ably's SDK suites inject, because the SDK suites state their sums.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from conformance.model import JSON, Call, Json, Origin
from conformance.suite.steps.answers import items_of
from conformance.suite.steps.endpoints import STATS
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

NEEDS = ("stats-injection", "documentation")
FLAT = {"X-Ably-Version": "5"}
"""The protocol version at which SDK suites read flat entries."""

LONG = 120
"""Consecutive minutes with data; more than one page of the default length."""


@dataclass(frozen=True, slots=True)
class Past:
    """The two past months that have injected statistics.

    varied: the first day of a month with data in three minutes of an hour, one of the next hour, one of the next day.
    even: the first day of a month with data in LONG consecutive minutes.
    """

    varied: datetime
    even: datetime

    @property
    def first(self) -> datetime:
        """The first minute with data in the varied month: 15:03 on the third day."""
        return self.varied + timedelta(days=2, hours=15, minutes=3)

    @property
    def minutes(self) -> tuple[datetime, ...]:
        """The minutes with data in the varied month, oldest first."""
        after = (0, 1, 2, 67, 24 * 60)
        return tuple(self.first + timedelta(minutes=each) for each in after)

    @property
    def month(self) -> dict[str, str]:
        """The query parameters `start` and `end` of the varied month."""
        return between(self.varied, self.varied + timedelta(days=27))


def months(worker: str) -> tuple[datetime, datetime]:
    """Two months of last year, or earlier, that no other worker uses.

    main and gw0 get the same months, because they never run at the same time.
    """
    number = int("0" + "".join(filter(str.isdigit, worker)))
    last = (datetime.now(UTC).year - 1) * 12 + 11
    one, other = (divmod(last - 2 * number - each, 12) for each in (0, 1))
    return datetime(one[0], one[1] + 1, 1, tzinfo=UTC), datetime(other[0], other[1] + 1, 1, tzinfo=UTC)


def between(start: datetime, end: datetime) -> dict[str, str]:
    """The query parameters `start` and `end` of a period."""
    return {"start": milliseconds(start), "end": milliseconds(end)}


def milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def interval_id(moment: datetime, unit: str = "minute") -> str:
    """The intervalId of a minute or an hour; for longer units the documents contradict each other."""
    return moment.strftime({"minute": "%Y-%m-%d:%H:%M", "hour": "%Y-%m-%d:%H"}[unit])


def injected(target: Target, past: Past) -> Past:
    """Inject the minutes as set-up. Raises Inconclusive when the target rejects them."""
    records = [_record(each, *counts) for each, counts in zip(past.minutes, COUNTS, strict=True)]
    records[2] |= OTHERS
    even = [_record(past.even + timedelta(minutes=each), 1, 0) for each in range(LONG)]
    body = json.dumps(records + even).encode()
    headers = (("Accept", JSON), ("Content-Type", JSON))
    arranged(target.send(Call("POST", STATS, headers=headers, body=body, origin=Origin.SETUP)))
    with target.arranging():
        target.poll(STATS, until=lambda answer: len(answer.body) >= len(records), query=past.month)
    return past


COUNTS = ((50, 20), (60, 10), (70, 40), (1, 0), (2, 0))
"""Inbound and outbound messages of each varied minute; every message has 100 bytes."""

OTHERS: dict[str, Json] = {
    "persisted": {"presence": {"count": 20, "data": 2000}},
    "connections": {"tls": {"peak": 20, "opened": 10}},
    "channels": {"peak": 50, "opened": 30},
    "apiRequests": {"succeeded": 50, "failed": 10},
    "tokenRequests": {"succeeded": 60, "failed": 20},
}
"""The other counts of the third varied minute."""


def _record(moment: datetime, inbound: int, outbound: int) -> dict[str, Json]:
    return {"intervalId": interval_id(moment), "inbound": _realtime(inbound), "outbound": _realtime(outbound)}


def _realtime(count: int) -> Json:
    return {"realtime": {"messages": {"count": count, "data": count * 100}}}


def stats(target: Target, **query: str) -> Answer:
    return target.get(STATS, query=query, headers=FLAT)


def intervals_of(answer: Answer) -> list[Json]:
    """The intervalId of each interval, in the order of the response."""
    return [each["intervalId"] for each in items_of(answer)]


def entries_of(answer: Answer, entry: str) -> tuple[Json, ...]:
    """One entry of each interval, in the order of the response; None where it is absent."""
    return tuple(each["entries"].get(entry) for each in items_of(answer))


def message_counts_of(answer: Answer) -> tuple[Json, ...]:
    """The number of all messages of each interval, in the order of the response."""
    return entries_of(answer, "messages.all.messages.count")


def units_of(answer: Answer) -> set[Json]:
    """The units that the intervals name; None for an interval without a unit."""
    return {each.get("unit") for each in items_of(answer)}
