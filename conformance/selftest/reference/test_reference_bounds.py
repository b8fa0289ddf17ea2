"""Every store of the reference server is limited. The tests lower the limits and call the service directly."""

import json
import logging

import pytest

from conformance.reference import apps, channels, counters, devices, message_log, revocations, subscriptions, tokens
from conformance.reference.parts import UNMODIFIED, assemble
from conformance.reference.wire import Request
from conformance.selftest.reference.client import DEVICE, SANDBOX, base64, now


class Local:
    """The service in this process, with one application."""

    def __init__(self):
        self.service = assemble(UNMODIFIED, allow_plain_basic=True)
        made = self.answer("POST", "/apps", SANDBOX, authorization=None)
        self.keys = json.loads(made.body)["keys"]
        self.authorization = f"Basic {base64(self.keys[0]['keyStr'])}"
        self.app = next(iter(self.service.apps.by_id.values()))

    def answer(self, method, path, body=None, authorization=""):
        headers = {b"content-type": b"application/json"}
        if authorization is not None:
            headers[b"authorization"] = (authorization or self.authorization).encode()
        raw = b"" if body is None else json.dumps(body).encode()
        return self.service.answer(Request(method, path.encode(), {}, headers, raw, "http"))

    def publish(self, channel, data):
        assert self.answer("POST", f"/channels/{channel}/messages", {"id": data, "data": data}).status == 201

    def history(self, channel):
        return [item["data"] for item in json.loads(self.answer("GET", f"/channels/{channel}/messages").body)]

    def token(self):
        body = {"keyName": self.keys[0]["keyName"], "timestamp": now()}
        return json.loads(self.answer("POST", f"/keys/{body['keyName']}/requestToken", body).body)["token"]


@pytest.fixture
def local():
    return Local()


def test_the_oldest_message_of_all_channels_is_removed_first(local, monkeypatch):
    monkeypatch.setattr(message_log, "MOST_BYTES", 3 * (message_log.OVERHEAD + 200))
    for number in range(6):
        local.publish("ab"[number % 2], str(number))
    held = [*local.history("a"), *local.history("b")]
    assert sorted(held) == ["3", "4", "5"]
    assert local.service.operations["getMessagesByChannel"].__self__.log.bytes <= message_log.MOST_BYTES


def test_the_id_of_a_removed_message_can_be_published_again(local, monkeypatch):
    monkeypatch.setattr(message_log, "MOST_BYTES", message_log.OVERHEAD + 200)
    for data in ("0", "1", "0"):
        local.publish("a", data)
    assert local.history("a") == ["0"]
    assert len(local.app.channels["a"].serials) == 1


def test_the_least_recently_used_channel_is_removed_first(local, monkeypatch):
    monkeypatch.setattr(channels, "MOST_CHANNELS", 3)
    for name in ("a", "b", "a", "c"):
        local.publish(name, name)
    assert list(local.app.channels) == ["persisted:fixtures", "a", "c"]


def test_the_oldest_token_is_removed_first(local, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_TOKENS", 2)
    first, *later = (local.token() for _ in range(3))
    assert local.answer("GET", "/channels", authorization=f"Bearer {first}").status == 401
    assert {local.answer("GET", "/channels", authorization=f"Bearer {text}").status for text in later} == {200}


def test_the_oldest_nonce_is_removed_first(local, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_NONCES", 1)
    store = local.service.operations["requestAccessToken"].__self__
    for nonce in ("first", "second"):
        store.use_nonce(local.app, tokens.TokenRequest({"mac": "m", "nonce": nonce}))
    assert [nonce for _, nonce, _ in local.app.nonces] == ["second"]


def test_the_oldest_revocation_is_removed_first(local, monkeypatch):
    monkeypatch.setattr(revocations, "MOST_REVOCATIONS", 1)
    key = f"Basic {base64(local.keys[3]['keyStr'])}"
    for value in ("x", "y"):
        path = f"/keys/{local.keys[3]['keyName']}/revokeTokens"
        assert local.answer("POST", path, {"targets": [f"clientId:{value}"]}, key).status == 201
    assert [item.value for item in local.app.revocations] == ["y"]


def test_devices_and_subscriptions_beyond_the_limit_are_rejected(local, monkeypatch):
    monkeypatch.setattr(devices, "MOST_DEVICES", 1)
    monkeypatch.setattr(subscriptions, "MOST_SUBSCRIPTIONS", 1)
    statuses = [
        local.answer("POST", "/push/deviceRegistrations", {**DEVICE, "id": id_}).status for id_ in ("a", "b", "a")
    ]
    assert statuses == [201, 429, 201]
    body = {"channel": "pushenabled:a", "clientId": "c"}
    assert local.answer("POST", "/push/channelSubscriptions", body).status == 201
    assert local.answer("POST", "/push/channelSubscriptions", {**body, "clientId": "d"}).status == 429


def test_the_oldest_minute_of_statistics_is_removed_first(local, monkeypatch):
    monkeypatch.setattr(counters, "MOST_MINUTES", 2)
    for hour in range(3):
        local.answer("POST", "/stats", {"intervalId": f"2024-01-01:0{hour}:00", "channels": {"peak": 1}})
    assert len(local.app.minutes) == 2


def test_an_application_is_removed_only_after_an_hour(local, monkeypatch):
    monkeypatch.setattr(apps, "MOST_APPS", 1)
    assert local.answer("POST", "/apps", {}).status == 429
    monkeypatch.setattr(apps, "LIFETIME", -1)
    assert local.answer("POST", "/apps", {}).status == 201
    assert local.answer("GET", "/channels").status == 404


def test_an_exception_in_the_server_is_answered_with_500_and_logged(local, caplog):
    def broken(call):
        raise LookupError(call)

    local.service.operations = {**local.service.operations, "getTime": broken}
    with caplog.at_level(logging.ERROR):
        answer = local.answer("GET", "/time")
    assert answer.status == 500
    assert json.loads(answer.body)["error"]["code"] == 50000
    assert "LookupError" in caplog.text
