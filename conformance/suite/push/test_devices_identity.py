"""DEV: the identity token of a device, which it sends in X-Ably-DeviceToken beside other credentials."""

from __future__ import annotations

import pytest

from conformance.errors import Inconclusive
from conformance.facts import Facts, facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_accepted, is_rejected
from conformance.suite.steps.devices import APPLE, NEEDS, OTHER_APPLE, device, registered, saved
from conformance.suite.steps.endpoints import DEVICE, DEVICES
from conformance.suite.steps.tokens import Issuer, capability
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target
from conformance.target.credentials import Principal, on_device

IDENTITY = Clause(
    "ably/specification features RSH6a", "X-Ably-DeviceToken: the deviceIdentityToken authenticates the device"
)
OPERATIONS = [f"POST {DEVICES}", f"PATCH {DEVICE}"]
WITH_READ = [*OPERATIONS, f"GET {DEVICE}"]
CREDENTIALS = (*NEEDS, "credentials")
CHANGE: Json = {"push": {"recipient": OTHER_APPLE}}


@pytest.fixture
def identity_token(target: Target, registered_device: Json) -> str:
    """Set-up: the identity token of the registered device. Raises Inconclusive where the target issues none."""
    return issued(target, registered_device)


@pytest.fixture
def few_rights(issuer: Issuer) -> Principal:
    return issuer.bearer("a token with push-subscribe", capability=capability("*", "push-subscribe"))


def issued(target: Target, sent: Json) -> str:
    """The identity token in the response to a registration (FEAT RSH3b3)."""
    with target.arranging():
        details = arranged(target.post(DEVICES, sent)).body.get("deviceIdentityToken")
    if not isinstance(details, dict) or not isinstance(details.get("token"), str):
        raise Inconclusive("the response to a registration has no deviceIdentityToken")
    return str(details["token"])


def change(target: Target, device_id: str, principal: Principal) -> Answer:
    return target.patch(DEVICE, CHANGE, device_id=device_id, principal=principal)


def outcome(target: Target, device_id: str, answer: Answer, expected: Json) -> Facts:
    """Whether a change was accepted or rejected, and whether the device has the expected recipient afterwards."""

    def is_expected(read: Answer) -> bool:
        return (
            read.status == 200 and saved(read.body, {"push": {"recipient": expected}})["push"]["recipient"] == expected
        )

    read = target.poll(DEVICE, device_id=device_id, until=is_expected)
    return facts(accepted=is_accepted(answer), rejected=is_rejected(answer), recipient_as_expected=is_expected(read))


@requirement(
    "DEV-92",
    MUST,
    "A device can be changed by a key that also sends the device's identity token",
    clause=IDENTITY,
    operations=WITH_READ,
    needs=NEEDS,
)
def test_an_identity_token_is_accepted(target: Target, registered_device: Json, identity_token: str) -> None:
    identity = registered_device["id"]

    answer = change(target, identity, on_device(target.principals["full"], identity_token))

    assert outcome(target, identity, answer, OTHER_APPLE) == facts(
        accepted=True, rejected=False, recipient_as_expected=True
    )


@requirement(
    "DEV-93",
    SHOULD,
    "A device can change its recipient with push-subscribe and its own identity token",
    clause=Clause("ably/docs rest-api, push", "push-subscribe is sufficient for a device that authenticates itself"),
    operations=WITH_READ,
    needs=CREDENTIALS,
)
def test_a_device_may_change_itself(
    target: Target, registered_device: Json, identity_token: str, few_rights: Principal
) -> None:
    identity = registered_device["id"]

    answer = change(target, identity, on_device(few_rights, identity_token))

    assert outcome(target, identity, answer, OTHER_APPLE) == facts(
        accepted=True, rejected=False, recipient_as_expected=True
    )


@requirement(
    "DEV-94",
    MUST,
    "The identity token of another device gives no right to change a device",
    clause=IDENTITY,
    operations=WITH_READ,
    needs=CREDENTIALS,
)
def test_another_device_may_not_change_it(target: Target, identity_token: str, few_rights: Principal) -> None:
    other = registered(target, device(target.names.fresh("device")))

    answer = change(target, other["id"], on_device(few_rights, identity_token))

    assert outcome(target, other["id"], answer, APPLE) == facts(
        accepted=False, rejected=True, recipient_as_expected=True
    )


@requirement(
    "DEV-95",
    MUST,
    "An invalid identity token gives no right to change a device",
    clause=IDENTITY,
    operations=WITH_READ,
    needs=CREDENTIALS,
)
def test_an_invalid_identity_token_changes_nothing(
    target: Target, registered_device: Json, few_rights: Principal
) -> None:
    identity = registered_device["id"]

    answer = change(target, identity, on_device(few_rights, "conf-device-identity-token"))

    assert outcome(target, identity, answer, APPLE) == facts(accepted=False, rejected=True, recipient_as_expected=True)


@requirement(
    "DEV-96",
    SHOULD,
    "An invalid identity token is rejected with 400 or 401, even beside a valid key",
    clause=Clause(
        "ably/ably-pubsub-python test/uts/deviations", "an X-Ably-DeviceToken that was not issued is refused: 40005"
    ),
    operations=OPERATIONS,
    needs=CREDENTIALS,
)
def test_an_invalid_identity_token_is_rejected(target: Target, registered_device: Json) -> None:
    principal = on_device(target.principals["full"], "conf-device-identity-token")

    answer = change(target, registered_device["id"], principal)

    assert answer.status in {400, 401}
