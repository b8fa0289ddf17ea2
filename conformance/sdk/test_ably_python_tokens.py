"""Keys, tokens and JSON Web Tokens, driven through `ably` from PyPI."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
import pytest
from ably.sync import AblyRestSync, Capability

from conformance.sdk.ably_python import Clients, fresh, refusal


def test_a_wrong_secret_is_refused(clients: Clients) -> None:
    impostor = clients.make(key=f"{clients.key()['keyName']}:wrong")
    assert refusal(impostor.channels.get("c").history) == (401, 40101)


def test_a_key_of_no_application_is_not_found(clients: Clients) -> None:
    assert refusal(clients.make(key="nosuch.key:secret").channels.get("c").history) == (404, 40400)


def test_a_token_has_the_times_and_the_capability_of_its_key(ably: AblyRestSync) -> None:
    before = ably.time()
    token = ably.auth.request_token()
    assert before <= token.issued <= ably.time()
    assert token.expires == token.issued + 3_600_000
    assert str(token.capability) == '{"*": ["*"]}'
    assert token.client_id is None


def test_a_token_publishes_over_plain_http(clients: Clients, ably: AblyRestSync) -> None:
    client = clients.make(token=ably.auth.request_token().token, tls=False)
    channel = client.channels.get(fresh())
    channel.publish("name", "data")
    assert [message.data for message in channel.history().items] == ["data"]


def test_a_signed_token_request_is_good_for_one_token(clients: Clients, ably: AblyRestSync) -> None:
    request = ably.auth.create_token_request({"client_id": "ada", "ttl": 60_000, "capability": {"c": ["publish"]}})
    bearer = clients.make(auth_callback=lambda _: request)
    token = bearer.auth.authorize()
    assert (token.client_id, token.expires - token.issued) == ("ada", 60_000)
    assert token.capability == Capability({"c": ["publish"]})
    assert refusal(bearer.auth.authorize) == (401, 40105)


@pytest.mark.parametrize("of", [lambda request: request.to_dict(), lambda request: request], ids=["dict", "object"])
def test_an_auth_callback_may_give_a_token_request(clients: Clients, ably: AblyRestSync, of: Any) -> None:
    bearer = clients.make(auth_callback=lambda params: of(ably.auth.create_token_request(params)))
    assert bearer.channels.get(fresh()).history().items == []


def test_an_auth_callback_may_give_a_token(clients: Clients, ably: AblyRestSync) -> None:
    bearer = clients.make(auth_callback=lambda _: ably.auth.request_token().token)
    assert bearer.channels.get(fresh()).history().items == []


@pytest.mark.parametrize(
    ("params", "refused"),
    [
        ({"timestamp": 1000}, (401, 40104)),
        ({"ttl": -1}, (400, 40003)),
        ({"ttl": 366 * 24 * 3_600_000}, (400, 40003)),
        ({"client_id": "ada", "capability": {"c": ["fly"]}}, (400, 40000)),
        ({"capability": {"c": ["*", "publish"]}}, (400, 40000)),
        ({"capability": {"c": []}}, (400, 40000)),
    ],
    ids=["timestamp", "negative ttl", "ttl of a year", "unknown operation", "star among others", "no operation"],
)
def test_a_bad_token_request_is_refused(ably: AblyRestSync, params: dict[str, Any], refused: tuple[int, int]) -> None:
    assert refusal(ably.auth.request_token, token_params=params) == refused


def test_a_nonce_is_good_once(ably: AblyRestSync) -> None:
    params = {"timestamp": int(ably.time()), "nonce": "sixteen characters"}
    ably.auth.request_token(token_params=params)
    assert refusal(ably.auth.request_token, token_params=params) == (401, 40105)


def test_a_wrong_mac_is_refused(ably: AblyRestSync) -> None:
    assert refusal(ably.auth.request_token, token_params={"mac": "no mac of ours"}) == (401, 40101)


@pytest.mark.parametrize(
    ("key", "asked", "granted"),
    [
        (1, {"allowed:here": ["publish"]}, {"allowed:here": ["publish"]}),
        (1, {"allowed:here": ["publish", "history"]}, {"allowed:here": ["publish"]}),
        (1, {"allowed:*": ["*"], "other": ["publish"]}, {"allowed:*": ["publish", "subscribe"]}),
        (1, {"*": ["subscribe"]}, {"allowed:*": ["subscribe"], "listen": ["subscribe"]}),
        (2, {"all": ["publish", "presence"]}, {"all": ["presence", "publish"]}),
    ],
    ids=["narrower channel", "wider operations", "star for operations", "star for channels", "star in the key"],
)
def test_a_token_has_what_the_request_and_the_key_share(
    clients: Clients, ably: AblyRestSync, key: int, asked: dict[str, list[str]], granted: dict[str, list[str]]
) -> None:
    signer = {"key_name": clients.key(key)["keyName"], "key_secret": clients.key(key)["keySecret"]}
    assert ably.auth.request_token(token_params={"capability": asked}, **signer).capability == Capability(granted)


def test_a_token_of_nothing_is_refused(clients: Clients, ably: AblyRestSync) -> None:
    signer = {"key_name": clients.key(1)["keyName"], "key_secret": clients.key(1)["keySecret"]}
    asked = {"capability": {"listen": ["publish"]}}
    assert refusal(ably.auth.request_token, token_params=asked, **signer) == (401, 40160)


def test_an_expired_token_is_refused_as_one_that_can_be_renewed(clients: Clients, ably: AblyRestSync) -> None:
    token = ably.auth.request_token(token_params={"ttl": 1}).token
    tokens = iter([token, token])
    bearer = clients.make(auth_callback=lambda _: next(tokens))
    time.sleep(0.01)
    assert refusal(bearer.channels.get("c").history) == (401, 40142)
    assert list(tokens) == []


def signed_jwt(key: dict[str, Any], **claims: Any) -> str:
    now = int(time.time())
    return jwt.encode({"iat": now, "exp": now + 60, **claims}, key["keySecret"], headers={"kid": key["keyName"]})


def test_a_jwt_is_a_token(clients: Clients) -> None:
    capability = json.dumps({"persisted:*": ["publish", "history"]})
    bearer = clients.make(token=signed_jwt(clients.key(), **{"x-ably-capability": capability, "x-ably-clientId": "j"}))
    channel = bearer.channels.get(fresh("persisted:jwt"))
    channel.publish("name", "data")
    assert channel.history().items[0].client_id == "j"
    assert refusal(bearer.channels.get("elsewhere").history) == (401, 40160)


def test_a_jwt_of_another_secret_is_refused(clients: Clients) -> None:
    forged = signed_jwt({**clients.key(), "keySecret": "a secret of somebody else, as long as it should be"})
    bearer = clients.make(auth_callback=lambda _: forged)
    assert refusal(bearer.channels.get("c").history) == (401, 40144)


def test_revoked_tokens_are_refused(clients: Clients) -> None:
    key = clients.key(3)
    revoker = clients.make(key=key["keyStr"])
    token = revoker.auth.request_token(token_params={"client_id": "leaver"}).token
    body = {"targets": ["clientId:leaver", "unknown:leaver"]}
    answer = revoker.request("POST", f"/keys/{key['keyName']}/revokeTokens", version="3", body=body).items[0]
    assert (answer["successCount"], answer["failureCount"]) == (1, 1)
    bearer = clients.make(auth_callback=lambda _: token)
    assert refusal(bearer.channels.get("c").history) == (401, 40141)
