"""Provisioning on the reference server: POST /apps and DELETE /apps/{id}."""

import json

import msgpack
import pytest

from conformance.selftest.reference.client import MSGPACK, SANDBOX, refusal, running, running_app


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        yield app


def test_keys_have_the_requested_order_and_canonical_capabilities(app):
    assert len(app.keys) == len(SANDBOX["keys"])
    assert app.keys[0]["capability"] == '{"*":["*"]}'
    assert app.keys[1]["capability"] == '{"canpublish:*":["publish"],"cansubscribe:*":["subscribe"]}'
    assert app.keys[3]["revocableTokens"] is True


def test_a_key_is_its_name_and_secret(app):
    for key in app.keys:
        assert key["keyStr"] == f"{key['keyName']}:{key['keySecret']}" == f"{app.id}.{key['id']}:{key['value']}"


def test_the_answer_has_the_members_that_sdks_read(app):
    assert len(app.id) == 6
    assert {"id", "appId", "accountId", "status", "created", "modified", "tlsOnly"} <= set(app.details)
    assert [namespace["id"] for namespace in app.details["namespaces"]] == ["persisted", "pushenabled"]
    assert app.details["channels"] == SANDBOX["channels"]


def test_the_answer_has_the_address_of_the_server(app):
    # ABLY_LOCAL_SANDBOX_URL of ably-js and ably-go
    assert (app.details["endpoint"], app.details["tls"]) == ("127.0.0.1", False)
    assert app.base.endswith(f":{app.details['port']}")


@pytest.mark.parametrize("setup", [{}, {"keys": None, "namespaces": None}, {"keys": []}])
def test_an_application_has_at_least_one_key_with_a_full_capability(app, setup):
    made = app.post("/apps", key=None, json=setup)
    assert [key["capability"] for key in made.json()["keys"]] == ['{"*":["*"]}']


def test_provisioning_accepts_messagepack(app):
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
def test_invalid_applications_are_rejected(app, setup, code):
    assert refusal(app.post("/apps", key=None, json=setup)) == (400, code)


def test_keys_and_tokens_of_a_deleted_application_are_unknown(app):
    key = app.post("/apps", key=None, json={}).json()["keys"][0]["keyStr"]
    app_id = key.partition(".")[0]
    token_request = {"keyName": key.partition(":")[0], "timestamp": app.get("/time").json()[0]}
    token = app.post(f"/keys/{token_request['keyName']}/requestToken", key=key, json=token_request).json()["token"]
    assert app.call("DELETE", f"/apps/{app_id}", key=key).status_code == 204
    assert refusal(app.get("/channels", key=key)) == (404, 40400)
    assert refusal(app.get("/channels", token=token)) == (401, 40143)


def test_only_a_key_of_the_application_deletes_it(app):
    other = app.post("/apps", key=None, json={}).json()
    assert refusal(app.call("DELETE", f"/apps/{other['appId']}")) == (401, 40102)
    assert refusal(app.call("DELETE", f"/apps/{app.id}", token=app.token())) == (401, 40102)
    assert refusal(app.call("DELETE", f"/apps/{app.id}", key=None)) == (401, 40101)


def test_the_number_of_applications_is_limited():
    with running() as server, server.app({}) as app:
        statuses = [app.post("/apps", key=None, json={}).status_code for _ in range(505)]
        assert statuses == [201] * 499 + [429] * 6
        assert app.call("DELETE", f"/apps/{app.id}").status_code == 204
        assert app.post("/apps", key=None, data=json.dumps({})).status_code == 201
