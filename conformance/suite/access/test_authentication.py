"""AUT: nobody and those who prove nothing are refused. What a known caller may do is in `test_authorization`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.devices import device, registered
from conformance.suite.steps.endpoints import DEVICE, MESSAGES, TOKENS, pointer
from conformance.suite.steps.operations import DOORS, Door, Room, is_served, knock, operations
from conformance.suite.steps.tokens import SHORT, UNAUTHORIZED, Issuer, forged, is_renewable, liar, standing
from conformance.target.answer import arranged
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, Key, Principal, basic, bearer

CREDENTIALS = {"credentials"}
STATE = {"credentials", "state"}
PUSH = {"credentials", "state", "push"}
ALL_DOORS = [*operations(DOORS), f"POST {TOKENS}"]

SECURITY = Clause("#/security", "basicAuth")
TOKEN_SECURITY = Clause("#/security", "bearerAuth")
ERROR_40101 = Clause("ably/ably-common protocol/errors.json", "40101: invalid credentials")
UNKNOWN_APP = Clause("ably/ably-js test/rest/auth.test", "a key of an application that does not exist: 40400")

SOME_DOORS = tuple(door for door in DOORS if door.name in {"publish", "stats", "read device"})
every_door = pytest.mark.parametrize("door", DOORS, ids=[door.name for door in DOORS])


# Nobody -------------------------------------------------------------------------------------------------------------


@every_door
@requirement(
    "AUT-01",
    MUST,
    "Without credentials an operation is refused with 401",
    clause=SECURITY,
    operations=operations(DOORS),
    needs=CREDENTIALS,
)
def test_nobody_is_let_in(target: Target, room: Room, door: Door) -> None:
    answer = knock(target, door, room, NOBODY)

    assert answer.status == 401 or not is_served(target, door, room), standing(answer)


@pytest.mark.parametrize("door", SOME_DOORS, ids=[door.name for door in SOME_DOORS])
@requirement(
    "AUT-02",
    MUST,
    "The refusal of a request without credentials has code 40101 or 40100",
    clause=ERROR_40101,
    operations=operations(SOME_DOORS),
    needs=CREDENTIALS,
)
def test_nobody_is_told_that_credentials_are_missing(target: Target, room: Room, door: Door) -> None:
    answer = knock(target, door, room, NOBODY)

    assert answer.error_code in UNAUTHORIZED


@requirement(
    "AUT-03",
    MUST,
    "An unsigned token request with a wrong secret is refused with 401",
    clause=SECURITY,
    operations=[f"POST {TOKENS}"],
    needs=CREDENTIALS,
)
def test_a_liar_gets_no_token(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(), liar(issuer.key))

    assert answer.status == 401


@requirement(
    "AUT-04",
    MUST,
    "An unsigned token request without credentials is refused with 401",
    clause=Clause(pointer("post", TOKENS, "description"), "Authentication is not required if using a Signed"),
    operations=[f"POST {TOKENS}"],
    needs=CREDENTIALS,
)
def test_nobody_gets_a_token_without_a_signature(issuer: Issuer) -> None:
    answer = issuer.ask_as_nobody(issuer.request())

    assert answer.status == 401


@requirement(
    "AUT-05",
    MUST,
    "A publish with a wrong secret stores nothing",
    clause=SECURITY,
    operations=[f"POST {MESSAGES}"],
    needs=STATE,
)
def test_a_publish_by_a_liar_stores_nothing(target: Target, issuer: Issuer) -> None:
    channel = target.names.fresh("channel")
    target.post(MESSAGES, {"name": "from a liar"}, channel_id=channel, principal=liar(issuer.key))
    arranged(target.post(MESSAGES, {"name": "from the owner"}, channel_id=channel))

    history = target.poll(MESSAGES, channel_id=channel, until=lambda answer: bool(answer.body))

    assert [message["name"] for message in history.body] == ["from the owner"]


@requirement(
    "AUT-06",
    MUST,
    "Unregistering a device with a wrong secret leaves it registered",
    clause=SECURITY,
    operations=[f"DELETE {DEVICE}"],
    needs=PUSH,
)
def test_a_liar_removes_nothing(target: Target, issuer: Issuer) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity))

    target.delete(DEVICE, device_id=identity, principal=liar(issuer.key))

    assert target.get(DEVICE, device_id=identity).status == 200


@pytest.mark.parametrize("name", ["read device", "history", "status"])
@requirement(
    "AUT-07",
    MUST,
    "The refusal of a caller without credentials does not tell what there is",
    clause=SECURITY,
    operations=operations(door for door in DOORS if door.name in {"read device", "history", "status"}),
    needs=PUSH,
)
def test_nobody_learns_what_there_is(target: Target, room: Room, name: str) -> None:
    door = next(door for door in DOORS if door.name == name)
    elsewhere = replace(room, channel=target.names.fresh("channel"), device=target.names.fresh("device"))
    with target.arranging():
        arranged(target.post(MESSAGES, {}, channel_id=room.channel))

    known, unknown = (knock(target, door, each, NOBODY) for each in (room, elsewhere))

    assert standing(known) == standing(unknown)


@requirement(
    "AUT-08",
    MUST,
    "The refusal of a wrong secret does not tell whether a device is registered",
    clause=SECURITY,
    operations=[f"GET {DEVICE}"],
    needs=PUSH,
)
def test_a_liar_learns_not_which_devices_there_are(target: Target, issuer: Issuer, room: Room) -> None:
    known = target.get(DEVICE, device_id=room.device, principal=liar(issuer.key))
    unknown = target.get(DEVICE, device_id=target.names.fresh("device"), principal=liar(issuer.key))

    assert standing(known) == standing(unknown)


# Credentials that prove nothing -------------------------------------------------------------------------------------


@every_door
@requirement(
    "AUT-09",
    MUST,
    "A key with a wrong secret is refused with 401 by every operation",
    clause=ERROR_40101,
    operations=operations(DOORS),
    needs=CREDENTIALS,
)
def test_a_wrong_secret_opens_nothing(target: Target, issuer: Issuer, room: Room, door: Door) -> None:
    answer = knock(target, door, room, liar(issuer.key))

    assert answer.status == 401 or not is_served(target, door, room), standing(answer)


@requirement(
    "AUT-10",
    MUST,
    "The refusal of a wrong secret has code 40101 or 40100",
    clause=ERROR_40101,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_wrong_secret_is_named_so(target: Target, issuer: Issuer, room: Room) -> None:
    answer = target.get(MESSAGES, channel_id=room.channel, principal=liar(issuer.key))

    assert answer.error_code in UNAUTHORIZED


@every_door
@requirement(
    "AUT-11",
    MUST,
    "A text that is no token of the service is refused with 401 by every operation",
    clause=TOKEN_SECURITY,
    operations=operations(DOORS),
    needs=CREDENTIALS,
)
def test_a_forged_token_opens_nothing(target: Target, issuer: Issuer, room: Room, door: Door) -> None:
    answer = knock(target, door, room, forged(issuer.key))

    assert answer.status == 401 or not is_served(target, door, room), standing(answer)


@requirement(
    "AUT-12",
    SHOULD,
    "The refusal of a forged token has a code from 40140 to 40149, so that SDKs ask for another",
    clause=Clause("ably/specification features RSA4b", "a token error is 401 with 40140 <= code < 40150"),
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_forged_token_is_renewable(target: Target, issuer: Issuer, room: Room) -> None:
    answer = target.get(MESSAGES, channel_id=room.channel, principal=forged(issuer.key))

    assert is_renewable(answer), standing(answer)


@requirement(
    "AUT-13",
    MUST,
    "A token with one character changed is refused with 401",
    clause=TOKEN_SECURITY,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
@pytest.mark.parametrize("where", ["in the middle", "at the end", "one less"])
def test_a_tampered_token_is_refused(target: Target, issuer: Issuer, room: Room, where: str) -> None:
    token = issuer.issue()["token"]
    at = {"in the middle": (len(token) + len(issuer.key.app)) // 2, "at the end": len(token) - 2}.get(where, len(token))
    other = "x" if token[at : at + 1] != "x" else "y"
    tampered = token[:at] + other + token[at + 1 :] if at < len(token) else token[:-1]

    answer = target.get(MESSAGES, channel_id=room.channel, principal=bearer("tampered token", tampered))

    assert answer.status == 401


@pytest.fixture(scope="module")
def expired(target: Target, issuer: Issuer, room: Room) -> Principal:
    """A token whose time has come; patience may end before, and then it still works."""
    short = issuer.bearer("expired token", ttl=SHORT)
    with target.arranging():
        target.poll(MESSAGES, channel_id=room.channel, principal=short, until=lambda answer: answer.status == 401)
    return short


@every_door
@requirement(
    "AUT-14",
    MUST,
    "An expired token is refused with 401 and code 40142 by every operation",
    clause=Clause("ably/ably-common protocol/errors.json", "40142: token expired"),
    operations=operations(DOORS),
    needs=CREDENTIALS,
)
def test_an_expired_token_opens_nothing(target: Target, expired: Principal, room: Room, door: Door) -> None:
    answer = knock(target, door, room, expired)

    assert standing(answer) == (401, 40142) or not is_served(target, door, room), standing(answer)


@requirement(
    "AUT-15",
    MUST,
    "A key of an application that does not exist is refused",
    clause=UNKNOWN_APP,
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_a_key_of_an_unknown_application_is_refused(target: Target, issuer: Issuer, room: Room) -> None:
    stranger = Key(f"zzZZ9z.{issuer.key.name.partition('.')[2]}", issuer.key.secret)

    answer = target.get(MESSAGES, channel_id=room.channel, principal=basic("unknown app", stranger))

    assert answer.status in {401, 404}
    assert answer.error_code in {40400, *UNAUTHORIZED}


@requirement(
    "AUT-16",
    MUST,
    "A key that its application does not have is refused",
    clause=Clause("ably/specification uts/rest/integration/auth", "a key that does not exist is refused: 40400"),
    operations=[f"GET {MESSAGES}"],
    needs=CREDENTIALS,
)
def test_an_unknown_key_is_refused(target: Target, issuer: Issuer, room: Room) -> None:
    unknown = Key(f"{issuer.key.app}.zzZZ9z", issuer.key.secret)

    answer = target.get(MESSAGES, channel_id=room.channel, principal=basic("unknown key", unknown))

    assert answer.status in {401, 404}
    assert answer.error_code in {40400, *UNAUTHORIZED}
