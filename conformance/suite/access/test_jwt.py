"""TOK: JSON Web Tokens, which a client signs with a key secret instead of requesting a token."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.operations import Fixtures
from conformance.suite.steps.tokens import HOUR, SECOND, Issuer, capability, issuer_of
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import Key, Principal, bearer, bearer_as_it_is

CREDENTIALS = {"credentials", "jwt"}
STATE = {*CREDENTIALS, "state"}
KEYS = {*CREDENTIALS, "provisioning"}
READ = [f"GET {MESSAGES}"]
BOTH = [f"POST {MESSAGES}", *READ]

DOCS = "ably/docs auth, JWT"
ABLY_JWT = Clause("#/components/securitySchemes/bearerAuth/description", "or optionally an [Ably JWT]")
SIGNATURE = Clause(DOCS, "signed with HS256 and the secret of the key that kid names")
CLAIMS = Clause(DOCS, "claims: iat and exp in seconds (required), x-ably-capability, x-ably-clientId")
GO_SUITE = Clause("ably/ably-go ably/auth_integration_test", "a JWT without a claim or a signature is refused: 40144")
MALFORMED = Clause("ably/ably-common errors/codes/40144", "status 401; for some malformed claims 400, as without iat")
UNKNOWN_APP = Clause("ably/ably-js test/rest/auth.test", "a JWT of a nonexistent application is rejected: 40400")
NARROWED = Clause(
    "ably/docs auth, token capabilities", "a token can, at most, match the capabilities of the issuing API key"
)
CLIENT = Clause("ably/docs auth, identified clients", "x-ably-clientId is the only client ID that the token may use")
INVALID_JWT = rejection(401, 40144)
MALFORMED_CODES = {40001, 40003, 40101, 40142, 40144}
"""Error codes of a JWT with malformed claims: recorded answers and documents of Ably's differ."""

EVERYTHING = {"x-ably-capability": capability("*", "*")}
PUBLISHER_JWT = "a JWT of a key that may only publish"


def read(target: Target, fixtures: Fixtures, name: str, jwt: str) -> Answer:
    """Read history with a JWT. name: its phrase in reports."""
    return target.get(MESSAGES, channel_id=fixtures.channel, principal=bearer(name, jwt))


def read_without(target: Target, issuer: Issuer, fixtures: Fixtures, claim: str) -> Answer:
    return read(target, fixtures, f"a JWT without {claim}", issuer.jwt({**EVERYTHING, claim: None}))


def of_client(issuer: Issuer, client: str) -> Principal:
    return bearer(f"a JWT with the client ID {client}", issuer.jwt({**EVERYTHING, "x-ably-clientId": client}))


def clients(target: Target, channel: str) -> list[Json]:
    """The client IDs of the messages of a channel, oldest first, read when it has at least one message."""
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
    principal = bearer("a JWT", issuer.jwt(EVERYTHING))

    published = target.post(MESSAGES, {"name": "by JWT"}, channel_id=channel, principal=principal)
    history = target.poll(MESSAGES, channel_id=channel, principal=principal, until=lambda answer: answer.body != [])

    assert published.status == 201
    assert [message["name"] for message in history.body] == ["by JWT"]


@requirement(
    "TOK-82",
    MUST,
    "A JWT is accepted as a bearer token without base64 encoding",
    clause=Clause("ably/specification features RSA3b", "a bearer token is sent base64-encoded or as is"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_without_base64_is_accepted(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    principal = bearer_as_it_is("a JWT without base64", issuer.jwt(EVERYTHING))

    assert target.get(MESSAGES, channel_id=fixtures.channel, principal=principal).status == 200


@requirement(
    "TOK-83",
    MUST,
    "A JWT signed with a wrong secret is rejected with 401 and error code 40144",
    clause=GO_SUITE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_with_a_wrong_secret_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    wrong_key = Key(issuer.key.name, f"not-{issuer.key.secret}")
    jwt = Issuer(target, issuer.name, wrong_key, issuer.skew).jwt(EVERYTHING)

    answer = read(target, fixtures, "a JWT signed with a wrong secret", jwt)

    assert status_and_code(answer) == INVALID_JWT


@requirement(
    "TOK-84",
    MUST,
    "A JWT whose claims were changed after signing is rejected with 401",
    clause=SIGNATURE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_changed_claims_are_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    narrow = issuer.jwt({"x-ably-capability": capability("elsewhere", "publish")}).split(".")
    wide = issuer.jwt(EVERYTHING).split(".")

    answer = read(target, fixtures, "a JWT with changed claims", ".".join((narrow[0], wide[1], narrow[2])))

    assert answer.status == 401


@pytest.mark.parametrize("claim", ["iat", "exp"])
@requirement(
    "TOK-85",
    MUST,
    "A JWT without an iat or exp claim is rejected with 400 or 401",
    clause=MALFORMED,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_needs_iat_and_exp(target: Target, issuer: Issuer, fixtures: Fixtures, claim: str) -> None:
    answer = read_without(target, issuer, fixtures, claim)

    assert answer.status in {400, 401}


@pytest.mark.parametrize("claim", ["iat", "exp"])
@requirement(
    "TOK-112",
    SHOULD,
    "A JWT without an iat or exp claim has error code 40144, 40142, 40101, 40003 or 40001",
    clause=MALFORMED,
    operations=READ,
    needs=CREDENTIALS,
)
def test_the_code_of_a_jwt_without_iat_or_exp(target: Target, issuer: Issuer, fixtures: Fixtures, claim: str) -> None:
    answer = read_without(target, issuer, fixtures, claim)

    assert answer.error_code in MALFORMED_CODES


@requirement(
    "TOK-86",
    MUST,
    "An expired JWT is rejected with 401 and error code 40142 or 40144",
    clause=CLAIMS,
    operations=READ,
    needs=CREDENTIALS,
)
def test_an_expired_jwt_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    hour_ago = (issuer.now - HOUR) // SECOND

    expired = issuer.jwt({**EVERYTHING, "iat": hour_ago - 600, "exp": hour_ago})

    answer = read(target, fixtures, "an expired JWT", expired)

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
def test_a_jwt_with_a_lifetime_above_a_day_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = read(target, fixtures, "a JWT with a lifetime of 7 days", issuer.jwt(EVERYTHING, lasts=7 * 24 * 3600))

    assert answer.status in {400, 401}


@requirement(
    "TOK-88",
    MUST,
    "A JWT used for an operation that its key lacks is rejected with 401 and code 40160",
    clause=NARROWED,
    operations=READ,
    needs=KEYS,
)
def test_an_operation_that_the_key_lacks_is_rejected(target: Target, worker: Worker, fixtures: Fixtures) -> None:
    jwt = issuer_of(worker, "publisher").jwt(EVERYTHING)

    answer = read(target, fixtures, PUBLISHER_JWT, jwt)

    assert status_and_code(answer) == rejection(401, 40160)


@requirement(
    "TOK-89",
    MUST,
    "A JWT is allowed an operation that both its capability claim and its key grant",
    clause=NARROWED,
    operations=[f"POST {MESSAGES}"],
    needs=KEYS,
)
def test_an_operation_of_both_the_claim_and_the_key_is_allowed(
    target: Target, worker: Worker, fixtures: Fixtures
) -> None:
    jwt = issuer_of(worker, "publisher").jwt(EVERYTHING)

    answer = target.post(MESSAGES, {}, channel_id=fixtures.channel, principal=bearer(PUBLISHER_JWT, jwt))

    assert answer.status == 201


@requirement(
    "TOK-90",
    MUST,
    "A JWT whose capability claim does not overlap with its key's is rejected with 401",
    clause=NARROWED,
    operations=[f"POST {MESSAGES}"],
    needs=KEYS,
)
def test_a_capability_claim_without_overlap_is_rejected(target: Target, worker: Worker, fixtures: Fixtures) -> None:
    jwt = issuer_of(worker, "publisher").jwt({"x-ably-capability": capability(fixtures.channel, "history")})
    principal = bearer("a JWT for history of a key that may only publish", jwt)

    answer = target.post(MESSAGES, {}, channel_id=fixtures.channel, principal=principal)

    assert answer.status == 401


@requirement(
    "TOK-91",
    MUST,
    "A JWT with alg none, with or without a signature, is rejected with 401",
    clause=SIGNATURE,
    operations=READ,
    needs=CREDENTIALS,
)
@pytest.mark.parametrize("signature", ["removed", "kept"])
def test_a_jwt_with_alg_none_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures, signature: str) -> None:
    signed = issuer.jwt(EVERYTHING, alg="none")
    jwt = signed if signature == "kept" else f"{signed.rpartition('.')[0]}."

    answer = read(target, fixtures, f"a JWT with alg none and its signature {signature}", jwt)

    assert answer.status == 401


@requirement(
    "TOK-92",
    MUST,
    "A JWT with an empty kid is rejected with 400, 401 or 404",
    clause=SIGNATURE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_with_an_empty_kid_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = read(target, fixtures, "a JWT with an empty kid", issuer.jwt(EVERYTHING, kid=""))

    assert answer.status in {400, 401, 404}


@pytest.mark.parametrize("kid", ["invalid.invalid", "zzZZ9z.zzZZ9z", "unknown key of the application"])
@requirement(
    "TOK-93",
    MUST,
    "A JWT whose kid names an unknown key or application is rejected with 401 or 404",
    clause=UNKNOWN_APP,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_of_an_unknown_key_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures, kid: str) -> None:
    name = f"{issuer.key.app}.zzZZ9z" if kid.startswith("unknown") else kid

    answer = read(target, fixtures, "a JWT of an unknown key", issuer.jwt(EVERYTHING, kid=name))

    assert answer.status in {401, 404}


@requirement(
    "TOK-94",
    MUST,
    "A JWT whose kid names another key than the signing key is rejected with 401",
    clause=SIGNATURE,
    operations=READ,
    needs=KEYS,
)
def test_a_jwt_with_the_kid_of_another_key_is_rejected(
    target: Target, issuer: Issuer, worker: Worker, fixtures: Fixtures
) -> None:
    jwt = issuer_of(worker, "publisher").jwt(EVERYTHING, kid=issuer.key.name)

    answer = read(target, fixtures, "a JWT with the kid of another key", jwt)

    assert answer.status == 401


@requirement(
    "TOK-95",
    MUST,
    "A bearer token of three parts that is not a JWT is rejected with 400 or 401",
    clause=ABLY_JWT,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_text_of_three_parts_is_rejected(target: Target, fixtures: Fixtures) -> None:
    answer = read(target, fixtures, "a text of three parts that is not a JWT", "bm90aGluZw.bm90aGluZw.bm90aGluZw")

    assert answer.status in {400, 401}


@requirement(
    "TOK-96",
    MUST,
    "A message published with a JWT has the client ID of that JWT",
    clause=CLIENT,
    operations=BOTH,
    needs=STATE,
)
def test_a_message_has_the_client_id_of_the_jwt(target: Target, issuer: Issuer) -> None:
    channel = target.names.fresh("channel")

    target.post(MESSAGES, {"name": "hi"}, channel_id=channel, principal=of_client(issuer, "alice"))

    assert clients(target, channel) == ["alice"]


@pytest.mark.parametrize("client", ["alice", None], ids=["with a client ID", "without a client ID"])
@requirement(
    "TOK-97",
    MUST,
    "A message with a client ID other than the JWT's gets 400 and code 40012 and is not stored",
    clause=CLIENT,
    operations=BOTH,
    needs=STATE,
)
def test_a_message_with_another_client_id_than_the_jwt_is_rejected(
    target: Target, issuer: Issuer, client: str | None
) -> None:
    channel = target.names.fresh("channel")
    principal = of_client(issuer, client) if client else bearer("a JWT without a client ID", issuer.jwt(EVERYTHING))

    rejected = target.post(MESSAGES, {"clientId": "bob"}, channel_id=channel, principal=principal)
    target.post(MESSAGES, {}, channel_id=channel, principal=principal)

    assert facts(**status_and_code(rejected), clients=clients(target, channel)) == facts(
        **rejection(400, 40012), clients=[client]
    )


@requirement(
    "TOK-98",
    MUST,
    "A message published with a JWT for client ID * keeps its own client ID",
    clause=CLIENT,
    operations=BOTH,
    needs=STATE,
)
def test_a_jwt_with_a_wildcard_client_id(target: Target, issuer: Issuer) -> None:
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
def test_an_embedded_token_defines_the_capability(
    target: Target, issuer: Issuer, fixtures: Fixtures, place: str
) -> None:
    token = {"x-ably-token": issuer.issue(capability=capability(fixtures.channel, "history"))["token"]}
    jwt = issuer.jwt(**token) if place == "header" else issuer.jwt(token)

    principal = bearer(f"a JWT with a token for history in its {place}", jwt)

    inside = target.get(MESSAGES, channel_id=fixtures.channel, principal=principal)
    outside = target.post(MESSAGES, {}, channel_id=fixtures.channel, principal=principal)

    assert inside.status == 200
    assert outside.status == 401


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
    principal = Principal("a JWT in the query parameter access_token")

    assert target.get(MESSAGES, channel_id=fixtures.channel, query=query, principal=principal).status == 200


@requirement(
    "TOK-101",
    SHOULD,
    "A JWT without a capability claim has the capability of its key",
    clause=Clause("ably/specification features RSA6", "without a capability, the capability of the key is used"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_without_capability_has_that_of_its_key(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    assert read(target, fixtures, "a JWT without a capability", issuer.jwt()).status == 200


@requirement(
    "TOK-102",
    SHOULD,
    "A JWT issued an hour in the future is rejected with 400 or 401",
    clause=Clause("ably/ably-js issue 1720", "the iat of a JWT must not be in the future: 40001"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_of_the_future_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    in_an_hour = (issuer.now + HOUR) // SECOND
    future = issuer.jwt({**EVERYTHING, "iat": in_an_hour, "exp": in_an_hour + 600})

    answer = read(target, fixtures, "a JWT issued in the future", future)

    assert answer.status in {400, 401}


@requirement(
    "TOK-103",
    MUST,
    "A JWT that expired before it was issued is rejected with 400 or 401",
    clause=Clause("RFC 7519 section 4.1.4", "a JWT is not accepted on or after its expiration time"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_with_a_negative_lifetime_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = read(target, fixtures, "a JWT with a negative lifetime", issuer.jwt(EVERYTHING, lasts=-3600))

    assert answer.status in {400, 401}


@requirement(
    "TOK-104",
    SHOULD,
    "A JWT that expired before it was issued is rejected with 400 and error code 40003",
    clause=Clause("ably/ably-common errors/codes/40003", "a ttl that is not valid; that of a JWT is exp minus iat"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_negative_lifetime_is_an_invalid_ttl(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = read(target, fixtures, "a JWT with a negative lifetime", issuer.jwt(EVERYTHING, lasts=-3600))

    assert status_and_code(answer) == rejection(400, 40003)
