"""DEV: registering push devices and reading them back, with all their attributes and in both formats."""

from __future__ import annotations

import pytest
from hypothesis import given

from conformance.cases.binding import device_secret
from conformance.facts import facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.devices import (
    APPLE,
    BROWSER,
    FORM_FACTORS,
    GOOGLE,
    IN_MSGPACK,
    NEEDS,
    OLD_GOOGLE,
    PLATFORMS,
    device,
    device_of,
    devices,
    read_until,
    registered,
    saved,
)
from conformance.suite.steps.endpoints import DEVICE, DEVICES, pointer
from conformance.target.answer import arranged
from conformance.target.client import Target

DETAILS = Clause(pointer("get", DEVICE, "description"), "Get the full details of a device.")
REGISTER = Clause(pointer("post", DEVICES, "description"), "Register a device")
SHAPE = Clause("ably/docs rest-api, post-device-registration", "platform, formFactor, metadata, push.recipient")
ANSWER = Clause("ably/docs rest-api, post-device-registration", "a success returns the device just registered")
RUBY = "ably/ably-ruby spec/acceptance/rest/push_admin_spec"
STATE = Clause("ably/ably-js test/rest/push.test", "a device that was saved has the state ACTIVE")
READ = [f"PUT {DEVICE}", f"GET {DEVICE}"]

TEST_CHANNEL = {
    "transportType": "ablyChannel",
    "channel": "pushenabled:conf",
    "ablyKey": "xVLyHw.LMJZxw:not-a-real-secret",
    "ablyUrl": "https://rest.ably.io",
}
RECIPIENTS = (APPLE, GOOGLE, OLD_GOOGLE, BROWSER, TEST_CHANNEL)


@requirement(
    "DEV-01",
    MUST,
    "Reading a device registered with PUT returns every attribute as it was sent",
    clause=DETAILS,
    operations=READ,
    needs=NEEDS,
)
@given(described=devices())
def test_a_registered_device_is_read_back_as_saved(target: Target, described: Json) -> None:
    sent = registered(target, {**described, "id": target.names.fresh("device")})

    read = target.get(DEVICE, device_id=sent["id"])

    assert facts(status=read.status, device=device_of(read, sent)) == facts(status=200, device=sent)


@requirement(
    "DEV-05",
    MUST,
    "Reading a device that does not exist returns 404 and error code 40400",
    clause=Clause("ably/ably-js test/rest/push.test", "a device that was removed is not found: 40400"),
    operations=[f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_an_unknown_device_is_not_found(target: Target) -> None:
    read = target.get(DEVICE, device_id=target.names.fresh("device"))

    assert status_and_code(read) == rejection(404, 40400)


@requirement(
    "DEV-09",
    MUST,
    "Reading a device registered with POST returns every attribute as it was sent",
    clause=REGISTER,
    operations=[f"POST {DEVICES}", f"GET {DEVICE}"],
    needs=NEEDS,
)
@given(described=devices())
def test_a_posted_device_is_read_back_as_saved(target: Target, described: Json) -> None:
    sent = {**described, "id": target.names.fresh("device")}
    with target.arranging():
        arranged(target.post(DEVICES, sent))

    read = read_until(target, sent)

    assert facts(status=read.status, device=device_of(read, sent)) == facts(status=200, device=sent)


@requirement(
    "DEV-10",
    MUST,
    "The response to registering a device with POST contains the device as it was sent",
    clause=ANSWER,
    operations=[f"POST {DEVICES}"],
    needs=NEEDS,
)
def test_a_registration_answers_the_device(target: Target) -> None:
    sent = device(target.names.fresh("device"), clientId=target.names.fresh("client"), metadata={"where": "here"})

    answer = target.post(DEVICES, sent)

    assert answer.status in {200, 201}
    assert device_of(answer, sent) == sent


@requirement(
    "DEV-11",
    MUST,
    "The response to registering a device with PUT contains the device as it was sent",
    clause=Clause("ably/docs rest-api, put-device-registration", "a success returns the updated device"),
    operations=[f"PUT {DEVICE}"],
    needs=NEEDS,
)
def test_a_put_answers_the_device(target: Target) -> None:
    sent = device(target.names.fresh("device"), clientId=target.names.fresh("client"), metadata={"where": "here"})

    answer = target.put(DEVICE, sent, device_id=sent["id"])

    assert answer.status in {200, 201}
    assert device_of(answer, sent) == sent


@requirement(
    "DEV-12",
    MUST,
    "The response to registering a device with POST contains a non-empty updateToken",
    clause=Clause("ably/docs rest-api, post-device-registration", "the response includes an updateToken"),
    operations=[f"POST {DEVICES}"],
    needs=NEEDS,
)
def test_a_registration_answers_an_update_token(target: Target) -> None:
    answer = target.post(DEVICES, device(target.names.fresh("device")))

    token = answer.body.get("updateToken")
    assert facts(updateToken=type(token), updateToken_empty=token == "") == facts(
        updateToken=str, updateToken_empty=False
    )


@requirement(
    "DEV-13",
    SHOULD,
    "The response to registering a device with POST contains a deviceIdentityToken",
    clause=Clause("ably/specification features RSH3b3", "the SDK stores the deviceIdentityToken of the response"),
    operations=[f"POST {DEVICES}"],
    needs=NEEDS,
)
def test_a_registration_answers_an_identity_token(target: Target) -> None:
    sent = device(
        target.names.fresh("device"), clientId=target.names.fresh("client"), deviceSecret=device_secret(target.names)
    )

    identity = target.post(DEVICES, sent).body.get("deviceIdentityToken")

    assert facts(deviceIdentityToken=type(identity)) == facts(deviceIdentityToken=dict)
    assert facts(token_of_deviceIdentityToken=type(identity.get("token"))) == facts(token_of_deviceIdentityToken=str)


@requirement(
    "DEV-14",
    MUST,
    "A newly registered device is read with push.state ACTIVE, in any letter case",
    clause=STATE,
    operations=READ,
    needs=NEEDS,
)
def test_a_registered_device_is_active(target: Target, registered_device: Json) -> None:
    read = target.get(DEVICE, device_id=registered_device["id"])

    # One document writes ACTIVE, another active, the contract Active.
    state = read.body["push"]["state"].upper()
    assert state == "ACTIVE"


@requirement(
    "DEV-15",
    MUST,
    "A newly registered device is listed with push.state ACTIVE, in any letter case",
    clause=Clause("ably/docs rest-api, list-device-registrations", "push.state: active or failed"),
    operations=[f"GET {DEVICES}"],
    needs=NEEDS,
)
def test_a_listed_device_is_active(target: Target, registered_device: Json) -> None:
    listed = target.get(DEVICES, query={"deviceId": registered_device["id"]})

    states = [each["push"]["state"].upper() for each in listed.body]
    assert states == ["ACTIVE"]


@requirement(
    "DEV-16",
    MUST,
    "Reading a device returns the deviceSecret that it was registered with",
    clause=Clause("ably/ably-php tests/PushDeviceRegistrationsTest", "testGet: the deviceSecret is what was saved"),
    operations=READ,
    needs=NEEDS,
)
def test_a_secret_is_read_back(target: Target) -> None:
    sent = registered(target, device(target.names.fresh("device"), deviceSecret=device_secret(target.names)))

    read = target.get(DEVICE, device_id=sent["id"])

    shown = read.body.get("deviceSecret")
    assert facts(deviceSecret=type(shown), deviceSecret_as_sent=shown == sent["deviceSecret"]) == facts(
        deviceSecret=str, deviceSecret_as_sent=True
    )


@requirement(
    "DEV-17",
    MUST,
    "Reading a device that was registered without a deviceSecret returns no deviceSecret",
    clause=Clause(RUBY, "device_secret is nil unless it was configured"),
    operations=READ,
    needs=NEEDS,
)
def test_no_secret_is_made_up(target: Target, registered_device: Json) -> None:
    read = target.get(DEVICE, device_id=registered_device["id"])

    assert read.body.get("deviceSecret") is None


@requirement(
    "DEV-18",
    MUST,
    "A push.errorReason sent in a device registration is ignored",
    clause=Clause(RUBY, "push errors are set only by the service"),
    operations=READ,
    needs=NEEDS,
)
def test_a_sent_error_reason_is_ignored(target: Target) -> None:
    push = {"recipient": APPLE, "errorReason": {"message": "made up by the client"}}
    sent = registered(target, device(target.names.fresh("device"), push=push))

    read = target.get(DEVICE, device_id=sent["id"])

    shown = read.body["push"]
    assert facts(error=shown.get("error"), errorReason=shown.get("errorReason")) == facts(error=None, errorReason=None)


@requirement(
    "DEV-19",
    MUST,
    "Unknown members of a device's push recipient are stored and read back",
    clause=Clause(RUBY, "a recipient keeps the unknown member foo_bar"),
    operations=READ,
    needs=NEEDS,
)
def test_unknown_members_of_a_recipient_are_kept(target: Target) -> None:
    recipient = {**APPLE, "fooBar": "kept"}
    sent = registered(target, device(target.names.fresh("device"), push={"recipient": recipient}))

    read = target.get(DEVICE, device_id=sent["id"])

    assert facts(recipient=saved(read.body["push"]["recipient"], recipient)) == facts(recipient=recipient)


@requirement(
    "DEV-20",
    MUST,
    "Nested device metadata is read back with the same structure and value types",
    clause=Clause(RUBY, "metadata: {foo: bar, deep: {val: true}}"),
    operations=READ,
    needs=NEEDS,
)
def test_nested_metadata_are_kept(target: Target) -> None:
    metadata = {"flat": "text", "deep": {"truth": True, "deeper": {"number": 42, "list": ["a", "b"]}}}
    sent = registered(target, device(target.names.fresh("device"), metadata=metadata))

    read = target.get(DEVICE, device_id=sent["id"])

    assert read.body["metadata"] == metadata


@pytest.mark.parametrize("recipient", RECIPIENTS, ids=[each["transportType"] for each in RECIPIENTS])
@requirement(
    "DEV-21",
    MUST,
    "A device with a recipient of any documented transport type is registered and read back",
    clause=Clause("ably/specification features RSH1a", "apns, fcm, gcm, web, and ablyChannel for tests"),
    operations=READ,
    needs=NEEDS,
)
def test_every_transport_is_read_back(target: Target, recipient: Json) -> None:
    sent = device(target.names.fresh("device"), push={"recipient": recipient})

    answer = target.put(DEVICE, sent, device_id=sent["id"])
    read = read_until(target, sent)

    assert answer.status in {200, 201}
    assert facts(recipient=saved(read.body["push"]["recipient"], recipient)) == facts(recipient=recipient)


@pytest.mark.parametrize("form_factor", FORM_FACTORS)
@requirement(
    "DEV-22",
    MUST,
    "Every documented form factor and platform of a device is stored and read back",
    clause=SHAPE,
    operations=READ,
    needs=NEEDS,
)
def test_every_form_factor_is_read_back(target: Target, form_factor: str) -> None:
    platform = PLATFORMS[FORM_FACTORS.index(form_factor) % len(PLATFORMS)]
    sent = device(target.names.fresh("device"), formFactor=form_factor, platform=platform)

    target.put(DEVICE, sent, device_id=sent["id"])
    read = read_until(target, sent)

    assert facts(status=read.status, device=device_of(read, sent)) == facts(status=200, device=sent)


@requirement(
    "DEV-23",
    MUST,
    "A device registered in JSON is read in MessagePack with the same attributes",
    clause=DETAILS,
    operations=READ,
    needs=IN_MSGPACK,
)
@given(described=devices())
def test_a_device_is_read_as_msgpack(target: Target, described: Json) -> None:
    sent = registered(target, {**described, "id": target.names.fresh("device")})

    read = target.get(DEVICE, device_id=sent["id"], accept=MSGPACK)

    assert facts(status=read.status, device=device_of(read, sent)) == facts(status=200, device=sent)


@pytest.mark.parametrize("operation", [f"PUT {DEVICE}", f"POST {DEVICES}"])
@requirement(
    "DEV-24",
    MUST,
    "A device registered in MessagePack is read in JSON with the same attributes",
    clause=Clause(pointer("put", DEVICE, "requestBody/content"), "application/x-msgpack"),
    operations=[
        "PUT /push/deviceRegistrations/{device_id}",
        "POST /push/deviceRegistrations",
        "GET /push/deviceRegistrations/{device_id}",
    ],
    needs=IN_MSGPACK,
)
def test_a_device_is_registered_in_msgpack(target: Target, operation: str) -> None:
    sent = device(target.names.fresh("device"), metadata={"where": "here"}, push={"recipient": BROWSER})
    method, _, path = operation.partition(" ")
    parameters = {"device_id": sent["id"]} if "{" in path else {}

    target.request(method, path, body=sent, send_as=MSGPACK, accept=MSGPACK, **parameters)
    read = read_until(target, sent)

    assert facts(status=read.status, device=device_of(read, sent)) == facts(status=200, device=sent)


@requirement(
    "DEV-25",
    SHOULD,
    "A device whose ID has to be percent-encoded in the path can be registered and read",
    clause=Clause("#/components/parameters/deviceId/description", "Device's ID."),
    operations=READ,
    needs=NEEDS,
)
def test_an_id_is_decoded(target: Target) -> None:
    sent = device(f"{target.names.fresh('device')}:a/b c")

    target.put(DEVICE, sent, device_id=sent["id"])
    read = read_until(target, sent)

    assert facts(status=read.status, device=device_of(read, sent)) == facts(status=200, device=sent)
