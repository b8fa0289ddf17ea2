"""DEV: unregistering devices, by id and by filter: which devices and subscriptions are removed and which are kept."""

from __future__ import annotations

import pytest

from conformance.cases.binding import device_secret
from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.devices import (
    GOOGLE,
    NEEDS,
    Subscribed,
    device,
    device_of,
    everything,
    is_gone,
    push_channel,
    read_until,
    registered,
    subscribe,
    subscribed,
    subscriptions_of,
)
from conformance.suite.steps.endpoints import DEVICE, DEVICES, PUSH_CHANNELS, SUBSCRIPTIONS, pointer
from conformance.target.answer import Answer, is_empty
from conformance.target.client import Target

UNREGISTER = Clause(pointer("delete", DEVICE, "description"), "Unregisters a single device by its device ID.")
CASCADE = Clause(
    pointer("delete", DEVICE, "description"),
    "All its subscriptions for receiving push notifications through channels will also be deleted.",
)
CASCADES = Clause(
    pointer("delete", DEVICES, "description"),
    "All their subscriptions for receiving push notifications through channels will also be deleted.",
)
NOT_BOTH = Clause(pointer("delete", DEVICES, "parameters", "deviceId", "description"), "Cannot be used with clientId.")
AGAIN = Clause(
    "ably/ably-python test/ably/rest/restpush_test",
    "removing a device again, or a device that does not exist, is no error",
)
ANEW = Clause(
    "ably/docs rest-api, patch-device-registration",
    "to change other attributes, deregister the device and register a new one",
)
SYNCHRONOUSLY = {"fullWait": "true"}


def remove_where(target: Target, **filters: str) -> Answer:
    return target.delete(DEVICES, query={**filters, **SYNCHRONOUSLY})


def removed_statuses_of(target: Target, *identities: str) -> dict[str, int]:
    """The status of reading each removed device; polled, because a removal may take effect late."""
    return {each: target.poll(DEVICE, device_id=each, until=is_gone).status for each in identities}


def statuses_of(target: Target, *identities: str) -> dict[str, int]:
    """The status of reading each device."""
    return {each: target.get(DEVICE, device_id=each).status for each in identities}


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

    assert removed.status == 204
    assert status_and_code(read) == rejection(404, 40400)


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

    subscriptions = target.poll(SUBSCRIPTIONS, query={"deviceId": subscribed_device.id}, until=is_empty).body

    assert subscriptions == []


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

    assert facts(first_status=first.status, second_status=second.status) == facts(first_status=204, second_status=204)


@requirement(
    "DEV-63",
    MUST,
    "Unregistering a device keeps other devices, including those whose IDs start with its ID",
    clause=UNREGISTER,
    operations=[f"DELETE {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_unregistering_keeps_other_devices(target: Target) -> None:
    client = target.names.fresh("client")
    gone = registered(target, device(target.names.fresh("device"), clientId=client))["id"]
    others = [registered(target, device(f"{gone}{ending}", clientId=client))["id"] for ending in ("-0", "-x")]

    target.delete(DEVICE, device_id=gone)
    target.poll(DEVICE, device_id=gone, until=is_gone)

    assert statuses_of(target, *others) == dict.fromkeys(others, 200)


@requirement(
    "DEV-64",
    MUST,
    "Unregistering devices by deviceId returns 204 and removes that device and no other",
    clause=Clause(
        pointer("delete", DEVICES, "parameters", "deviceId", "description"),
        "restrict to devices associated with that deviceId",
    ),
    operations=[f"DELETE {DEVICES}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_unregistering_by_device_id(target: Target) -> None:
    client = target.names.fresh("client")
    gone = registered(target, device(target.names.fresh("device"), clientId=client))["id"]
    others = [registered(target, device(f"{gone}{ending}", clientId=client))["id"] for ending in ("-0", "-x")]

    removed = remove_where(target, deviceId=gone)
    statuses = removed_statuses_of(target, gone) | statuses_of(target, *others)

    assert removed.status == 204
    assert statuses == {gone: 404} | dict.fromkeys(others, 200)


@requirement(
    "DEV-65",
    MUST,
    "Unregistering devices by clientId returns 204 and removes exactly that client's devices",
    clause=Clause(
        pointer("delete", DEVICES, "parameters", "clientId", "description"),
        "restrict to devices associated with that clientId",
    ),
    operations=[f"DELETE {DEVICES}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_unregistering_by_client_id(target: Target) -> None:
    client = target.names.fresh("client")
    mine = [registered(target, device(target.names.fresh("device"), clientId=client))["id"] for _ in range(2)]
    near: tuple[Json, ...] = ({"clientId": f"{client}-0"}, {"clientId": f"{client}-x"}, {})
    others = [registered(target, device(target.names.fresh("device"), **each))["id"] for each in near]

    removed = remove_where(target, clientId=client)
    statuses = removed_statuses_of(target, *mine) | statuses_of(target, *others)

    assert removed.status == 204
    assert statuses == dict.fromkeys(mine, 404) | dict.fromkeys(others, 200)


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
    removed = remove_where(target, **{member: target.names.fresh("unknown")})
    read = target.get(DEVICE, device_id=registered_device["id"])

    assert removed.status == 204
    assert read.status == 200


@requirement(
    "DEV-67",
    MUST,
    "Unregistering by both deviceId and clientId is rejected with 400 and removes no device",
    clause=NOT_BOTH,
    operations=[f"DELETE {DEVICES}"],
    needs=NEEDS,
)
def test_unregistering_by_both_ids_is_rejected(target: Target, registered_device: Json) -> None:
    identity = registered_device["id"]
    of_client = registered(target, device(target.names.fresh("device"), clientId=target.names.fresh("client")))

    rejected = remove_where(target, deviceId=identity, clientId=of_client["clientId"])
    statuses = statuses_of(target, identity, of_client["id"])

    assert rejected.status == 400
    assert statuses == {identity: 200, of_client["id"]: 200}


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
    subscriptions = target.poll(SUBSCRIPTIONS, query={"deviceId": identity}, until=is_empty).body

    assert subscriptions == []


@requirement(
    "DEV-69",
    MUST,
    "Unregistering a device keeps the subscriptions of its client and of other devices",
    clause=CASCADE,
    operations=[f"DELETE {DEVICE}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_unregistering_keeps_other_subscriptions(target: Target, registered_device: Json) -> None:
    channel, client = push_channel(target), registered_device["clientId"]
    other = registered(target, device(target.names.fresh("device"), clientId=client))
    kept = [
        subscribe(target, channel=channel, deviceId=other["id"]),
        subscribe(target, channel=channel, clientId=client),
    ]
    subscribed(target, channel, registered_device["id"])

    target.delete(DEVICE, device_id=registered_device["id"])
    left = target.poll(SUBSCRIPTIONS, query={"channel": channel}, until=lambda answer: len(answer.body) <= len(kept))

    assert subscriptions_of(left.body) == subscriptions_of(kept)


@requirement(
    "DEV-70",
    SHOULD,
    "Unregistering devices by clientId keeps the client's own channel subscriptions",
    clause=CASCADES,
    operations=[f"DELETE {DEVICES}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_unregistering_a_client_keeps_its_own_subscriptions(target: Target, registered_device: Json) -> None:
    own = subscribe(target, channel=push_channel(target), clientId=registered_device["clientId"])

    remove_where(target, clientId=registered_device["clientId"])
    target.poll(DEVICE, device_id=registered_device["id"], until=is_gone)
    left = target.get(SUBSCRIPTIONS, query={"clientId": registered_device["clientId"]})

    assert subscriptions_of(left.body) == subscriptions_of([own])


@requirement(
    "DEV-71",
    MUST,
    "An unregistered device can be registered again with another platform and secret",
    clause=ANEW,
    operations=[f"DELETE {DEVICE}", f"PUT {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_removed_device_can_be_registered_again(target: Target) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity, deviceSecret=device_secret(target.names), metadata={"old": "1"}))
    anew = device(identity, deviceSecret=device_secret(target.names), platform="android", push={"recipient": GOOGLE})

    target.delete(DEVICE, device_id=identity)
    target.poll(DEVICE, device_id=identity, until=is_gone)
    target.put(DEVICE, anew, device_id=identity)
    read = read_until(target, anew)

    assert facts(device=device_of(read, anew), metadata=read.body.get("metadata") or {}) == facts(
        device=anew, metadata={}
    )


@requirement(
    "DEV-72",
    MUST,
    "A device that is unregistered and registered again has no old channel subscriptions",
    clause=CASCADE,
    operations=[f"DELETE {DEVICE}", f"PUT {DEVICE}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_a_device_that_is_registered_again_has_no_old_subscriptions(
    target: Target, subscribed_device: Subscribed
) -> None:
    identity = subscribed_device.id
    target.delete(DEVICE, device_id=identity)
    target.poll(DEVICE, device_id=identity, until=is_gone)
    target.poll(SUBSCRIPTIONS, query={"deviceId": identity}, until=is_empty)

    registered(target, device(identity))
    subscriptions = target.get(SUBSCRIPTIONS, query={"deviceId": identity}).body

    assert subscriptions == []


@requirement(
    "DEV-73",
    MUST,
    "A channel whose devices are unregistered by clientId is not in the push channel list",
    clause=CASCADES,
    operations=[f"DELETE {DEVICES}", f"GET {PUSH_CHANNELS}"],
    needs=NEEDS,
)
def test_unregistering_a_client_removes_its_push_channels(target: Target, registered_device: Json) -> None:
    channel = push_channel(target)
    subscribed(target, channel, registered_device["id"])
    with target.arranging():
        target.poll(PUSH_CHANNELS, until=lambda answer: channel in everything(target, answer))

    remove_where(target, clientId=registered_device["clientId"])
    listed = target.poll(PUSH_CHANNELS, until=lambda answer: channel not in everything(target, answer))

    assert facts(channel_listed=channel in everything(target, listed)) == facts(channel_listed=False)
