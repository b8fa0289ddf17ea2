"""Provisioning on the reference server: POST /apps and DELETE /apps/{id}."""

import json

import msgpack
import pytest

from conformance.selftest.reference.client import MSGPACK, SANDBOX, refusal, running, running_app


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        yield app


def test_keys_come_back_in_order_with_canonical_capabilities(app):
    assert len(app.keys) == len(SANDBOX["keys"])
    assert app.keys[0]["capability"] == '{"*":["*"]}'
    assert app.keys[1]["capability"] == '{"canpublish:*":["publish"],"cansubscribe:*":["subscribe"]}'
    assert app.keys[3]["revocableTokens"] is True


def test_a_key_can_be_put_together(app):
    for key in app.keys:
        assert key["keyStr"] == f"{key['keyName']}:{key['keySecret']}" == f"{app.id}.{key['id']}:{key['value']}"


def test_the_answer_has_what_sdks_read(app):
    assert len(app.id) == 6
    assert {"id", "appId", "accountId", "status", "created", "modified", "tlsOnly"} <= set(app.details)
    assert [namespace["id"] for namespace in app.details["namespaces"]] == ["persisted", "pushenabled"]
    assert app.details["channels"] == SANDBOX["channels"]


def test_the_answer_says_where_the_server_is(app):
    # ABLY_LOCAL_SANDBOX_URL of ably-js and ably-go
    assert (app.details["endpoint"], app.details["tls"]) == ("127.0.0.1", False)
    assert app.base.endswith(f":{app.details['port']}")


@pytest.mark.parametrize("setup", [{}, {"keys": None, "namespaces": None}, {"keys": []}])
def test_an_app_has_a_full_key_at_least(app, setup):
    made = app.post("/apps", key=None, json=setup)
    assert [key["capability"] for key in made.json()["keys"]] == ['{"*":["*"]}']


def test_provisioning_speaks_messagepack(app):
    made = app.post("/apps", key=None, packed=SANDBOX, headers={"Accept": MSGPACK})
    details = msgpack.unpackb(made.content)
    assert app.get("/channels", key=details["keys"][0]["keyStr"]).json() == ["persisted:fixtures"]


@pytest.mark.parametrize(
    ("setup", "code"),
    [
        ([], 40000),
        ({"keys": 5}, 40000),
        ({"keys": [5]}, 40000),
        ({"keys": [{"capability": "{"}]}, 40000),
        ({"namespaces": [{}]}, 40000),
        ({"channels": [{"name": ":bad"}]}, 40010),
        ({"channels": [{"name": "a", "presence": [{}]}]}, 40000),
        ({"channels": [{"name": "a", "presence": [{"clientId": "c", "data": 5}]}]}, 40000),
        ({"keys": [{}] * 501}, 40000),
    ],
)
def test_bad_set_ups_are_refused(app, setup, code):
    assert refusal(app.post("/apps", key=None, json=setup)) == (400, code)


def test_a_deleted_app_is_gone(app):
    key = app.post("/apps", key=None, json={}).json()["keys"][0]["keyStr"]
    app_id = key.partition(".")[0]
    token_request = {"keyName": key.partition(":")[0], "timestamp": app.get("/time").json()[0]}
    token = app.post(f"/keys/{token_request['keyName']}/requestToken", key=key, json=token_request).json()["token"]
    assert app.call("DELETE", f"/apps/{app_id}", key=key).status_code == 204
    assert refusal(app.get("/channels", key=key)) == (404, 40400)
    assert refusal(app.get("/channels", token=token)) == (401, 40143)


def test_an_app_is_deleted_by_its_own_key_only(app):
    other = app.post("/apps", key=None, json={}).json()
    assert refusal(app.call("DELETE", f"/apps/{other['appId']}")) == (401, 40102)
    assert refusal(app.call("DELETE", f"/apps/{app.id}", token=app.token())) == (401, 40102)
    assert refusal(app.call("DELETE", f"/apps/{app.id}", key=None)) == (401, 40101)


def test_as_many_apps_as_there_is_room_for():
    with running() as server, server.app({}) as app:
        statuses = [app.post("/apps", key=None, json={}).status_code for _ in range(505)]
        assert statuses == [201] * 499 + [429] * 6
        assert app.call("DELETE", f"/apps/{app.id}").status_code == 204
        assert app.post("/apps", key=None, data=json.dumps({})).status_code == 201
