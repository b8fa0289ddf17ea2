"""TOK: token requests that are signed with the secret of a key, and so need no credentials."""

from __future__ import annotations

import json

import pytest

from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Examiner
from conformance.suite.steps.endpoints import MESSAGES, TOKENS, pointer
from conformance.suite.steps.operations import Room
from conformance.suite.steps.tokens import MINUTE, Issuer, capability, standing
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
WRONG_MAC = (401, 40101)


@requirement(
    "TOK-41",
    MUST,
    "A signed token request gets a token without credentials",
    clause=SIGNED,
    operations=[*REQUEST, f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_signature_needs_no_credentials(target: Target, issuer: Issuer, room: Room) -> None:
    answer = issuer.ask_as_nobody(issuer.signed())

    assert answer.status in {200, 201}
    token = bearer("token of a signed request", answer.body["token"])
    assert target.get(MESSAGES, channel_id=room.channel, principal=token).status == 200


@requirement(
    "TOK-42",
    MUST,
    "A token has the ttl, the clientId and the capability that were signed",
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
    "A mac that does not sign its token request is refused with 401 and code 40101",
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

    assert standing(answer) == WRONG_MAC


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
    "A token request in which a member was changed after it was signed is refused with 40101",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_mac_covers_every_member(issuer: Issuer, member: str) -> None:
    request = issuer.signed(ttl=MINUTE, capability=capability("news", "publish"), clientId="alice")
    changed = {**CHANGES, "timestamp": request["timestamp"] + 1}[member]

    answer = issuer.ask_as_nobody({**request, member: changed})

    assert standing(answer) == WRONG_MAC


@pytest.mark.parametrize("member", ["ttl", "capability", "clientId"])
@requirement(
    "TOK-45",
    MUST,
    "A token request to which a member was added after it was signed is refused with 40101",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_mac_covers_what_is_absent(issuer: Issuer, member: str) -> None:
    request = issuer.signed()

    answer = issuer.ask_as_nobody({**request, member: CHANGES[member]})

    assert standing(answer) == WRONG_MAC


@requirement(
    "TOK-46",
    MUST,
    "A token request that is signed with another secret is refused with 401 and code 40101",
    clause=MAC,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_another_secret_does_not_sign(issuer: Issuer) -> None:
    liar = Key(issuer.key.name, f"not-{issuer.key.secret}")

    answer = issuer.ask_as_nobody(sign(issuer.request(), liar))

    assert standing(answer) == WRONG_MAC


@requirement(
    "TOK-47",
    MUST,
    "A token request that is signed with the secret of another key is refused",
    clause=MAC,
    operations=REQUEST,
    needs=KEYS,
)
def test_another_key_does_not_sign(issuer: Issuer, examiner: Examiner) -> None:
    other = examiner.situation.keys["publisher"]

    answer = issuer.ask_as_nobody(sign(issuer.request(), other))

    assert answer.status // 100 == 4


@requirement(
    "TOK-08",
    MUST,
    "A signed token request that is sent again is refused with 401 and code 40105",
    clause=NONCE,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_nonce_is_used_once(issuer: Issuer) -> None:
    request = issuer.signed()

    first = issuer.ask_as_nobody(request)
    second = issuer.ask_as_nobody(request)

    assert (first.status // 100, standing(second)) == (2, (401, 40105))


@requirement(
    "TOK-48",
    MUST,
    "Two token requests of one moment with two nonces get two tokens",
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
    "A token request whose timestamp is minutes away is refused with 401 and code 40104",
    clause=WINDOW,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_timestamp_is_of_now(issuer: Issuer, minutes: int) -> None:
    answer = issuer.ask_as_nobody(issuer.signed(timestamp=issuer.now + minutes * MINUTE))

    assert standing(answer) == (401, 40104)


@pytest.mark.parametrize("minutes", [-1, 1])
@requirement(
    "TOK-50",
    MUST,
    "A token request whose timestamp is one minute away gets a token",
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
    "The mac is over the text of the capability as it was sent, with its blanks and its order",
    clause=Clause("ably/ably-python ably/types/capability", "the capability that is signed has blanks"),
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
    "A member of a signed token request that is null counts as absent",
    clause=Clause("ably/ably-python ably/types/tokenrequest", "every member is sent, null where there is none"),
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
    "A signed token request may be sent in MessagePack",
    clause=Clause("ably/ably-python test/ably/rest/resttoken_test", "tokens are requested in both protocols"),
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
    "A signed token request without timestamp or nonce is refused",
    clause=Clause(f"{SPEC}, request format", "a timestamp and a unique nonce, so that it cannot be used again"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_signed_request_is_whole(issuer: Issuer, member: str) -> None:
    answer = issuer.ask_as_nobody(issuer.signed(**{member: None}))

    assert answer.status // 100 == 4
