"""Token requests on the reference server."""

import json
import time

import msgpack
import pytest

from conformance.selftest.reference.client import MSGPACK, mac, now, refusal, running_app

HOUR = 3_600_000


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        yield app


def capability(response):
    assert response.status_code == 201, response.text
    return json.loads(response.json()["capability"])


def test_the_mac_of_a_published_example():
    # PY/resttoken test_hmac
    request = {"keyName": "a_key_name", "ttl": 1000, "clientId": "a_id", "timestamp": 1000, "nonce": "abcde100"}
    assert mac(request, "a_secret") == "sYkCH0Un+WgzI7/Nhy0BoQIKq9HmjKynCRs4E3qAbGQ="


def test_the_details_of_a_token(app):
    before = app.get("/time").json()[0]
    details = app.request_token(clientId="c").json()
    assert details["token"].startswith(f"{app.id}.")
    assert details["keyName"] == app.keys[0]["keyName"]
    assert details["issued"] >= before
    assert details["expires"] == details["issued"] + HOUR
    assert details["capability"] == '{"*":["*"]}'
    assert details["clientId"] == "c"


def test_a_token_without_client_id_has_none(app):
    assert "clientId" not in app.request_token().json()


def test_a_signed_request_requires_no_credentials(app):
    assert app.request_signed_token().status_code == 201


def test_the_mac_covers_the_text_as_sent(app):
    # PY/types.capability c14n signs a text with spaces.
    request = app.signed(capability='{"b":["subscribe", "publish"], "a":["*"]}', ttl="60000", clientId="c")
    answer = app.post(f"/keys/{app.keys[0]['keyName']}/requestToken", key=None, json=request)
    assert answer.json()["capability"] == '{"a":["*"],"b":["publish","subscribe"]}'


def test_null_means_absent_and_messagepack_is_accepted(app):
    request = {**app.signed(), "ttl": None, "clientId": None, "capability": None}
    path = f"/keys/{app.keys[0]['keyName']}/requestToken"
    answer = app.post(path, key=None, packed=request, headers={"Accept": MSGPACK})
    assert msgpack.unpackb(answer.content)["capability"] == '{"*":["*"]}'


def test_text_plain_is_read_as_json(app):
    path = f"/keys/{app.keys[0]['keyName']}/requestToken"
    answer = app.post(path, key=None, data=json.dumps(app.signed()), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 201


def test_a_changed_mac_is_rejected(app):
    assert refusal(app.request_signed_token(mac="A" + app.signed()["mac"][1:])) == (401, 40101)
    assert refusal(app.request_signed_token(mac="12345")) == (401, 40101)


def test_members_covered_by_the_mac_cannot_be_changed(app):
    assert refusal(app.request_signed_token(clientId="other")) == (401, 40101)


def test_a_signed_request_is_accepted_once(app):
    path, request = f"/keys/{app.keys[0]['keyName']}/requestToken", app.signed()
    assert app.post(path, key=None, json=request).status_code == 201
    replayed = app.post(path, key=None, json=request)
    assert refusal(replayed) == (401, 40105)
    assert replayed.json()["error"]["message"] == "Nonce value replayed"


def test_the_timestamp_has_to_be_within_two_minutes(app):
    path = f"/keys/{app.keys[0]['keyName']}/requestToken"
    for offset, status in ((-60_000, 201), (60_000, 201), (-180_000, 401), (180_000, 401)):
        answer = app.post(path, key=None, json=app.signed(timestamp=now() + offset))
        assert answer.status_code == status
        assert status == 201 or refusal(answer) == (401, 40104)
        assert status == 201 or answer.json()["error"]["message"] == "Timestamp not current"


def test_an_unsigned_request_requires_the_key_itself(app):
    name = app.keys[0]["keyName"]
    body = {"keyName": name, "timestamp": now()}
    assert refusal(app.post(f"/keys/{name}/requestToken", key=None, json=body)) == (401, 40101)
    assert refusal(app.post(f"/keys/{name}/requestToken", key=1, json=body)) == (401, 40102)
    assert refusal(app.post(f"/keys/{name}/requestToken", token=app.token(), json=body)) == (401, 40102)


def test_key_name_has_to_match_the_path(app):
    body = {"keyName": app.keys[1]["keyName"], "timestamp": now()}
    assert refusal(app.post(f"/keys/{app.keys[0]['keyName']}/requestToken", json=body)) == (401, 40102)


@pytest.mark.parametrize("name", ["aaaaaa.bbbbbb", "OWN.bbbbbb"])
def test_an_unknown_key_is_not_found(app, name):
    name = name.replace("OWN", app.id)
    body = {"keyName": name, "timestamp": now(), "nonce": "n" * 16, "mac": "x"}
    assert refusal(app.post(f"/keys/{name}/requestToken", key=None, json=body)) == (404, 40400)


@pytest.mark.parametrize("body", [{}, {"timestamp": 1}, {"keyName": "OWN"}])
def test_required_members_are_required(app, body):
    name = app.keys[0]["keyName"]
    body = {member: name if value == "OWN" else value for member, value in body.items()}
    assert refusal(app.post(f"/keys/{name}/requestToken", json=body)) == (400, 40001)


@pytest.mark.parametrize(
    ("ttl", "lifetime"), [(100, 100), ("200", 200), (0, HOUR), (None, HOUR), (86_400_000.0, 86_400_000)]
)
def test_ttl_is_milliseconds(app, ttl, lifetime):
    details = app.request_token(ttl=ttl).json()
    assert details["expires"] - details["issued"] == lifetime


@pytest.mark.parametrize("ttl", [-1, 86_400_001, "notanumber", 1.5, [1]])
def test_an_invalid_ttl_is_rejected(app, ttl):
    assert refusal(app.request_token(ttl=ttl)) == (400, 40003)


def test_tokens_of_a_revocable_key_expire_within_an_hour(app):
    assert app.request_token(3, ttl=HOUR).status_code == 201
    assert refusal(app.request_token(3, ttl=HOUR + 1)) == (400, 40003)


def test_an_expired_token_is_rejected_with_40142(app):
    token = app.token(ttl=30)
    time.sleep(0.05)
    assert refusal(app.get("/channels", token=token)) == (401, 40142)


@pytest.mark.parametrize("value", [1, {"a": 1}])
def test_a_client_id_has_to_be_a_string(app, value):
    assert refusal(app.request_token(clientId=value)) == (400, 40012)


def test_an_empty_client_id_is_rejected(app):
    assert refusal(app.request_token(clientId="")) == (400, 40012)


def test_the_capability_of_the_key_is_the_default(app):
    assert app.request_token(1).json()["capability"] == app.keys[1]["capability"]


@pytest.mark.parametrize(
    ("key", "asked", "granted"),
    [
        (0, {"channel": ["subscribe"]}, {"channel": ["subscribe"]}),
        (1, {"canpublish:check": ["publish", "history"]}, {"canpublish:check": ["publish"]}),
        (1, {"canpublish:check": ["publish"], "other": ["publish"]}, {"canpublish:check": ["publish"]}),
        (1, {"canpublish:*": ["*"]}, {"canpublish:*": ["publish"]}),
        (1, {"*": ["*"]}, {"canpublish:*": ["publish"], "cansubscribe:*": ["subscribe"]}),
        (2, {"cansubscribe:*": ["subscribe"]}, {"cansubscribe:*": ["subscribe"]}),
        (4, {"[meta]log": ["subscribe"]}, {"[meta]log": ["subscribe"]}),
    ],
)
def test_the_capability_is_the_intersection(app, key, asked, granted):
    assert capability(app.request_token(key, capability=json.dumps(asked))) == granted
    assert capability(app.request_token(key, capability=asked)) == granted


@pytest.mark.parametrize(
    "asked", [{"canpublish:test": ["subscribe"]}, {"channelx": ["publish"]}, {"[meta]x": ["publish"]}]
)
def test_an_empty_intersection_is_rejected(app, asked):
    assert refusal(app.request_token(1, capability=json.dumps(asked))) == (401, 40160)


@pytest.mark.parametrize(
    "asked", ['{"a":["publish_"]}', '{"a":["*","publish"]}', '{"a":[]}', "[]", "text", '{"a":"*"}', '{"\\ud800":["*"]}']
)
def test_a_malformed_capability_is_rejected(app, asked):
    status, code = refusal(app.request_token(capability=asked))
    assert (status, code) in {(400, 40000), (400, 40001)}


def test_a_token_request_with_get_is_not_found(app):
    assert refusal(app.get("/keys/ablyjs.test/requestToken")) == (404, 40400)


def test_a_token_is_long_unless_it_is_persisted(app):
    assert len(app.token()) > 64
    persisted = app.token(persisted=True)
    assert persisted.startswith(f"{app.id}.A")
    assert len(persisted) < 64
    assert app.get("/channels", token=persisted).status_code == 200
