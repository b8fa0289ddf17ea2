"""Channel status and enumeration on the reference server."""

import msgpack
import pytest

from conformance.selftest.reference.client import MSGPACK, refusal, running_app


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        for name in ("alpha", "beta:1", "beta:2", "beta:3"):
            app.publish(name, {})
        yield app


def test_an_unused_channel_has_an_occupancy_of_zeros(app):
    details = app.get("/channels/unused").json()
    assert (details["channelId"], details["name"]) == ("unused", "unused")
    assert details["status"]["isActive"] is True
    assert set(details["status"]["occupancy"]["metrics"].values()) == {0}


def test_the_fixtures_are_counted(app):
    details = app.get("/channels/persisted:fixtures").json()
    assert details["status"]["occupancy"]["metrics"]["presenceMembers"] == 6


def test_status_is_available_in_messagepack(app):
    answer = app.get("/channels/alpha", headers={"Accept": MSGPACK})
    assert msgpack.unpackb(answer.content) == app.get("/channels/alpha").json()


def test_enumeration_gives_names(app):
    assert {"alpha", "beta:1"} <= set(app.get("/channels").json())


def test_by_value_gives_the_status_of_each(app):
    items = app.get("/channels", query={"by": "value", "prefix": "alpha"}).json()
    assert items == [app.get("/channels/alpha").json()]


def test_the_default_of_by_follows_the_version(app):
    query = {"prefix": "alpha"}
    assert app.get("/channels", query=query, headers={"X-Ably-Version": "2"}).json()[0]["channelId"] == "alpha"
    assert app.get("/channels", query={**query, "v": "1.2"}).json()[0]["channelId"] == "alpha"
    assert app.get("/channels", query=query, headers={"X-Ably-Version": "3"}).json() == ["alpha"]


def test_the_prefix_filters_the_enumeration(app):
    assert app.get("/channels", query={"prefix": "beta:"}).json() == ["beta:1", "beta:2", "beta:3"]


def test_pages_cover_all_channels(app):
    pages = app.pages(app.get("/channels", query={"prefix": "beta:", "limit": 1}))
    assert [name for page in pages for name in page] == ["beta:1", "beta:2", "beta:3"]


def test_reading_the_status_makes_a_channel_active(app):
    app.get("/channels/awakened")
    assert "awakened" in app.get("/channels").json()


def test_reading_history_or_presence_does_not_create_a_channel(app):
    for path in ("messages", "presence", "presence/history"):
        assert app.get(f"/channels/unread/{path}").json() == []
    app.get("/presence", query={"channels": "unread"})
    assert "unread" not in app.get("/channels").json()


@pytest.mark.parametrize(
    ("query", "code"),
    [({"by": "name"}, 40003), ({"limit": "1001"}, 40003), ({"limit": "x"}, 40003), ({"cursor": "stale"}, 40011)],
)
def test_invalid_parameters_are_rejected(app, query, code):
    assert refusal(app.get("/channels", query=query)) == (400, code)


def test_enumeration_requires_the_wildcard_resource(app):
    token = app.token(capability='{"alpha":["channel-metadata"]}')
    assert app.get("/channels/alpha", token=token).status_code == 200
    assert refusal(app.get("/channels/beta:1", token=token)) == (401, 40160)
    assert refusal(app.get("/channels", token=token)) == (401, 40160)
    for capability in ('{"*":["channel-metadata"]}', '{"[*]*":["channel-metadata"]}'):
        assert app.get("/channels", token=app.token(4, capability=capability)).status_code == 200
