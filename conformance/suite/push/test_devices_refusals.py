"""DEV: invalid registrations and updates, which are rejected and change nothing."""

from __future__ import annotations

import pytest

from conformance.cases.binding import device_secret
from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected, rejection, status_and_code
from conformance.suite.steps.devices import APPLE, NEEDS, device, device_of, registered
from conformance.suite.steps.endpoints import DEVICE, DEVICES, pointer
from conformance.target.answer import Answer
from conformance.target.client import Target

PHP = "ably/ably-php tests/PushDeviceRegistrationsTest"
PUT = [f"PUT {DEVICE}", f"GET {DEVICE}"]
IMMUTABLE = Clause(pointer("patch", DEVICE, "description"), "Only clientId, metadata and push.recipient are mutable.")

BAD: dict[str, Json] = {
    "platform": {"platform": "native"},
    "form factor": {"formFactor": "fridge"},
    "transport": {"push": {"recipient": {**APPLE, "transportType": "xyz"}}},
    "no recipient": {"push": {"color": "red"}},
}
"""Invalid members that test suites of SDKs send."""


@requirement(
    "DEV-06",
    MUST,
    "A PUT with an unknown platform is rejected with 400 and registers no device",
    clause=Clause(PHP, "an unknown platform is refused"),
    operations=PUT,
    needs=NEEDS,
)
def test_an_unknown_platform_is_rejected(target: Target) -> None:
    rejected, read = put_and_read(target, BAD["platform"])

    assert rejected.status == 400
    assert read.status == 404


@requirement(
    "DEV-45",
    MUST,
    "A PUT with an unknown formFactor is rejected with 400 and registers no device",
    clause=Clause(PHP, "the form factor fridge is refused"),
    operations=PUT,
    needs=NEEDS,
)
def test_an_unknown_form_factor_is_rejected(target: Target) -> None:
    rejected, read = put_and_read(target, BAD["form factor"])

    assert rejected.status == 400
    assert read.status == 404


@requirement(
    "DEV-46",
    MUST,
    "A PUT with an unknown transportType is rejected with 400 and registers no device",
    clause=Clause(PHP, "the transportType xyz is refused"),
    operations=PUT,
    needs=NEEDS,
)
def test_an_unknown_transport_is_rejected(target: Target) -> None:
    rejected, read = put_and_read(target, BAD["transport"])

    assert rejected.status == 400
    assert read.status == 404


@requirement(
    "DEV-47",
    MUST,
    "A PUT without a push.recipient is rejected with 400 and registers no device",
    clause=Clause("ably/ably-python test/ably/rest/restpush_test", "push: {color: red} is refused"),
    operations=PUT,
    needs=NEEDS,
)
def test_push_details_without_recipient_are_rejected(target: Target) -> None:
    rejected, read = put_and_read(target, BAD["no recipient"])

    assert rejected.status == 400
    assert read.status == 404


def put_and_read(target: Target, invalid: Json) -> tuple[Answer, Answer]:
    """The responses to a PUT of a device with invalid members, and to a GET of that device afterwards."""
    sent = device(target.names.fresh("device"), **invalid)
    rejected = target.put(DEVICE, sent, device_id=sent["id"])
    return rejected, target.get(DEVICE, device_id=sent["id"])


@requirement(
    "DEV-48",
    MUST,
    "A PUT with only an ID and an unknown attribute is rejected with 400, registering nothing",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "save(id, foo: bar) is an invalid request"),
    operations=PUT,
    needs=NEEDS,
)
def test_an_id_alone_is_rejected(target: Target) -> None:
    identity = target.names.fresh("device")

    rejected = target.put(DEVICE, {"id": identity, "foo": "bar"}, device_id=identity)
    read = target.get(DEVICE, device_id=identity)

    assert rejected.status == 400
    assert read.status == 404


@requirement(
    "DEV-49",
    MUST,
    "A POST of a device with an unknown platform is rejected with 400 and error code 40000",
    clause=Clause("ably/ably-js test/push, failed_registration", "an invalid platform is refused: 40000"),
    operations=[f"POST {DEVICES}"],
    needs=NEEDS,
)
def test_posting_an_unknown_platform_is_rejected(target: Target) -> None:
    rejected = target.post(DEVICES, device(target.names.fresh("device"), platform="not_a_real_platform"))

    assert status_and_code(rejected) == rejection(400, 40000)


@pytest.mark.parametrize("kind", BAD)
@requirement(
    "DEV-50",
    MUST,
    "A POST of a device with an invalid attribute is rejected with 4xx and registers nothing",
    clause=Clause(
        "ably/docs rest-api, put-device-registration", "the request body has the form of a device registration"
    ),
    operations=[f"POST {DEVICES}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_posting_an_invalid_device_is_rejected(target: Target, kind: str) -> None:
    sent = device(target.names.fresh("device"), **BAD[kind])

    rejected = target.post(DEVICES, sent)
    read = target.get(DEVICE, device_id=sent["id"])

    assert is_rejected(rejected), f"status {rejected.status}"
    assert read.status == 404


@pytest.mark.parametrize("kind", BAD)
@requirement(
    "DEV-51",
    MUST,
    "An invalid PUT is rejected with 4xx and leaves the registered device unchanged",
    clause=Clause(PHP, "badValues: each of these values is refused"),
    operations=PUT,
    needs=NEEDS,
)
def test_an_invalid_registration_changes_nothing(target: Target, registered_device: Json, kind: str) -> None:
    sent = {**registered_device, "metadata": {"changed": "yes"}, **BAD[kind]}

    rejected = target.put(DEVICE, sent, device_id=sent["id"])
    read = target.get(DEVICE, device_id=sent["id"])

    assert is_rejected(rejected), f"status {rejected.status}"
    assert facts(device=device_of(read, registered_device), metadata=read.body.get("metadata") or {}) == facts(
        device=registered_device, metadata={}
    )


@requirement(
    "DEV-52",
    MUST,
    "A second PUT of a device with another deviceSecret is rejected with 4xx and not applied",
    clause=Clause(PHP, "testSave: another deviceSecret is refused"),
    operations=PUT,
    needs=NEEDS,
)
def test_the_secret_cannot_be_changed(target: Target) -> None:
    before = registered(
        target, device(target.names.fresh("device"), deviceSecret=device_secret(target.names), metadata={"a": "1"})
    )

    rejected = target.put(
        DEVICE, {**before, "deviceSecret": device_secret(target.names), "metadata": {}}, device_id=before["id"]
    )
    read = target.get(DEVICE, device_id=before["id"])

    assert is_rejected(rejected), f"status {rejected.status}"
    assert device_of(read, before) == before


@requirement(
    "DEV-53",
    SHOULD,
    "A second PUT of a device with another platform is rejected with 4xx and not applied",
    clause=Clause(pointer("put", DEVICE, "description"), "Only clientId, metadata and push.recipient are mutable."),
    operations=PUT,
    needs=NEEDS,
)
def test_the_platform_cannot_be_changed(target: Target, registered_device: Json) -> None:
    rejected = target.put(DEVICE, {**registered_device, "platform": "android"}, device_id=registered_device["id"])
    read = target.get(DEVICE, device_id=registered_device["id"])

    assert is_rejected(rejected), f"status {rejected.status}"
    assert read.body["platform"] == registered_device["platform"]


@requirement(
    "DEV-54",
    MUST,
    "A second PUT of a device with another push.state is rejected with 4xx and not applied",
    clause=Clause("ably/docs rest-api, put-device-registration", "an update with a different push.state fails"),
    operations=PUT,
    needs=NEEDS,
)
def test_the_state_cannot_be_set(target: Target, registered_device: Json) -> None:
    failed = {**registered_device, "push": {**registered_device["push"], "state": "FAILED"}}

    rejected = target.put(DEVICE, failed, device_id=failed["id"])
    read = target.get(DEVICE, device_id=failed["id"])

    state = read.body["push"]["state"].upper()
    assert is_rejected(rejected), f"status {rejected.status}"
    assert state == "ACTIVE"


@requirement(
    "DEV-55",
    MUST,
    "A second PUT of a device with another updateToken is rejected with 4xx and not applied",
    clause=Clause("ably/docs rest-api, put-device-registration", "an update with a different updateToken fails"),
    operations=PUT,
    needs=NEEDS,
)
def test_the_update_token_cannot_be_set(target: Target, registered_device: Json) -> None:
    identity = registered_device["id"]
    before = target.get(DEVICE, device_id=identity).body.get("updateToken")

    rejected = target.put(DEVICE, {**registered_device, "updateToken": "chosen-by-the-client"}, device_id=identity)
    after = target.get(DEVICE, device_id=identity).body.get("updateToken")

    assert is_rejected(rejected), f"status {rejected.status}"
    assert facts(updateToken_changed=after != before) == facts(updateToken_changed=False)


@pytest.mark.parametrize("member", ["platform", "deviceSecret"])
@requirement(
    "DEV-56",
    MUST,
    "A PATCH of platform or deviceSecret is rejected with 4xx and changes no attribute",
    clause=IMMUTABLE,
    operations=[f"PATCH {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_an_update_of_an_immutable_member_is_rejected(target: Target, member: str) -> None:
    before = registered(
        target, device(target.names.fresh("device"), deviceSecret=device_secret(target.names), metadata={"a": "1"})
    )
    other = {"platform": "android", "deviceSecret": device_secret(target.names)}[member]

    rejected = target.patch(DEVICE, {member: other, "metadata": {"b": "2"}}, device_id=before["id"])
    read = target.get(DEVICE, device_id=before["id"])

    assert is_rejected(rejected), f"status {rejected.status}"
    assert device_of(read, before) == before


@requirement(
    "DEV-57",
    SHOULD,
    "A PATCH of a device's form factor is rejected with a 4xx status",
    clause=IMMUTABLE,
    operations=[f"PATCH {DEVICE}"],
    needs=NEEDS,
)
def test_an_update_of_the_form_factor_is_rejected(target: Target, registered_device: Json) -> None:
    rejected = target.patch(DEVICE, {"formFactor": "tablet"}, device_id=registered_device["id"])

    assert is_rejected(rejected), f"status {rejected.status}"


@requirement(
    "DEV-58",
    MUST,
    "A PATCH of a device to an unknown transportType is rejected with 4xx and changes nothing",
    clause=Clause(
        "ably/docs rest-api, patch-device-registration", "the request body has the form of a device registration"
    ),
    operations=[f"PATCH {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_an_update_to_an_unknown_transport_is_rejected(target: Target, registered_device: Json) -> None:
    rejected = target.patch(DEVICE, BAD["transport"], device_id=registered_device["id"])
    read = target.get(DEVICE, device_id=registered_device["id"])

    assert is_rejected(rejected), f"status {rejected.status}"
    assert device_of(read, registered_device) == registered_device


@requirement(
    "DEV-59",
    SHOULD,
    "A PUT with different IDs in path and body is rejected with 4xx and registers no device",
    clause=Clause(pointer("put", DEVICE, "description"), "Device registrations can be upserted"),
    operations=PUT,
    needs=NEEDS,
)
def test_different_ids_in_path_and_body_are_rejected(target: Target) -> None:
    in_path, in_body = target.names.fresh("device"), target.names.fresh("device")

    rejected = target.put(DEVICE, device(in_body), device_id=in_path)
    by_id_in_path, by_id_in_body = (target.get(DEVICE, device_id=each) for each in (in_path, in_body))

    assert is_rejected(rejected), f"status {rejected.status}"
    assert facts(
        status_for_the_id_in_the_path=by_id_in_path.status, status_for_the_id_in_the_body=by_id_in_body.status
    ) == facts(status_for_the_id_in_the_path=404, status_for_the_id_in_the_body=404)


@requirement(
    "DEV-60",
    SHOULD,
    "A POST of a device without an ID is rejected with 400 and code 40000, 40001 or 40015",
    clause=Clause("ably/ably-common errors/codes/40015", "the id of the device is missing or malformed"),
    operations=[f"POST {DEVICES}"],
    needs=(*NEEDS, "any-name"),
)
def test_a_registration_without_id_is_rejected(target: Target) -> None:
    nameless = device("", clientId=target.names.fresh("client"))
    del nameless["id"]

    rejected = target.post(DEVICES, nameless)

    assert rejected.status == 400
    assert rejected.error_code in {40000, 40001, 40015}


@pytest.mark.parametrize("member", ["clientId", "metadata", "deviceSecret"])
@requirement(
    "DEV-61",
    SHOULD,
    "A PUT with a wrongly typed attribute is rejected with 400 and registers no device",
    clause=Clause("#/components/schemas/DeviceDetails/properties", "object"),
    operations=PUT,
    needs=NEEDS,
)
def test_a_member_of_a_wrong_type_is_rejected(target: Target, member: str) -> None:
    value = {"clientId": 42, "metadata": "text", "deviceSecret": ["no", "text"]}[member]

    rejected, read = put_and_read(target, {member: value})

    assert rejected.status == 400
    assert read.status == 404
