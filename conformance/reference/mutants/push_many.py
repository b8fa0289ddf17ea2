"""Mutants of push: what is done for the first of several, or undone by a change of something else."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.devices import Devices
from conformance.reference.message_log import Receipt
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.push_delivery import PushDelivery
from conformance.reference.state import App, Device, Message, Subscription
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.wire import Json, Reply


@mutant(breaks="DEV-157")
class PostKeepsMetadata(Devices):
    """Keeps the metadata of a device when a second POST has none."""

    def register(self, call: Call) -> Reply:
        body = call.object_body()
        known = self.find(call.caller.app, str(body.get("id")))
        kept = {"metadata": known.fields["metadata"]} if known and "metadata" in known.fields else {}
        return super().register(replace(call, read_body=lambda _: {**kept, **body}))


@mutant(breaks="DEV-158")
class NewClientsBeginWithoutMetadata(Devices):
    """Removes the metadata of a device when a PATCH changes its clientId."""

    def patched(self, device: Device, body: Mapping[str, Json]) -> Device:
        patched = super().patched(device, body)
        if "clientId" not in body or "metadata" in body:
            return patched
        return replace(patched, fields={name: value for name, value in patched.fields.items() if name != "metadata"})


@mutant(breaks="DEV-159")
class PatchEndsSubscriptions(Devices):
    """Deletes the channel subscriptions of a device when it is changed with PATCH."""

    def patch(self, call: Call) -> Reply:
        self.forget_subscriptions(call.caller.app, call.parameter("device"))
        return super().patch(call)


@mutant(breaks="DEV-159")
class ResetEndsSubscriptions(Devices):
    """Deletes the channel subscriptions of a device when its updateToken is reset."""

    def with_new_update_token(self, caller: Caller, device: Device) -> Device:
        self.forget_subscriptions(caller.app, device.id)
        return super().with_new_update_token(caller, device)


@mutant(breaks="DEV-160")
class PutEndsSubscriptions(Devices):
    """Deletes the channel subscriptions of a device when it is saved again with PUT."""

    def put(self, call: Call) -> Reply:
        self.forget_subscriptions(call.caller.app, call.parameter("device"))
        return super().put(call)


@mutant(breaks="DEV-161")
class ThreeDevicesAreEnough(Devices):
    """Unregisters at most three devices of a client."""

    def unregister_where(self, call: Call) -> Reply:
        matching = [device for _, device in self.matching(call.caller.app, call.query)]
        if len(matching) <= 3:
            return super().unregister_where(call)
        for device in matching[:3]:
            self.remove(call.caller.app, device.id)
        return Reply(204)


@mutant(breaks="DEV-162")
class OneSubscriptionIsForgotten(Subscriptions):
    """Deletes at most three subscriptions of a device that is unregistered."""

    def forget_device(self, app: App, device_id: str) -> None:
        for item in [item for item in app.subscriptions.values() if item.device_id == device_id][:3]:
            self.remove(app, item)


@mutant(breaks="SUB-104")
class ThreeSubscriptionsAreEnough(Subscriptions):
    """Removes at most three subscriptions when a subscriber is unsubscribed from all channels."""

    removed = 0

    def unsubscribe(self, call: Call) -> Reply:
        self.removed = 0
        return super().unsubscribe(call)

    def remove(self, app: App, item: Subscription) -> None:
        self.removed += 1
        if self.removed <= 3:
            super().remove(app, item)


@mutant(breaks="PSH-76")
class MessagesReachThreeDevices(PushDelivery):
    """Pushes a message to at most three of the subscribed devices."""

    def subscribed_devices(self, app: App, channel: str) -> list[Device]:
        return super().subscribed_devices(app, channel)[:3]


@mutant(breaks="PSH-77")
class PushesReachThreeDevices(PushDelivery):
    """Pushes to at most three devices of a client."""

    def to_devices(self, devices: Iterable[Device], payload: Mapping[str, Json]) -> None:
        super().to_devices(list(devices)[:3], payload)


@mutant(breaks="PSH-78")
class ArraysPushTheirFirstMessage(Messages):
    """Pushes only the first message of an array."""

    def push(self, app: App, channel: str, message: Message) -> None:
        _, colon, index = message.fields["id"].rpartition(":")
        if not colon or index == "0":
            super().push(app, channel, message)


@mutant(breaks="PSH-79")
class RepetitionsArePushed(Messages):
    """Pushes a message again when it is published again with the same id."""

    def store(self, app: App, name: str, messages: list[dict[str, Json]]) -> Receipt:
        receipt = super().store(app, name, messages)
        for message in messages if not receipt.added else ():
            self.repeat(app, name, message)
        return receipt

    def repeat(self, app: App, name: str, message: Mapping[str, Json]) -> None:
        payload = (message.get("extras") or {}).get("push")
        if payload is not None:
            self.delivery.to_subscribers(app, name, payload)
