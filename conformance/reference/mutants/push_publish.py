"""Mutants of push notifications: validation, recipients and delivery."""

# ruff: noqa: ARG002  an override often ignores an argument

from collections.abc import Iterable, Mapping

from conformance.reference.call import Call
from conformance.reference.devices import Devices
from conformance.reference.errors import Refusal, bad_request, not_found
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.push_delivery import PushDelivery
from conformance.reference.push_publish import PushPublish
from conformance.reference.state import App, Device, Message, Subscription
from conformance.reference.wire import Json, Reply

Payload = Mapping[str, Json]
Recipient = Mapping[str, Json]


@mutant(breaks="PSH-01")
class PushesArriveTwice(PushDelivery):
    """Delivers every notification twice."""

    def to_recipient(self, recipient: Recipient, payload: Payload) -> None:
        super().to_recipient(recipient, payload)
        super().to_recipient(recipient, payload)


@mutant(breaks="PSH-02")
class PushesToNobodyAreTaken(PushPublish):
    """Accepts a push publish without a recipient."""

    def recipient(self, body: Mapping[str, Json]) -> Recipient:
        return super().recipient({"recipient": {"clientId": "nobody"}, **body})


@mutant(breaks="PSH-03")
class PushedPayloadIsAnEncodedObject(PushDelivery):
    """Adds the encoding json to a delivered notification, so that SDKs decode its payload."""

    def message(self, payload: Payload) -> dict[str, Json]:
        return {**super().message(payload), "encoding": "json"}


@mutant(breaks="PSH-04")
class PushesAreCollapsed(PushDelivery):
    """Delivers every notification with the same id, so that later ones are discarded as repeated."""

    def message(self, payload: Payload) -> dict[str, Json]:
        return {**super().message({"notification": payload["notification"]}), "id": "push", "data": "{}"}


@mutant(breaks="PSH-05")
class PushesReachTheNamespace(PushDelivery):
    """Delivers a notification for the channel `foo-x` to the channel `foo`."""

    def channel(self, recipient: Recipient) -> str | None:
        name = super().channel(recipient)
        return name and name.removesuffix("-x")


@mutant(breaks="PSH-06")
class NotificationIsMandatory(PushPublish):
    """Rejects a push publish without a notification."""

    def payload(self, body: Mapping[str, Json]) -> dict[str, Json]:
        payload = super().payload(body)
        if "notification" not in payload:
            raise bad_request("a push must have a notification")
        return payload


@mutant(breaks="PSH-07")
class PushedTextIsAscii(PushDelivery):
    """Replaces non-ASCII characters of a delivered payload by question marks."""

    def message(self, payload: Payload) -> dict[str, Json]:
        message = super().message(payload)
        return {**message, "data": message["data"].encode("ascii", "replace").decode()}


@mutant(breaks="PSH-08")
class MsgpackPushesLoseTheirData(PushPublish):
    """Drops the data of a push publish sent in MessagePack."""

    def publish(self, call: Call) -> Reply:
        if call.request.header(b"content-type") != "application/x-msgpack":
            return super().publish(call)
        body = call.object_body()
        payload = {name: value for name, value in self.payload(body).items() if name != "data"}
        self.deliver(call.caller.app, self.recipient(body), payload)
        return Reply(204)


@mutant(breaks="PSH-09")
class BrowsersAreNotPushedTo(PushPublish):
    """Rejects a push publish to the transport web."""

    def require_recipient(self, recipient: Recipient) -> None:
        super().require_recipient(recipient)
        if recipient.get("transportType") == "web":
            raise bad_request("the transport web is not supported")


@mutant(breaks="PSH-10")
class UnknownClientsAreNotFound(PushDelivery):
    """Answers a push publish to a client without devices with 404."""

    def to_client(self, app: App, client_id: str, payload: Payload) -> None:
        if not any(each.client_id == client_id for each in app.devices.values()):
            raise not_found("no device has that clientId")
        super().to_client(app, client_id, payload)


@mutant(breaks="PSH-11")
class DevicesAreNoRecipients(PushPublish):
    """Rejects a push publish to a deviceId."""

    def require_recipient(self, recipient: Recipient) -> None:
        if "deviceId" in recipient:
            raise bad_request("a recipient must have a clientId or a transportType")
        super().require_recipient(recipient)


@mutant(breaks="PSH-12")
class EmptyRecipientsAreTaken(PushPublish):
    """Accepts a push publish with an empty recipient."""

    def require_recipient(self, recipient: Recipient) -> None:
        super().require_recipient(recipient or {"clientId": "nobody"})

    def deliver(self, app: App, recipient: Recipient, payload: Payload) -> None:
        super().deliver(app, recipient or {"clientId": "nobody"}, payload)


@mutant(breaks="PSH-13")
class UnknownRecipientsAreTaken(PushPublish):
    """Accepts a push publish whose recipient has only unknown members."""

    def publish(self, call: Call) -> Reply:
        recipient = call.object_body().get("recipient")
        known = {"clientId", "deviceId", "transportType"}
        is_unknown = isinstance(recipient, dict) and recipient and not known & set(recipient)
        return Reply(204) if is_unknown else super().publish(call)


@mutant(breaks="PSH-14")
class UnknownTransportsAreTaken(PushPublish):
    """Accepts a push publish to an unknown transport."""

    def require_recipient(self, recipient: Recipient) -> None:
        if recipient.get("transportType") is None or recipient["transportType"] == "ablyChannel":
            super().require_recipient(recipient)


@mutant(breaks="PSH-15")
class AnyPayloadIsPushed(PushPublish):
    """Accepts a push publish with any members as its payload."""

    def payload(self, body: Mapping[str, Json]) -> dict[str, Json]:
        payload = {name: value for name, value in body.items() if name != "recipient"}
        return payload or super().payload(body)


@mutant(breaks="PSH-16")
class EmptyPayloadsArePushed(PushPublish):
    """Accepts a push publish without a payload."""

    def payload(self, body: Mapping[str, Json]) -> dict[str, Json]:
        return super().payload(body) if set(body) - {"recipient"} else {}


@mutant(breaks="PSH-17")
class RefusedPushesArrive(PushPublish):
    """Delivers a notification for a push publish that it rejects."""

    def payload(self, body: Mapping[str, Json]) -> dict[str, Json]:
        try:
            return super().payload(body)
        except Refusal:
            self.delivery.to_recipient(body["recipient"], {"notification": {"title": "refused"}})
            raise


@mutant(breaks="PSH-18")
class ChannelOfATestRecipientIsOptional(PushPublish):
    """Accepts a recipient of the transport ablyChannel without a channel."""

    def require_test_recipient(self, recipient: Recipient) -> None:
        pass


@mutant(breaks="PSH-19")
class DevicePushesAreLost(PushDelivery):
    """Does not deliver a push publish to a deviceId."""

    def to_device(self, app: App, device_id: str, payload: Payload) -> None:
        pass


@mutant(breaks="PSH-20")
class DevicePushesReachTheClient(PushDelivery):
    """Delivers a push publish to a deviceId to all devices of its client."""

    def to_device(self, app: App, device_id: str, payload: Payload) -> None:
        known = app.devices.get(device_id)
        if known is not None and known.client_id is not None:
            self.to_client(app, known.client_id, payload)


@mutant(breaks="PSH-21")
class ClientPushesReachOneDevice(PushDelivery):
    """Delivers a push publish to a clientId only to the first device of the client."""

    def to_client(self, app: App, client_id: str, payload: Payload) -> None:
        self.to_devices([each for each in app.devices.values() if each.client_id == client_id][:1], payload)


@mutant(breaks="PSH-22")
class ClientPushesReachEverybody(PushDelivery):
    """Delivers a push publish to a clientId to every device of the application."""

    def to_client(self, app: App, client_id: str, payload: Payload) -> None:
        self.to_devices(app.devices.values(), payload)


@mutant(breaks="PSH-23")
class ClientSubscriptionsReceiveNothing(PushDelivery):
    """Does not push channel messages to devices that are subscribed through their clientId."""

    def is_subscribed(self, device: Device, subscriptions: Iterable[Subscription]) -> bool:
        return any(item.device_id == device.id for item in subscriptions)


@mutant(breaks="PSH-24")
class MessagesReachAllSubscribers(PushDelivery):
    """Pushes a message to the subscribers of every channel."""

    def subscribed_devices(self, app: App, channel: str) -> list[Device]:
        everything = list(app.subscriptions.values())
        return [device for device in app.devices.values() if self.is_subscribed(device, everything)]


@mutant(breaks="PSH-25")
class EveryMessageIsPushed(Messages):
    """Pushes messages that have no push payload."""

    def push(self, app: App, channel: str, message: Message) -> None:
        self.delivery.to_subscribers(app, channel, {"notification": {"title": "a new message"}})


@mutant(breaks="PSH-26")
class ChannelsPushToEverybody(PushDelivery):
    """Pushes channel messages to every device of the application."""

    def subscribed_devices(self, app: App, channel: str) -> list[Device]:
        return list(app.devices.values())


@mutant(breaks="PSH-27")
class ClientsKeepFormerDevices(Devices):
    """Delivers notifications for a client to its deleted devices too."""

    def remove(self, app: App, device_id: str) -> None:
        device = self.find(app, device_id)
        super().remove(app, device_id)
        if device is not None:
            app.devices[f"former {device_id}"] = device


@mutant(breaks="PSH-28")
class SubscribedTwiceReceivesTwice(PushDelivery):
    """Delivers a notification once for each subscription of a device instead of once."""

    def subscribed_devices(self, app: App, channel: str) -> list[Device]:
        subscriptions = [item for item in app.subscriptions.values() if item.channel == channel]
        return [
            device for device in app.devices.values() for item in subscriptions if self.is_subscribed(device, [item])
        ]
