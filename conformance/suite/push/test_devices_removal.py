"""DEV: unregistering devices, one by one and by filter, and what goes and what stays."""

from __future__ import annotations

import pytest

from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.devices import (
    GOOGLE,
    NEEDS,
    Subscribed,
    device,
    essence,
    everything,
    is_gone,
    push_channel,
    read_until,
    registered,
    saved,
    secret,
    subscribe,
    subscribed,
)
from conformance.suite.steps.endpoints import DEVICE, DEVICES, PUSH_CHANNELS, SUBSCRIPTIONS, pointer
from conformance.target.answer import is_empty
from conformance.target.client import Target

UNREGISTER = Clause(pointer("delete", DEVICE, "description"), "Unregisters a single device by its device ID.")
CASCADE = Clause(
    pointer("delete", DEVICE, "description"),
    "All its subscriptions for receiving push notifications through channels will also be deleted.",
)
WHERE = Clause(pointer("delete", DEVICES, "description"), "Unregisters devices.")
CASCADES = Clause(
    pointer("delete", DEVICES, "description"),
    "All their subscriptions for receiving push notifications through channels will also be deleted.",
)
NOT_BOTH = Clause(pointer("delete", DEVICES, "parameters"), "Cannot be used with clientId.")
AGAIN = Clause(
    "ably/ably-python test/ably/rest/restpush_test",
    "removing a device again, or a device that does not exist, is no error",
)
ANEW = Clause(
    "ably/docs rest-api, patch-device-registration",
    "to change other attributes, deregister the device and register a new one",
)
SYNCHRONOUSLY = {"fullWait": "true"}


def remove_where(target: Target, **filters: str) -> int:
    return target.delete(DEVICES, query={**filters, **SYNCHRONOUSLY}).status


def status_of(target: Target, identity: str, *, gone: bool) -> int:
    """How a device is found: a deletion may take effect late, so one that has to be gone is waited for."""
    if gone:
        return target.poll(DEVICE, device_id=identity, until=is_gone).status
    return target.get(DEVICE, device_id=identity).status


@requirement(
    "DEV-03",
    MUST,
    "Unregistering a device returns 204; reading it then returns 404 and error code 40400",
    clause=UNREGISTER,
    operations=[f"DELETE {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_an_unregistered_device_is_gone(target: Target, registered_device: Json) -> None:
    removed = target.delete(DEVICE, device_id=registered_device["id"])
    read = target.poll(DEVICE, device_id=registered_device["id"], until=is_gone)

    assert (removed.status, read.status, read.error_code) == (204, 404, 40400)


@requirement(
    "DEV-04",
    MUST,
    "Unregistering a device that does not exist returns 204",
    clause=AGAIN,
    operations=[f"DELETE {DEVICE}"],
    needs=NEEDS,
)
def test_unregistering_an_unknown_device_succeeds(target: Target) -> None:
    removed = target.delete(DEVICE, device_id=target.names.fresh("device"))

    assert removed.status == 204


@requirement(
    "DEV-07",
    MUST,
    "Unregistering a device deletes its channel subscriptions",
    clause=CASCADE,
    operations=[f"DELETE {DEVICE}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_unregistering_a_device_deletes_its_subscriptions(target: Target, subscribed_device: Subscribed) -> None:
    target.delete(DEVICE, device_id=subscribed_device.id)

    left = target.poll(SUBSCRIPTIONS, query={"deviceId": subscribed_device.id}, until=is_empty)

    assert left.body == []


@requirement(
    "DEV-62",
    MUST,
    "Unregistering a device a second time returns 204",
    clause=AGAIN,
    operations=[f"DELETE {DEVICE}"],
    needs=NEEDS,
)
def test_unregistering_twice_succeeds(target: Target, registered_device: Json) -> None:
    identity = registered_device["id"]

    first = target.delete(DEVICE, device_id=identity)
    target.poll(DEVICE, device_id=identity, until=is_gone)
    second = target.delete(DEVICE, device_id=identity)

    assert (first.status, second.status) == (204, 204)


@requirement(
    "DEV-63",
    MUST,
    "Unregistering a device keeps other devices, including those whose IDs start with its ID",
    clause=UNREGISTER,
    operations=[f"DELETE {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_unregistering_leaves_other_devices(target: Target) -> None:
    client = target.names.fresh("client")
    gone = registered(target, device(target.names.fresh("device"), clientId=client))["id"]
    others = [registered(target, device(f"{gone}{ending}", clientId=client))["id"] for ending in ("-0", "-x")]

    target.delete(DEVICE, device_id=gone)
    status_of(target, gone, gone=True)
    left = [status_of(target, each, gone=False) for each in others]

    assert left == [200, 200]


@requirement(
    "DEV-64",
    MUST,
    "Unregistering devices by deviceId returns 204 and removes that device and no other",
    clause=Clause(pointer("delete", DEVICES, "parameters"), "restrict to devices associated with that deviceId"),
    operations=[f"DELETE {DEVICES}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_unregistering_by_device_id(target: Target) -> None:
    client = target.names.fresh("client")
    gone = registered(target, device(target.names.fresh("device"), clientId=client))["id"]
    others = [registered(target, device(f"{gone}{ending}", clientId=client))["id"] for ending in ("-0", "-x")]

    status = remove_where(target, deviceId=gone)
    found = [status_of(target, gone, gone=True), *(status_of(target, each, gone=False) for each in others)]

    assert (status, found) == (204, [404, 200, 200])


@requirement(
    "DEV-65",
    MUST,
    "Unregistering devices by clientId returns 204 and removes exactly that client's devices",
    clause=Clause(pointer("delete", DEVICES, "parameters"), "restrict to devices associated with that clientId"),
    operations=[f"DELETE {DEVICES}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_unregistering_by_client_id(target: Target) -> None:
    client = target.names.fresh("client")
    mine = [registered(target, device(target.names.fresh("device"), clientId=client))["id"] for _ in range(2)]
    near: tuple[Json, ...] = ({"clientId": f"{client}-0"}, {"clientId": f"{client}-x"}, {})
    others = [registered(target, device(target.names.fresh("device"), **each))["id"] for each in near]

    status = remove_where(target, clientId=client)
    gone = [status_of(target, each, gone=True) for each in mine]
    left = [status_of(target, each, gone=False) for each in others]

    assert (status, gone, left) == (204, [404, 404], [200, 200, 200])


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "DEV-66",
    MUST,
    "Unregistering devices by a filter that matches nothing returns 204 and removes nothing",
    clause=AGAIN,
    operations=[f"DELETE {DEVICES}"],
    needs=NEEDS,
)
def test_unregistering_without_a_match_succeeds(target: Target, registered_device: Json, member: str) -> None:
    status = remove_where(target, **{member: target.names.fresh("nobody")})

    assert (status, status_of(target, registered_device["id"], gone=False)) == (204, 200)


@requirement(
    "DEV-67",
    MUST,
    "Unregistering by both deviceId and clientId is rejected with 400 and removes no device",
    clause=NOT_BOTH,
    operations=[f"DELETE {DEVICES}"],
    needs=NEEDS,
)
def test_unregistering_by_both_ids_is_refused(target: Target, registered_device: Json) -> None:
    identity = registered_device["id"]
    of_client = registered(target, device(target.names.fresh("device"), clientId=target.names.fresh("client")))

    status = remove_where(target, deviceId=identity, clientId=of_client["clientId"])
    left = [status_of(target, each, gone=False) for each in (identity, of_client["id"])]

    assert (status, left) == (400, [200, 200])


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "DEV-68",
    MUST,
    "Unregistering devices by deviceId or clientId deletes their channel subscriptions",
    clause=CASCADES,
    operations=[f"DELETE {DEVICES}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_unregistering_by_a_filter_deletes_subscriptions(target: Target, registered_device: Json, member: str) -> None:
    identity = registered_device["id"]
    subscribed(target, push_channel(target), identity)

    remove_where(target, **{member: {"deviceId": identity, "clientId": registered_device["clientId"]}[member]})
    left = target.poll(SUBSCRIPTIONS, query={"deviceId": identity}, until=is_empty)

    assert left.body == []


@requirement(
    "DEV-69",
    MUST,
    "Unregistering a device keeps the subscriptions of its client and of other devices",
    clause=CASCADE,
    operations=[f"DELETE {DEVICE}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_unregistering_leaves_other_subscriptions(target: Target, registered_device: Json) -> None:
    channel, client = push_channel(target), registered_device["clientId"]
    other = registered(target, device(target.names.fresh("device"), clientId=client))
    kept = [
        subscribe(target, channel=channel, deviceId=other["id"]),
        subscribe(target, channel=channel, clientId=client),
    ]
    subscribed(target, channel, registered_device["id"])

    target.delete(DEVICE, device_id=registered_device["id"])
    left = target.poll(SUBSCRIPTIONS, query={"channel": channel}, until=lambda answer: len(answer.body) <= len(kept))

    assert essence(left.body) == essence(kept)


@requirement(
    "DEV-70",
    SHOULD,
    "Unregistering devices by clientId keeps the client's own channel subscriptions",
    clause=CASCADES,
    operations=[f"DELETE {DEVICES}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_unregistering_a_client_leaves_its_own_subscriptions(target: Target, registered_device: Json) -> None:
    own = subscribe(target, channel=push_channel(target), clientId=registered_device["clientId"])

    remove_where(target, clientId=registered_device["clientId"])
    status_of(target, registered_device["id"], gone=True)
    left = target.get(SUBSCRIPTIONS, query={"clientId": registered_device["clientId"]})

    assert essence(left.body) == essence([own])


@requirement(
    "DEV-71",
    MUST,
    "An unregistered device can be registered again with another platform and secret",
    clause=ANEW,
    operations=[f"DELETE {DEVICE}", f"PUT {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_device_may_be_registered_anew(target: Target) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity, deviceSecret=secret(target), metadata={"old": "1"}))
    anew = device(identity, deviceSecret=secret(target), platform="android", push={"recipient": GOOGLE})

    target.delete(DEVICE, device_id=identity)
    status_of(target, identity, gone=True)
    target.put(DEVICE, anew, device_id=identity)
    read = read_until(target, anew)

    assert (saved(read.body, anew), read.body.get("metadata") or {}) == (anew, {})


@requirement(
    "DEV-72",
    MUST,
    "A device that is unregistered and registered again has no old channel subscriptions",
    clause=CASCADE,
    operations=[f"DELETE {DEVICE}", f"PUT {DEVICE}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_a_device_anew_has_no_former_subscriptions(target: Target, subscribed_device: Subscribed) -> None:
    identity = subscribed_device.id
    target.delete(DEVICE, device_id=identity)
    status_of(target, identity, gone=True)
    target.poll(SUBSCRIPTIONS, query={"deviceId": identity}, until=is_empty)

    registered(target, device(identity))
    listed = target.get(SUBSCRIPTIONS, query={"deviceId": identity})

    assert listed.body == []


@requirement(
    "DEV-73",
    MUST,
    "A channel whose devices are unregistered by clientId is not in the push channel list",
    clause=CASCADES,
    operations=[f"DELETE {DEVICES}", f"GET {PUSH_CHANNELS}"],
    needs=NEEDS,
)
def test_unregistering_a_client_ends_its_push_channels(target: Target, registered_device: Json) -> None:
    channel = push_channel(target)
    subscribed(target, channel, registered_device["id"])
    with target.arranging():
        target.poll(PUSH_CHANNELS, until=lambda answer: channel in everything(target, answer))

    remove_where(target, clientId=registered_device["clientId"])
    listed = target.poll(PUSH_CHANNELS, until=lambda answer: channel not in everything(target, answer))

    assert channel not in everything(target, listed)
