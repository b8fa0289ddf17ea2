"""AUT: requests without credentials and with invalid ones are rejected; `test_authorization` has valid ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.answers import rejection, status_and_code, status_in_words
from conformance.suite.steps.devices import device, registered
from conformance.suite.steps.endpoints import DEVICE, MESSAGES, TOKENS, pointer
from conformance.suite.steps.operations import (
    PROTECTED_OPERATIONS,
    Fixtures,
    ProtectedOperation,
    is_served,
    operations,
    send,
)
from conformance.suite.steps.tokens import (
    SHORT,
    UNAUTHORIZED,
    Issuer,
    invalid_token,
    is_jwt,
    is_token_error,
    wrong_secret_key,
)
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, Key, Principal, basic, bearer

CREDENTIALS = {"credentials"}
STATE = {"credentials", "state"}
PUSH = {"credentials", "state", "push"}
ALL_PROTECTED_OPERATIONS = [*operations(PROTECTED_OPERATIONS), f"POST {TOKENS}"]

SECURITY = Clause("#/security", "basicAuth")
TOKEN_SECURITY = Clause("#/security", "bearerAuth")
ERROR_40101 = Clause("ably/ably-common protocol/errors.json", "40101: invalid credentials")
UNKNOWN_APP = Clause("ably/ably-js test/rest/auth.test", "a key of a nonexistent application is rejected: 40400")

SOME_PROTECTED_OPERATIONS = tuple(
    protected for protected in PROTECTED_OPERATIONS if protected.name in {"publish", "stats", "read device"}
)
every_protected_operation = pytest.mark.parametrize(
    "protected", PROTECTED_OPERATIONS, ids=[protected.name for protected in PROTECTED_OPERATIONS]
)


# No credentials, or a key with a wrong secret -------------------------------------------------------------------------


@every_protected_operation
@requirement(
    "AUT-01",
    MUST,
    "Every operation that requires authentication rejects an unauthenticated request with 401",
    clause=SECURITY,
    operations=operations(PROTECTED_OPERATIONS),
    needs=CREDENTIALS,
)
def test_a_request_without_credentials_is_rejected(
    target: Target, fixtures: Fixtures, protected: ProtectedOperation
) -> None:
    answer = send(target, protected, fixtures, NOBODY)

    assert answer.status == 401 or not is_served(target, protected, fixtures), status_in_words(answer)


@pytest.mark.parametrize(
    "protected", SOME_PROTECTED_OPERATIONS, ids=[protected.name for protected in SOME_PROTECTED_OPERATIONS]
)
@requirement(
    "AUT-02",
    MUST,
    "The error code for an unauthenticated request is 40101 or 40100",
    clause=ERROR_40101,
    operations=operations(SOME_PROTECTED_OPERATIONS),
    needs=CREDENTIALS,
)
def test_missing_credentials_have_an_error_code(
    target: Target, fixtures: Fixtures, protected: ProtectedOperation
) -> None:
    answer = send(target, protected, fixtures, NOBODY)

    assert answer.error_code in UNAUTHORIZED


@requirement(
    "AUT-03",
    MUST,
    "An unsigned token request with a wrong key secret is rejected with 401",
    clause=SECURITY,
    operations=[f"POST {TOKENS}"],
    needs=CREDENTIALS,
)
def test_a_token_request_with_a_wrong_secret_is_rejected(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(), wrong_secret_key(issuer.key))

    assert answer.status == 401


@requirement(
    "AUT-04",
    MUST,
    "An unsigned token request without credentials is rejected with 401",
    clause=Clause(pointer("post", TOKENS, "description"), "Authentication is not required if using a Signed"),
    operations=[f"POST {TOKENS}"],
    needs=CREDENTIALS,
)
def test_an_unsigned_token_request_without_credentials_is_rejected(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(), NOBODY)

    assert answer.status == 401


@requirement(
    "AUT-05",
    MUST,
    "A publish request with a wrong key secret stores no message",
    clause=SECURITY,
    operations=[f"POST {MESSAGES}"],
    needs=STATE,
)
def test_a_publish_with_a_wrong_secret_stores_nothing(target: Target, issuer: Issuer) -> None:
    channel = target.names.fresh("channel")
    target.post(
        MESSAGES,
        {"name": "from a caller with a wrong secret"},
        channel_id=channel,
        principal=wrong_secret_key(issuer.key),
    )
    arranged(target.post(MESSAGES, {"name": "from the owner"}, channel_id=channel))

    history = target.poll(MESSAGES, channel_id=channel, until=lambda answer: bool(answer.body))

    assert [message["name"] for message in history.body] == ["from the owner"]


@requirement(
    "AUT-06",
    MUST,
    "A delete request with a wrong key secret leaves the device registered",
    clause=SECURITY,
    operations=[f"DELETE {DEVICE}"],
    needs=PUSH,
)
def test_a_delete_with_a_wrong_secret_removes_nothing(target: Target, issuer: Issuer) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity))

    target.delete(DEVICE, device_id=identity, principal=wrong_secret_key(issuer.key))

    read = target.get(DEVICE, device_id=identity)
    assert read.status == 200


@pytest.mark.parametrize("name", ["read device", "history", "channel status"])
@requirement(
    "AUT-07",
    MUST,
    "An unauthenticated refusal does not reveal whether a resource exists",
    clause=SECURITY,
    operations=operations(
        protected
        for protected in PROTECTED_OPERATIONS
        if protected.name in {"read device", "history", "channel status"}
    ),
    needs=PUSH,
)
def test_missing_credentials_do_not_reveal_resources(target: Target, fixtures: Fixtures, name: str) -> None:
    protected = next(protected for protected in PROTECTED_OPERATIONS if protected.name == name)
    unregistered = target.names.fresh("device")
    unknown_fixtures = replace(fixtures, channel=target.names.fresh("channel"), register_device=lambda: unregistered)
    with target.arranging():
        arranged(target.post(MESSAGES, {}, channel_id=fixtures.channel))

    known, unknown = (send(target, protected, each, NOBODY) for each in (fixtures, unknown_fixtures))

    assert status_and_code(known) == status_and_code(unknown), difference(known, unknown)


@requirement(
    "AUT-08",
    MUST,
    "A refusal for a wrong key secret does not reveal whether a device is registered",
    clause=SECURITY,
    operations=[f"GET {DEVICE}"],
    needs=PUSH,
)
def test_a_wrong_secret_does_not_reveal_devices(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    known = target.get(DEVICE, device_id=fixtures.device, principal=wrong_secret_key(issuer.key))
    unknown = target.get(DEVICE, device_id=target.names.fresh("device"), principal=wrong_secret_key(issuer.key))

    assert status_and_code(known) == status_and_code(unknown), difference(known, unknown)


def difference(known: Answer, unknown: Answer) -> str:
    return f"{status_in_words(known)} for an existing resource, {status_in_words(unknown)} for an unknown one"


# Invalid and expired credentials -------------------------------------------------------------------------------------


@every_protected_operation
@requirement(
    "AUT-09",
    MUST,
    "Every operation rejects an API key with a wrong secret with 401",
    clause=ERROR_40101,
    operations=operations(PROTECTED_OPERATIONS),
    needs=CREDENTIALS,
)
def test_a_key_with_a_wrong_secret_is_rejected(
    target: Target, issuer: Issuer, fixtures: Fixtures, protected: ProtectedOperation
) -> None:
    answer = send(target, protected, fixtures, wrong_secret_key(issuer.key))

    assert answer.status == 401 or not is_served(target, protected, fixtures), status_in_words(answer)


@requirement(
    "AUT-10",
    MUST,
    "The error code for an API key with a wrong secret is 40101 or 40100",
    clause=ERROR_40101,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_wrong_secret_has_an_error_code(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=wrong_secret_key(issuer.key))

    assert answer.error_code in UNAUTHORIZED


@every_protected_operation
@requirement(
    "AUT-11",
    MUST,
    "Every operation rejects an invalid token with 401",
    clause=TOKEN_SECURITY,
    operations=operations(PROTECTED_OPERATIONS),
    needs=CREDENTIALS,
)
def test_an_invalid_token_is_rejected(
    target: Target, issuer: Issuer, fixtures: Fixtures, protected: ProtectedOperation
) -> None:
    answer = send(target, protected, fixtures, invalid_token(issuer.key))

    assert answer.status == 401 or not is_served(target, protected, fixtures), status_in_words(answer)


@requirement(
    "AUT-12",
    SHOULD,
    "An invalid token is rejected with 401 and an error code from 40140 to 40149",
    clause=Clause("ably/specification features RSA4b", "a token error is 401 with 40140 <= code < 40150"),
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_an_invalid_token_is_a_token_error(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=invalid_token(issuer.key))

    assert is_token_error(answer), status_in_words(answer)


@requirement(
    "AUT-13",
    MUST,
    "A token with one character changed or removed is rejected with 401",
    clause=TOKEN_SECURITY,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
@pytest.mark.parametrize("where", ["in the middle", "at the end", "removed"])
def test_a_changed_token_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures, where: str) -> None:
    token = issuer.issue()["token"]
    at = {"in the middle": (len(token) + len(issuer.key.app)) // 2, "at the end": len(token) - 2}.get(where, len(token))
    other = "x" if token[at : at + 1] != "x" else "y"
    changed = token[:at] + other + token[at + 1 :] if at < len(token) else token[:-1]
    name = "a token without its last character" if where == "removed" else f"a token with a character changed {where}"

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=bearer(name, changed))

    assert answer.status == 401


@pytest.fixture(scope="module")
def expired(target: Target, issuer: Issuer, fixtures: Fixtures) -> Principal:
    """A token that has expired, unless the target still accepts it when the patience of the run ends."""
    short = issuer.bearer("an expired token", ttl=SHORT)
    with target.arranging():
        target.poll(MESSAGES, channel_id=fixtures.channel, principal=short, until=lambda answer: answer.status == 401)
    return short


@every_protected_operation
@requirement(
    "AUT-14",
    MUST,
    "Every operation rejects an expired token with 401 and code 40142, or 40144 for a JWT",
    clause=Clause("ably/ably-common protocol/errors.json", "40142: token expired"),
    operations=operations(PROTECTED_OPERATIONS),
    needs=CREDENTIALS,
)
def test_an_expired_token_is_rejected(
    target: Target, expired: Principal, fixtures: Fixtures, protected: ProtectedOperation
) -> None:
    answer = send(target, protected, fixtures, expired)

    codes = (40142, 40144) if is_jwt(expired.secret) else (40142,)
    is_expected = status_and_code(answer) in [rejection(401, code) for code in codes]
    assert is_expected or not is_served(target, protected, fixtures), status_in_words(answer)


@requirement(
    "AUT-15",
    MUST,
    "A key of an unknown application is rejected with 401 or 404 and code 40400, 40100 or 40101",
    clause=UNKNOWN_APP,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_key_of_an_unknown_application_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    unknown_app = Key(f"zzZZ9z.{issuer.key.name.partition('.')[2]}", issuer.key.secret)

    answer = target.get(
        MESSAGES, channel_id=fixtures.channel, principal=basic("a key of an unknown application", unknown_app)
    )

    assert answer.status in {401, 404}
    assert answer.error_code in {40400, *UNAUTHORIZED}


@requirement(
    "AUT-16",
    MUST,
    "An unknown key ID is rejected with 401 or 404 and error code 40400, 40100 or 40101",
    clause=Clause("ably/specification uts/rest/integration/auth", "a key that does not exist is refused: 40400"),
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_an_unknown_key_is_rejected(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    unknown = Key(f"{issuer.key.app}.zzZZ9z", issuer.key.secret)

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=basic("a key with an unknown ID", unknown))

    assert answer.status in {401, 404}
    assert answer.error_code in {40400, *UNAUTHORIZED}
