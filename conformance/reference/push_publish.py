"""POST /push/publish: sends a notification to a device, to the devices of a client, or to a transport directly."""

from collections.abc import Mapping

from conformance.reference.access import Access
from conformance.reference.call import Call
from conformance.reference.device_rules import TRANSPORTS
from conformance.reference.errors import bad_request
from conformance.reference.push_delivery import TEST_TRANSPORT, PushDelivery
from conformance.reference.push_payload import MEMBERS, require_push_payload
from conformance.reference.state import App
from conformance.reference.wire import Json, Reply

TEST_RECIPIENT = ("channel", "ablyKey", "ablyUrl")


class PushPublish:
    def __init__(self, access: Access, delivery: PushDelivery) -> None:
        self.access = access
        self.delivery = delivery

    def publish(self, call: Call) -> Reply:
        caller = call.caller
        self.access.require_push_admin(caller)
        body = call.object_body()
        recipient, payload = self.recipient(body), self.payload(body)
        self.deliver(caller.app, recipient, payload)
        return Reply(204)

    def recipient(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        recipient = body.get("recipient")
        if not isinstance(recipient, dict):
            raise bad_request("a push must have a recipient")
        self.require_recipient(recipient)
        return recipient

    def require_recipient(self, recipient: Mapping[str, Json]) -> None:
        named = [name for name in ("clientId", "deviceId", "transportType") if recipient.get(name) is not None]
        if not named:
            raise bad_request("a recipient must have a clientId, a deviceId or a transportType")
        if not all(isinstance(recipient[name], str) and recipient[name] for name in named):
            raise bad_request(f"{named[0]} of a recipient must be a string")
        transport = recipient.get("transportType")
        if transport is not None and transport not in TRANSPORTS:
            raise bad_request(f"transportType must be one of {', '.join(TRANSPORTS)}")
        if transport == TEST_TRANSPORT:
            self.require_test_recipient(recipient)

    def require_test_recipient(self, recipient: Mapping[str, Json]) -> None:
        for name in TEST_RECIPIENT:
            if not isinstance(recipient.get(name), str):
                raise bad_request(f"a recipient of the transport {TEST_TRANSPORT} must have {name}")

    def payload(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """The payload: top-level members as all SDKs send them, or the same members under `push` as in the contract."""
        nested = body.get("push")
        holder = nested if isinstance(nested, dict) else body
        payload = {name: holder[name] for name in MEMBERS if holder.get(name) is not None}
        if not payload:
            raise bad_request(f"a push payload must have one of {', '.join(MEMBERS)}")
        require_push_payload(payload)
        return payload

    def deliver(self, app: App, recipient: Mapping[str, Json], payload: Mapping[str, Json]) -> None:
        if recipient.get("transportType") is not None:
            self.delivery.to_recipient(recipient, payload)
        elif recipient.get("deviceId") is not None:
            self.delivery.to_device(app, recipient["deviceId"], payload)
        else:
            self.delivery.to_client(app, recipient["clientId"], payload)
