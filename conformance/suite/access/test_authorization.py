"""AUT: what a known caller may do. Every answer is predicted from the capability alone, its status and its code."""

from __future__ import annotations

import pytest

from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.callers import Callers, Cell, all_but, cells, cells_of_keys
from conformance.suite.steps.devices import device, registered
from conformance.suite.steps.endpoints import DEVICE, DEVICES, SUBSCRIPTIONS
from conformance.suite.steps.operations import PROTECTED_OPERATIONS, Fixtures, is_served, operations, send
from conformance.suite.steps.tokens import Issuer, capability
from conformance.target.answer import Answer
from conformance.target.client import Target

CREDENTIALS = {"credentials"}
PUSH = {"credentials", "state", "push"}
KEYS = {"credentials", "provisioning"}

OPERATIONS = Clause("ably/docs auth, capability operations", "what each operation of a capability allows")
DENIED = Clause("ably/ably-python test/ably/rest/restchannels_test", "without permission: 401 with code 40160")
PUSH_ADMIN = Clause("ably/docs auth, capability operations", "push-admin: manage device registrations of all devices")
PUSH_SUBSCRIBE = Clause("ably/docs rest-api, push", "push-subscribe is sufficient for the token's own client ID")
PUSH_DENIED = Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "without permission: unauthorized")

OPEN = [cell for cell in cells() if cell.is_open and not cell.protected.is_push]
CLOSED = [cell for cell in cells() if not cell.is_open and not cell.protected.is_push]
OPEN_PUSH = [cell for cell in cells() if cell.is_open and cell.protected.is_push]
CLOSED_PUSH = [cell for cell in cells() if not cell.is_open and cell.protected.is_push]
OPEN_TO_KEYS = [cell for cell in cells_of_keys() if cell.is_open]
CLOSED_TO_KEYS = [cell for cell in cells_of_keys() if not cell.is_open]

CHANNEL_OPERATIONS = operations(protected for protected in PROTECTED_OPERATIONS if not protected.is_push)
PUSH_OPERATIONS = operations(protected for protected in PROTECTED_OPERATIONS if protected.is_push)


def every(cells: list[Cell]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cell", cells, ids=[cell.id for cell in cells])


@pytest.fixture(scope="module")
def callers(issuer: Issuer) -> Callers:
    return Callers(issuer)


def is_let_in(answer: Answer) -> bool:
    """Enumerating channels twice at once may be too much (42912), and is no matter of rights."""
    return answer.status // 100 == 2 or answer.status == 429


@every(OPEN)
@requirement(
    "AUT-31",
    MUST,
    "An operation within the token's capability is allowed",
    clause=OPERATIONS,
    operations=CHANNEL_OPERATIONS,
    needs=CREDENTIALS,
)
def test_a_capability_opens(target: Target, callers: Callers, fixtures: Fixtures, cell: Cell) -> None:
    answer = send(target, cell.protected, cell.fixtures(fixtures), callers.principal(cell.caller))

    assert is_let_in(answer), status_and_code(answer)


@every(CLOSED)
@requirement(
    "AUT-32",
    MUST,
    "An operation outside the token's capability is rejected with 401 and code 40160",
    clause=DENIED,
    operations=CHANNEL_OPERATIONS,
    needs=CREDENTIALS,
)
def test_a_capability_does_not_open(target: Target, callers: Callers, fixtures: Fixtures, cell: Cell) -> None:
    answer = send(target, cell.protected, cell.fixtures(fixtures), callers.principal(cell.caller))

    assert status_and_code(answer) == rejection(401, 40160)


@every(OPEN_PUSH)
@requirement(
    "AUT-33",
    MUST,
    "A token with the push-admin capability is allowed every push admin operation",
    clause=PUSH_ADMIN,
    operations=PUSH_OPERATIONS,
    needs=PUSH,
)
def test_push_admin_opens_push(target: Target, callers: Callers, fixtures: Fixtures, cell: Cell) -> None:
    answer = send(target, cell.protected, fixtures, callers.principal(cell.caller))

    assert is_let_in(answer) or not is_served(target, cell.protected, fixtures), status_and_code(answer)


@every(CLOSED_PUSH)
@requirement(
    "AUT-34",
    MUST,
    "A push admin operation without the push-admin capability is rejected with 401",
    clause=PUSH_DENIED,
    operations=PUSH_OPERATIONS,
    needs=PUSH,
)
def test_other_words_do_not_open_push(target: Target, callers: Callers, fixtures: Fixtures, cell: Cell) -> None:
    answer = send(target, cell.protected, fixtures, callers.principal(cell.caller))

    assert answer.status == 401 or not is_served(target, cell.protected, fixtures), status_and_code(answer)


@every(OPEN_TO_KEYS)
@requirement(
    "AUT-35",
    MUST,
    "An operation within the API key's capability is allowed",
    clause=OPERATIONS,
    operations=CHANNEL_OPERATIONS,
    needs=KEYS,
)
def test_the_capability_of_a_key_opens(target: Target, callers: Callers, fixtures: Fixtures, cell: Cell) -> None:
    answer = send(target, cell.protected, cell.fixtures(fixtures), callers.principal(cell.caller))

    assert is_let_in(answer), status_and_code(answer)


@every(CLOSED_TO_KEYS)
@requirement(
    "AUT-36",
    MUST,
    "An operation outside the API key's capability is rejected with 401 and code 40160",
    clause=DENIED,
    operations=CHANNEL_OPERATIONS,
    needs=KEYS,
)
def test_the_capability_of_a_key_does_not_open(
    target: Target, callers: Callers, fixtures: Fixtures, cell: Cell
) -> None:
    answer = send(target, cell.protected, cell.fixtures(fixtures), callers.principal(cell.caller))

    assert status_and_code(answer) == rejection(401, 40160)


# Push: whose device, whose client ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@requirement(
    "AUT-37",
    MUST,
    "Reading or deleting an unregistered device without push-admin is rejected with 401",
    clause=PUSH_DENIED,
    operations=[f"GET {DEVICE}", f"DELETE {DEVICE}"],
    needs=PUSH,
)
def test_rights_come_before_existence(target: Target, callers: Callers, method: str) -> None:
    nobody_of_push = callers.principal(all_but("push-admin"))

    answer = target.request(method, DEVICE, device_id=target.names.fresh("device"), principal=nobody_of_push)

    assert answer.status == 401


@requirement(
    "AUT-38",
    MUST,
    "A delete request without push-admin leaves the device registered",
    clause=PUSH_DENIED,
    operations=[f"DELETE {DEVICE}", f"DELETE {DEVICES}"],
    needs=PUSH,
)
def test_a_refused_removal_removes_nothing(target: Target, callers: Callers) -> None:
    identity, client = target.names.fresh("device"), target.names.fresh("client")
    registered(target, device(identity, clientId=client))
    nobody_of_push = callers.principal(all_but("push-admin"))

    target.delete(DEVICE, device_id=identity, principal=nobody_of_push)
    target.delete(DEVICES, query={"clientId": client}, principal=nobody_of_push)

    assert target.get(DEVICE, device_id=identity).status == 200


@requirement(
    "AUT-39",
    MUST,
    "A PUT request without push-admin does not register the device",
    clause=PUSH_DENIED,
    operations=[f"PUT {DEVICE}"],
    needs=PUSH,
)
def test_a_refused_registration_registers_nothing(target: Target, callers: Callers) -> None:
    identity = target.names.fresh("device")

    target.put(DEVICE, device(identity), device_id=identity, principal=callers.principal(all_but("push-admin")))

    assert target.get(DEVICE, device_id=identity).status == 404


@requirement(
    "AUT-40",
    SHOULD,
    "A token with push-subscribe can create a push subscription for its own client ID",
    clause=PUSH_SUBSCRIBE,
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_client_subscribes_itself(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    client = target.names.fresh("client")
    principal = issuer.bearer("push-subscribe client", clientId=client, capability=capability("*", "push-subscribe"))

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
def test_a_client_does_not_subscribe_another(target: Target, issuer: Issuer, fixtures: Fixtures) -> None:
    alice, bob = target.names.fresh("client"), target.names.fresh("client")
    principal = issuer.bearer("push-subscribe client", clientId=alice, capability=capability("*", "push-subscribe"))

    refused = target.post(SUBSCRIPTIONS, {"channel": fixtures.push_channel, "clientId": bob}, principal=principal)
    listed = target.get(SUBSCRIPTIONS, query={"clientId": bob})

    assert (refused.status // 100, listed.body) == (4, [])


@pytest.mark.parametrize("operation", [f"GET {DEVICES}", f"GET {DEVICE}"])
@requirement(
    "AUT-42",
    MUST,
    "Reading or listing devices with only push-subscribe is rejected with 401",
    clause=PUSH_ADMIN,
    operations=[f"GET {DEVICES}", f"GET {DEVICE}"],
    needs=PUSH,
)
def test_a_subscriber_is_no_administrator(target: Target, issuer: Issuer, fixtures: Fixtures, operation: str) -> None:
    principal = issuer.bearer("push-subscribe token", capability=capability("*", "push-subscribe"))
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
    principal = issuer.bearer("push-subscribe client", clientId=client, capability=capability("*", "push-subscribe"))

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
    principal = issuer.bearer("push-subscribe client", clientId=alice, capability=capability("*", "push-subscribe"))

    refused = target.post(DEVICES, device(identity, clientId=bob), principal=principal)

    assert (refused.status // 100, target.get(DEVICE, device_id=identity).status) == (4, 404)
