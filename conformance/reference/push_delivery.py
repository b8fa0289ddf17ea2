"""Delivers push notifications to the one transport that can be observed: ablyChannel.

A recipient's ablyUrl never makes the server call out: the key alone says which application here is meant.
"""

from collections.abc import Iterable, Mapping
from hmac import compare_digest

from conformance.reference.apps import Apps
from conformance.reference.capability import Capabilities
from conformance.reference.channels import Channels
from conformance.reference.encoding import json_text
from conformance.reference.errors import Refusal
from conformance.reference.message_log import MessageLog
from conformance.reference.state import App, Device, Key, Subscription
from conformance.reference.wire import Json

# FEAT RSH1a: the name under which a test finds the notification on the channel.
MESSAGE_NAME = "__ably_push__"

TEST_TRANSPORT = "ablyChannel"


class PushDelivery:
    def __init__(self, apps: Apps, capabilities: Capabilities, channels: Channels, log: MessageLog) -> None:
        self.apps = apps
        self.capabilities = capabilities
        self.channels = channels
        self.log = log

    def to_subscribers(self, app: App, channel: str, payload: Mapping[str, Json]) -> None:
        self.to_devices(self.subscribed_devices(app, channel), payload)

    def subscribed_devices(self, app: App, channel: str) -> list[Device]:
        """Each device once, though it be subscribed by its own id and by its client's."""
        subscriptions = [item for item in app.subscriptions.values() if item.channel == channel]
        if not subscriptions:
            return []
        return [device for device in app.devices.values() if self.is_subscribed(device, subscriptions)]

    def is_subscribed(self, device: Device, subscriptions: Iterable[Subscription]) -> bool:
        return any(
            item.device_id == device.id or (item.client_id is not None and item.client_id == device.client_id)
            for item in subscriptions
        )

    def to_client(self, app: App, client_id: str, payload: Mapping[str, Json]) -> None:
        self.to_devices([item for item in app.devices.values() if item.client_id == client_id], payload)

    def to_device(self, app: App, device_id: str, payload: Mapping[str, Json]) -> None:
        device = app.devices.get(device_id)
        self.to_devices([device] if device else [], payload)

    def to_devices(self, devices: Iterable[Device], payload: Mapping[str, Json]) -> None:
        for device in devices:
            self.to_recipient(device.recipient, payload)

    def to_recipient(self, recipient: Mapping[str, Json], payload: Mapping[str, Json]) -> None:
        """Other transports than ablyChannel lead out of here, where nobody listens."""
        if recipient.get("transportType") != TEST_TRANSPORT:
            return
        key = self.key(recipient)
        channel = self.channel(recipient)
        if key and channel and self.capabilities.allows(key.capability, "publish", channel):
            app = self.apps.by_id[key.app_id]
            self.log.append(app, self.channels.open(app, channel), [self.message(payload)])

    def key(self, recipient: Mapping[str, Json]) -> Key | None:
        name, _, secret = str(recipient.get("ablyKey", "")).partition(":")
        try:
            key = self.apps.key(name)
        except Refusal:
            return None
        return key if compare_digest(key.secret.encode(), secret.encode()) else None

    def channel(self, recipient: Mapping[str, Json]) -> str | None:
        try:
            return self.channels.valid_name(str(recipient.get("channel", "")))
        except Refusal:
            return None

    def message(self, payload: Mapping[str, Json]) -> dict[str, Json]:
        return {"name": MESSAGE_NAME, "data": json_text(payload)}
