"""Delivers push notifications to ablyChannel, the only transport that a client can observe.

The server sends no requests: it ignores the ablyUrl of a recipient and finds one of its own applications by the key.
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

# FEAT RSH1a: the name of the message that contains the notification.
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
        """Each subscribed device once, even if it is subscribed both by its id and by its clientId."""
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
        """Publishes the payload on the channel of the recipient; discards it for other transports than ablyChannel."""
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
