"""DEV: the identity token of a device, which it sends in X-Ably-DeviceToken beside other credentials."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.errors import Inconclusive
from conformance.facts import Facts, facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_accepted, is_rejected
from conformance.suite.steps.devices import APPLE, NEEDS, OTHER_APPLE, device, is_there, registered, saved
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
INVALID = "conf-device-identity-token"
CHANGED = facts(accepted=True, rejected=False, recipient_as_expected=True)
REFUSED = facts(accepted=False, rejected=True, recipient_as_expected=True)
CHANGE: Json = {"push": {"recipient": OTHER_APPLE}}


@dataclass(frozen=True, slots=True)
class Identified:
    """A registered device. token: its identity token, "" where the target issues none."""

    id: str
    token: str

    def proving_itself(self, principal: Principal) -> Principal:
        """The principal with the identity token. Raises Inconclusive where the target issues none."""
        if not self.token:
            raise Inconclusive("the response to a registration has no deviceIdentityToken")
        return on_device(principal, self.token)


@pytest.fixture
def identified(target: Target) -> Identified:
    """Set-up: a device, registered with POST, whose response may have the identity token (FEAT RSH3b3)."""
    sent = device(target.names.fresh("device"))
    with target.arranging():
        details = arranged(target.post(DEVICES, sent)).body.get("deviceIdentityToken")
        arranged(target.poll(DEVICE, device_id=sent["id"], until=is_there), accept={200})
    token = details.get("token") if isinstance(details, dict) else None
    return Identified(sent["id"], token if isinstance(token, str) else "")


@pytest.fixture
def few_rights(issuer: Issuer) -> Principal:
    return issuer.bearer("a token with push-subscribe", capability=capability("*", "push-subscribe"))


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
    SHOULD,
    "A device can be changed by a key that also sends the device's identity token",
    clause=IDENTITY,
    operations=WITH_READ,
    needs=NEEDS,
)
def test_an_identity_token_is_accepted(target: Target, identified: Identified) -> None:
    answer = change(target, identified.id, identified.proving_itself(target.principals["full"]))

    assert outcome(target, identified.id, answer, OTHER_APPLE) == CHANGED


@requirement(
    "DEV-93",
    SHOULD,
    "A device can change its recipient with push-subscribe and its own identity token",
    clause=Clause("ably/docs rest-api, push", "push-subscribe is sufficient for a device that authenticates itself"),
    operations=WITH_READ,
    needs=CREDENTIALS,
)
def test_a_device_may_change_itself(target: Target, identified: Identified, few_rights: Principal) -> None:
    answer = change(target, identified.id, identified.proving_itself(few_rights))

    assert outcome(target, identified.id, answer, OTHER_APPLE) == CHANGED


@requirement(
    "DEV-94",
    MUST,
    "A token with push-subscribe, alone or with another device's token, cannot change a device",
    clause=IDENTITY,
    operations=WITH_READ,
    needs=CREDENTIALS,
)
def test_another_device_may_not_change_it(target: Target, identified: Identified, few_rights: Principal) -> None:
    other = registered(target, device(target.names.fresh("device")))
    callers = [few_rights, *([on_device(few_rights, identified.token)] if identified.token else [])]

    for caller in callers:
        answer = change(target, other["id"], caller)
        assert outcome(target, other["id"], answer, APPLE) == REFUSED


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

    answer = change(target, identity, on_device(few_rights, INVALID))

    assert outcome(target, identity, answer, APPLE) == REFUSED


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
    answer = change(target, registered_device["id"], on_device(target.principals["full"], INVALID))

    assert answer.status in {400, 401}
