"""TOK: token requests that are signed with the secret of a key, and so need no credentials."""

from __future__ import annotations

import json

import pytest

from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.endpoints import MESSAGES, TOKENS, pointer
from conformance.suite.steps.operations import Fixtures
from conformance.suite.steps.tokens import MINUTE, Issuer, capability
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
WRONG_MAC = rejection(401, 40101)


@requirement(
    "TOK-41",
    MUST,
    "A signed token request without credentials returns a usable token",
    clause=SIGNED,
    operations=[*REQUEST, f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_signature_needs_no_credentials(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = issuer.ask_as_nobody(issuer.signed())

    assert answer.status in {200, 201}
    token = bearer("token of a signed request", answer.body["token"])
    assert target.get(MESSAGES, channel_id=fixtures.channel, principal=token).status == 200


@requirement(
    "TOK-42",
    MUST,
    "A token has the ttl, client ID and capability of the signed token request",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_what_is_signed_is_issued(issuer: Issuer) -> None:
    asked = {"ttl": MINUTE, "clientId": "ålice", "capability": capability("news", "publish", "subscribe")}

    issued = issuer.ask_as_nobody(issuer.signed(**asked)).body

    found = (issued["expires"] - issued["issued"], issued["clientId"], json.loads(issued["capability"]))
    assert found == (MINUTE, "ålice", {"news": ["publish", "subscribe"]})


@pytest.mark.parametrize("change", ["one character", "no base64", "cut"])
@requirement(
    "TOK-43",
    MUST,
    "A token request with an invalid mac is rejected with 401 and error code 40101",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_wrong_mac_is_refused(issuer: Issuer, change: str) -> None:
    request = issuer.signed()
    mac = request["mac"]
    other = "A" if mac[0] != "A" else "B"
    wrong = {"one character": other + mac[1:], "no base64": "12345", "cut": mac[:20]}[change]

    answer = issuer.ask_as_nobody({**request, "mac": wrong})

    assert status_and_code(answer) == WRONG_MAC


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

    answer = issuer.ask_as_nobody({**request, member: changed})

    assert status_and_code(answer) == WRONG_MAC


@pytest.mark.parametrize("member", ["ttl", "capability", "clientId"])
@requirement(
    "TOK-45",
    MUST,
    "A signed token request with an added member is rejected with 401 and error code 40101",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_mac_covers_what_is_absent(issuer: Issuer, member: str) -> None:
    request = issuer.signed()

    answer = issuer.ask_as_nobody({**request, member: CHANGES[member]})

    assert status_and_code(answer) == WRONG_MAC


@requirement(
    "TOK-46",
    MUST,
    "A token request signed with a wrong secret is rejected with 401 and error code 40101",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_another_secret_does_not_sign(issuer: Issuer) -> None:
    wrong_secret_key = Key(issuer.key.name, f"not-{issuer.key.secret}")

    answer = issuer.ask_as_nobody(sign(issuer.request(), wrong_secret_key))

    assert status_and_code(answer) == WRONG_MAC


@requirement(
    "TOK-47",
    MUST,
    "A token request signed with another key's secret is rejected with a 4xx status",
    clause=MAC,
    operations=REQUEST,
    needs=KEYS,
)
def test_another_key_does_not_sign(issuer: Issuer, worker: Worker) -> None:
    other = worker.run_config.keys["publisher"]

    answer = issuer.ask_as_nobody(sign(issuer.request(), other))

    assert answer.status // 100 == 4


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

    first = issuer.ask_as_nobody(request)
    second = issuer.ask_as_nobody(request)

    assert (first.status // 100, status_and_code(second)) == (2, (401, 40105))


@requirement(
    "TOK-48",
    MUST,
    "Two signed token requests with the same timestamp and different nonces both succeed",
    clause=NONCE,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_moment_has_many_nonces(issuer: Issuer) -> None:
    now = issuer.now

    answers = [issuer.ask_as_nobody(issuer.signed(timestamp=now)) for _ in range(2)]

    assert [answer.status // 100 for answer in answers] == [2, 2]


@pytest.mark.parametrize("minutes", [-30, -3, 3, 30])
@requirement(
    "TOK-49",
    MUST,
    "A token request timestamp off by 3 minutes or more is rejected with 401 and code 40104",
    clause=WINDOW,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_timestamp_is_of_now(issuer: Issuer, minutes: int) -> None:
    answer = issuer.ask_as_nobody(issuer.signed(timestamp=issuer.now + minutes * MINUTE))

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
def test_clocks_may_differ_a_little(issuer: Issuer, minutes: int) -> None:
    answer = issuer.ask_as_nobody(issuer.signed(timestamp=issuer.now + minutes * MINUTE))

    assert answer.status in {200, 201}


@requirement(
    "TOK-51",
    MUST,
    "The server verifies the mac over the capability text as sent, with its spaces and order",
    clause=Clause("ably/ably-python ably/types/capability", "the signed capability text contains spaces"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_mac_is_over_the_text_as_sent(issuer: Issuer) -> None:
    text = '{ "news": ["subscribe", "publish"], "a": [ "*" ] }'

    answer = issuer.ask_as_nobody(issuer.signed(capability=text))

    assert answer.status in {200, 201}
    assert json.loads(answer.body["capability"]) == {"a": ["*"], "news": ["publish", "subscribe"]}


@requirement(
    "TOK-52",
    MUST,
    "Null members of a signed token request are treated as absent",
    clause=Clause("ably/ably-python ably/types/tokenrequest", "every member is sent, as null if it has no value"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_null_is_signed_as_absent(issuer: Issuer) -> None:
    request = {"ttl": None, "capability": None, "clientId": None, **issuer.signed()}

    answer = issuer.ask_as_nobody(request)

    assert answer.status in {200, 201}


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
    answer = issuer.ask_as_nobody(issuer.signed(ttl=MINUTE), send_as=MSGPACK, accept=MSGPACK)

    assert answer.status in {200, 201}
    assert answer.body["expires"] - answer.body["issued"] == MINUTE


@pytest.mark.parametrize("member", ["timestamp", "nonce"])
@requirement(
    "TOK-54",
    SHOULD,
    "A signed token request without timestamp or nonce is rejected with a 4xx status",
    clause=Clause(f"{SPEC}, request format", "a timestamp and a unique nonce prevent replay of the request"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_signed_request_is_whole(issuer: Issuer, member: str) -> None:
    answer = issuer.ask_as_nobody(issuer.signed(**{member: None}))

    assert answer.status // 100 == 4
