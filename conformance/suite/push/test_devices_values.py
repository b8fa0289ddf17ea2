"""DEV: single values of a registration or of a filter: empty, absent, of a wrong type, at odds with the path."""

from __future__ import annotations

import pytest

from conformance.cases.binding import device_secret
from conformance.facts import facts
from conformance.model import JSON, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_accepted, is_rejected
from conformance.suite.steps.devices import (
    NEEDS,
    device,
    device_ids,
    device_of,
    everything,
    is_gone,
    read_until,
    registered,
    reset,
)
from conformance.suite.steps.endpoints import DEVICE, DEVICES, RESET, pointer
from conformance.suite.steps.requests import send_raw
from conformance.target.client import Target

DETAILS = Clause(pointer("get", DEVICE, "description"), "Get the full details of a device.")
SHAPE = Clause("ably/docs rest-api, post-device-registration", "platform, formFactor, metadata, push.recipient")
IMMUTABLE = Clause(pointer("patch", DEVICE, "description"), "Only clientId, metadata and push.recipient are mutable.")
MATCHING = Clause(pointer("delete", DEVICES, "summary"), "Unregister matching devices")
BY_CLIENT = Clause(
    pointer("get", DEVICES, "parameters", "clientId", "description"),
    "restrict to devices associated with that clientId",
)
NO_OBJECT = Clause("ably/ably-common errors/codes/40001", "a body that cannot be parsed is a bad request")
BOTH = [f"POST {DEVICES}", f"PUT {DEVICE}", f"GET {DEVICE}"]
ANY_NAME = (*NEEDS, "any-name")


@requirement(
    "DEV-140",
    MUST,
    "Empty texts and empty objects in device metadata are read back",
    clause=DETAILS,
    operations=[f"PUT {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_empty_values_of_metadata_are_kept(target: Target) -> None:
    metadata = {"text": "", "object": {"inner": {}}, "list": [], "number": 0, "truth": False}
    sent = registered(target, device(target.names.fresh("device"), metadata=metadata))

    read = target.get(DEVICE, device_id=sent["id"])

    assert read.body.get("metadata") == metadata


@pytest.mark.parametrize("operation", [f"POST {DEVICES}", f"PUT {DEVICE}"])
@pytest.mark.parametrize("member", ["platform", "formFactor", "push"])
@requirement(
    "DEV-141",
    SHOULD,
    "A registration without platform, formFactor or push is rejected with 4xx and not stored",
    clause=SHAPE,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_registration_is_whole(target: Target, operation: str, member: str) -> None:
    sent = device(target.names.fresh("device"))
    del sent[member]

    assert_not_registered(target, operation, sent)


WRONG: dict[str, Json] = {
    "platform": 7,
    "formFactor": 7,
    "push": "apns",
    "clientId": 42,
    "metadata": "text",
    "deviceSecret": ["no", "text"],
}


@pytest.mark.parametrize("operation", [f"POST {DEVICES}", f"PUT {DEVICE}"])
@pytest.mark.parametrize("member", WRONG)
@requirement(
    "DEV-142",
    SHOULD,
    "A registration with a wrongly typed attribute is rejected with 4xx and not stored",
    clause=SHAPE,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_member_of_a_wrong_type_is_rejected(target: Target, operation: str, member: str) -> None:
    assert_not_registered(target, operation, {**device(target.names.fresh("device")), member: WRONG[member]})


def assert_not_registered(target: Target, operation: str, sent: Json) -> None:
    method, _, path = operation.partition(" ")
    named = {"device_id": sent["id"]} if method == "PUT" else {}

    rejected = target.request(method, path, body=sent, **named)
    read = target.get(DEVICE, device_id=sent["id"])

    assert is_rejected(rejected), f"status {rejected.status}"
    assert read.status == 404


@pytest.mark.parametrize("identity", ["", 7], ids=["empty", "a number"])
@requirement(
    "DEV-143",
    SHOULD,
    "A POST of a device whose ID is empty or not a text is rejected with a 4xx status",
    clause=Clause("ably/ably-common errors/codes/40015", "the id of a device is missing or malformed"),
    operations=[f"POST {DEVICES}"],
    needs=ANY_NAME,
)
def test_an_id_is_a_text(target: Target, identity: Json) -> None:
    sent = {**device(""), "id": identity, "clientId": target.names.fresh("client")}

    rejected = target.post(DEVICES, sent)

    assert is_rejected(rejected), f"status {rejected.status}"


@pytest.mark.parametrize("member", ["deviceSecret", "platform"])
@requirement(
    "DEV-144",
    SHOULD,
    "A second POST with another deviceSecret or platform is rejected with 4xx and not applied",
    clause=Clause("ably/ably-php tests/PushDeviceRegistrationsTest", "testSave: another deviceSecret is rejected"),
    operations=[f"POST {DEVICES}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_second_post_changes_no_immutable_member(target: Target, member: str) -> None:
    before = registered(target, device(target.names.fresh("device"), deviceSecret=device_secret(target.names)))
    other = {"deviceSecret": device_secret(target.names), "platform": "android"}[member]

    rejected = target.post(DEVICES, {**before, member: other})
    read = target.get(DEVICE, device_id=before["id"])

    assert is_rejected(rejected), f"status {rejected.status}"
    assert device_of(read, before) == before


@requirement(
    "DEV-145",
    MUST,
    "A PATCH whose body has the ID of another device does not change that other device",
    clause=Clause(pointer("patch", DEVICE, "description"), "Specific attributes of an existing registration"),
    operations=[f"PATCH {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_patch_does_not_change_the_device_in_its_body(target: Target) -> None:
    one, other = two_devices(target)

    target.patch(DEVICE, {"id": other["id"], "metadata": {"b": "2"}}, device_id=one["id"])
    read = target.get(DEVICE, device_id=other["id"])

    assert device_of(read, other) == other


@requirement(
    "DEV-154",
    SHOULD,
    "A PATCH whose body has the ID of another device is rejected with 4xx and not applied",
    clause=IMMUTABLE,
    operations=[f"PATCH {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_patch_does_not_change_the_id(target: Target) -> None:
    one, other = two_devices(target)

    rejected = target.patch(DEVICE, {"id": other["id"], "metadata": {"b": "2"}}, device_id=one["id"])
    read = target.get(DEVICE, device_id=one["id"])

    assert is_rejected(rejected), f"status {rejected.status}"
    assert device_of(read, one) == one


def two_devices(target: Target) -> tuple[Json, Json]:
    one, other = (registered(target, device(target.names.fresh("device"), metadata={"a": "1"})) for _ in range(2))
    return one, other


@pytest.mark.parametrize("body", [b'{"metadata": {"b"', b"[42]", b'"text"'], ids=["cut", "array", "text"])
@requirement(
    "DEV-146",
    MUST,
    "A PATCH whose body is not a JSON object is rejected with 4xx and changes nothing",
    clause=NO_OBJECT,
    operations=[f"PATCH {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_patch_is_an_object(target: Target, registered_device: Json, body: bytes) -> None:
    identity = registered_device["id"]

    rejected = send_raw(target, DEVICE, body, JSON, method="PATCH", device_id=identity)
    read = target.get(DEVICE, device_id=identity)

    assert is_rejected(rejected), f"status {rejected.status}"
    assert device_of(read, registered_device) == registered_device


@requirement(
    "DEV-147",
    SHOULD,
    "A device whose ID has to be percent-encoded can be changed, reset and unregistered",
    clause=Clause("#/components/parameters/deviceId/description", "Device's ID."),
    operations=[f"PATCH {DEVICE}", f"GET {RESET}", f"DELETE {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_an_id_is_decoded_in_every_operation(target: Target) -> None:
    sent = device(f"{target.names.fresh('device')}:a/b c%41", metadata={"a": "1"})
    target.put(DEVICE, sent, device_id=sent["id"])
    read_until(target, sent)

    patched = target.patch(DEVICE, {"metadata": {"b": "2"}}, device_id=sent["id"])
    renewed = reset(target, sent["id"])
    target.delete(DEVICE, device_id=sent["id"])
    read = target.poll(DEVICE, device_id=sent["id"], until=is_gone)

    assert facts(
        metadata_after_PATCH=patched.body.get("metadata"),
        status_of_the_reset=renewed.status,
        status_after_DELETE=read.status,
    ) == facts(metadata_after_PATCH={"b": "2"}, status_of_the_reset=200, status_after_DELETE=404)


@requirement(
    "DEV-148",
    SHOULD,
    "Device IDs that differ only in case name different devices",
    clause=Clause("#/components/schemas/DeviceDetails/properties/id/description", "Unique identifier for the device"),
    operations=[f"PUT {DEVICE}", f"GET {DEVICE}", f"DELETE {DEVICE}"],
    needs=NEEDS,
)
def test_ids_are_case_sensitive(target: Target) -> None:
    lower = registered(target, device(f"{target.names.fresh('device')}-case", metadata={"case": "lower"}))
    upper_id = lower["id"].replace("-case", "-CASE")

    unknown = target.get(DEVICE, device_id=upper_id)
    target.delete(DEVICE, device_id=upper_id)
    read = target.get(DEVICE, device_id=lower["id"])

    assert facts(status_in_other_case=unknown.status, device=device_of(read, lower)) == facts(
        status_in_other_case=404, device=lower
    )


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "DEV-149",
    MUST,
    "Unregistering by an empty deviceId or clientId keeps the devices that have one",
    clause=MATCHING,
    operations=[f"DELETE {DEVICES}", f"GET {DEVICE}"],
    needs=ANY_NAME,
)
def test_an_empty_filter_removes_no_other_device(target: Target, registered_device: Json, member: str) -> None:
    target.delete(DEVICES, query={member: "", "fullWait": "true"})

    read = target.get(DEVICE, device_id=registered_device["id"])
    assert read.status == 200


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "DEV-150",
    SHOULD,
    "A device list by an empty deviceId or clientId does not contain devices that have one",
    clause=BY_CLIENT,
    operations=[f"GET {DEVICES}"],
    needs=NEEDS,
)
def test_an_empty_filter_matches_no_other_device(target: Target, registered_device: Json, member: str) -> None:
    answer = target.get(DEVICES, query={member: "", "limit": "1000"})

    found = registered_device["id"] in device_ids(answer.body) if isinstance(answer.body, list) else False
    assert facts(device_of_a_client_is_listed=found) == facts(device_of_a_client_is_listed=False)


@requirement(
    "DEV-151",
    MUST,
    "The pages of a device list by clientId contain only the devices of that client",
    clause=Clause("ably/docs rest-api, pagination", "a link carries the query of the request that it continues"),
    operations=[f"GET {DEVICES}"],
    needs=NEEDS,
)
def test_next_links_keep_the_filter(target: Target) -> None:
    client, other = target.names.fresh("client"), target.names.fresh("client")
    # In turn, so that a next link without the filter leads to a device of the other client.
    made = [registered(target, device(target.names.fresh("device"), clientId=each)) for each in (client, other) * 3]

    first = target.get(DEVICES, query={"clientId": client, "limit": "1"})

    assert sorted(device_ids(everything(target, first))) == sorted(device_ids(made[::2]))


@pytest.mark.parametrize("operation", [f"POST {DEVICES}", f"PUT {DEVICE}"])
@requirement(
    "DEV-153",
    SHOULD,
    "A registration with an unknown attribute is accepted and stored",
    clause=Clause(
        "ably/specification features RSF1", "unknown attributes are tolerated for compatibility with newer peers"
    ),
    operations=BOTH,
    needs=NEEDS,
)
def test_an_unknown_member_is_ignored(target: Target, operation: str) -> None:
    sent = device(target.names.fresh("device"))
    method, _, path = operation.partition(" ")
    named = {"device_id": sent["id"]} if method == "PUT" else {}

    answer = target.request(method, path, body={**sent, "somethingNew": 1}, **named)
    read = read_until(target, sent)

    assert facts(accepted=is_accepted(answer), device=device_of(read, sent)) == facts(accepted=True, device=sent)


@pytest.mark.parametrize("member", ["clientId", "metadata", "push"])
@requirement(
    "DEV-155",
    SHOULD,
    "A PATCH with a wrongly typed attribute is rejected with 4xx and changes nothing",
    clause=Clause("ably/docs rest-api, patch-device-registration", "the body has the form of a device registration"),
    operations=[f"PATCH {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_patch_to_a_wrong_type_is_rejected(target: Target, member: str) -> None:
    client = target.names.fresh("client")
    before = registered(target, device(target.names.fresh("device"), clientId=client, metadata={"a": "1"}))

    rejected = target.patch(DEVICE, {member: WRONG[member]}, device_id=before["id"])
    read = target.get(DEVICE, device_id=before["id"])

    assert is_rejected(rejected), f"status {rejected.status}"
    assert device_of(read, before) == before
