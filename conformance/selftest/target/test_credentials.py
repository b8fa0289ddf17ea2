"""Keys, tokens and the headers that authenticate a principal."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import jwt
import pytest

from conformance.errors import UsageError
from conformance.target.credentials import (
    NOBODY,
    Key,
    basic,
    bearer,
    bearer_as_it_is,
    identified,
    json_web_token,
    parse_key,
    sign,
)

KEY = Key("app.key", "the-secret")


@pytest.mark.parametrize("text", ["app.key:the-secret", " app.key:the-secret\n"])
def test_a_key_is_parsed_to_its_name_and_its_secret(text):
    assert parse_key(text) == KEY
    assert (parse_key(text).app, parse_key(text).text) == ("app", "app.key:the-secret")


def test_a_secret_may_hold_a_colon():
    assert parse_key("app.key:a:b").secret == "a:b"


@pytest.mark.parametrize("text", ["", "app.key", "app.key:", "key:secret", "appkey:secret", "app.key:se cret", ":"])
def test_a_malformed_key_is_rejected_and_not_repeated(text):
    with pytest.raises(UsageError, match=r"^the key is not of the form appId\.keyId:secret; take it whole"):
        parse_key(text)


def test_the_repr_of_a_principal_has_no_secret():
    """A test runner prints the values of variables when a test fails, and build logs have many readers."""
    for caller in (KEY, basic("full", KEY), bearer("token", "a-token"), identified(basic("full", KEY), "me")):
        assert not any(secret in repr(caller) for secret in ("the-secret", "a-token", "Basic", "Bearer"))


def test_an_unauthenticated_principal_has_no_headers():
    assert NOBODY.headers == ()


def test_a_key_is_sent_as_basic_credential():
    ((name, value),) = basic("full", KEY).headers

    assert (name, value.split()[0]) == ("Authorization", "Basic")
    assert base64.b64decode(value.split()[1]) == b"app.key:the-secret"


def test_a_token_is_sent_with_and_without_base64():
    assert bearer("t", "a-token").headers == (("Authorization", "Bearer YS10b2tlbg=="),)
    assert bearer_as_it_is("t", "a-token").headers == (("Authorization", "Bearer a-token"),)


def test_a_client_id_is_sent_in_base64_beside_the_credentials():
    principal = identified(basic("full", KEY), "me ü")

    assert principal.name == "full as me ü"
    assert principal.headers[0] == basic("full", KEY).headers[0]
    assert base64.b64decode(dict(principal.headers)["X-Ably-ClientId"]).decode() == "me ü"


def test_a_token_request_is_signed_over_six_lines_in_their_order():
    request = {
        "nonce": "a-nonce",
        "timestamp": 1_795_000_000_000,
        "keyName": "app.key",
        "capability": '{"*":["*"]}',
        "ttl": 60000,
        "clientId": "me",
    }
    lines = b'app.key\n60000\n{"*":["*"]}\nme\n1795000000000\na-nonce\n'

    signed = sign(request, KEY)

    assert {name: signed[name] for name in request} == request
    assert base64.b64decode(signed["mac"]) == hmac.new(b"the-secret", lines, hashlib.sha256).digest()


def test_an_absent_member_of_a_token_request_is_an_empty_line():
    lines = b"app.key\n\n\n\n1\nn\n"

    signed = sign({"keyName": "app.key", "timestamp": 1, "nonce": "n"}, KEY)

    assert base64.b64decode(signed["mac"]) == hmac.new(b"the-secret", lines, hashlib.sha256).digest()


def test_a_json_web_token_is_valid_for_a_library():
    key = Key("app.key", "a-secret-as-long-as-a-library-wants-it")

    token = json_web_token({"iat": 1, "exp": 4_000_000_000, "x-ably-capability": json.dumps({"*": ["*"]})}, key)

    assert jwt.get_unverified_header(token) == {"typ": "JWT", "alg": "HS256", "kid": "app.key"}
    assert jwt.decode(token, key.secret, algorithms=["HS256"])["exp"] == 4_000_000_000
