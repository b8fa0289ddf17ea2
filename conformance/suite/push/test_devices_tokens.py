"""DEV: resetting the update token of a device."""

from __future__ import annotations

from conformance.cases.binding import device_secret
from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected, rejection, status_and_code
from conformance.suite.steps.devices import NEEDS, device, device_of, registered, reset
from conformance.suite.steps.endpoints import DEVICE, RESET, pointer
from conformance.target.client import Target

SUMMARY = Clause(pointer("get", RESET, "summary"), "Reset a registered device's update token")
UPDATED = Clause(pointer("get", RESET, "description"), "Gets an updated device details object.")
OPERATION = [f"GET {RESET}"]


@requirement(
    "DEV-86",
    MUST,
    "Each reset of the updateToken returns a token that the device has not had before",
    clause=SUMMARY,
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_reset_gives_a_new_token(target: Target, registered_device: Json) -> None:
    identity = registered_device["id"]
    original = target.get(DEVICE, device_id=identity).body.get("updateToken") or ""

    tokens = [original, *(reset(target, identity).body["updateToken"] for _ in range(2))]

    assert facts(types_of_updateToken=[type(each) for each in tokens]) == facts(types_of_updateToken=[str, str, str])
    assert facts(number_of_different_updateTokens=len(set(tokens))) == facts(number_of_different_updateTokens=3)


@requirement(
    "DEV-87",
    MUST,
    "Resetting the updateToken changes no other attribute of the device",
    clause=UPDATED,
    operations=[*OPERATION, f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_reset_changes_nothing_else(target: Target) -> None:
    names = target.names
    members = {"clientId": names.fresh("client"), "metadata": {"color": "red"}, "deviceSecret": device_secret(names)}
    sent = registered(target, device(names.fresh("device"), **members))

    reset(target, sent["id"])
    read = target.get(DEVICE, device_id=sent["id"])

    assert device_of(read, sent) == sent


@requirement(
    "DEV-88",
    MUST,
    "Resetting the updateToken returns the device; later reads show the new token or none",
    clause=UPDATED,
    operations=[*OPERATION, f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_reset_answers_the_device(target: Target, registered_device: Json) -> None:
    answer = reset(target, registered_device["id"])
    # The documentation shows the token only in the responses to a registration and to a reset.
    accepted = {answer.body.get("updateToken"), None}
    read = target.poll(
        DEVICE, device_id=registered_device["id"], until=lambda answer: answer.body.get("updateToken") in accepted
    )

    assert device_of(answer, registered_device) == registered_device
    assert facts(updateToken_new_or_absent=read.body.get("updateToken") in accepted) == facts(
        updateToken_new_or_absent=True
    )


@requirement(
    "DEV-89",
    MUST,
    "Resetting an unknown device's updateToken is rejected with 4xx and registers nothing",
    clause=SUMMARY,
    operations=[*OPERATION, f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_reset_for_an_unknown_device_is_rejected(target: Target) -> None:
    identity = target.names.fresh("device")

    rejected = reset(target, identity)
    read = target.get(DEVICE, device_id=identity)

    assert is_rejected(rejected), f"status {rejected.status}"
    assert read.status == 404


@requirement(
    "DEV-90",
    SHOULD,
    "Resetting an unknown device's updateToken is rejected with 404 and error code 40400",
    clause=Clause("ably/ably-common errors/codes/40400", "a resource that does not exist is not found"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_reset_for_an_unknown_device_is_not_found(target: Target) -> None:
    rejected = reset(target, target.names.fresh("device"))

    assert status_and_code(rejected) == rejection(404, 40400)


@requirement(
    "DEV-91",
    MUST,
    "Resetting a device's updateToken does not change the updateToken of another device",
    clause=SUMMARY,
    operations=[*OPERATION, f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_reset_keeps_the_tokens_of_other_devices(target: Target, registered_device: Json) -> None:
    other = registered(target, device(target.names.fresh("device"), clientId=registered_device["clientId"]))
    before = target.get(DEVICE, device_id=other["id"]).body.get("updateToken")

    reset(target, registered_device["id"])
    after = target.get(DEVICE, device_id=other["id"]).body.get("updateToken")

    assert facts(updateToken_changed=after != before) == facts(updateToken_changed=False)
