"""TOK: unsigned token requests, sent with the key itself."""

from __future__ import annotations

import pytest

from conformance.contract.templates import fill
from conformance.facts import facts
from conformance.model import JSON, MSGPACK, MUST, SHOULD, Call, Clause, Origin
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import is_accepted, is_rejected, rejection, status_and_code, status_in_words
from conformance.suite.steps.endpoints import MESSAGES, TIME, TOKENS, pointer
from conformance.suite.steps.operations import Fixtures
from conformance.suite.steps.tokens import HOUR, MINUTE, SECOND, Issuer, is_jwt, issuer_of, lifetime_in_ms
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target
from conformance.target.credentials import bearer, sign

CREDENTIALS = {"credentials"}
KEYS = {"credentials", "provisioning"}
REQUEST = [f"POST {TOKENS}"]

OBTAIN = Clause(pointer("post", TOKENS, "description"), "the means by which clients obtain access tokens to use")
DOCUMENTED_DETAILS = "ably/docs token-request-spec, response body format"
DETAILS = Clause(DOCUMENTED_DETAILS, "token, issued, expires, capability, clientId")
DEFAULT_TTL = Clause("ably/docs token-request-spec, parameters", "ttl: in milliseconds, 1 hour if none is specified")
JS_SUITE = "ably/ably-js test/rest/auth.test"
PHP_SUITE = "ably/ably-php tests/TokenTest"
PYTHON_SUITE = "ably/ably-python test/ably/rest/resttoken_test"
TTL = Clause(JS_SUITE, "expires equals issued plus the requested ttl")
BAD_TTL = Clause(PHP_SUITE, "a ttl that is too long or negative is refused: 40003")
TTLS = (100, MINUTE, 100 * SECOND, 12 * HOUR)
MARGIN = 10 * SECOND
"""ms: the largest difference between issued and GET /time (the margin of ably-php's suite)."""


@requirement(
    "TOK-01",
    MUST,
    "A token is usable immediately for publishing and reading history",
    clause=OBTAIN,
    operations=[*REQUEST, f"POST {MESSAGES}", f"GET {MESSAGES}"],
    needs={"credentials", "state"},
)
def test_a_token_is_usable_at_once(target: Target, issuer: Issuer) -> None:
    channel = target.names.fresh("channel")
    token = issuer.bearer("a new token")

    published = target.post(MESSAGES, {"name": "by token"}, channel_id=channel, principal=token)
    history = target.poll(MESSAGES, channel_id=channel, principal=token, until=lambda answer: answer.body != [])

    assert published.status == 201
    assert [message["name"] for message in history.body] == ["by token"]


@requirement(
    "TOK-02",
    MUST,
    "In token details, issued and expires are integers and the other members are strings",
    clause=DETAILS,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_details_of_a_token_have_their_types(issuer: Issuer) -> None:
    details = issuer.issue(clientId="alice")

    expected = {"token": str, "keyName": str, "issued": int, "expires": int, "capability": str, "clientId": str}
    assert {name: type(details.get(name)) for name in expected} == expected


@requirement(
    "TOK-03",
    MUST,
    "The keyName in a token's details is the name of the requested key",
    clause=Clause(DOCUMENTED_DETAILS, "keyName: the key that the token was requested for"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_details_of_a_token_name_its_key(issuer: Issuer) -> None:
    details = issuer.issue()

    assert facts(key_name=details["keyName"]) == facts(key_name=issuer.key.name)


@requirement(
    "TOK-113",
    SHOULD,
    "A token starts with the application ID, unless it is a JWT",
    clause=Clause(
        "ably/ably-ruby spec/acceptance/rest/auth_spec", "the token is the app id, a dot, and word characters"
    ),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_token_starts_with_its_application_id(issuer: Issuer) -> None:
    token = issuer.issue()["token"]

    begins = is_jwt(token) or token.partition(".")[0] == issuer.key.app
    assert facts(starts_with_the_application_id=begins) == facts(starts_with_the_application_id=True)


@requirement(
    "TOK-04",
    MUST,
    "A token's issued time is in milliseconds and within 10 seconds of GET /time",
    clause=Clause(PHP_SUITE, "issued is within ten seconds of the service's time"),
    operations=[*REQUEST, f"GET {TIME}"],
    needs=CREDENTIALS,
)
def test_a_token_is_issued_now(target: Target, issuer: Issuer) -> None:
    before = target.get(TIME).body[0]
    issued = issuer.issue()["issued"]
    after = target.get(TIME).body[0]

    assert before - MARGIN <= issued <= after + MARGIN, f"issued {issued} between the times {before} and {after}"


@requirement(
    "TOK-05",
    MUST,
    "A token requested without a ttl has a lifetime of one hour",
    clause=DEFAULT_TTL,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_default_lifetime_is_an_hour(issuer: Issuer) -> None:
    details = issuer.issue()

    assert lifetime_in_ms(details) == HOUR


@pytest.mark.parametrize("ttl", TTLS)
@requirement(
    "TOK-06",
    MUST,
    "A token's expires time is exactly its issued time plus the requested ttl",
    clause=TTL,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_lifetime_is_the_ttl(issuer: Issuer, ttl: int) -> None:
    details = issuer.issue(ttl=ttl)

    assert lifetime_in_ms(details) == ttl


@pytest.mark.parametrize("ttl", [25 * HOUR, 365 * 24 * HOUR], ids=["25 hours", "a year"])
@requirement(
    "TOK-07",
    MUST,
    "A ttl above 24 hours is rejected with 400 and error code 40003",
    clause=BAD_TTL,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_ttl_is_at_most_a_day(issuer: Issuer, ttl: int) -> None:
    answer = issuer.ask(issuer.request(ttl=ttl))

    assert status_and_code(answer) == rejection(400, 40003)


@pytest.mark.parametrize("ttl", [-1, -1000])
@requirement(
    "TOK-09",
    MUST,
    "A negative ttl is rejected with 400 and error code 40003",
    clause=BAD_TTL,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_ttl_is_not_negative(issuer: Issuer, ttl: int) -> None:
    answer = issuer.ask(issuer.request(ttl=ttl))

    assert status_and_code(answer) == rejection(400, 40003)


@requirement(
    "TOK-10",
    MUST,
    "A non-numeric ttl is rejected with 400",
    clause=Clause(JS_SUITE, "a ttl that is not a number is refused: 400"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_ttl_is_a_number(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(ttl="notanumber"))

    assert answer.status == 400


@requirement(
    "TOK-11",
    SHOULD,
    "A ttl of 0 results in the default token lifetime of one hour",
    clause=DEFAULT_TTL,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_ttl_of_zero_is_the_default_lifetime(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(ttl=0))

    assert facts(accepted=is_accepted(answer), lifetime_in_ms=lifetime_in_ms(answer.body)) == facts(
        accepted=True, lifetime_in_ms=HOUR
    )


@requirement(
    "TOK-12",
    SHOULD,
    "The ttl and the timestamp of a token request are accepted as strings of digits",
    clause=Clause("ably/docs token-request-spec, unsigned example", '"ttl": "3600000"'),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_numbers_may_be_strings(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(ttl=str(MINUTE), timestamp=str(issuer.now)))

    assert facts(accepted=is_accepted(answer), lifetime_in_ms=lifetime_in_ms(answer.body)) == facts(
        accepted=True, lifetime_in_ms=MINUTE
    )


@pytest.mark.parametrize("client", ["test client id", "å/é:🎉", "*"])
@requirement(
    "TOK-13",
    MUST,
    "A token has the client ID that was requested",
    clause=Clause(JS_SUITE, "the clientId of the token equals the clientId of the request"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_token_has_its_client_id(issuer: Issuer, client: str) -> None:
    details = issuer.issue(clientId=client)

    assert details.get("clientId") == client


@requirement(
    "TOK-14",
    MUST,
    "A token requested without a client ID has no client ID",
    clause=DETAILS,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_token_without_client_id_has_none(issuer: Issuer) -> None:
    details = issuer.issue()

    assert details.get("clientId") is None


@requirement(
    "TOK-15",
    MUST,
    "Null members of an unsigned token request are treated as absent",
    clause=Clause("ably/ably-python ably/types/tokenrequest", "every member is sent, as null if it has no value"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_null_is_absent(issuer: Issuer) -> None:
    request = {**issuer.request(), "ttl": None, "capability": None, "clientId": None}

    answer = issuer.ask(request)

    assert facts(accepted=is_accepted(answer), lifetime_in_ms=lifetime_in_ms(answer.body)) == facts(
        accepted=True, lifetime_in_ms=HOUR
    )


@requirement(
    "TOK-16",
    MUST,
    "A token can be requested and returned in MessagePack",
    clause=Clause(PYTHON_SUITE, "tokens are requested in both JSON and MessagePack"),
    operations=REQUEST,
    needs={"credentials", "msgpack"},
)
def test_a_token_in_messagepack(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = issuer.ask(issuer.request(ttl=MINUTE, clientId="alice"), send_as=MSGPACK, accept=MSGPACK)

    assert facts(accepted=is_accepted(answer), media_type=answer.response.media_type) == facts(
        accepted=True, media_type=MSGPACK
    )
    assert facts(client_id=answer.body["clientId"], lifetime_in_ms=lifetime_in_ms(answer.body)) == facts(
        client_id="alice", lifetime_in_ms=MINUTE
    )
    token = bearer("a token returned in MessagePack", answer.body["token"])
    assert target.get(MESSAGES, channel_id=fixtures.channel, principal=token).status == 200


@requirement(
    "TOK-17",
    MUST,
    "A token request for an unknown key is rejected with 401 or 404",
    clause=Clause("ably/specification uts/rest/integration/auth", "a key that does not exist is refused: 40400"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_token_request_for_an_unknown_key_is_rejected(target: Target, issuer: Issuer) -> None:
    unknown = f"{issuer.key.app}.zzZZ9z"

    answer = target.post(TOKENS, {**issuer.request(), "keyName": unknown}, keyName=unknown, principal=issuer.owner)

    assert answer.status in {401, 404}


@requirement(
    "TOK-18",
    MUST,
    "A token request with another key of the application is rejected with a 4xx status",
    clause=Clause("ably/docs token-request-spec", "an unsigned token request needs Basic authentication"),
    operations=REQUEST,
    needs=KEYS,
)
def test_a_key_requests_only_its_own_tokens(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(), issuer.target.principals["publisher"])

    assert is_rejected(answer), status_in_words(answer)


@requirement(
    "TOK-19",
    SHOULD,
    "A token request whose keyName differs from the path is rejected with a 4xx status",
    clause=Clause("ably/docs token-request-spec, request format", "keyName: the name of the key used for the request"),
    operations=REQUEST,
    needs=KEYS,
)
@pytest.mark.parametrize("kind", ["unsigned", "signed"])
def test_a_token_request_names_its_key(issuer: Issuer, worker: Worker, kind: str) -> None:
    other = worker.run_config.keys["publisher"]
    request = issuer.request(keyName=other.name)

    answer = issuer.ask(request) if kind == "unsigned" else issuer.ask_signed(sign(request, other))

    assert is_rejected(answer), status_in_words(answer)


@requirement(
    "TOK-20",
    MUST,
    "A new token leaves older tokens of the same key valid",
    clause=Clause("ably/docs auth, tokens", "a token is valid until it expires"),
    operations=[*REQUEST, f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_new_token_leaves_older_ones_valid(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    first = issuer.bearer("the older token")
    second = issuer.bearer("the newer token")

    older, newer = (target.get(MESSAGES, channel_id=fixtures.channel, principal=each) for each in (first, second))

    assert older.status == 200
    assert newer.status == 200


@requirement(
    "TOK-21",
    SHOULD,
    "Two token requests return two different tokens",
    clause=DETAILS,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_two_token_requests_return_different_tokens(issuer: Issuer) -> None:
    is_new = issuer.issue()["token"] != issuer.issue()["token"]

    assert facts(second_token_is_new=is_new) == facts(second_token_is_new=True)


@requirement(
    "TOK-22",
    SHOULD,
    "An empty clientId in a token request is rejected with 400 and error code 40012",
    clause=Clause(JS_SUITE, "an empty clientId is an error: 40012"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_an_empty_client_id_is_rejected(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(clientId=""))

    assert status_and_code(answer) == rejection(400, 40012)


@requirement(
    "TOK-23",
    SHOULD,
    "A token revoked by its client ID is rejected with 401 and error code 40141",
    clause=Clause("ably/docs auth, token revocation", "a revoked token is refused: 40141"),
    operations=[*REQUEST, f"GET {MESSAGES}"],
    needs=KEYS,
)
def test_a_revoked_token_is_rejected(target: Target, worker: Worker, fixtures: Fixtures) -> None:
    issuer = issuer_of(worker, "revocable")
    client = target.names.fresh("client")
    token = issuer.bearer("a revoked token", clientId=client)

    arranged(_revoke(target, issuer, client))
    answer = target.poll(
        MESSAGES, channel_id=fixtures.channel, principal=token, until=lambda answer: answer.status == 401
    )

    assert status_and_code(answer) == rejection(401, 40141)


def _revoke(target: Target, issuer: Issuer, client: str) -> Answer:
    """Revoke the tokens of a client ID, an operation of the service that the contract does not have."""
    path = fill("/keys/{keyName}/revokeTokens", {"keyName": issuer.key.name})
    body = f'{{"targets":["clientId:{client}"]}}'.encode()
    headers = (("Accept", JSON), ("Content-Type", JSON))
    return target.send(Call("POST", path, headers=headers, body=body, origin=Origin.SETUP), issuer.owner)


@requirement(
    "TOK-24",
    SHOULD,
    "A ttl of exactly 24 hours is accepted",
    clause=Clause("ably/ably-common protocol/errors.json", "40003: the ttl of a token exceeds the maximum"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_ttl_of_a_day_is_accepted(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(ttl=24 * HOUR))

    assert facts(accepted=is_accepted(answer), lifetime_in_ms=lifetime_in_ms(answer.body)) == facts(
        accepted=True, lifetime_in_ms=24 * HOUR
    )
