"""AUT: the forms that credentials may have, and what is no form of them."""

from __future__ import annotations

import base64

import pytest

from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.operations import Fixtures
from conformance.suite.steps.tokens import UNAUTHORIZED, Issuer, forged
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, Key, Principal, basic, bearer_as_it_is

CREDENTIALS = {"credentials"}

SECURITY = Clause("#/security", "basicAuth")
TOKEN_SECURITY = Clause("#/security", "bearerAuth")
ERROR_40101 = Clause("ably/ably-common protocol/errors.json", "40101: invalid credentials")
KEY_FORMAT = Clause("ably/docs token-request-spec, API key format", "a key is <app ID>.<key ID>:<key value>")
BEARER = Clause("ably/specification features RSA3b", "a bearer token is sent base64-encoded or as is")


def raw(name: str, authorization: str) -> Principal:
    return Principal(name, (("Authorization", authorization),))


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@requirement(
    "AUT-17",
    MUST,
    "An API key with an invalid application ID is rejected with 401 and code 40101 or 40100",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/base_spec", "appid.keyuid:keysecret is refused with 401"),
    operations=[f"POST {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_key_without_application_is_refused(target: Target, fixtures: Fixtures) -> None:
    nonsense = basic("nonsense key", Key("appid.keyuid", "keysecret"))

    answer = target.post(MESSAGES, {"name": "foo"}, channel_id=fixtures.channel, principal=nonsense)

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
    "A malformed Authorization header is rejected with 400, 401 or 404",
    clause=KEY_FORMAT,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_malformed_credentials_are_refused(target: Target, fixtures: Fixtures, authorization: str) -> None:
    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=raw("malformed", authorization))

    assert answer.status in {400, 401, 404}


@requirement(
    "AUT-19",
    MUST,
    "An API key with an empty secret is rejected with 400 or 401",
    clause=KEY_FORMAT,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_an_empty_secret_is_refused(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    without = raw("no secret", f"Basic {base64_of(f'{issuer.key.name}:')}")

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=without)

    assert answer.status in {400, 401}


@requirement(
    "AUT-20",
    MUST,
    "A truncated, extended or case-changed key secret is rejected with 401",
    clause=ERROR_40101,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
@pytest.mark.parametrize("change", ["cut", "prolonged", "other case"])
def test_a_nearly_right_secret_is_refused(target: Target, issuer: Issuer, fixtures: Fixtures, change: str) -> None:
    secret = issuer.key.secret
    near = {"cut": secret[:-1], "prolonged": f"{secret}x", "other case": secret.swapcase()}[change]

    answer = target.get(
        MESSAGES, channel_id=fixtures.channel, principal=basic("near secret", Key(issuer.key.name, near))
    )

    assert answer.status == 401


# The forms that they may have ----------------------------------------------------------------------------------------


@requirement(
    "AUT-21",
    MUST,
    "A base64-encoded bearer token is accepted",
    clause=BEARER,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_token_in_base64_is_accepted(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=issuer.bearer("token"))

    assert answer.status == 200


@requirement(
    "AUT-22",
    MUST,
    "A bearer token is accepted without base64 encoding",
    clause=BEARER,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_raw_token_is_accepted(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    token = issuer.issue()["token"]

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=bearer_as_it_is("raw token", token))

    assert answer.status == 200


@requirement(
    "AUT-23",
    SHOULD,
    "An API key is accepted in the query parameter key",
    clause=Clause("ably/docs integrations inbound webhooks", "?key= carries the API key"),
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_key_in_the_query_is_accepted(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = target.get(MESSAGES, channel_id=fixtures.channel, query={"key": issuer.key.text}, principal=NOBODY)

    assert answer.status == 200


@requirement(
    "AUT-24",
    MUST,
    "An API key with a wrong secret in the query parameter key is rejected with 401",
    clause=SECURITY,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_wrong_key_in_the_query_is_refused(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    query = {"key": f"{issuer.key.name}:not-{issuer.key.secret}"}

    answer = target.get(MESSAGES, channel_id=fixtures.channel, query=query, principal=NOBODY)

    assert answer.status == 401


@pytest.mark.parametrize("name", ["access_token", "accessToken"])
@requirement(
    "AUT-25",
    SHOULD,
    "A token is accepted in the query parameter access_token or accessToken",
    clause=Clause("ably/docs protocols, server-sent events", "accessToken carries a token"),
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_token_in_the_query_is_accepted(target: Target, issuer: Issuer, fixtures: Fixtures, name: str) -> None:
    token = issuer.issue()["token"]

    answer = target.get(MESSAGES, channel_id=fixtures.channel, query={name: token}, principal=NOBODY)

    assert answer.status == 200


@pytest.mark.parametrize("name", ["access_token", "accessToken"])
@requirement(
    "AUT-26",
    MUST,
    "An invalid token in the query parameter access_token or accessToken is rejected with 401",
    clause=TOKEN_SECURITY,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_forged_token_in_the_query_is_refused(target: Target, issuer: Issuer, fixtures: Fixtures, name: str) -> None:
    token = forged(issuer.key).secret

    answer = target.get(MESSAGES, channel_id=fixtures.channel, query={name: token}, principal=NOBODY)

    assert answer.status == 401


@pytest.mark.parametrize("scheme", ["basic", "BASIC"])
@requirement(
    "AUT-27",
    SHOULD,
    "The scheme name Basic in the Authorization header is case-insensitive",
    clause=Clause("RFC 9110 section 11.1", "a case-insensitive token identifies the authentication scheme"),
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_scheme_is_read_in_any_case(target: Target, issuer: Issuer, fixtures: Fixtures, scheme: str) -> None:
    principal = raw("scheme in another case", f"{scheme} {base64_of(issuer.key.text)}")

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=principal)

    assert answer.status == 200
