"""History and its pages on the reference server."""

import time

import pytest
import requests

from conformance.selftest.reference.client import refusal, running_app


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        yield app


@pytest.fixture
def channel(app):
    return app.fresh()


@pytest.fixture(scope="module")
def full_channel(app):
    """A channel with 25 messages, shared by tests that only read it."""
    app.publish("full", [{"data": str(number)} for number in range(25)])
    return "full"


def data(items):
    return [item["data"] for item in items]


def links(response):
    return {relation: link["url"] for relation, link in response.links.items()}


def test_history_is_returned_newest_first(app, full_channel):
    assert data(app.history(full_channel).json()) == [str(number) for number in reversed(range(25))]


def test_forwards_lists_the_oldest_first(app, full_channel):
    forwards = app.history(full_channel, query={"direction": "forwards"}).json()
    assert data(forwards) == [str(number) for number in range(25)]


def test_an_unused_channel_has_an_empty_history(app, channel):
    answer = app.history(channel)
    assert (answer.status_code, answer.json()) == (200, [])
    assert set(answer.links) == {"first", "current"}


@pytest.mark.parametrize("direction", ["backwards", "forwards"])
def test_pages_contain_all_messages_once(app, full_channel, direction):
    pages = app.pages(app.history(full_channel, query={"limit": 10, "direction": direction}))
    assert [len(page) for page in pages] == [10, 10, 5]
    whole = app.history(full_channel, query={"direction": direction}).json()
    assert [item for page in pages for item in page] == whole


def test_a_full_last_page_has_no_next_link(app, channel):
    app.publish(channel, [{"data": str(number)} for number in range(4)])
    second = app.follow(app.history(channel, query={"limit": 2}), "next")
    assert data(second.json()) == ["1", "0"]
    assert "next" not in second.links


def test_the_first_link_leads_from_any_page_to_the_first(app, full_channel):
    first = app.history(full_channel, query={"limit": 10})
    third = app.follow(app.follow(first, "next"), "next")
    assert app.follow(third, "first").json() == first.json()


def test_the_current_link_leads_to_the_same_page(app, full_channel):
    second = app.follow(app.history(full_channel, query={"limit": 10}), "next")
    again = app.follow(second, "current")
    assert again.json() == second.json()
    assert links(again) == links(second)


@pytest.mark.parametrize("direction", ["backwards", "forwards"])
def test_later_messages_do_not_appear_on_later_pages(app, channel, direction):
    app.publish(channel, [{"data": "0"}, {"data": "1"}, {"data": "2"}])
    first = app.history(channel, query={"limit": 2, "direction": direction})
    app.publish(channel, {"data": "new"})
    assert "new" not in data(item for page in app.pages(first) for item in page)
    assert app.follow(first, "first").json() == first.json()


def test_each_link_has_its_own_header_line(app, full_channel):
    url = f"{app.base}/channels/{full_channel}/messages?limit=2"
    with requests.get(url, headers=app.credentials(0, None), timeout=10) as answer:
        lines = answer.raw.headers.getlist("Link")
    assert len(lines) == 3
    assert all(line.startswith("<./messages?") for line in lines)
    assert {line.rpartition("; ")[2] for line in lines} == {'rel="first"', 'rel="current"', 'rel="next"'}


def test_links_keep_the_query_and_escape_it(app):
    url = links(app.get("/push/deviceRegistrations", query={"clientId": "a,b/c", "limit": 7, "format": "json"}))[
        "first"
    ]
    assert "clientId=a%2Cb%2Fc" in url
    assert "limit=7" in url
    assert "format=json" in url


def test_links_contain_no_credentials(app, channel):
    key = app.keys[0]["keyStr"]
    answer = app.history(channel, key=None, query={"key": key, "request_id": "r"})
    assert answer.status_code == 200
    assert "key=" not in links(answer)["first"]


def test_start_and_end_are_inclusive(app, channel):
    for number in range(5):
        app.publish(channel, {"data": str(number)})
        time.sleep(0.003)
    third = app.history(channel).json()[2]["timestamp"]
    since = app.history(channel, query={"start": third, "direction": "forwards"}).json()
    until = app.history(channel, query={"end": third, "direction": "forwards"}).json()
    assert (data(since), data(until)) == (["2", "3", "4"], ["0", "1", "2"])


def test_the_first_link_contains_the_time_of_the_query(app, full_channel):
    assert "end=" in links(app.history(full_channel))["first"]
    assert "end=5" in links(app.history(full_channel, query={"end": "5"}))["first"]


@pytest.mark.parametrize("end", ["2999-01-01", "2999-01-01T00:00:00+02:00", "now", "32503680000000"])
def test_times_may_be_dates(app, full_channel, end):
    assert len(app.history(full_channel, query={"end": end}).json()) == 25


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "abc"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "1001"},
        {"limit": "1.5"},
        {"limit": ""},
        {"limit": "9" * 400},
        {"start": "yesterday"},
        {"end": "1.5"},
        {"start": "2", "end": "1"},
        {"direction": "sideways"},
        {"cursor": "x"},
    ],
)
def test_invalid_parameters_are_rejected(app, full_channel, query):
    assert refusal(app.history(full_channel, query=query)) == (400, 40003)


def test_the_largest_limit_is_1000(app, full_channel):
    assert len(app.history(full_channel, query={"limit": 1000}).json()) == 25
