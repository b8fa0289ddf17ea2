"""Statistics, driven through `ably` from PyPI."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ably.sync import AblyRestSync
from ably.sync.types.stats import Stats

from conformance.sdk.ably_python import Clients, fresh, pages_of
from conformance.sdk.local_ably import LocalAbly

LAST_MINUTE = datetime(datetime.now(UTC).year - 1, 2, 3, 15, 5, tzinfo=UTC)


@pytest.fixture
def measured(clients: Clients, local_ably: LocalAbly) -> AblyRestSync:
    """A client of an application of its own, with three minutes of statistics."""
    clients.app = local_ably.provision()
    ably = clients.make()
    minutes = [
        {
            "intervalId": Stats.to_interval_id(LAST_MINUTE - timedelta(minutes=2 - index), "minute"),
            "inbound": {"realtime": {"messages": {"count": 10 + index, "data": 1000}}},
            "outbound": {"realtime": {"messages": {"count": 5, "data": 500}}},
            "connections": {"tls": {"peak": 20 + index, "opened": 10}},
            "apiRequests": {"succeeded": 50, "failed": 10},
            "tokenRequests": {"succeeded": 60, "failed": 20},
        }
        for index in range(3)
    ]
    ably.http.post("/stats", body=minutes)
    return ably


@pytest.mark.parametrize(("direction", "counts"), [("forwards", [10, 11, 12]), ("backwards", [12, 11, 10])])
def test_statistics_are_read_minute_by_minute(measured: AblyRestSync, direction: str, counts: list[int]) -> None:
    page = measured.stats(end=LAST_MINUTE, direction=direction, limit=1, unit="minute")
    items = [item for items in pages_of(page) for item in items]
    assert [item.entries["messages.inbound.realtime.all.count"] for item in items] == counts
    assert {item.unit for item in items} == {"minute"}


@pytest.mark.parametrize("unit", ["hour", "day", "month"])
def test_statistics_are_summed(measured: AblyRestSync, unit: str) -> None:
    (item,) = measured.stats(start=LAST_MINUTE, end=LAST_MINUTE, unit=unit).items
    assert item.entries["messages.all.messages.count"] == 10 + 11 + 12 + 3 * 5
    assert item.entries["messages.all.messages.data"] == 3 * 1000 + 3 * 500
    assert item.entries["connections.all.peak"] == 22
    assert item.entries["apiRequests.other.succeeded"] == 150
    assert item.entries["apiRequests.tokenRequests.failed"] == 60


def test_statistics_of_one_minute_name_it(measured: AblyRestSync) -> None:
    (item,) = measured.stats(start=LAST_MINUTE, end=LAST_MINUTE).items
    assert item.interval_id == LAST_MINUTE.strftime("%Y-%m-%d:%H:%M")
    assert item.interval_time == LAST_MINUTE.replace(tzinfo=None)


def test_statistics_count_what_happens(measured: AblyRestSync) -> None:
    measured.channels.get(fresh()).publish("name", "data")
    (item,) = measured.stats(limit=1, unit="month").items
    assert item.entries["messages.inbound.rest.messages.count"] >= 1
    assert item.in_progress
