"""Push administration, driven through `ably` from PyPI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ably.sync import AblyRestSync, DeviceDetails, PushChannelSubscription

from conformance.sdk.ably_python import Clients, fresh, pages_of, refusal
from conformance.sdk.local_ably import HOST

PHONE = {"transportType": "fcm", "registrationToken": "token"}


def phone(**members: Any) -> dict[str, Any]:
    device = {"id": fresh("device"), "platform": "android", "formFactor": "phone", "push": {"recipient": PHONE}}
    return {**device, **members}


@pytest.fixture
def device(ably: AblyRestSync) -> Iterator[DeviceDetails]:
    saved = ably.push.admin.device_registrations.save(phone(clientId=fresh("client"), deviceSecret="secret"))
    yield saved
    ably.push.admin.device_registrations.remove(saved.id)


def test_a_device_is_saved_read_and_changed(ably: AblyRestSync, device: DeviceDetails) -> None:
    registrations = ably.push.admin.device_registrations
    read = registrations.get(device.id)
    assert (read.id, read.client_id, read.platform, read.form_factor) == (
        device.id,
        device.client_id,
        "android",
        "phone",
    )
    assert read.push == {"recipient": PHONE, "state": "ACTIVE"}
    changed = phone(id=device.id, formFactor="tablet", metadata={"colour": "red"})
    assert registrations.save(changed).form_factor == "tablet"
    assert registrations.get(device.id).metadata == {"colour": "red"}


def test_a_bad_device_is_refused(ably: AblyRestSync) -> None:
    registrations = ably.push.admin.device_registrations
    assert refusal(registrations.save, phone(push={"colour": "red"})) == (400, 40000)
    assert refusal(registrations.get, "nobody") == (404, 40400)


def test_devices_are_listed_by_id_and_by_client(ably: AblyRestSync, device: DeviceDetails) -> None:
    devices = ably.push.admin.device_registrations.list
    assert device.id in {each.id for each in devices(limit=5000).items}
    assert [each.id for each in devices(deviceId=device.id).items] == [device.id]
    assert [each.id for each in devices(clientId=device.client_id).items] == [device.id]
    assert devices(deviceId="nobody").items == devices(clientId="nobody").items == []


def test_devices_are_listed_page_by_page(ably: AblyRestSync) -> None:
    registrations = ably.push.admin.device_registrations
    owner = fresh("client")
    for _ in range(3):
        registrations.save(phone(clientId=owner))
    assert [len(items) for items in pages_of(registrations.list(clientId=owner, limit=2))] == [2, 1]
    assert registrations.remove_where(clientId=owner).status_code == 204
    assert registrations.list(clientId=owner).items == []


def test_a_device_is_removed_and_again(ably: AblyRestSync, device: DeviceDetails) -> None:
    registrations = ably.push.admin.device_registrations
    assert [registrations.remove(device.id).status_code for _ in range(2)] == [204, 204]
    assert refusal(registrations.get, device.id) == (404, 40400)
    assert registrations.remove_where(deviceId=device.id).status_code == 204


def test_a_device_is_subscribed_and_unsubscribed(ably: AblyRestSync, device: DeviceDetails) -> None:
    subscriptions = ably.push.admin.channel_subscriptions
    subscription = PushChannelSubscription(fresh("pushenabled:channel"), device_id=device.id)
    saved = subscriptions.save(subscription)
    assert (saved.channel, saved.device_id, saved.client_id) == (subscription.channel, device.id, None)
    subscriptions.save(subscription)
    assert [each.device_id for each in subscriptions.list(channel=saved.channel).items] == [device.id]
    assert subscriptions.list(channel=saved.channel, clientId=device.client_id).items == []
    assert saved.channel in subscriptions.list_channels(limit=5000).items
    assert [subscriptions.remove(subscription).status_code for _ in range(2)] == [204, 204]
    assert subscriptions.list(channel=saved.channel).items == []


def test_a_client_is_subscribed_and_unsubscribed(ably: AblyRestSync) -> None:
    subscriptions = ably.push.admin.channel_subscriptions
    channel, owner = fresh("pushenabled:channel"), fresh("client")
    subscriptions.save(PushChannelSubscription(channel, client_id=owner))
    assert [each.channel for each in subscriptions.list(clientId=owner).items] == [channel]
    subscriptions.remove_where(channel=channel, client_id=owner)
    assert subscriptions.list(channel=channel).items == []


def test_a_bad_subscription_is_refused(ably: AblyRestSync, device: DeviceDetails) -> None:
    save = ably.push.admin.channel_subscriptions.save
    assert refusal(save, PushChannelSubscription("elsewhere", device_id=device.id))[0] == 401
    assert refusal(save, PushChannelSubscription("pushenabled:channel", device_id="nobody")) == (400, 40000)


def test_a_removed_device_has_no_subscriptions(ably: AblyRestSync, device: DeviceDetails) -> None:
    subscriptions = ably.push.admin.channel_subscriptions
    channel = fresh("pushenabled:channel")
    subscriptions.save(PushChannelSubscription(channel, device_id=device.id))
    ably.push.admin.device_registrations.remove(device.id)
    assert channel not in subscriptions.list_channels().items


def test_a_notification_reaches_its_recipient(clients: Clients, ably: AblyRestSync) -> None:
    outbox = fresh("outbox")
    key = clients.key()["keyStr"]
    recipient = {"transportType": "ablyChannel", "channel": outbox, "ablyKey": key, "ablyUrl": f"https://{HOST}"}
    payload = {"notification": {"title": "t"}, "data": {"foo": "bar"}}
    ably.push.admin.publish(recipient, payload)
    (message,) = ably.channels.get(outbox).history().items
    assert (message.name, json.loads(message.data)) == ("__ably_push__", payload)


def test_a_bad_notification_is_refused(ably: AblyRestSync) -> None:
    assert refusal(ably.push.admin.publish, {"clientId": "ada"}, {"unknown": 5}) == (400, 40000)
    assert refusal(ably.push.admin.publish, {"who": "ada"}, {"data": {"foo": "bar"}}) == (400, 40000)
    ably.push.admin.publish({"clientId": "nobody"}, {"data": {"foo": "bar"}})


def test_push_administration_needs_its_capability(clients: Clients) -> None:
    admin = clients.make(key=clients.key(1)["keyStr"]).push.admin
    assert refusal(admin.device_registrations.list) == (401, 40160)
    assert refusal(admin.device_registrations.remove, "nobody") == (401, 40160)
    assert refusal(admin.publish, {"clientId": "ada"}, {"data": {}}) == (401, 40160)
