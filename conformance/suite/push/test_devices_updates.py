"""DEV: updating a registered device, as a whole with PUT and in part with PATCH."""

from __future__ import annotations

import pytest

from conformance.cases.binding import device_secret
from conformance.facts import facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected, rejection, status_and_code
from conformance.suite.steps.devices import (
    APPLE,
    GOOGLE,
    IN_MSGPACK,
    NEEDS,
    OTHER_APPLE,
    device,
    device_ids,
    device_of,
    everything,
    read_until,
    registered,
    saved,
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
    members = {"clientId": names.fresh("client"), "metadata": {"color": "red", "size": "small"}}
    return registered(target, device(names.fresh("device"), **members, deviceSecret=device_secret(names)))


def ids_of_client(target: Target, client: str, *, expected: list[str]) -> list[str]:
    """The ids of the devices in a list by clientId, polled until the list is as expected."""

    def is_expected(answer: Answer) -> bool:
        return device_ids(answer.body) == expected

    listed = target.poll(DEVICES, query={"clientId": client}, until=is_expected)
    return device_ids(everything(target, listed))


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
    listed_metadata = [each["metadata"] for each in listed.body]
    assert listed_metadata == [{"both": "2"}]


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

    assert facts(devices_of_the_new_client=of_new, devices_of_the_old_client=of_old) == facts(
        devices_of_the_new_client=[before["id"]], devices_of_the_old_client=[]
    )


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
    assert facts(recipient=saved(recipient, GOOGLE), deviceToken=recipient.get("deviceToken")) == facts(
        recipient=GOOGLE, deviceToken=None
    )


@requirement(
    "DEV-28",
    MUST,
    "A second PUT of a device without metadata and clientId removes both",
    clause=REPLACED,
    operations=PUT,
    needs=NEEDS,
)
def test_saving_again_removes_members_that_are_not_sent(target: Target) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity, metadata={"color": "red"}, clientId=target.names.fresh("client")))

    target.put(DEVICE, device(identity), device_id=identity)
    read = target.poll(DEVICE, device_id=identity, until=lambda answer: not answer.body.get("metadata"))

    assert facts(metadata=read.body.get("metadata") or {}, clientId=read.body.get("clientId")) == facts(
        metadata={}, clientId=None
    )


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

    answers = [target.put(DEVICE, sent, device_id=sent["id"]) for _ in range(3)]
    listed_devices = everything(target, target.get(DEVICES, query={"clientId": sent["clientId"]}))

    shown = {name: value for name, value in sent.items() if name != "deviceSecret"}
    for answer in answers:
        assert answer.status in {200, 201}
    assert len(listed_devices) == 1
    assert facts(listed_device=saved(listed_devices[0], shown)) == facts(listed_device=shown)


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
    token = {"updateToken": read["updateToken"]} if read.get("updateToken") else {}

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

    again = target.post(DEVICES, {**before, "metadata": {"size": "large"}})
    listed = target.poll(
        DEVICES, query={"deviceId": before["id"]}, until=lambda answer: is_replaced(answer.body, {"size": "large"})
    )

    assert again.status in {200, 201}
    listed_metadata = [each["metadata"] for each in listed.body]
    assert listed_metadata == [{"size": "large"}]


@requirement(
    "DEV-33",
    MUST,
    "A PATCH of a device's metadata replaces the metadata as a whole without merging",
    clause=NOT_MERGED,
    operations=PATCH,
    needs=NEEDS,
)
def test_an_update_replaces_metadata(target: Target) -> None:
    before = full_device(target)

    answer = target.patch(DEVICE, {"metadata": {"size": "large"}}, device_id=before["id"])
    read = read_until(target, {"id": before["id"], "metadata": {"size": "large"}})

    assert answer.status in {200, 201}
    assert read.body["metadata"] == {"size": "large"}


@requirement(
    "DEV-34",
    MUST,
    "A PATCH of a device's metadata leaves every other attribute unchanged",
    clause=PARTIAL,
    operations=PATCH,
    needs=NEEDS,
)
def test_an_update_of_metadata_keeps_the_rest(target: Target) -> None:
    before = full_device(target)
    after = {**before, "metadata": {"size": "large"}}

    target.patch(DEVICE, {"metadata": after["metadata"]}, device_id=before["id"])
    read = read_until(target, after)

    assert device_of(read, after) == after


@requirement(
    "DEV-35",
    MUST,
    "A PATCH of a device's push recipient replaces the recipient as a whole",
    clause=NOT_MERGED,
    operations=PATCH,
    needs=NEEDS,
)
def test_an_update_replaces_the_recipient(target: Target, registered_device: Json) -> None:
    identity = registered_device["id"]

    target.patch(DEVICE, {"push": {"recipient": GOOGLE}}, device_id=identity)
    read = read_until(target, {"id": identity, "push": {"recipient": GOOGLE}})

    recipient = read.body["push"]["recipient"]
    assert facts(recipient=saved(recipient, GOOGLE), deviceToken=recipient.get("deviceToken")) == facts(
        recipient=GOOGLE, deviceToken=None
    )


@requirement(
    "DEV-36",
    MUST,
    "A PATCH of a device's push recipient leaves every other attribute unchanged",
    clause=PARTIAL,
    operations=PATCH,
    needs=NEEDS,
)
def test_an_update_of_the_recipient_keeps_the_rest(target: Target) -> None:
    before = full_device(target)
    after = {**before, "push": {"recipient": OTHER_APPLE}}

    target.patch(DEVICE, {"push": after["push"]}, device_id=before["id"])
    read = read_until(target, after)

    assert device_of(read, after) == after


@requirement(
    "DEV-37",
    MUST,
    "A PATCH of clientId moves the device from the old client's list to the new client's",
    clause=Clause(pointer("patch", DEVICE, "description"), "Only clientId, metadata and push.recipient are mutable."),
    operations=[f"PATCH {DEVICE}", f"GET {DEVICES}"],
    needs=NEEDS,
)
def test_an_update_of_the_client_moves_the_device(target: Target) -> None:
    before = full_device(target)
    client = target.names.fresh("client")

    target.patch(DEVICE, {"clientId": client}, device_id=before["id"])
    of_new = ids_of_client(target, client, expected=[before["id"]])
    of_old = ids_of_client(target, before["clientId"], expected=[])

    assert facts(devices_of_the_new_client=of_new, devices_of_the_old_client=of_old) == facts(
        devices_of_the_new_client=[before["id"]], devices_of_the_old_client=[]
    )


@requirement(
    "DEV-38",
    MUST,
    "The response to a PATCH of a device contains the updated device (deviceSecret optional)",
    clause=RETURNED,
    operations=[f"PATCH {DEVICE}"],
    needs=NEEDS,
)
def test_an_update_returns_the_device(target: Target) -> None:
    before = full_device(target)
    after = {name: value for name, value in before.items() if name != "deviceSecret"} | {"metadata": {"shape": "round"}}

    answer = target.patch(DEVICE, {"metadata": {"shape": "round"}}, device_id=before["id"])

    assert device_of(answer, after) == after


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

    metadata = read.body.get("metadata") or {}
    assert metadata == {}


@requirement(
    "DEV-40",
    MUST,
    "A PATCH sent in MessagePack updates the device's metadata and push recipient",
    clause=Clause(pointer("patch", DEVICE, "requestBody/content"), "application/x-msgpack"),
    operations=PATCH,
    needs=IN_MSGPACK,
)
def test_an_update_in_msgpack(target: Target) -> None:
    before = full_device(target)
    after = {**before, "metadata": {"size": "large"}, "push": {"recipient": GOOGLE}}
    change = {"metadata": after["metadata"], "push": after["push"]}

    target.patch(DEVICE, change, device_id=before["id"], send_as=MSGPACK, accept=MSGPACK)
    read = read_until(target, after)

    assert device_of(read, after) == after


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
def test_an_update_of_one_device_does_not_change_another(target: Target, operation: str) -> None:
    changed = full_device(target)
    other = registered(target, {**device(target.names.fresh("device")), **_shared(changed)})
    method = operation.partition(" ")[0]
    after = {**changed, "metadata": {"size": "large"}, "push": {"recipient": OTHER_APPLE}}
    body = after if method == "PUT" else {"metadata": after["metadata"], "push": after["push"]}

    target.request(method, DEVICE, body=body, device_id=changed["id"])
    read_until(target, after)
    read = target.get(DEVICE, device_id=other["id"])

    assert device_of(read, other) == other


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
def test_an_update_of_an_unknown_device_registers_nothing(target: Target) -> None:
    identity = target.names.fresh("device")

    rejected = target.patch(DEVICE, {"metadata": {"color": "red"}, "push": {"recipient": APPLE}}, device_id=identity)
    read = target.get(DEVICE, device_id=identity)

    assert is_rejected(rejected), f"status {rejected.status}"
    assert read.status == 404


@requirement(
    "DEV-43",
    SHOULD,
    "A PATCH of a device that does not exist is rejected with 404 and error code 40400",
    clause=Clause("ably/ably-common errors/codes/40400", "a resource that does not exist is not found"),
    operations=[f"PATCH {DEVICE}"],
    needs=NEEDS,
)
def test_an_update_of_an_unknown_device_is_not_found(target: Target) -> None:
    rejected = target.patch(DEVICE, {"metadata": {"color": "red"}}, device_id=target.names.fresh("device"))

    assert status_and_code(rejected) == rejection(404, 40400)


@requirement(
    "DEV-44",
    SHOULD,
    "A PATCH whose body repeats the device's own ID is accepted",
    clause=PARTIAL,
    operations=PATCH,
    needs=NEEDS,
)
def test_an_update_may_contain_its_own_id(target: Target, registered_device: Json) -> None:
    identity = registered_device["id"]

    answer = target.patch(DEVICE, {"id": identity, "metadata": {"color": "red"}}, device_id=identity)

    assert answer.status in {200, 201}
