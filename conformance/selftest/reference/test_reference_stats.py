"""Statistics on the reference server: injection, counting, aggregation into larger units."""

import time

import pytest

from conformance.reference.stats_shape import StatsShape
from conformance.selftest.reference.client import now, refusal, running_app

RECORDS = [
    {
        "intervalId": "2024-02-03:15:03",
        "inbound": {"realtime": {"messages": {"count": 50, "data": 5000}}},
        "outbound": {"realtime": {"messages": {"count": 20, "data": 2000}}},
    },
    {
        "intervalId": "2024-02-03:15:04",
        "inbound": {"realtime": {"messages": {"count": 60, "data": 6000}}},
        "outbound": {"realtime": {"messages": {"count": 10, "data": 1000}}},
    },
    {
        "intervalId": "2024-02-03:15:05",
        "inbound": {"realtime": {"messages": {"count": 70, "data": 7000}}},
        "outbound": {"realtime": {"messages": {"count": 40, "data": 4000}}},
        "persisted": {"presence": {"count": 20, "data": 2000}},
        "connections": {"tls": {"peak": 20, "opened": 10}},
        "channels": {"peak": 50, "opened": 30},
        "apiRequests": {"succeeded": 50, "failed": 10},
        "tokenRequests": {"succeeded": 60, "failed": 20},
    },
]

LAST = "2024-02-03:15:05"


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        answer = app.post("/stats", json=RECORDS)
        assert (answer.status_code, answer.json()) == (201, RECORDS)
        yield app


def query(app, version="6", **params):
    answer = app.get("/stats", query={"end": LAST, **params}, headers={"X-Ably-Version": version})
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(items, name="messages.inbound.realtime.messages.count"):
    return [item["entries"][name] for item in items]


def test_minutes_are_listed_newest_first(app):
    assert counts(query(app)) == [70, 60, 50]
    assert counts(query(app, direction="forwards")) == [50, 60, 70]


def test_the_members_of_an_interval(app):
    item = query(app, limit=1)[0]
    assert (item["intervalId"], item["unit"], item["appId"]) == (LAST, "minute", app.id)
    assert item["schema"].startswith("https://")
    assert "inProgress" not in item


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("messages.inbound.realtime.all.count", 70),
        ("messages.inbound.all.messages.data", 7000),
        ("messages.inbound.all.all.count", 70),
        ("messages.outbound.realtime.all.data", 4000),
        ("messages.all.messages.count", 110),
        ("messages.all.all.data", 11_000),
        ("messages.persisted.presence.count", 20),
        ("messages.persisted.all.data", 2000),
        ("connections.all.peak", 20),
        ("connections.all.opened", 10),
        ("channels.peak", 50),
        ("channels.opened", 30),
        ("apiRequests.other.succeeded", 50),
        ("apiRequests.tokenRequests.failed", 20),
        ("apiRequests.all.succeeded", 110),
    ],
)
def test_totals_are_derived(app, name, value):
    assert query(app, limit=1)[0]["entries"][name] == value


def test_protocol_version_2_has_nested_groups(app):
    item = query(app, version="2", limit=1)[0]
    assert item["all"]["messages"] == {"count": 110, "data": 11_000}
    assert item["inbound"]["realtime"]["all"]["count"] == item["inbound"]["all"]["all"]["count"] == 70
    assert item["persisted"]["all"]["count"] == 20
    assert item["connections"]["tls"] == item["connections"]["all"] == {"peak": 20, "opened": 10}
    assert item["apiRequests"] == {"succeeded": 50, "failed": 10}
    assert item["tokenRequests"] == {"succeeded": 60, "failed": 20}


@pytest.mark.parametrize(("unit", "interval"), [("hour", "2024-02-03:15"), ("day", "2024-02-03"), ("month", "2024-02")])
def test_larger_units_sum_up_their_minutes(app, unit, interval):
    for name in ("unit", "by"):
        (item,) = query(app, start=LAST, **{name: unit})
        assert (item["intervalId"], item["unit"]) == (interval, unit)
        assert item["entries"]["messages.all.messages.count"] == 250
        assert item["entries"]["messages.all.messages.data"] == 25_000


def test_start_and_end_in_one_minute_select_that_minute(app):
    moment = 1_706_972_704_999  # 2024-02-03 15:05:04.999
    (item,) = query(app, start=moment, end=moment)
    assert item["intervalId"] == LAST


@pytest.mark.parametrize("direction", ["backwards", "forwards"])
def test_the_last_page_has_no_next_link(app, direction):
    first = app.get("/stats", query={"end": LAST, "direction": direction, "limit": 1})
    pages = app.pages(first)
    assert [len(page) for page in pages] == [1, 1, 1]
    assert counts(page[0] for page in pages) == counts(query(app, direction=direction))


def test_an_interval_without_data_is_omitted(app):
    assert query(app, start="2023-01-01:00:00", end="2023-12-31:00:00") == []


def test_a_record_of_zeros_counts_as_data(app):
    app.post("/stats", json={"intervalId": "2022-01-01:00:00", "inbound": {"rest": {"messages": {"count": 0}}}})
    assert len(query(app, end="2022-01-01:00:00")) == 1


def test_a_minute_that_is_injected_again_is_replaced(app):
    for opened in (3, 2):
        app.post("/stats", json=[{"intervalId": "2021-01-01:00:00", "channels": {"opened": opened, "peak": 5}}])
    (item,) = query(app, end="2021-01-01:00:00")
    assert item["entries"] == {"channels.opened": 2, "channels.peak": 5}


def test_members_without_a_value_are_ignored(app):
    empty = {"unit": "", "inProgress": "", "count": 0, "inbound": {"rest": {"messages": {"category": None}}}}
    answer = app.post("/stats", json=[{"intervalId": "2020-01-01:00:00", **empty, "channels": {"opened": 1}}])
    assert answer.status_code == 201
    assert query(app, end="2020-01-01:00:00")[0]["entries"] == {"channels.opened": 1}


def test_totals_reach_into_the_categories_of_messages(app):
    """The records of ably-java: six levels."""
    messages = {"count": 50, "uncompressedData": 5000, "category": {"delta": {"count": 10}}}
    app.post("/stats", json=[{"intervalId": "2019-01-01:00:00", "inbound": {"realtime": {"messages": messages}}}])
    (item,) = query(app, version="2", end="2019-01-01:00:00")
    for total in (item["inbound"]["all"]["all"], item["inbound"]["realtime"]["all"], item["all"]["messages"]):
        assert total == messages


@pytest.mark.parametrize(("given", "shown"), [(0, 50), (50, 50), (70, 70)])
def test_a_total_that_a_record_has_is_not_added_to_the_one_that_is_computed(app, given, shown):
    total = {"all": {"count": given}}
    inbound = {"realtime": {"messages": {"count": 50}, **total}, "all": total}
    record = {"intervalId": "2018-01-01:00:00", "inbound": inbound, "connections": {"tls": {"peak": 9}}}
    record["connections"]["all"] = {"peak": 9}
    app.post("/stats", json=[record])
    (item,) = query(app, version="2", end="2018-01-01:00:00")
    assert item["inbound"]["realtime"]["all"]["count"] == item["inbound"]["all"]["all"]["count"] == shown
    assert item["connections"]["all"]["peak"] == 9


def test_a_record_may_have_all_metrics_of_the_service(app):
    leaves = {f"group{number}": {"count": number} for number in range(1_118)}
    assert app.post("/stats", json=[{"intervalId": "2017-01-01:00:00", **leaves}]).status_code == 201


def test_a_publish_is_counted_at_once(app):
    before = live(app)
    app.publish("persisted:counted", [{"data": "12345"}, {"data": "6"}])
    after = live(app)
    for name, amount in (("messages.inbound.rest.messages.count", 2), ("messages.persisted.messages.data", 6)):
        assert after["entries"][name] - before["entries"].get(name, 0) == amount
    assert after["inProgress"].startswith(time.strftime("%Y-", time.gmtime()))


def live(app):
    """The statistics of the current month."""
    items = app.get("/stats", query={"unit": "month", "end": now(), "limit": 1}).json()
    return items[0] if items else {"entries": {}}


def test_token_requests_are_counted(app):
    before = live(app)["entries"].get("apiRequests.tokenRequests.succeeded", 0)
    app.token()
    assert live(app)["entries"]["apiRequests.tokenRequests.succeeded"] == before + 1


@pytest.mark.parametrize(
    "params", [{"unit": "second"}, {"limit": "1001"}, {"start": LAST, "end": "2024-01-01"}, {"end": "2024-13-01:00:00"}]
)
def test_invalid_parameters_are_rejected(app, params):
    assert refusal(app.get("/stats", query=params)) == (400, 40003)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"intervalId": "2024-02-03"},
        {"intervalId": "2024-02-31:00:00"},
        {"intervalId": LAST, "channels": {"peak": "many"}},
        {"intervalId": LAST, "channels": {"peak": 10**30}},
        {"intervalId": LAST, "channels": {"peak": -1}},
        {"intervalId": LAST, "channels": {f"metric{number}": 1 for number in range(1_201)}},
        {"intervalId": LAST, "a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}},
        5,
    ],
)
def test_one_invalid_record_rejects_all(app, record):
    before = query(app)
    assert app.post("/stats", json=[RECORDS[0], record]).status_code == 400
    assert query(app) == before


def test_stats_requires_its_capability_on_all_channels(app):
    assert refusal(app.get("/stats", key=1)) == (401, 40160)
    token = app.token(capability='{"a:*":["stats"]}')
    assert refusal(app.get("/stats", token=token)) == (401, 40160)
    assert app.get("/stats", token=app.token(capability='{"*":["stats"]}')).status_code == 200


def test_peaks_are_aggregated_by_maximum():
    minutes = [{("channels", "peak"): 3, ("channels", "min"): 2}, {("channels", "peak"): 5, ("channels", "min"): 1}]
    assert StatsShape().combined(minutes) == {("channels", "peak"): 5, ("channels", "min"): 1}
