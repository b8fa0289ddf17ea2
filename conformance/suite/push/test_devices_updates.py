"""DEV: changing a registered device, as a whole with PUT and in part with PATCH."""

from __future__ import annotations

import pytest

from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.devices import (
    APPLE,
    GOOGLE,
    IN_MSGPACK,
    NEEDS,
    OTHER_APPLE,
    device,
    everything,
    read_until,
    registered,
    saved,
    secret,
)
from conformance.suite.steps.endpoints import DEVICE, DEVICES, pointer
from conformance.target.answer import Answer
from conformance.target.client import Target

UPSERT = Clause(pointer("put", DEVICE, "description"), "Device registrations can be upserted")
REPLACED = Clause(pointer("put", DEVICE, "description"), "the existing registration is replaced entirely")
MUTABLE = Clause(pointer("put", DEVICE, "description"), "Only clientId, metadata and push.recipient are mutable.")
PARTIAL = Clause(
    pointer("patch", DEVICE, "description"), "Specific attributes of an existing registration can be updated."
)
NOT_MERGED = Clause("ably/docs rest-api, patch-device-registration", "structured values replace existing ones")
RETURNED = Clause("ably/docs rest-api, patch-device-registration", "a success returns the updated device")
PUT = [f"PUT {DEVICE}", f"GET {DEVICE}"]
PATCH = [f"PATCH {DEVICE}", f"GET {DEVICE}"]


def full_device(target: Target) -> Json:
    """A registered device with every member that a registration may have."""
    names = target.names
    members = {"clientId": names.fresh("client"), "metadata": {"a": "1", "b": "2"}, "deviceSecret": secret(target)}
    return registered(target, device(names.fresh("device"), **members))


def ids_of_client(target: Target, client: str, *, expected: list[str]) -> list[str]:
    """The devices that a list by this client holds, read as often as patience allows until they are as expected."""

    def is_expected(answer: Answer) -> bool:
        return [each["id"] for each in answer.body] == expected

    listed = target.poll(DEVICES, query={"clientId": client}, until=is_expected)
    return [each["id"] for each in everything(target, listed)]


@requirement(
    "DEV-08",
    MUST,
    "A second PUT of a device replaces its metadata and leaves one registration",
    clause=UPSERT,
    operations=[f"PUT {DEVICE}", f"GET {DEVICES}"],
    needs=NEEDS,
)
def test_saving_again_replaces_metadata(target: Target) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity, metadata={"first": "1", "both": "1"}))

    again = target.put(DEVICE, device(identity, metadata={"both": "2"}), device_id=identity)
    listed = target.poll(
        DEVICES, query={"deviceId": identity}, until=lambda answer: is_replaced(answer.body, {"both": "2"})
    )

    assert again.status in {200, 201}
    assert [each["metadata"] for each in listed.body] == [{"both": "2"}]


def is_replaced(devices: Json, metadata: Json) -> bool:
    return [each.get("metadata") for each in devices] == [metadata]


@requirement(
    "DEV-26",
    MUST,
    "A PUT with a new clientId moves the device from the old client's list to the new client's",
    clause=MUTABLE,
    operations=[f"PUT {DEVICE}", f"GET {DEVICES}"],
    needs=NEEDS,
)
def test_saving_again_moves_a_device_to_another_client(target: Target) -> None:
    before = full_device(target)
    client = target.names.fresh("client")

    target.put(DEVICE, {**before, "clientId": client}, device_id=before["id"])
    of_new = ids_of_client(target, client, expected=[before["id"]])
    of_old = ids_of_client(target, before["clientId"], expected=[])

    assert (of_new, of_old) == ([before["id"]], [])


@requirement(
    "DEV-27",
    MUST,
    "A second PUT of a device replaces its push recipient as a whole",
    clause=REPLACED,
    operations=PUT,
    needs=NEEDS,
)
def test_saving_again_replaces_the_recipient(target: Target, registered_device: Json) -> None:
    again = {**registered_device, "push": {"recipient": GOOGLE}}

    target.put(DEVICE, again, device_id=again["id"])
    read = read_until(target, again)

    recipient = read.body["push"]["recipient"]
    assert (saved(recipient, GOOGLE), recipient.get("deviceToken")) == (GOOGLE, None)


@requirement(
    "DEV-28",
    MUST,
    "A second PUT of a device without metadata and clientId removes both",
    clause=REPLACED,
    operations=PUT,
    needs=NEEDS,
)
def test_saving_again_drops_what_is_not_sent(target: Target) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity, metadata={"a": "1"}, clientId=target.names.fresh("client")))

    target.put(DEVICE, device(identity), device_id=identity)
    read = target.poll(DEVICE, device_id=identity, until=lambda answer: not answer.body.get("metadata"))

    assert (read.body.get("metadata") or {}, read.body.get("clientId")) == ({}, None)


@requirement(
    "DEV-29",
    MUST,
    "Repeating an identical PUT of a device leaves one unchanged registration",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "allows any number of subsequent saves"),
    operations=[f"PUT {DEVICE}", f"GET {DEVICES}"],
    needs=NEEDS,
)
def test_saving_unchanged_changes_nothing(target: Target) -> None:
    sent = full_device(target)

    again = [target.put(DEVICE, sent, device_id=sent["id"]).status for _ in range(3)]
    listed = everything(target, target.get(DEVICES, query={"clientId": sent["clientId"]}))

    shown = {name: value for name, value in sent.items() if name != "deviceSecret"}
    assert set(again) <= {200, 201}
    assert [saved(each, shown) for each in listed] == [shown]


@requirement(
    "DEV-30",
    MUST,
    "A PUT of a device with its current push.state and updateToken is accepted",
    clause=Clause(
        "ably/docs rest-api, put-device-registration",
        "push.state and updateToken may be sent if they match the existing values",
    ),
    operations=[f"PUT {DEVICE}"],
    needs=NEEDS,
)
def test_state_and_update_token_may_be_sent_back(target: Target, registered_device: Json) -> None:
    read = target.get(DEVICE, device_id=registered_device["id"]).body
    state = {"push": {**registered_device["push"], "state": read["push"]["state"]}}
    token = {"updateToken": read["updateToken"]} if "updateToken" in read else {}

    again = target.put(DEVICE, {**registered_device, **state, **token}, device_id=registered_device["id"])

    assert again.status in {200, 201}


@requirement(
    "DEV-31",
    SHOULD,
    "A second PUT of a device can change its form factor",
    clause=Clause(
        "ably/ably-php tests/PushDeviceRegistrationsTest", "testSave: formFactor changes from phone to tablet"
    ),
    operations=PUT,
    needs=NEEDS,
)
def test_the_form_factor_may_change(target: Target, registered_device: Json) -> None:
    again = {**registered_device, "formFactor": "tablet"}

    target.put(DEVICE, again, device_id=again["id"])
    read = read_until(target, again)

    assert read.body["formFactor"] == "tablet"


@requirement(
    "DEV-32",
    SHOULD,
    "A second POST of a device replaces its metadata and leaves one registration",
    clause=Clause(
        pointer("post", DEVICES, "description"),
        "Register a device",
    ),
    operations=[f"POST {DEVICES}", f"GET {DEVICES}"],
    needs=NEEDS,
)
def test_posting_again_is_an_upsert(target: Target) -> None:
    before = full_device(target)

    again = target.post(DEVICES, {**before, "metadata": {"b": "3"}})
    listed = target.poll(
        DEVICES, query={"deviceId": before["id"]}, until=lambda answer: is_replaced(answer.body, {"b": "3"})
    )

    assert again.status in {200, 201}
    assert [each["metadata"] for each in listed.body] == [{"b": "3"}]


# In part -----------------------------------------------------------------------------------------------------------


@requirement(
    "DEV-33",
    MUST,
    "A PATCH of a device's metadata replaces the metadata as a whole without merging",
    clause=NOT_MERGED,
    operations=PATCH,
    needs=NEEDS,
)
def test_a_change_replaces_metadata(target: Target) -> None:
    before = full_device(target)

    answer = target.patch(DEVICE, {"metadata": {"b": "3"}}, device_id=before["id"])
    read = read_until(target, {"id": before["id"], "metadata": {"b": "3"}})

    assert answer.status in {200, 201}
    assert read.body["metadata"] == {"b": "3"}


@requirement(
    "DEV-34",
    MUST,
    "A PATCH of a device's metadata leaves every other attribute unchanged",
    clause=PARTIAL,
    operations=PATCH,
    needs=NEEDS,
)
def test_a_change_of_metadata_leaves_the_rest(target: Target) -> None:
    before = full_device(target)
    after = {**before, "metadata": {"b": "3"}}

    target.patch(DEVICE, {"metadata": after["metadata"]}, device_id=before["id"])
    read = read_until(target, after)

    assert saved(read.body, after) == after


@requirement(
    "DEV-35",
    MUST,
    "A PATCH of a device's push recipient replaces the recipient as a whole",
    clause=NOT_MERGED,
    operations=PATCH,
    needs=NEEDS,
)
def test_a_change_replaces_the_recipient(target: Target, registered_device: Json) -> None:
    identity = registered_device["id"]

    target.patch(DEVICE, {"push": {"recipient": GOOGLE}}, device_id=identity)
    read = read_until(target, {"id": identity, "push": {"recipient": GOOGLE}})

    recipient = read.body["push"]["recipient"]
    assert (saved(recipient, GOOGLE), recipient.get("deviceToken")) == (GOOGLE, None)


@requirement(
    "DEV-36",
    MUST,
    "A PATCH of a device's push recipient leaves every other attribute unchanged",
    clause=PARTIAL,
    operations=PATCH,
    needs=NEEDS,
)
def test_a_change_of_the_recipient_leaves_the_rest(target: Target) -> None:
    before = full_device(target)
    after = {**before, "push": {"recipient": OTHER_APPLE}}

    target.patch(DEVICE, {"push": after["push"]}, device_id=before["id"])
    read = read_until(target, after)

    assert saved(read.body, after) == after


@requirement(
    "DEV-37",
    MUST,
    "A PATCH of clientId moves the device from the old client's list to the new client's",
    clause=Clause(pointer("patch", DEVICE, "description"), "Only clientId, metadata and push.recipient are mutable."),
    operations=[f"PATCH {DEVICE}", f"GET {DEVICES}"],
    needs=NEEDS,
)
def test_a_change_of_the_client_moves_the_device(target: Target) -> None:
    before = full_device(target)
    client = target.names.fresh("client")

    target.patch(DEVICE, {"clientId": client}, device_id=before["id"])
    of_new = ids_of_client(target, client, expected=[before["id"]])
    of_old = ids_of_client(target, before["clientId"], expected=[])

    assert (of_new, of_old) == ([before["id"]], [])


@requirement(
    "DEV-38",
    MUST,
    "The response to a PATCH of a device contains the updated device (deviceSecret optional)",
    clause=RETURNED,
    operations=[f"PATCH {DEVICE}"],
    needs=NEEDS,
)
def test_a_change_answers_the_device(target: Target) -> None:
    before = full_device(target)
    after = {name: value for name, value in before.items() if name != "deviceSecret"} | {"metadata": {"c": "4"}}

    answer = target.patch(DEVICE, {"metadata": {"c": "4"}}, device_id=before["id"])

    assert saved(answer.body, after) == after


@requirement(
    "DEV-39",
    MUST,
    "A PATCH with an empty metadata object removes all metadata of the device",
    clause=NOT_MERGED,
    operations=PATCH,
    needs=NEEDS,
)
def test_metadata_can_be_emptied(target: Target) -> None:
    before = full_device(target)

    target.patch(DEVICE, {"metadata": {}}, device_id=before["id"])
    read = target.poll(DEVICE, device_id=before["id"], until=lambda answer: not answer.body.get("metadata"))

    assert (read.body.get("metadata") or {}) == {}


@requirement(
    "DEV-40",
    MUST,
    "A PATCH sent in MessagePack updates the device's metadata and push recipient",
    clause=Clause(pointer("patch", DEVICE, "requestBody/content"), "application/x-msgpack"),
    operations=PATCH,
    needs=IN_MSGPACK,
)
def test_a_change_in_msgpack(target: Target) -> None:
    before = full_device(target)
    after = {**before, "metadata": {"b": "3"}, "push": {"recipient": GOOGLE}}
    change = {"metadata": after["metadata"], "push": after["push"]}

    target.patch(DEVICE, change, device_id=before["id"], send_as=MSGPACK, accept=MSGPACK)
    read = read_until(target, after)

    assert saved(read.body, after) == after


@pytest.mark.parametrize("operation", [f"PUT {DEVICE}", f"PATCH {DEVICE}"])
@requirement(
    "DEV-41",
    MUST,
    "Updating a device with PUT or PATCH does not change another device of the same client",
    clause=PARTIAL,
    operations=[
        "PUT /push/deviceRegistrations/{device_id}",
        "PATCH /push/deviceRegistrations/{device_id}",
        "GET /push/deviceRegistrations/{device_id}",
    ],
    needs=NEEDS,
)
def test_a_change_of_one_device_does_not_touch_another(target: Target, operation: str) -> None:
    changed = full_device(target)
    other = registered(target, {**device(target.names.fresh("device")), **_shared(changed)})
    method = operation.partition(" ")[0]
    after = {**changed, "metadata": {"b": "3"}, "push": {"recipient": OTHER_APPLE}}
    body = after if method == "PUT" else {"metadata": after["metadata"], "push": after["push"]}

    target.request(method, DEVICE, body=body, device_id=changed["id"])
    read_until(target, after)
    read = target.get(DEVICE, device_id=other["id"])

    assert saved(read.body, other) == other


def _shared(described: Json) -> Json:
    return {"clientId": described["clientId"], "metadata": described["metadata"], "push": {"recipient": APPLE}}


@requirement(
    "DEV-42",
    MUST,
    "A PATCH of a device that does not exist is rejected with 4xx and registers nothing",
    clause=PARTIAL,
    operations=PATCH,
    needs=NEEDS,
)
def test_a_change_registers_nothing(target: Target) -> None:
    identity = target.names.fresh("device")

    refused = target.patch(DEVICE, {"metadata": {"a": "1"}, "push": {"recipient": APPLE}}, device_id=identity)
    read = target.get(DEVICE, device_id=identity)

    assert (400 <= refused.status < 500, read.status) == (True, 404)


@requirement(
    "DEV-43",
    SHOULD,
    "A PATCH of a device that does not exist is rejected with 404 and error code 40400",
    clause=Clause("ably/ably-common errors/codes/40400", "a resource that does not exist is not found"),
    operations=[f"PATCH {DEVICE}"],
    needs=NEEDS,
)
def test_a_change_of_an_unknown_device_is_not_found(target: Target) -> None:
    refused = target.patch(DEVICE, {"metadata": {"a": "1"}}, device_id=target.names.fresh("device"))

    assert status_and_code(refused) == rejection(404, 40400)


@requirement(
    "DEV-44",
    SHOULD,
    "A PATCH whose body repeats the device's own ID is accepted",
    clause=PARTIAL,
    operations=PATCH,
    needs=NEEDS,
)
def test_a_change_may_name_its_own_id(target: Target, registered_device: Json) -> None:
    identity = registered_device["id"]

    answer = target.patch(DEVICE, {"id": identity, "metadata": {"a": "1"}}, device_id=identity)

    assert answer.status in {200, 201}
