"""Minutes of the past as they are put into the statistics, and what is read of them.

The numbers of the first three minutes are those that Ably's SDK suites inject, so that what they sum up to is known.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from conformance.model import JSON, Call, Json, Origin
from conformance.suite.steps.endpoints import STATS
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

NEEDS = ("stats-injection", "documentation")
FLAT = {"X-Ably-Version": "5"}
"""A version of the protocol at which SDK suites read flat entries."""

ALL = "messages.all.messages.count"
LONG = 120
"""Minutes without a break, more than one page of the default length."""


@dataclass(frozen=True, slots=True)
class Past:
    """varied: the first day of a month with three minutes in one hour, one in the next, one on the next day.
    even: the first day of a month that has LONG minutes in a row.
    """

    varied: datetime
    even: datetime

    @property
    def first(self) -> datetime:
        """The first of the three minutes, 15:03 on the third."""
        return self.varied + timedelta(days=2, hours=15, minutes=3)

    @property
    def minutes(self) -> tuple[datetime, ...]:
        """Every minute of the varied month that has data, oldest first."""
        after = (0, 1, 2, 67, 24 * 60)
        return tuple(self.first + timedelta(minutes=each) for each in after)

    @property
    def month(self) -> dict[str, str]:
        """Bounds of the varied month."""
        return between(self.varied, self.varied + timedelta(days=27))


def months(worker: str) -> tuple[datetime, datetime]:
    """Two months of last year, or earlier, that no other worker uses: main and gw0 never run together."""
    number = int("0" + "".join(filter(str.isdigit, worker)))
    last = (datetime.now(UTC).year - 1) * 12 + 11
    one, other = (divmod(last - 2 * number - each, 12) for each in (0, 1))
    return datetime(one[0], one[1] + 1, 1, tzinfo=UTC), datetime(other[0], other[1] + 1, 1, tzinfo=UTC)


def between(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": milliseconds(start), "end": milliseconds(end)}


def milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def interval_id(moment: datetime, unit: str = "minute") -> str:
    """Of a minute or an hour; of longer units two documents say two things."""
    return moment.strftime({"minute": "%Y-%m-%d:%H:%M", "hour": "%Y-%m-%d:%H"}[unit])


def injected(target: Target, past: Past) -> Past:
    """Set-up: the minutes are there, or nothing was judged."""
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
"""Messages in and out, minute by minute; each has a hundred bytes."""

OTHERS: dict[str, Json] = {
    "persisted": {"presence": {"count": 20, "data": 2000}},
    "connections": {"tls": {"peak": 20, "opened": 10}},
    "channels": {"peak": 50, "opened": 30},
    "apiRequests": {"succeeded": 50, "failed": 10},
    "tokenRequests": {"succeeded": 60, "failed": 20},
}
"""What else happened in the third minute."""


def _record(moment: datetime, came: int, went: int) -> dict[str, Json]:
    return {"intervalId": interval_id(moment), "inbound": _realtime(came), "outbound": _realtime(went)}


def _realtime(count: int) -> Json:
    return {"realtime": {"messages": {"count": count, "data": count * 100}}}


def stats(target: Target, **query: str) -> Answer:
    return target.get(STATS, query=query, headers=FLAT)


def ids(answer: Answer) -> list[str]:
    return [each["intervalId"] for each in answer.body]


def totals(answer: Answer, entry: str = ALL) -> list[Json]:
    """One entry of every interval, in the order of the answer; None where it is missing."""
    return [each["entries"].get(entry) for each in answer.body]
