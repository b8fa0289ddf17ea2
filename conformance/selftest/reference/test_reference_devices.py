"""Device registrations on the reference server."""

import msgpack
import pytest

from conformance.selftest.reference.client import DEVICE, MSGPACK, refusal, running_app

PATH = "/push/deviceRegistrations"


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        yield app


@pytest.fixture
def device_id(app):
    return app.fresh("device")


@pytest.fixture
def device(app, device_id):
    app.register(device_id, clientId="client", metadata={"a": 1}, deviceSecret="secret")
    yield device_id
    app.call("DELETE", f"{PATH}/{device_id}")


def read(app, device_id):
    return app.get(f"{PATH}/{device_id}").json()


def put(app, device_id, **members):
    return app.call("PUT", f"{PATH}/{device_id}", json={**DEVICE, "id": device_id, **members})


def patch(app, device_id, **members):
    return app.call("PATCH", f"{PATH}/{device_id}", json=members)


def ids(response):
    return [device["id"] for device in response.json()]


def test_registration_answers_the_device_and_its_tokens(app, device_id):
    answer = app.post(PATH, json={**DEVICE, "id": device_id, "clientId": "c"})
    device = answer.json()
    assert answer.status_code == 201
    assert device["push"]["state"] == "ACTIVE"
    assert device["updateToken"]
    identity = device["deviceIdentityToken"]
    assert identity["token"]
    assert (identity["deviceId"], identity["keyName"]) == (device_id, app.keys[0]["keyName"])
    assert identity["expires"] > identity["issued"]


def test_a_device_is_read_as_it_was_saved(app, device):
    stored = read(app, device)
    assert {
        name: stored[name] for name in ("id", "clientId", "platform", "formFactor", "metadata", "deviceSecret")
    } == {
        "id": device,
        "clientId": "client",
        "platform": "ios",
        "formFactor": "phone",
        "metadata": {"a": 1},
        "deviceSecret": "secret",
    }
    assert stored["push"] == {"recipient": DEVICE["push"]["recipient"], "state": "ACTIVE"}


def test_a_device_is_the_same_in_messagepack(app, device):
    answer = app.get(f"{PATH}/{device}", headers={"Accept": MSGPACK})
    assert msgpack.unpackb(answer.content) == read(app, device)


def test_a_device_without_a_secret_has_no_device_secret(app, device_id):
    app.register(device_id)
    assert "deviceSecret" not in read(app, device_id)


def test_nested_metadata_and_unknown_recipient_members_are_kept(app, device_id):
    recipient = {"transportType": "web", "targetUrl": "u", "encryptionKey": {"auth": "a"}, "foo": "bar"}
    app.register(device_id, metadata={"a": {"b": [1, None]}}, push={"recipient": recipient, "error": {"code": 1}})
    stored = read(app, device_id)
    assert stored["metadata"] == {"a": {"b": [1, None]}}
    assert stored["push"] == {"recipient": recipient, "state": "ACTIVE"}


def test_unknown_members_are_dropped(app, device_id):
    # PY/types.device is built from keyword arguments and knows only these.
    known = {"id", "appId", "clientId", "formFactor", "metadata", "platform", "push", "updateToken", "deviceSecret"}
    app.register(device_id, colour="red")
    assert set(read(app, device_id)) <= known


@pytest.mark.parametrize(
    "change",
    [
        {"platform": "native"},
        {"platform": None},
        {"platform": ["ios"]},
        {"formFactor": "fridge"},
        {"push": None},
        {"push": {"color": "red"}},
        {"push": {"recipient": {"transportType": "xyz"}}},
        {"push": {"recipient": {}}},
        {"push": {**DEVICE["push"], "state": "FAILED"}},
        {"metadata": "text"},
        {"deviceSecret": "other"},
        {"deviceSecret": 5},
        {"updateToken": "other"},
        {"platform": "android"},
        {"id": "other"},
        {"id": 5},
    ],
)
def test_a_rejected_change_has_no_effect(app, device, change):
    before = read(app, device)
    assert refusal(put(app, device, **change)) == (400, 40000)
    assert read(app, device) == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 40015),
        ({"id": ""}, 40015),
        ({"id": 5}, 40015),
        ({"id": "x", "unknown": 1}, 40000),
        ([], 40000),
        ("x", 40000),
    ],
)
def test_a_registration_requires_a_complete_device(app, body, code):
    assert refusal(app.post(PATH, json=body)) == (400, code)


def test_saving_again_replaces_the_device(app, device):
    assert put(app, device, metadata={"b": 2}, formFactor="tablet").status_code == 200
    stored = read(app, device)
    assert (stored["metadata"], stored["formFactor"]) == ({"b": 2}, "tablet")
    assert "clientId" not in stored
    assert stored["deviceSecret"] == "secret"
    assert ids(app.get(PATH, query={"deviceId": device})) == [device]


def test_unchanged_members_may_be_sent_back(app, device):
    stored = read(app, device)
    assert app.call("PUT", f"{PATH}/{device}", json=stored).json() == stored


def test_registering_again_does_not_add_a_device(app, device):
    again = app.post(PATH, json={**DEVICE, "id": device, "deviceSecret": "secret"})
    assert again.status_code == 201
    assert again.json()["deviceIdentityToken"]["token"]
    assert ids(app.get(PATH, query={"deviceId": device})) == [device]
    assert app.post(PATH, json={**DEVICE, "id": device, "deviceSecret": "other"}).status_code == 400


def test_a_patch_replaces_whole_members(app, device):
    recipient = {"transportType": "gcm", "registrationToken": "r"}
    patched = patch(app, device, metadata={"b": 2}, push={"recipient": recipient}, id=device)
    assert patched.status_code == 200
    assert patched.json() == read(app, device)
    assert (patched.json()["metadata"], patched.json()["push"]["recipient"]) == ({"b": 2}, recipient)
    assert patched.json()["clientId"] == "client"


def test_a_patched_client_id_is_found_by_its_new_value_only(app, device):
    patch(app, device, clientId="renamed")
    assert ids(app.get(PATH, query={"clientId": "renamed"})) == [device]
    assert ids(app.get(PATH, query={"clientId": "client"})) == []


def test_null_removes_a_member(app, device):
    patched = patch(app, device, clientId=None, metadata=None).json()
    assert ("clientId" in patched, patched["metadata"]) == (False, {})


def test_a_device_has_its_application_and_metadata_even_if_none_were_sent(app, device_id):
    made = app.register(device_id)
    assert (made["appId"], made["metadata"]) == (app.id, {})
    assert app.get(PATH, query={"deviceId": device_id}).json()[0]["appId"] == app.id


def test_an_identity_token_is_valid_for_a_year(app, device_id):
    made = app.post(PATH, json={**DEVICE, "id": device_id}).json()["deviceIdentityToken"]
    assert made["expires"] - made["issued"] == 365 * 24 * 3_600_000


@pytest.mark.parametrize(
    "change",
    [
        {"formFactor": "tablet"},
        {"platform": "ios"},
        {"deviceSecret": "s"},
        {"unknown": 1},
        {"id": "other"},
        {"push": "x"},
    ],
)
def test_a_patch_cannot_change_other_members(app, device, change):
    before = read(app, device)
    assert patch(app, device, **change).status_code == 400
    assert read(app, device) == before


def test_an_unknown_device_is_not_found(app):
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"metadata": {}}),
        ("GET", "/resetUpdateToken", None),
        ("POST", "/resetUpdateToken", None),
    ):
        assert refusal(app.call(method, f"{PATH}/unknown{path}", json=body)) == (404, 40400)


def test_a_deletion_may_be_repeated(app, device):
    for _ in range(2):
        answer = app.call("DELETE", f"{PATH}/{device}")
        assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(app.get(f"{PATH}/{device}")) == (404, 40400)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_update_token_is_reset(app, device, method):
    before = read(app, device)["updateToken"]
    renewed = app.call(method, f"{PATH}/{device}/resetUpdateToken").json()
    assert renewed["updateToken"] != before
    assert read(app, device)["updateToken"] == renewed["updateToken"]


@pytest.fixture
def six_devices(app):
    names = [app.fresh("six") for _ in range(6)]
    for name in names:
        app.register(name, clientId="six")
    yield names
    app.call("DELETE", PATH, query={"clientId": "six"})


def test_a_full_page_has_a_next_link_and_the_last_page_is_empty(app, six_devices):
    # RB/push_admin "supports paging"
    pages = app.pages(app.get(PATH, query={"clientId": "six", "limit": 3}))
    assert [len(page) for page in pages] == [3, 3, 0]
    assert [device["id"] for page in pages for device in page] == six_devices


def test_a_limit_above_1000_is_accepted(app, six_devices):
    assert len(app.get(PATH, query={"limit": 5000}).json()) >= len(six_devices)
    assert refusal(app.get(PATH, query={"limit": "x"})) == (400, 40003)


def test_a_list_contains_no_secrets(app, device):
    assert "deviceSecret" not in app.get(PATH, query={"deviceId": device}).json()[0]


def test_filters_exclude_each_other_without_concat_filters(app, device, six_devices):
    query = {"deviceId": device, "clientId": "six"}
    assert refusal(app.get(PATH, query=query)) == (400, 40000)
    listed = app.get(PATH, query={**query, "concatFilters": "true"})
    assert set(ids(listed)) == {device, *six_devices}


def test_devices_are_deleted_by_client_id(app, device, six_devices):
    assert app.call("DELETE", PATH, query={"clientId": "six"}).status_code == 204
    assert ids(app.get(PATH, query={"clientId": "six"})) == []
    assert read(app, device)["id"] == device


def test_a_deletion_that_matches_nothing_succeeds(app):
    assert app.call("DELETE", PATH, query={"deviceId": "nobody"}).status_code == 204


@pytest.mark.parametrize("query", [{}, {"deviceId": "a", "clientId": "b"}])
def test_a_deletion_requires_exactly_one_filter(app, device, query):
    assert refusal(app.call("DELETE", PATH, query=query)) == (400, 40000)
    assert read(app, device)["id"] == device


def test_a_device_id_may_contain_a_slash(app):
    path = f"{PATH}/a%2Fb%20c"
    assert app.call("PUT", path, json={**DEVICE, "id": "a/b c"}).status_code == 200
    assert app.get(path).json()["id"] == "a/b c"


def test_a_form_registers_a_device(app, device_id):
    form = {"platform": "ios", "formFactor": "tv", "push": '{"recipient":{"transportType":"fcm"}}'}
    assert app.call("PUT", f"{PATH}/{device_id}", data=form).json()["formFactor"] == "tv"
