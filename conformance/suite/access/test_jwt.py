"""TOK: JSON Web Tokens that are signed with the secret of a key, and never asked for."""

from __future__ import annotations

import pytest

from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.operations import Fixtures
from conformance.suite.steps.tokens import HOUR, SECOND, Issuer, capability, issuer_of
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, Key, Principal, bearer, bearer_as_it_is

CREDENTIALS = {"credentials"}
STATE = {"credentials", "state"}
KEYS = {"credentials", "provisioning"}
READ = [f"GET {MESSAGES}"]
BOTH = [f"POST {MESSAGES}", *READ]

DOCS = "ably/docs auth, JWT"
ABLY_JWT = Clause("#/components/securitySchemes/bearerAuth/description", "or optionally an [Ably JWT]")
SIGNATURE = Clause(DOCS, "signed with HS256 and the secret of the key that kid names")
CLAIMS = Clause(DOCS, "claims: iat and exp in seconds (required), x-ably-capability, x-ably-clientId")
GO_SUITE = Clause("ably/ably-go ably/auth_integration_test", "a JWT without a claim or a signature is refused: 40144")
UNKNOWN_APP = Clause("ably/ably-js test/rest/auth.test", "a JWT of a nonexistent application is rejected: 40400")
NARROWED = Clause(
    "ably/docs auth, token capabilities", "a token can, at most, match the capabilities of the issuing API key"
)
CLIENT = Clause("ably/docs auth, identified clients", "x-ably-clientId is the only client ID that the token may use")
BAD_JWT = rejection(401, 40144)

EVERYTHING = {"x-ably-capability": capability("*", "*")}


def read(target: Target, fixtures: Fixtures, jwt: str) -> Answer:
    return target.get(MESSAGES, channel_id=fixtures.channel, principal=bearer("JWT", jwt))


def of_client(issuer: Issuer, client: str) -> Principal:
    return bearer("JWT of a client", issuer.jwt({**EVERYTHING, "x-ably-clientId": client}))


def clients(target: Target, channel: str) -> list[Json]:
    """Who published what a channel holds, oldest first, once it holds anything."""
    oldest_first = {"direction": "forwards"}
    answer = target.poll(MESSAGES, channel_id=channel, query=oldest_first, until=lambda answer: answer.body != [])
    return [message.get("clientId") for message in answer.body]


@requirement(
    "TOK-81",
    MUST,
    "A JWT signed with a key secret can publish messages and read history",
    clause=ABLY_JWT,
    operations=BOTH,
    needs=STATE,
)
def test_a_jwt_is_a_token(target: Target, issuer: Issuer) -> None:
    channel = target.names.fresh("channel")
    principal = bearer("JWT", issuer.jwt(EVERYTHING))

    published = target.post(MESSAGES, {"name": "by JWT"}, channel_id=channel, principal=principal)
    history = target.poll(MESSAGES, channel_id=channel, principal=principal, until=lambda answer: answer.body != [])

    assert (published.status, [message["name"] for message in history.body]) == (201, ["by JWT"])


@requirement(
    "TOK-82",
    MUST,
    "A JWT is accepted as a bearer token without base64 encoding",
    clause=Clause("ably/specification features RSA3b", "a bearer token is sent base64-encoded or as is"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_raw_jwt_is_accepted(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    principal = bearer_as_it_is("raw JWT", issuer.jwt(EVERYTHING))

    assert target.get(MESSAGES, channel_id=fixtures.channel, principal=principal).status == 200


@requirement(
    "TOK-83",
    MUST,
    "A JWT signed with a wrong secret is rejected with 401 and error code 40144",
    clause=GO_SUITE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_of_a_liar_is_refused(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    wrong_secret_key = Issuer(target, issuer.name, Key(issuer.key.name, f"not-{issuer.key.secret}"), issuer.skew)

    answer = read(target, fixtures, wrong_secret_key.jwt(EVERYTHING))

    assert status_and_code(answer) == BAD_JWT


@requirement(
    "TOK-84",
    MUST,
    "A JWT whose claims were changed after signing is rejected with 401",
    clause=SIGNATURE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_changed_claims_are_refused(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    narrow = issuer.jwt({"x-ably-capability": capability("elsewhere", "publish")}).split(".")
    wide = issuer.jwt(EVERYTHING).split(".")

    answer = read(target, fixtures, ".".join((narrow[0], wide[1], narrow[2])))

    assert answer.status == 401


@pytest.mark.parametrize("claim", ["iat", "exp"])
@requirement(
    "TOK-85",
    MUST,
    "A JWT without an iat or exp claim is rejected with 401 and error code 40144",
    clause=GO_SUITE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_has_its_times(target: Target, issuer: Issuer, fixtures: Fixtures, claim: str) -> None:
    answer = read(target, fixtures, issuer.jwt({**EVERYTHING, claim: None}))

    assert status_and_code(answer) == BAD_JWT


@requirement(
    "TOK-86",
    MUST,
    "An expired JWT is rejected with 401 and error code 40142 or 40144",
    clause=CLAIMS,
    operations=READ,
    needs=CREDENTIALS,
)
def test_an_expired_jwt_is_refused(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    hour_ago = (issuer.now - HOUR) // SECOND

    answer = read(target, fixtures, issuer.jwt({**EVERYTHING, "iat": hour_ago - 600, "exp": hour_ago}))

    assert answer.status == 401
    assert answer.error_code in {40142, 40144}


@requirement(
    "TOK-87",
    MUST,
    "A JWT with a lifetime above 24 hours is rejected with 400 or 401",
    clause=Clause("ably/ably-common protocol/errors.json", "40003: the ttl of a token exceeds the maximum"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_lasts_a_day_at_most(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = read(target, fixtures, issuer.jwt(EVERYTHING, lasts=7 * 24 * 3600))

    assert answer.status in {400, 401}


@requirement(
    "TOK-88",
    MUST,
    "A JWT used for an operation that its key lacks is rejected with 401 and code 40160",
    clause=NARROWED,
    operations=READ,
    needs=KEYS,
)
def test_a_jwt_may_no_more_than_its_key(target: Target, worker: Worker, fixtures: Fixtures) -> None:
    publisher = issuer_of(worker, "publisher")

    answer = read(target, fixtures, publisher.jwt(EVERYTHING))

    assert status_and_code(answer) == rejection(401, 40160)


@requirement(
    "TOK-89",
    MUST,
    "A JWT is allowed an operation that both its capability claim and its key grant",
    clause=NARROWED,
    operations=[f"POST {MESSAGES}"],
    needs=KEYS,
)
def test_a_jwt_may_what_its_key_may(target: Target, worker: Worker, fixtures: Fixtures) -> None:
    jwt = issuer_of(worker, "publisher").jwt(EVERYTHING)

    answer = target.post(MESSAGES, {}, channel_id=fixtures.channel, principal=bearer("JWT", jwt))

    assert answer.status == 201


@requirement(
    "TOK-90",
    MUST,
    "A JWT whose capability claim does not overlap with its key's is rejected with 401",
    clause=NARROWED,
    operations=[f"POST {MESSAGES}"],
    needs=KEYS,
)
def test_a_jwt_without_any_right_is_refused(target: Target, worker: Worker, fixtures: Fixtures) -> None:
    jwt = issuer_of(worker, "publisher").jwt({"x-ably-capability": capability(fixtures.channel, "history")})

    answer = target.post(MESSAGES, {}, channel_id=fixtures.channel, principal=bearer("JWT", jwt))

    assert answer.status == 401


@requirement(
    "TOK-91",
    MUST,
    "A JWT with alg none, with or without a signature, is rejected with 401",
    clause=SIGNATURE,
    operations=READ,
    needs=CREDENTIALS,
)
@pytest.mark.parametrize("signature", ["none", "left in place"])
def test_an_unsigned_jwt_is_refused(target: Target, issuer: Issuer, fixtures: Fixtures, signature: str) -> None:
    signed = issuer.jwt(EVERYTHING, alg="none")
    unsigned = signed if signature == "left in place" else f"{signed.rpartition('.')[0]}."

    answer = read(target, fixtures, unsigned)

    assert answer.status == 401


@requirement(
    "TOK-92",
    MUST,
    "A JWT with an empty kid is rejected with 400, 401 or 404",
    clause=SIGNATURE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_names_its_key(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = read(target, fixtures, issuer.jwt(EVERYTHING, kid=""))

    assert answer.status in {400, 401, 404}


@pytest.mark.parametrize("kid", ["invalid.invalid", "zzZZ9z.zzZZ9z", "unknown key of the app"])
@requirement(
    "TOK-93",
    MUST,
    "A JWT whose kid names an unknown key or application is rejected with 401 or 404",
    clause=UNKNOWN_APP,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_of_an_unknown_key_is_refused(target: Target, issuer: Issuer, fixtures: Fixtures, kid: str) -> None:
    name = f"{issuer.key.app}.zzZZ9z" if kid.startswith("unknown") else kid

    answer = read(target, fixtures, issuer.jwt(EVERYTHING, kid=name))

    assert answer.status in {401, 404}


@requirement(
    "TOK-94",
    MUST,
    "A JWT whose kid names another key than the signing key is rejected with 401",
    clause=SIGNATURE,
    operations=READ,
    needs=KEYS,
)
def test_a_jwt_is_signed_by_the_key_it_names(
    target: Target, issuer: Issuer, worker: Worker, fixtures: Fixtures
) -> None:
    publisher = issuer_of(worker, "publisher")

    answer = read(target, fixtures, publisher.jwt(EVERYTHING, kid=issuer.key.name))

    assert answer.status == 401


@requirement(
    "TOK-95",
    MUST,
    "A bearer token of three parts that is not a JWT is rejected with 400 or 401",
    clause=ABLY_JWT,
    operations=READ,
    needs=CREDENTIALS,
)
def test_what_looks_like_a_jwt_is_refused(target: Target, fixtures: Fixtures) -> None:
    answer = read(target, fixtures, "bm90aGluZw.bm90aGluZw.bm90aGluZw")

    assert answer.status in {400, 401}


@requirement(
    "TOK-96",
    MUST,
    "A message published with a JWT has the client ID of that JWT",
    clause=CLIENT,
    operations=BOTH,
    needs=STATE,
)
def test_a_jwt_speaks_for_its_client(target: Target, issuer: Issuer) -> None:
    channel = target.names.fresh("channel")

    target.post(MESSAGES, {"name": "hi"}, channel_id=channel, principal=of_client(issuer, "alice"))

    assert clients(target, channel) == ["alice"]


@pytest.mark.parametrize("client", ["alice", None], ids=["of a client", "of nobody"])
@requirement(
    "TOK-97",
    MUST,
    "A message with a client ID other than the JWT's gets 400 and code 40012 and is not stored",
    clause=CLIENT,
    operations=BOTH,
    needs=STATE,
)
def test_a_jwt_speaks_for_no_other_client(target: Target, issuer: Issuer, client: str | None) -> None:
    channel = target.names.fresh("channel")
    principal = bearer("JWT", issuer.jwt({**EVERYTHING, "x-ably-clientId": client}))

    refused = target.post(MESSAGES, {"clientId": "bob"}, channel_id=channel, principal=principal)
    target.post(MESSAGES, {}, channel_id=channel, principal=principal)

    assert (status_and_code(refused), clients(target, channel)) == ((400, 40012), [client])


@requirement(
    "TOK-98",
    MUST,
    "A message published with a JWT for client ID * keeps its own client ID",
    clause=CLIENT,
    operations=BOTH,
    needs=STATE,
)
def test_a_jwt_for_any_client(target: Target, issuer: Issuer) -> None:
    channel = target.names.fresh("channel")

    target.post(MESSAGES, {"clientId": "bob"}, channel_id=channel, principal=of_client(issuer, "*"))

    assert clients(target, channel) == ["bob"]


@pytest.mark.parametrize("place", ["header", "claims"])
@requirement(
    "TOK-99",
    SHOULD,
    "A JWT with an embedded x-ably-token has the capability of that token",
    clause=Clause("ably/docs auth, embedded token JWT", "x-ably-token is in the header or the claims of the JWT"),
    operations=[*READ, f"POST {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_an_embedded_token_counts(target: Target, issuer: Issuer, fixtures: Fixtures, place: str) -> None:
    token = {"x-ably-token": issuer.issue(capability=capability(fixtures.channel, "history"))["token"]}
    jwt = issuer.jwt(**token) if place == "header" else issuer.jwt(token)

    inside, outside = (
        read(target, fixtures, jwt),
        target.post(MESSAGES, {}, channel_id=fixtures.channel, principal=bearer("JWT", jwt)),
    )

    assert (inside.status, outside.status) == (200, 401)


@requirement(
    "TOK-100",
    SHOULD,
    "A JWT is accepted in the query parameter access_token",
    clause=Clause("ably/docs protocols, server-sent events", "accessToken carries a token"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_in_the_query_is_accepted(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    query = {"access_token": issuer.jwt(EVERYTHING)}

    assert target.get(MESSAGES, channel_id=fixtures.channel, query=query, principal=NOBODY).status == 200


@requirement(
    "TOK-101",
    SHOULD,
    "A JWT without a capability claim has the capability of its key",
    clause=Clause("ably/specification features RSA6", "without a capability, the capability of the key is used"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_without_capability_has_that_of_its_key(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    assert read(target, fixtures, issuer.jwt()).status == 200
