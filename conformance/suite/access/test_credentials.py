"""AUT: forms of credentials that are accepted, and malformed ones that are rejected."""

from __future__ import annotations

import base64

import pytest

from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.operations import Fixtures
from conformance.suite.steps.tokens import UNAUTHORIZED, Issuer, invalid_token
from conformance.target.client import Target
from conformance.target.credentials import Key, Principal, basic, bearer_as_it_is

CREDENTIALS = {"credentials"}

SECURITY = Clause("#/security", "basicAuth")
TOKEN_SECURITY = Clause("#/security", "bearerAuth")
ERROR_40101 = Clause("ably/ably-common protocol/errors.json", "40101: invalid credentials")
KEY_FORMAT = Clause("ably/docs token-request-spec, API key format", "a key is <app ID>.<key ID>:<key value>")
BEARER = Clause("ably/specification features RSA3b", "a bearer token is sent base64-encoded or as is")


def with_header(name: str, authorization: str) -> Principal:
    return Principal(name, (("Authorization", authorization),))


def in_query(credential: str, parameter: str) -> Principal:
    """A principal without a header, named after the credential that the test puts into the query."""
    return Principal(f"{credential} in the query parameter {parameter}")


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
def test_a_key_with_an_invalid_application_id_is_rejected(target: Target, fixtures: Fixtures) -> None:
    invalid = basic("a key with an invalid application ID", Key("appid.keyuid", "keysecret"))

    answer = target.post(MESSAGES, {"name": "foo"}, channel_id=fixtures.channel, principal=invalid)

    assert answer.status == 401
    assert answer.error_code in UNAUTHORIZED


MALFORMED = {
    "Basic credentials that are not base64": "Basic !!!!",
    "Basic credentials without a colon": f"Basic {base64_of('justonetext')}",
    "a key name without a dot": f"Basic {base64_of('nodotatall:nosecret')}",
    "the scheme Basic without credentials": "Basic",
    "the scheme Bearer without a token": "Bearer",
    "an unknown authentication scheme": "Nonsense abcdefgh",
}


@pytest.mark.parametrize("name", MALFORMED)
@requirement(
    "AUT-18",
    MUST,
    "A malformed Authorization header is rejected with 400, 401 or 404",
    clause=KEY_FORMAT,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_malformed_authorization_header_is_rejected(target: Target, fixtures: Fixtures, name: str) -> None:
    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=with_header(name, MALFORMED[name]))

    assert answer.status in {400, 401, 404}


@requirement(
    "AUT-19",
    MUST,
    "An API key with an empty secret is rejected with 400 or 401",
    clause=KEY_FORMAT,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_an_empty_secret_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    without_secret = with_header("a key with an empty secret", f"Basic {base64_of(f'{issuer.key.name}:')}")

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=without_secret)

    assert answer.status in {400, 401}


@requirement(
    "AUT-20",
    MUST,
    "A truncated, extended or case-changed key secret is rejected with 401",
    clause=ERROR_40101,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
@pytest.mark.parametrize("change", ["truncated", "extended", "in another case"])
def test_a_changed_secret_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures, change: str) -> None:
    secret = issuer.key.secret
    changed = {"truncated": secret[:-1], "extended": f"{secret}x", "in another case": secret.swapcase()}[change]
    principal = basic(f"a key whose secret is {change}", Key(issuer.key.name, changed))

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=principal)

    assert answer.status == 401


# Accepted forms ------------------------------------------------------------------------------------------------------


@requirement(
    "AUT-21",
    MUST,
    "A base64-encoded bearer token is accepted",
    clause=BEARER,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_token_in_base64_is_accepted(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=issuer.bearer("a token in base64"))

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

    answer = target.get(
        MESSAGES, channel_id=fixtures.channel, principal=bearer_as_it_is("a token without base64", token)
    )

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
    principal = in_query("a key", "key")

    answer = target.get(MESSAGES, channel_id=fixtures.channel, query={"key": issuer.key.text}, principal=principal)

    assert answer.status == 200


@requirement(
    "AUT-24",
    MUST,
    "An API key with a wrong secret in the query parameter key is rejected with 401",
    clause=SECURITY,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_wrong_secret_in_the_query_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    principal, query = in_query("a wrong secret", "key"), {"key": f"{issuer.key.name}:not-{issuer.key.secret}"}

    answer = target.get(MESSAGES, channel_id=fixtures.channel, query=query, principal=principal)

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
    principal, token = in_query("a token", name), issuer.issue()["token"]

    answer = target.get(MESSAGES, channel_id=fixtures.channel, query={name: token}, principal=principal)

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
def test_an_invalid_token_in_the_query_is_rejected(
    target: Target, issuer: Issuer, fixtures: Fixtures, name: str
) -> None:
    principal, token = in_query("an invalid token", name), invalid_token(issuer.key).secret

    answer = target.get(MESSAGES, channel_id=fixtures.channel, query={name: token}, principal=principal)

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
def test_the_scheme_name_is_case_insensitive(target: Target, issuer: Issuer, fixtures: Fixtures, scheme: str) -> None:
    principal = with_header(f"a key and the scheme name {scheme}", f"{scheme} {base64_of(issuer.key.text)}")

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=principal)

    assert answer.status == 200
