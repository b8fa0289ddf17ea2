"""AUT: the forms that credentials may have, and what is no form of them."""

from __future__ import annotations

import base64

import pytest

from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.operations import Room
from conformance.suite.steps.tokens import UNAUTHORIZED, Issuer, forged
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, Key, Principal, basic, bearer_as_it_is

CREDENTIALS = {"credentials"}

SECURITY = Clause("#/security", "basicAuth")
TOKEN_SECURITY = Clause("#/security", "bearerAuth")
ERROR_40101 = Clause("ably/ably-common protocol/errors.json", "40101: invalid credentials")
KEY_FORMAT = Clause("ably/docs token-request-spec, API key format", "a key is <app ID>.<key ID>:<key value>")
BEARER = Clause("ably/specification features RSA3b", "a bearer token is in base64, or as it is")


def raw(name: str, authorization: str) -> Principal:
    return Principal(name, (("Authorization", authorization),))


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@requirement(
    "AUT-17",
    MUST,
    "A key whose application part is no application id is refused with 401",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/base_spec", "appid.keyuid:keysecret is refused with 401"),
    operations=[f"POST {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_key_without_application_is_refused(target: Target, room: Room) -> None:
    nonsense = basic("nonsense key", Key("appid.keyuid", "keysecret"))

    answer = target.post(MESSAGES, {"name": "foo"}, channel_id=room.channel, principal=nonsense)

    assert answer.status == 401
    assert answer.error_code in UNAUTHORIZED


MALFORMED = {
    "Basic of what is not base64": "Basic !!!!",
    "Basic of a text without colon": f"Basic {base64_of('justonetext')}",
    "Basic of a text without dot": f"Basic {base64_of('nodotatall:nosecret')}",
    "Basic of nothing": "Basic",
    "Bearer of nothing": "Bearer",
    "a scheme that nobody knows": "Nonsense abcdefgh",
}


@pytest.mark.parametrize("authorization", MALFORMED.values(), ids=MALFORMED)
@requirement(
    "AUT-18",
    MUST,
    "Malformed credentials are refused as the client's mistake",
    clause=KEY_FORMAT,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_malformed_credentials_are_refused(target: Target, room: Room, authorization: str) -> None:
    answer = target.get(MESSAGES, channel_id=room.channel, principal=raw("malformed", authorization))

    assert answer.status in {400, 401, 404}


@requirement(
    "AUT-19",
    MUST,
    "A key without its secret is refused",
    clause=KEY_FORMAT,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_an_empty_secret_is_refused(target: Target, issuer: Issuer, room: Room) -> None:
    without = raw("no secret", f"Basic {base64_of(f'{issuer.key.name}:')}")

    answer = target.get(MESSAGES, channel_id=room.channel, principal=without)

    assert answer.status in {400, 401}


@requirement(
    "AUT-20",
    MUST,
    "A secret is compared to its end and with its case",
    clause=ERROR_40101,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
@pytest.mark.parametrize("change", ["cut", "prolonged", "other case"])
def test_a_nearly_right_secret_is_refused(target: Target, issuer: Issuer, room: Room, change: str) -> None:
    secret = issuer.key.secret
    near = {"cut": secret[:-1], "prolonged": f"{secret}x", "other case": secret.swapcase()}[change]

    answer = target.get(MESSAGES, channel_id=room.channel, principal=basic("near secret", Key(issuer.key.name, near)))

    assert answer.status == 401


# The forms that they may have ----------------------------------------------------------------------------------------


@requirement(
    "AUT-21",
    MUST,
    "A bearer token is accepted in base64",
    clause=BEARER,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_token_in_base64_is_accepted(target: Target, issuer: Issuer, room: Room) -> None:
    answer = target.get(MESSAGES, channel_id=room.channel, principal=issuer.bearer("token"))

    assert answer.status == 200


@requirement(
    "AUT-22",
    MUST,
    "A bearer token is accepted as it is",
    clause=BEARER,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_raw_token_is_accepted(target: Target, issuer: Issuer, room: Room) -> None:
    token = issuer.issue()["token"]

    answer = target.get(MESSAGES, channel_id=room.channel, principal=bearer_as_it_is("raw token", token))

    assert answer.status == 200


@requirement(
    "AUT-23",
    SHOULD,
    "A key is accepted in the query",
    clause=Clause("ably/docs integrations inbound webhooks", "?key= carries the API key"),
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_key_in_the_query_is_accepted(target: Target, issuer: Issuer, room: Room) -> None:
    answer = target.get(MESSAGES, channel_id=room.channel, query={"key": issuer.key.text}, principal=NOBODY)

    assert answer.status == 200


@requirement(
    "AUT-24",
    MUST,
    "A key with a wrong secret in the query is refused with 401",
    clause=SECURITY,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_wrong_key_in_the_query_is_refused(target: Target, issuer: Issuer, room: Room) -> None:
    query = {"key": f"{issuer.key.name}:not-{issuer.key.secret}"}

    answer = target.get(MESSAGES, channel_id=room.channel, query=query, principal=NOBODY)

    assert answer.status == 401


@pytest.mark.parametrize("name", ["access_token", "accessToken"])
@requirement(
    "AUT-25",
    SHOULD,
    "A token is accepted in the query",
    clause=Clause("ably/docs protocols, server-sent events", "accessToken carries a token"),
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_token_in_the_query_is_accepted(target: Target, issuer: Issuer, room: Room, name: str) -> None:
    token = issuer.issue()["token"]

    answer = target.get(MESSAGES, channel_id=room.channel, query={name: token}, principal=NOBODY)

    assert answer.status == 200


@pytest.mark.parametrize("name", ["access_token", "accessToken"])
@requirement(
    "AUT-26",
    MUST,
    "A forged token in the query is refused with 401",
    clause=TOKEN_SECURITY,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_forged_token_in_the_query_is_refused(target: Target, issuer: Issuer, room: Room, name: str) -> None:
    token = forged(issuer.key).secret

    answer = target.get(MESSAGES, channel_id=room.channel, query={name: token}, principal=NOBODY)

    assert answer.status == 401


@pytest.mark.parametrize("scheme", ["basic", "BASIC"])
@requirement(
    "AUT-27",
    SHOULD,
    "The name of an authorization scheme is read in any case",
    clause=Clause("RFC 9110 section 11.1", "a case-insensitive token identifies the authentication scheme"),
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_scheme_is_read_in_any_case(target: Target, issuer: Issuer, room: Room, scheme: str) -> None:
    principal = raw("scheme in another case", f"{scheme} {base64_of(issuer.key.text)}")

    answer = target.get(MESSAGES, channel_id=room.channel, principal=principal)

    assert answer.status == 200
