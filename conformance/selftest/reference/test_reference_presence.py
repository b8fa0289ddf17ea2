"""Presence on the reference server: the fixtures of provisioning."""

from base64 import b64decode

import msgpack
import pytest

from conformance.selftest.reference.client import MSGPACK, SANDBOX, refusal, running_app

FIXTURES = SANDBOX["channels"][0]["presence"]
PATH = "/channels/persisted:fixtures/presence"


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        yield app


def clients(response):
    return [member["clientId"] for member in response.json()]


def test_the_fixtures_are_present(app):
    members = app.get(PATH).json()
    assert {member["clientId"] for member in members} == {fixture["clientId"] for fixture in FIXTURES}
    assert {member["action"] for member in members} == {1}
    assert len({member["connectionId"] for member in members}) == 1
    assert len({member["id"] for member in members}) == len(FIXTURES)


def test_absent_members_are_omitted(app):
    assert all("encoding" not in member for member in app.get(PATH).json()[:3])


def test_history_lists_enter_events_newest_first(app):
    events = app.get(f"{PATH}/history").json()
    assert events[-1]["clientId"] == "client_bool"
    assert {event["action"] for event in events} == {2}
    forwards = app.get(f"{PATH}/history", query={"direction": "forwards"})
    assert forwards.json() == events[::-1]


@pytest.mark.parametrize("path", [PATH, f"{PATH}/history"])
def test_a_full_last_page_has_no_next_link(app, path):
    pages = app.pages(app.get(path, query={"limit": 3}))
    assert [len(page) for page in pages] == [3, 3]


def test_history_links_are_relative_to_the_path(app):
    assert app.get(f"{PATH}/history").links["first"]["url"].startswith("./history?")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"clientId": "client_int"}, 1),
        ({"clientId": "nobody"}, 0),
        ({"connectionId": "none"}, 0),
        ({"direction": "forwards"}, 6),
        ({"clientId": ""}, 0),
    ],
)
def test_filters_match_exactly(app, query, count):
    assert len(app.get(PATH, query=query).json()) == count


def test_filters_have_another_spelling(app):
    connection = app.get(PATH).json()[0]["connectionId"]
    assert len(app.get(PATH, query={"connection_id": connection, "client_id": "client_int"}).json()) == 1
    assert app.get(PATH, query={"connection_id": "", "client_id": "client_int"}).json() == []


def test_filters_combine_with_and(app):
    connection = app.get(PATH).json()[0]["connectionId"]
    assert len(app.get(PATH, query={"connectionId": connection, "clientId": "client_int"}).json()) == 1


@pytest.mark.parametrize(
    ("path", "data", "encoding"),
    [
        (PATH, b64decode("HO4cYSP8"), "utf-8/cipher+aes-128-cbc"),
        (f"{PATH}/history", "HO4cYSP8", "utf-8/cipher+aes-128-cbc/base64"),
    ],
)
def test_encrypted_data_is_bytes_among_members_in_messagepack_and_as_stored_in_history(app, path, data, encoding):
    answer = app.get(path, headers={"Accept": MSGPACK})
    member = next(item for item in msgpack.unpackb(answer.content) if item["clientId"] == "client_encoded")
    assert (member["data"], member["encoding"]) == (data, encoding)


@pytest.mark.parametrize("query", [{"client_id": "client_int"}, {"client_id": "client_int", "clientId": "client_int"}])
def test_filters_have_two_spellings(app, query):
    first = app.get(PATH, query={**query, "limit": 1})
    assert [item["clientId"] for item in first.json()] == ["client_int"]
    assert [len(page) for page in app.pages(first)] == [1]
    connection = first.json()[0]["connectionId"]
    assert len(app.get(PATH, query={"connection_id": connection}).json()) == len(FIXTURES)
    assert app.get(PATH, query={"connection_id": "other"}).json() == []


def test_subscribe_is_sufficient_for_members_and_not_for_history(app):
    assert app.get(PATH, key=2).status_code == 200
    assert refusal(app.get(f"{PATH}/history", key=2)) == (401, 40160)


def test_history_accepts_dates(app):
    assert len(app.get(f"{PATH}/history", query={"end": "2999-12-31T00:00:00"}).json()) == len(FIXTURES)
    assert app.get(f"{PATH}/history", query={"end": "2000-01-01"}).json() == []
