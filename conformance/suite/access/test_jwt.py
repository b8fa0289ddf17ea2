"""TOK: JSON Web Tokens that are signed with the secret of a key, and never asked for."""

from __future__ import annotations

import pytest

from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Examiner
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.operations import Room
from conformance.suite.steps.tokens import HOUR, SECOND, Issuer, capability, issuer_of, standing
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
SIGNATURE = Clause(DOCS, "signed with the secret of the key that kid names, HS256")
CLAIMS = Clause(DOCS, "claims: iat and exp in seconds are required, x-ably-capability, x-ably-clientId")
GO_SUITE = Clause("ably/ably-go ably/auth_integration_test", "a JWT without a claim or a signature is refused: 40144")
UNKNOWN_APP = Clause("ably/ably-js test/rest/auth.test", "a JWT of an application that does not exist: 40400")
NARROWED = Clause("ably/docs auth, token capabilities", "can, at most, match the capabilities of the issuing API key")
CLIENT = Clause("ably/docs auth, identified clients", "x-ably-clientId is the one client that the token speaks for")
BAD_JWT = (401, 40144)

EVERYTHING = {"x-ably-capability": capability("*", "*")}


def read(target: Target, room: Room, jwt: str) -> Answer:
    return target.get(MESSAGES, channel_id=room.channel, principal=bearer("JWT", jwt))


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
    "A JWT that is signed with the secret of a key publishes and reads",
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
    "A JWT is accepted as it is, without base64 around it",
    clause=Clause("ably/specification features RSA3b", "a bearer token is in base64, or as it is"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_raw_jwt_is_accepted(target: Target, issuer: Issuer, room: Room) -> None:
    principal = bearer_as_it_is("raw JWT", issuer.jwt(EVERYTHING))

    assert target.get(MESSAGES, channel_id=room.channel, principal=principal).status == 200


@requirement(
    "TOK-83",
    MUST,
    "A JWT that is signed with another secret is refused with 401 and code 40144",
    clause=GO_SUITE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_of_a_liar_is_refused(target: Target, issuer: Issuer, room: Room) -> None:
    liar = Issuer(target, issuer.name, Key(issuer.key.name, f"not-{issuer.key.secret}"), issuer.skew)

    answer = read(target, room, liar.jwt(EVERYTHING))

    assert standing(answer) == BAD_JWT


@requirement(
    "TOK-84",
    MUST,
    "A JWT whose claims were changed after it was signed is refused with 401",
    clause=SIGNATURE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_changed_claims_are_refused(target: Target, issuer: Issuer, room: Room) -> None:
    narrow = issuer.jwt({"x-ably-capability": capability("elsewhere", "publish")}).split(".")
    wide = issuer.jwt(EVERYTHING).split(".")

    answer = read(target, room, ".".join((narrow[0], wide[1], narrow[2])))

    assert answer.status == 401


@pytest.mark.parametrize("claim", ["iat", "exp"])
@requirement(
    "TOK-85",
    MUST,
    "A JWT without iat or without exp is refused with 401 and code 40144",
    clause=GO_SUITE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_has_its_times(target: Target, issuer: Issuer, room: Room, claim: str) -> None:
    answer = read(target, room, issuer.jwt({**EVERYTHING, claim: None}))

    assert standing(answer) == BAD_JWT


@requirement(
    "TOK-86",
    MUST,
    "A JWT that has expired is refused with 401 and code 40142 or 40144",
    clause=CLAIMS,
    operations=READ,
    needs=CREDENTIALS,
)
def test_an_expired_jwt_is_refused(target: Target, issuer: Issuer, room: Room) -> None:
    hour_ago = (issuer.now - HOUR) // SECOND

    answer = read(target, room, issuer.jwt({**EVERYTHING, "iat": hour_ago - 600, "exp": hour_ago}))

    assert answer.status == 401
    assert answer.error_code in {40142, 40144}


@requirement(
    "TOK-87",
    MUST,
    "A JWT that lasts longer than 24 hours is refused",
    clause=Clause("ably/ably-common protocol/errors.json", "40003: the ttl of a token is more than its maximum"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_lasts_a_day_at_most(target: Target, issuer: Issuer, room: Room) -> None:
    answer = read(target, room, issuer.jwt(EVERYTHING, lasts=7 * 24 * 3600))

    assert answer.status in {400, 401}


@requirement(
    "TOK-88",
    MUST,
    "A JWT of a narrow key may not do what the key may not, whatever it claims",
    clause=NARROWED,
    operations=READ,
    needs=KEYS,
)
def test_a_jwt_may_no_more_than_its_key(target: Target, examiner: Examiner, room: Room) -> None:
    publisher = issuer_of(examiner, "publisher")

    answer = read(target, room, publisher.jwt(EVERYTHING))

    assert standing(answer) == (401, 40160)


@requirement(
    "TOK-89",
    MUST,
    "A JWT of a narrow key may do what both its claim and the key allow",
    clause=NARROWED,
    operations=[f"POST {MESSAGES}"],
    needs=KEYS,
)
def test_a_jwt_may_what_its_key_may(target: Target, examiner: Examiner, room: Room) -> None:
    jwt = issuer_of(examiner, "publisher").jwt(EVERYTHING)

    answer = target.post(MESSAGES, {}, channel_id=room.channel, principal=bearer("JWT", jwt))

    assert answer.status == 201


@requirement(
    "TOK-90",
    MUST,
    "A JWT that claims nothing of what its key may do is refused with 401",
    clause=NARROWED,
    operations=[f"POST {MESSAGES}"],
    needs=KEYS,
)
def test_a_jwt_without_any_right_is_refused(target: Target, examiner: Examiner, room: Room) -> None:
    jwt = issuer_of(examiner, "publisher").jwt({"x-ably-capability": capability(room.channel, "history")})

    answer = target.post(MESSAGES, {}, channel_id=room.channel, principal=bearer("JWT", jwt))

    assert answer.status == 401


@requirement(
    "TOK-91",
    MUST,
    "A JWT that is not signed is refused with 401",
    clause=SIGNATURE,
    operations=READ,
    needs=CREDENTIALS,
)
@pytest.mark.parametrize("signature", ["none", "left in place"])
def test_an_unsigned_jwt_is_refused(target: Target, issuer: Issuer, room: Room, signature: str) -> None:
    signed = issuer.jwt(EVERYTHING, alg="none")
    unsigned = signed if signature == "left in place" else f"{signed.rpartition('.')[0]}."

    answer = read(target, room, unsigned)

    assert answer.status == 401


@requirement(
    "TOK-92",
    MUST,
    "A JWT that names no key is refused",
    clause=SIGNATURE,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_names_its_key(target: Target, issuer: Issuer, room: Room) -> None:
    answer = read(target, room, issuer.jwt(EVERYTHING, kid=""))

    assert answer.status in {400, 401, 404}


@pytest.mark.parametrize("kid", ["invalid.invalid", "zzZZ9z.zzZZ9z", "unknown key of the app"])
@requirement(
    "TOK-93",
    MUST,
    "A JWT of a key or an application that does not exist is refused",
    clause=UNKNOWN_APP,
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_of_an_unknown_key_is_refused(target: Target, issuer: Issuer, room: Room, kid: str) -> None:
    name = f"{issuer.key.app}.zzZZ9z" if kid.startswith("unknown") else kid

    answer = read(target, room, issuer.jwt(EVERYTHING, kid=name))

    assert answer.status in {401, 404}


@requirement(
    "TOK-94",
    MUST,
    "A JWT that names one key and is signed with the secret of another is refused with 401",
    clause=SIGNATURE,
    operations=READ,
    needs=KEYS,
)
def test_a_jwt_is_signed_by_the_key_it_names(target: Target, issuer: Issuer, examiner: Examiner, room: Room) -> None:
    publisher = issuer_of(examiner, "publisher")

    answer = read(target, room, publisher.jwt(EVERYTHING, kid=issuer.key.name))

    assert answer.status == 401


@requirement(
    "TOK-95",
    MUST,
    "A text of three parts that is no JWT is refused",
    clause=ABLY_JWT,
    operations=READ,
    needs=CREDENTIALS,
)
def test_what_looks_like_a_jwt_is_refused(target: Target, room: Room) -> None:
    answer = read(target, room, "bm90aGluZw.bm90aGluZw.bm90aGluZw")

    assert answer.status in {400, 401}


@requirement(
    "TOK-96",
    MUST,
    "A message that is published with the JWT of a client bears that client",
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
    "A JWT may not publish as a client that is not its own: 40012, and nothing is stored",
    clause=CLIENT,
    operations=BOTH,
    needs=STATE,
)
def test_a_jwt_speaks_for_no_other_client(target: Target, issuer: Issuer, client: str | None) -> None:
    channel = target.names.fresh("channel")
    principal = bearer("JWT", issuer.jwt({**EVERYTHING, "x-ably-clientId": client}))

    refused = target.post(MESSAGES, {"clientId": "bob"}, channel_id=channel, principal=principal)
    target.post(MESSAGES, {}, channel_id=channel, principal=principal)

    assert (standing(refused), clients(target, channel)) == ((400, 40012), [client])


@requirement(
    "TOK-98",
    MUST,
    "A JWT for any client publishes as the client that the message names",
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
    "An Ably token that travels in a JWT is the one that counts",
    clause=Clause("ably/docs auth, embedded token JWT", "x-ably-token in the header or the claims"),
    operations=[*READ, f"POST {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_an_embedded_token_counts(target: Target, issuer: Issuer, room: Room, place: str) -> None:
    token = {"x-ably-token": issuer.issue(capability=capability(room.channel, "history"))["token"]}
    jwt = issuer.jwt(**token) if place == "header" else issuer.jwt(token)

    inside, outside = (
        read(target, room, jwt),
        target.post(MESSAGES, {}, channel_id=room.channel, principal=bearer("JWT", jwt)),
    )

    assert (inside.status, outside.status) == (200, 401)


@requirement(
    "TOK-100",
    SHOULD,
    "A JWT is accepted in the query",
    clause=Clause("ably/docs protocols, server-sent events", "accessToken carries a token"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_in_the_query_is_accepted(target: Target, issuer: Issuer, room: Room) -> None:
    query = {"access_token": issuer.jwt(EVERYTHING)}

    assert target.get(MESSAGES, channel_id=room.channel, query=query, principal=NOBODY).status == 200


@requirement(
    "TOK-101",
    SHOULD,
    "A JWT without a capability has that of its key",
    clause=Clause("ably/specification features RSA6", "without a capability that of the key is used"),
    operations=READ,
    needs=CREDENTIALS,
)
def test_a_jwt_without_capability_has_that_of_its_key(target: Target, issuer: Issuer, room: Room) -> None:
    assert read(target, room, issuer.jwt()).status == 200
