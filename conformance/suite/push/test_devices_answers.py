"""DEV: responses and lists after a change show the new values, and not those of before or of another device."""

from __future__ import annotations

import pytest

from conformance.cases.binding import device_secret
from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.devices import (
    GOOGLE,
    NEEDS,
    OTHER_APPLE,
    device,
    device_ids,
    device_of,
    read_until,
    registered,
    reset,
    saved,
)
from conformance.suite.steps.endpoints import DEVICE, DEVICES, RESET, pointer
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

LIST = Clause(pointer("get", DEVICES, "description"), "List of device details of devices")
SAVED = Clause("ably/docs rest-api, put-device-registration", "a success returns the device just saved")
UPDATED = Clause("ably/docs rest-api, patch-device-registration", "a success returns the updated device")
REGISTERED = Clause("ably/docs rest-api, post-device-registration", "a success returns the device just registered")
UNREGISTERED = Clause(pointer("delete", DEVICE, "description"), "Unregisters a single device by its device ID.")


def changed(target: Target) -> tuple[Json, Json]:
    """A registered device, and the same one with other mutable members."""
    identity = target.names.fresh("device")
    before = device(identity, clientId=target.names.fresh("client"), metadata={"color": "red"})
    after = {**before, "clientId": target.names.fresh("client"), "metadata": {"size": "large"}}
    return registered(target, before), {**after, "push": {"recipient": OTHER_APPLE}}


def listed(target: Target, expected: Json) -> Json:
    """The device in a list by its id, polled until it is as expected."""

    def is_as_expected(answer: Answer) -> bool:
        return [saved(each, expected) for each in answer.body] == [expected]

    found = target.poll(DEVICES, query={"deviceId": expected["id"]}, until=is_as_expected)
    return saved(found.body[0], expected) if found.body else "not listed"


@requirement(
    "DEV-131",
    MUST,
    "The response to a second PUT of a device contains the device as it was sent last",
    clause=SAVED,
    operations=[f"PUT {DEVICE}"],
    needs=NEEDS,
)
def test_a_second_put_answers_the_new_device(target: Target) -> None:
    _, after = changed(target)

    answer = target.put(DEVICE, after, device_id=after["id"])

    assert device_of(answer, after) == after


@requirement(
    "DEV-132",
    MUST,
    "The response to a PATCH contains the clientId and the push recipient that were sent",
    clause=UPDATED,
    operations=[f"PATCH {DEVICE}"],
    needs=NEEDS,
)
def test_a_patch_answers_the_new_values(target: Target) -> None:
    _, after = changed(target)
    change = {name: after[name] for name in ("clientId", "push")}

    answer = target.patch(DEVICE, change, device_id=after["id"])

    assert device_of(answer, change) == change


@requirement(
    "DEV-133",
    SHOULD,
    "The response to a second POST of a device contains the device as it was sent last",
    clause=REGISTERED,
    operations=[f"POST {DEVICES}"],
    needs=NEEDS,
)
def test_a_second_post_answers_the_new_device(target: Target) -> None:
    _, after = changed(target)

    answer = target.post(DEVICES, after)

    assert device_of(answer, after) == after


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@requirement(
    "DEV-134",
    MUST,
    "A device list shows the clientId, metadata and push recipient of the last change",
    clause=LIST,
    operations=[f"GET {DEVICES}", f"PUT {DEVICE}", f"PATCH {DEVICE}"],
    needs=NEEDS,
)
def test_a_list_shows_the_last_change(target: Target, method: str) -> None:
    _, after = changed(target)
    mutable = {name: after[name] for name in ("clientId", "metadata", "push")}

    target.request(method, DEVICE, body=after if method == "PUT" else mutable, device_id=after["id"])

    assert facts(listed_device=listed(target, after)) == facts(listed_device=after)


@requirement(
    "DEV-135",
    SHOULD,
    "A device list shows the form factor of the last PUT",
    clause=Clause(
        "ably/ably-php tests/PushDeviceRegistrationsTest", "testSave: formFactor changes from phone to tablet"
    ),
    operations=[f"GET {DEVICES}", f"PUT {DEVICE}"],
    needs=NEEDS,
)
def test_a_list_shows_the_last_form_factor(target: Target, registered_device: Json) -> None:
    after = {**registered_device, "formFactor": "tablet"}

    target.put(DEVICE, after, device_id=after["id"])

    assert facts(listed_device=listed(target, after)) == facts(listed_device=after)


@pytest.mark.parametrize("removed_by", ["path", "deviceId", "clientId"])
@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "DEV-136",
    MUST,
    "An unregistered device is in no device list by deviceId or clientId",
    clause=UNREGISTERED,
    operations=[f"DELETE {DEVICE}", f"DELETE {DEVICES}", f"GET {DEVICES}"],
    needs=NEEDS,
)
def test_an_unregistered_device_is_not_listed(
    target: Target, registered_device: Json, member: str, removed_by: str
) -> None:
    whose = {"deviceId": registered_device["id"], "clientId": registered_device["clientId"]}
    query = {member: whose[member]}
    with target.arranging():
        arranged(target.poll(DEVICES, query=query, until=lambda answer: bool(answer.body)))

    if removed_by == "path":
        target.delete(DEVICE, device_id=registered_device["id"])
    else:
        target.delete(DEVICES, query={removed_by: whose[removed_by], "fullWait": "true"})
    left = target.poll(DEVICES, query=query, until=lambda answer: not answer.body)

    assert facts(listed_devices=device_ids(left.body)) == facts(listed_devices=[])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@requirement(
    "DEV-137",
    MUST,
    "A changed device is read with push.state ACTIVE, in any letter case",
    clause=Clause("ably/ably-js test/rest/push.test", "a device that was saved has the state ACTIVE"),
    operations=[f"PUT {DEVICE}", f"PATCH {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_changed_device_is_active(target: Target, registered_device: Json, method: str) -> None:
    change = {"metadata": {"size": "large"}, "push": {"recipient": GOOGLE}}
    body = {**registered_device, **change} if method == "PUT" else change

    target.request(method, DEVICE, body=body, device_id=registered_device["id"])
    read = target.poll(
        DEVICE, device_id=registered_device["id"], until=lambda answer: bool(answer.body.get("metadata"))
    )

    state = read.body["push"]["state"].upper()
    assert state == "ACTIVE"


@requirement(
    "DEV-138",
    SHOULD,
    "Two devices have different updateTokens",
    clause=Clause("ably/docs rest-api, post-device-registration", "updateToken: a token for updates of this device"),
    operations=[f"POST {DEVICES}"],
    needs=NEEDS,
)
def test_update_tokens_are_different(target: Target) -> None:
    tokens = {target.post(DEVICES, device(target.names.fresh("device"))).body.get("updateToken") for _ in range(2)}

    assert facts(number_of_different_updateTokens=len(tokens)) == facts(number_of_different_updateTokens=2)


@requirement(
    "DEV-139",
    SHOULD,
    "A deviceIdentityToken names the device and the client that it was issued for",
    clause=Clause(
        "ably/specification features RSH3b3", "deviceIdentityToken: the token details of the device that was registered"
    ),
    operations=[f"POST {DEVICES}"],
    needs=NEEDS,
)
def test_an_identity_token_names_its_device(target: Target) -> None:
    client, identity = target.names.fresh("client"), target.names.fresh("device")
    sent = device(identity, clientId=client, deviceSecret=device_secret(target.names))

    token = target.post(DEVICES, sent).body.get("deviceIdentityToken") or {}

    own = {"deviceId": identity, "clientId": client}
    named = {name: token.get(name, value) for name, value in own.items()}
    assert named == own


@requirement(
    "DEV-152",
    MUST,
    "The response to a reset of the updateToken contains the device as it was changed last",
    clause=Clause(pointer("get", RESET, "description"), "Gets an updated device details object."),
    operations=[f"GET {RESET}"],
    needs=NEEDS,
)
def test_a_reset_answers_the_changed_device(target: Target) -> None:
    _, after = changed(target)
    with target.arranging():
        arranged(target.put(DEVICE, after, device_id=after["id"]))
        read_until(target, after)

    answer = reset(target, after["id"])

    assert device_of(answer, after) == after
