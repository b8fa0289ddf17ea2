"""AUT: operations are allowed or rejected as the capability of the key or the token says."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected, rejection, status_and_code, status_in_words
from conformance.suite.steps.callers import Callers, Cell, all_but, cells, cells_of_keys
from conformance.suite.steps.devices import device, registered
from conformance.suite.steps.endpoints import DEVICE, DEVICES, SUBSCRIPTIONS
from conformance.suite.steps.operations import PROTECTED_OPERATIONS, Fixtures, is_served, operations, send
from conformance.suite.steps.tokens import Issuer, capability
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import Principal

CREDENTIALS = {"credentials"}
PUSH = {"credentials", "state", "push"}
KEYS = {"credentials", "provisioning"}

OPERATIONS = Clause("ably/docs auth, capability operations", "what each operation of a capability allows")
NO_PERMISSION = Clause("ably/ably-python test/ably/rest/restchannels_test", "without permission: 401 with code 40160")
PUSH_ADMIN = Clause("ably/docs auth, capability operations", "push-admin: manage device registrations of all devices")
PUSH_SUBSCRIBE = Clause("ably/docs rest-api, push", "push-subscribe is sufficient for the token's own client ID")
NO_PUSH_PERMISSION = Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "without permission: unauthorized")

ALLOWED = [cell for cell in cells() if cell.is_allowed and not cell.protected.is_push]
DENIED = [cell for cell in cells() if not cell.is_allowed and not cell.protected.is_push]
ALLOWED_PUSH = [cell for cell in cells() if cell.is_allowed and cell.protected.is_push]
DENIED_PUSH = [cell for cell in cells() if not cell.is_allowed and cell.protected.is_push]
ALLOWED_TO_KEYS = [cell for cell in cells_of_keys() if cell.is_allowed]
DENIED_TO_KEYS = [cell for cell in cells_of_keys() if not cell.is_allowed]

CHANNEL_OPERATIONS = operations(protected for protected in PROTECTED_OPERATIONS if not protected.is_push)
PUSH_OPERATIONS = operations(protected for protected in PROTECTED_OPERATIONS if protected.is_push)


def every(cells: list[Cell]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cell", cells, ids=[cell.id for cell in cells])


@pytest.fixture(scope="module")
def callers(issuer: Issuer) -> Callers:
    return Callers(issuer)


def is_allowed(answer: Answer) -> bool:
    """Whether the capability sufficed: a 2xx, or 429, which limits parallel enumerations of channels (42912)."""
    return answer.status // 100 == 2 or answer.status == 429


@every(ALLOWED)
@requirement(
    "AUT-31",
    MUST,
    "An operation within the token's capability is allowed",
    clause=OPERATIONS,
    operations=CHANNEL_OPERATIONS,
    needs=CREDENTIALS,
)
def test_an_operation_within_the_capability_of_a_token_is_allowed(
    target: Target, callers: Callers, fixtures: Fixtures, cell: Cell
) -> None:
    answer = send(target, cell.protected, cell.fixtures(fixtures), callers.principal(cell.caller))

    assert is_allowed(answer), status_in_words(answer)


@every(DENIED)
@requirement(
    "AUT-32",
    MUST,
    "An operation outside the token's capability is rejected with 401 and code 40160",
    clause=NO_PERMISSION,
    operations=CHANNEL_OPERATIONS,
    needs=CREDENTIALS,
)
def test_an_operation_outside_the_capability_of_a_token_is_rejected(
    target: Target, callers: Callers, fixtures: Fixtures, cell: Cell
) -> None:
    answer = send(target, cell.protected, cell.fixtures(fixtures), callers.principal(cell.caller))

    assert status_and_code(answer) == rejection(401, 40160)


@every(ALLOWED_PUSH)
@requirement(
    "AUT-33",
    MUST,
    "A token with the push-admin capability is allowed every push admin operation",
    clause=PUSH_ADMIN,
    operations=PUSH_OPERATIONS,
    needs=PUSH,
)
def test_push_admin_allows_push_operations(target: Target, callers: Callers, fixtures: Fixtures, cell: Cell) -> None:
    answer = send(target, cell.protected, fixtures, callers.principal(cell.caller))

    assert is_allowed(answer) or not is_served(target, cell.protected, fixtures), status_in_words(answer)


@every(DENIED_PUSH)
@requirement(
    "AUT-34",
    MUST,
    "A push admin operation without the push-admin capability is rejected with 401",
    clause=NO_PUSH_PERMISSION,
    operations=PUSH_OPERATIONS,
    needs=PUSH,
)
def test_push_operations_without_push_admin_are_rejected(
    target: Target, callers: Callers, fixtures: Fixtures, cell: Cell
) -> None:
    answer = send(target, cell.protected, fixtures, callers.principal(cell.caller))

    assert answer.status == 401 or not is_served(target, cell.protected, fixtures), status_in_words(answer)


@every(ALLOWED_TO_KEYS)
@requirement(
    "AUT-35",
    MUST,
    "An operation within the API key's capability is allowed",
    clause=OPERATIONS,
    operations=CHANNEL_OPERATIONS,
    needs=KEYS,
)
def test_an_operation_within_the_capability_of_a_key_is_allowed(
    target: Target, callers: Callers, fixtures: Fixtures, cell: Cell
) -> None:
    answer = send(target, cell.protected, cell.fixtures(fixtures), callers.principal(cell.caller))

    assert is_allowed(answer), status_in_words(answer)


@every(DENIED_TO_KEYS)
@requirement(
    "AUT-36",
    MUST,
    "An operation outside the API key's capability is rejected with 401 and code 40160",
    clause=NO_PERMISSION,
    operations=CHANNEL_OPERATIONS,
    needs=KEYS,
)
def test_an_operation_outside_the_capability_of_a_key_is_rejected(
    target: Target, callers: Callers, fixtures: Fixtures, cell: Cell
) -> None:
    answer = send(target, cell.protected, cell.fixtures(fixtures), callers.principal(cell.caller))

    assert status_and_code(answer) == rejection(401, 40160)


# Push: without push-admin, and with push-subscribe -------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@requirement(
    "AUT-37",
    MUST,
    "Reading or deleting an unregistered device without push-admin is rejected with 401",
    clause=NO_PUSH_PERMISSION,
    operations=[f"GET {DEVICE}", f"DELETE {DEVICE}"],
    needs=PUSH,
)
def test_an_unregistered_device_is_not_revealed(target: Target, callers: Callers, method: str) -> None:
    without_push_admin = callers.principal(all_but("push-admin"))

    answer = target.request(method, DEVICE, device_id=target.names.fresh("device"), principal=without_push_admin)

    assert answer.status == 401


@requirement(
    "AUT-38",
    MUST,
    "A delete request without push-admin leaves the device registered",
    clause=NO_PUSH_PERMISSION,
    operations=[f"DELETE {DEVICE}", f"DELETE {DEVICES}"],
    needs=PUSH,
)
def test_a_rejected_delete_removes_nothing(target: Target, callers: Callers) -> None:
    identity, client = target.names.fresh("device"), target.names.fresh("client")
    registered(target, device(identity, clientId=client))
    without_push_admin = callers.principal(all_but("push-admin"))

    target.delete(DEVICE, device_id=identity, principal=without_push_admin)
    target.delete(DEVICES, query={"clientId": client}, principal=without_push_admin)

    read = target.get(DEVICE, device_id=identity)
    assert read.status == 200


@requirement(
    "AUT-39",
    MUST,
    "A PUT request without push-admin does not register the device",
    clause=NO_PUSH_PERMISSION,
    operations=[f"PUT {DEVICE}"],
    needs=PUSH,
)
def test_a_rejected_registration_registers_nothing(target: Target, callers: Callers) -> None:
    identity = target.names.fresh("device")

    target.put(DEVICE, device(identity), device_id=identity, principal=callers.principal(all_but("push-admin")))

    read = target.get(DEVICE, device_id=identity)
    assert read.status == 404


def push_subscriber(issuer: Issuer, client: str) -> Principal:
    return issuer.bearer(
        "a token with push-subscribe and a client ID", clientId=client, capability=capability("*", "push-subscribe")
    )


@requirement(
    "AUT-40",
    SHOULD,
    "A token with push-subscribe can create a push subscription for its own client ID",
    clause=PUSH_SUBSCRIBE,
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_client_creates_its_own_subscription(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    client = target.names.fresh("client")
    principal = push_subscriber(issuer, client)

    answer = target.post(SUBSCRIPTIONS, {"channel": fixtures.push_channel, "clientId": client}, principal=principal)

    assert answer.status in {200, 201}


@requirement(
    "AUT-41",
    MUST,
    "A token with push-subscribe cannot create a push subscription for another client ID",
    clause=PUSH_SUBSCRIBE,
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_client_creates_no_subscription_of_another(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    alice, bob = target.names.fresh("client"), target.names.fresh("client")
    principal = push_subscriber(issuer, alice)

    rejected = target.post(SUBSCRIPTIONS, {"channel": fixtures.push_channel, "clientId": bob}, principal=principal)
    listed = target.get(SUBSCRIPTIONS, query={"clientId": bob})

    assert is_rejected(rejected), status_in_words(rejected)
    assert facts(subscriptions_of_the_other_client=listed.body) == facts(subscriptions_of_the_other_client=[])


@pytest.mark.parametrize("operation", [f"GET {DEVICES}", f"GET {DEVICE}"])
@requirement(
    "AUT-42",
    MUST,
    "Reading or listing devices with only push-subscribe is rejected with 401",
    clause=PUSH_ADMIN,
    operations=[f"GET {DEVICES}", f"GET {DEVICE}"],
    needs=PUSH,
)
def test_push_subscribe_does_not_allow_reading_devices(
    target: Target, issuer: Issuer, fixtures: Fixtures, operation: str
) -> None:
    principal = issuer.bearer("a token with push-subscribe", capability=capability("*", "push-subscribe"))
    protected = next(protected for protected in PROTECTED_OPERATIONS if protected.operation == operation)

    answer = send(target, protected, fixtures, principal)

    assert answer.status == 401


@requirement(
    "AUT-55",
    SHOULD,
    "A token with push-subscribe can register a device of its own client ID",
    clause=PUSH_SUBSCRIBE,
    operations=[f"POST {DEVICES}"],
    needs=PUSH,
)
def test_a_client_registers_its_device(target: Target, issuer: Issuer) -> None:
    client = target.names.fresh("client")
    principal = push_subscriber(issuer, client)

    answer = target.post(DEVICES, device(target.names.fresh("device"), clientId=client), principal=principal)

    assert answer.status in {200, 201}


@requirement(
    "AUT-56",
    MUST,
    "A token with push-subscribe cannot register a device of another client ID",
    clause=PUSH_SUBSCRIBE,
    operations=[f"POST {DEVICES}"],
    needs=PUSH,
)
def test_a_client_registers_no_device_of_another(target: Target, issuer: Issuer) -> None:
    alice, bob, identity = (target.names.fresh(kind) for kind in ("client", "client", "device"))
    principal = push_subscriber(issuer, alice)

    rejected = target.post(DEVICES, device(identity, clientId=bob), principal=principal)
    read = target.get(DEVICE, device_id=identity)

    assert is_rejected(rejected), status_in_words(rejected)
    assert read.status == 404
