"""TOK: token requests signed with a key secret, which need no credentials."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import is_accepted, is_rejected, rejection, status_and_code, status_in_words
from conformance.suite.steps.endpoints import MESSAGES, TOKENS, pointer
from conformance.suite.steps.operations import Fixtures
from conformance.suite.steps.tokens import (
    MINUTE,
    Issuer,
    capability,
    is_issued,
    issue_in_words,
    issuer_of,
    lifetime_in_ms,
)
from conformance.target.capability import granted
from conformance.target.client import Target
from conformance.target.credentials import Key, bearer, sign

CREDENTIALS = {"credentials"}
KEYS = {"credentials", "provisioning"}
REQUEST = [f"POST {TOKENS}"]

SIGNED = Clause(
    pointer("post", TOKENS, "description"), "Authentication is not required if using a Signed TokenRequest."
)
SPEC = "ably/docs token-request-spec"
MAC = Clause(f"{SPEC}, HMAC calculation", "a signature over keyName, ttl, capability, clientId, timestamp and nonce")
WINDOW = Clause(SPEC, "the timestamp must be within 2 minutes of the current time: 40104")
NONCE = Clause(SPEC, "a nonce/timestamp combination that was used before is refused: 40105")
INVALID_MAC = rejection(401, 40101)


@requirement(
    "TOK-41",
    MUST,
    "A signed token request without credentials returns a usable token",
    clause=SIGNED,
    operations=[*REQUEST, f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_signed_request_needs_no_credentials(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = issuer.ask_signed(issuer.signed())

    assert answer.status in {200, 201}
    token = bearer("a token from a signed request", answer.body["token"])
    assert target.get(MESSAGES, channel_id=fixtures.channel, principal=token).status == 200


@requirement(
    "TOK-42",
    MUST,
    "A token has the ttl, client ID and capability of the signed token request",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_token_has_the_signed_members(issuer: Issuer) -> None:
    asked = {"ttl": MINUTE, "clientId": "ålice", "capability": capability("news", "publish", "subscribe")}

    answer = issuer.ask_signed(issuer.signed(**asked))

    details = answer.body
    assert facts(lifetime_in_ms=lifetime_in_ms(details), client_id=details.get("clientId")) == facts(
        lifetime_in_ms=MINUTE, client_id="ålice"
    )
    granted_capability = granted(details)
    assert granted_capability == {"news": ["publish", "subscribe"]}


@pytest.mark.parametrize("change", ["one character", "not base64", "truncated"])
@requirement(
    "TOK-43",
    MUST,
    "A token request with an invalid mac is rejected with 401 and error code 40101",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_an_invalid_mac_is_rejected(issuer: Issuer, change: str) -> None:
    request = issuer.signed()
    mac = request["mac"]
    other = "A" if mac[0] != "A" else "B"
    wrong = {"one character": other + mac[1:], "not base64": "12345", "truncated": mac[:20]}[change]

    answer = issuer.ask_signed({**request, "mac": wrong})

    assert status_and_code(answer) == INVALID_MAC


CHANGES: dict[str, Json] = {
    "ttl": 2 * MINUTE,
    "capability": '{"*":["*"]}',
    "clientId": "mallory",
    "nonce": "another nonce of 16 characters",
}


@pytest.mark.parametrize("member", [*CHANGES, "timestamp"])
@requirement(
    "TOK-44",
    MUST,
    "A signed token request with a changed member is rejected with 401 and error code 40101",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_mac_covers_every_member(issuer: Issuer, member: str) -> None:
    request = issuer.signed(ttl=MINUTE, capability=capability("news", "publish"), clientId="alice")
    changed = {**CHANGES, "timestamp": request["timestamp"] + 1}[member]

    answer = issuer.ask_signed({**request, member: changed})

    assert status_and_code(answer) == INVALID_MAC


@pytest.mark.parametrize("member", ["ttl", "capability", "clientId"])
@requirement(
    "TOK-45",
    MUST,
    "A signed token request with an added member is rejected with 401 and error code 40101",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_mac_covers_absent_members(issuer: Issuer, member: str) -> None:
    request = issuer.signed()

    answer = issuer.ask_signed({**request, member: CHANGES[member]})

    assert status_and_code(answer) == INVALID_MAC


@requirement(
    "TOK-46",
    MUST,
    "A token request signed with a wrong secret is rejected with 401 and error code 40101",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_request_signed_with_a_wrong_secret_is_rejected(issuer: Issuer) -> None:
    wrong_key = Key(issuer.key.name, f"not-{issuer.key.secret}")

    answer = issuer.ask_signed(sign(issuer.request(), wrong_key))

    assert status_and_code(answer) == INVALID_MAC


@requirement(
    "TOK-47",
    MUST,
    "A token request signed with another key's secret is rejected with a 4xx status",
    clause=MAC,
    operations=REQUEST,
    needs=KEYS,
)
def test_a_request_signed_with_another_key_is_rejected(issuer: Issuer, worker: Worker) -> None:
    other = worker.run_config.keys["publisher"]

    answer = issuer.ask_signed(sign(issuer.request(), other))

    assert is_rejected(answer), status_in_words(answer)


@requirement(
    "TOK-08",
    MUST,
    "A replayed signed token request is rejected with 401 and error code 40105",
    clause=NONCE,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_nonce_is_used_once(issuer: Issuer) -> None:
    request = issuer.signed()

    first = issuer.ask_signed(request)
    second = issuer.ask_signed(request)

    assert is_accepted(first), f"{status_in_words(first)} for the first request"
    assert status_and_code(second) == rejection(401, 40105)


@requirement(
    "TOK-48",
    MUST,
    "Two signed token requests with the same timestamp and different nonces both succeed",
    clause=NONCE,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_two_nonces_with_one_timestamp_are_accepted(issuer: Issuer) -> None:
    now = issuer.now

    first, second = (issuer.ask_signed(issuer.signed(timestamp=now)) for _ in range(2))

    assert is_issued(first), f"{issue_in_words(first)} for the first request"
    assert is_issued(second), f"{issue_in_words(second)} for the second request"


@pytest.mark.parametrize("minutes", [-30, -3, 3, 30])
@requirement(
    "TOK-49",
    MUST,
    "A token request timestamp off by 3 minutes or more is rejected with 401 and code 40104",
    clause=WINDOW,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_timestamp_outside_the_window_is_rejected(issuer: Issuer, minutes: int) -> None:
    answer = issuer.ask_signed(issuer.signed(timestamp=issuer.now + minutes * MINUTE))

    assert status_and_code(answer) == rejection(401, 40104)


@pytest.mark.parametrize("minutes", [-1, 1])
@requirement(
    "TOK-50",
    MUST,
    "A token request timestamp off by one minute is accepted",
    clause=WINDOW,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_timestamp_within_the_window_is_accepted(issuer: Issuer, minutes: int) -> None:
    answer = issuer.ask_signed(issuer.signed(timestamp=issuer.now + minutes * MINUTE))

    assert is_issued(answer), issue_in_words(answer)


@requirement(
    "TOK-51",
    MUST,
    "The mac is checked over the capability text as sent, with its spaces and order",
    clause=Clause("ably/ably-python ably/types/capability", "the signed capability text contains spaces"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_mac_is_over_the_text_as_sent(issuer: Issuer) -> None:
    text = '{ "news": ["subscribe", "publish"], "a": [ "*" ] }'

    answer = issuer.ask_signed(issuer.signed(capability=text))

    assert answer.status in {200, 201}
    granted_capability = granted(answer.body)
    assert granted_capability == {"a": ["*"], "news": ["publish", "subscribe"]}


@requirement(
    "TOK-52",
    MUST,
    "Null members of a signed token request are treated as absent",
    clause=Clause("ably/ably-python ably/types/tokenrequest", "every member is sent, as null if it has no value"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_null_members_are_signed_as_absent(issuer: Issuer) -> None:
    request = {"ttl": None, "capability": None, "clientId": None, **issuer.signed()}

    answer = issuer.ask_signed(request)

    assert is_issued(answer), issue_in_words(answer)


@requirement(
    "TOK-53",
    MUST,
    "A signed token request is accepted in MessagePack",
    clause=Clause(
        "ably/ably-python test/ably/rest/resttoken_test", "tokens are requested in both JSON and MessagePack"
    ),
    operations=REQUEST,
    needs={"credentials", "msgpack"},
)
def test_a_signed_request_in_messagepack(issuer: Issuer) -> None:
    answer = issuer.ask_signed(issuer.signed(ttl=MINUTE), send_as=MSGPACK, accept=MSGPACK)

    assert answer.status in {200, 201}
    assert lifetime_in_ms(answer.body) == MINUTE


@pytest.mark.parametrize("member", ["timestamp", "nonce"])
@requirement(
    "TOK-54",
    SHOULD,
    "A signed token request without timestamp or nonce is rejected with a 4xx status",
    clause=Clause(f"{SPEC}, request format", "a timestamp and a unique nonce prevent replay of the request"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_signed_request_needs_timestamp_and_nonce(issuer: Issuer, member: str) -> None:
    answer = issuer.ask_signed(issuer.signed(**{member: None}))

    assert is_rejected(answer), status_in_words(answer)


@requirement(
    "TOK-105",
    MUST,
    "A signed token request beside another key's credentials yields no rights of that key",
    clause=MAC,
    operations=REQUEST,
    needs=KEYS,
)
def test_foreign_credentials_add_no_rights(target: Target, worker: Worker) -> None:
    signer = issuer_of(worker, "publisher")
    own = signer.ask_signed(signer.signed())

    answer = signer.ask(signer.signed(), principal=target.principals["full"])

    # A rejection grants nothing.
    details = own.body if is_rejected(answer) else answer.body
    assert facts(keyName=details.get("keyName"), capability=granted(details)) == facts(
        keyName=signer.key.name, capability=granted(own.body)
    )


@requirement(
    "TOK-106",
    SHOULD,
    "A signed token request is accepted beside the credentials of another key",
    clause=SIGNED,
    operations=REQUEST,
    needs=KEYS,
)
def test_a_signed_request_works_beside_foreign_credentials(target: Target, worker: Worker) -> None:
    signer = issuer_of(worker, "publisher")

    answer = signer.ask(signer.signed(), principal=target.principals["full"])

    assert is_accepted(answer), status_in_words(answer)
