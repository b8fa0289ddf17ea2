"""DEV: registering, reading and unregistering push devices."""

from __future__ import annotations

from hypothesis import given

from conformance.examiner import Examiner
from conformance.model import MUST, Clause, Json
from conformance.requirement import requirement
from conformance.suite.devices import Subscribed, device, devices, is_gone, registered, saved
from conformance.suite.paths import DEVICE, DEVICES, SUBSCRIPTIONS, pointer
from conformance.target import Target, is_empty

PUSH = ("state", "push")
UPSERT = Clause(pointer("put", DEVICE, "description"), "Device registrations can be upserted")
DETAILS = Clause(pointer("get", DEVICE, "description"), "Get the full details of a device.")
UNREGISTER = Clause(pointer("delete", DEVICE, "description"), "Unregisters a single device by its device ID.")
CASCADE = Clause(
    pointer("delete", DEVICE, "description"),
    "All its subscriptions for receiving push notifications through channels will also be deleted.",
)
PYTHON_SUITE = "ably/ably-python test/ably/rest/restpush_test"


@requirement(
    "DEV-01",
    MUST,
    "A registered device is read back as it was saved",
    clause=DETAILS,
    operations=[f"PUT {DEVICE}", f"GET {DEVICE}"],
    needs=PUSH,
)
@given(described=devices())
def test_a_registered_device_is_read_back_as_saved(target: Target, examiner: Examiner, described: Json) -> None:
    examiner.begin()
    sent = registered(target, {**described, "id": target.names.fresh("device")})

    read = target.get(DEVICE, device_id=sent["id"])

    assert (read.status, saved(read.body, sent)) == (200, sent)


@requirement(
    "DEV-02",
    MUST,
    "A registered device is the only one that a list by its id holds",
    clause=Clause(pointer("get", DEVICES, "parameters"), "restrict to devices associated with that deviceId"),
    operations=[f"GET {DEVICES}"],
    needs=PUSH,
)
def test_a_list_by_id_holds_that_device_alone(target: Target, registered_device: Json) -> None:
    listed = target.get(DEVICES, query={"deviceId": registered_device["id"]})

    assert [each["id"] for each in listed.body] == [registered_device["id"]]


@requirement(
    "DEV-03",
    MUST,
    "An unregistered device is gone",
    clause=UNREGISTER,
    operations=[f"DELETE {DEVICE}", f"GET {DEVICE}"],
    needs=PUSH,
)
def test_an_unregistered_device_is_gone(target: Target, registered_device: Json) -> None:
    removed = target.delete(DEVICE, device_id=registered_device["id"])
    read = target.poll(DEVICE, device_id=registered_device["id"], until=is_gone)

    assert (removed.status, read.status, read.error_code) == (204, 404, 40400)


@requirement(
    "DEV-04",
    MUST,
    "Unregistering a device that is not there succeeds",
    clause=Clause(PYTHON_SUITE, "removing a device again, or one that never was, is no error"),
    operations=[f"DELETE {DEVICE}"],
    needs=PUSH,
)
def test_unregistering_an_unknown_device_succeeds(target: Target) -> None:
    removed = target.delete(DEVICE, device_id=target.names.fresh("device"))

    assert removed.status == 204


@requirement(
    "DEV-05",
    MUST,
    "Reading a device that is not there answers 404 with code 40400",
    clause=Clause("ably/ably-js test/rest/push.test", "a device that was removed is not found: 40400"),
    operations=[f"GET {DEVICE}"],
    needs=PUSH,
)
def test_an_unknown_device_is_not_found(target: Target) -> None:
    read = target.get(DEVICE, device_id=target.names.fresh("device"))

    assert (read.status, read.error_code) == (404, 40400)


@requirement(
    "DEV-06",
    MUST,
    "A device with an unknown platform is refused and not registered",
    clause=Clause("ably/ably-php tests/PushDeviceRegistrationsTest", "an unknown platform is refused"),
    operations=[f"PUT {DEVICE}"],
    needs=PUSH,
)
def test_a_device_with_an_unknown_platform_is_refused(target: Target) -> None:
    unknown = device(target.names.fresh("device"), platform="native")

    refused = target.put(DEVICE, unknown, device_id=unknown["id"])
    read = target.get(DEVICE, device_id=unknown["id"])

    assert (refused.status, read.status) == (400, 404)


@requirement(
    "DEV-07",
    MUST,
    "Unregistering a device deletes its channel subscriptions",
    clause=CASCADE,
    operations=[f"DELETE {DEVICE}", f"GET {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_unregistering_a_device_deletes_its_subscriptions(target: Target, subscribed_device: Subscribed) -> None:
    target.delete(DEVICE, device_id=subscribed_device.id)

    left = target.poll(SUBSCRIPTIONS, query={"deviceId": subscribed_device.id}, until=is_empty)

    assert left.body == []


@requirement(
    "DEV-08",
    MUST,
    "Saving a device again replaces its metadata and leaves one registration",
    clause=UPSERT,
    operations=[f"PUT {DEVICE}", f"GET {DEVICES}"],
    needs=PUSH,
)
def test_saving_again_replaces_metadata(target: Target) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity, metadata={"first": "1", "both": "1"}))

    again = target.put(DEVICE, device(identity, metadata={"both": "2"}), device_id=identity)
    listed = target.get(DEVICES, query={"deviceId": identity})

    assert again.status in {200, 201}
    assert [each["metadata"] for each in listed.body] == [{"both": "2"}]
