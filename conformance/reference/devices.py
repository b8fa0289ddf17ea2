"""Device registrations: the operations below /push/deviceRegistrations, including resetUpdateToken."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.access import Access, Caller
from conformance.reference.call import Call
from conformance.reference.device_rules import DeviceRules
from conformance.reference.device_tokens import DeviceTokens
from conformance.reference.errors import bad_request, not_found, too_many
from conformance.reference.paging import Entry, PushPaging
from conformance.reference.state import App, Device
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.wire import Json, Reply

MOST_DEVICES = 5000


class Devices:
    def __init__(
        self,
        *,
        access: Access,
        rules: DeviceRules,
        subscriptions: Subscriptions,
        tokens: DeviceTokens,
        paging: PushPaging,
    ) -> None:
        self.access = access
        self.rules = rules
        self.subscriptions = subscriptions
        self.tokens = tokens
        self.paging = paging

    def register(self, call: Call) -> Reply:
        caller = call.caller
        self.require_registrar(caller, None)
        body = call.object_body()
        self.require_registrar(caller, body.get("clientId"))
        device_id = self.rules.id(body)
        self.require_owner(caller, device_id)
        device = self.save(caller, device_id, body)
        identity = self.tokens.identity(caller, device)
        return Reply(201, {**self.details(device), "deviceIdentityToken": identity})

    def require_registrar(self, caller: Caller, client_id: Json) -> None:
        """Requires push-admin, or push-subscribe for a device of the caller's own client (DOC:1248)."""
        if self.access.allows(caller, "push-admin", "*"):
            return
        if not self.access.capabilities.allows_anywhere(caller.capability, "push-subscribe"):
            raise self.access.denied("push-admin", "*")
        if client_id is not None and not self.access.is_client(caller, client_id):
            raise self.access.denied("push-admin", "*")

    def require_owner(self, caller: Caller, device_id: str) -> None:
        known = self.find(caller.app, device_id)
        if known is not None:
            self.access.require_device(caller, device_id, known)

    def put(self, call: Call) -> Reply:
        caller, device_id = call.caller, call.parameter("device")
        self.access.require_device(caller, device_id, self.find(caller.app, device_id))
        body = call.object_body()
        self.rules.require_same_id(body, device_id)
        return Reply(200, self.details(self.save(caller, device_id, body)))

    def save(self, caller: Caller, device_id: str, body: Mapping[str, Json]) -> Device:
        """Registers the device, or replaces it except for its position in lists and its secrets."""
        known = self.find(caller.app, device_id)
        self.rules.require_unchanged(body, known)
        fields = self.rules.fields(body)
        secret = self.rules.secret(body)
        if known is not None:
            device = self.replaced(known, fields, secret)
        else:
            device = self.created(caller, device_id, fields, secret)
        caller.app.devices[device_id] = device
        return device

    def replaced(self, known: Device, fields: Mapping[str, Json], secret: str | None) -> Device:
        return replace(known, fields=fields, secret=secret or known.secret)

    def created(self, caller: Caller, device_id: str, fields: Mapping[str, Json], secret: str | None) -> Device:
        self.rules.id({"id": device_id})
        if len(caller.app.devices) >= MOST_DEVICES:
            raise too_many(f"the application has {MOST_DEVICES} devices")
        update_token = self.tokens.update_token(caller, device_id, fields.get("clientId"))
        return Device(next(caller.app.positions), device_id, caller.app.id, fields, update_token, secret)

    def patch(self, call: Call) -> Reply:
        caller, device_id = call.caller, call.parameter("device")
        known = self.find(caller.app, device_id)
        self.access.require_device(caller, device_id, known)
        device = self.existing(caller.app, device_id)
        body = call.object_body()
        self.require_patch(caller, body, device)
        caller.app.devices[device_id] = patched = self.patched(device, body)
        return Reply(200, self.details(patched))

    def require_patch(self, caller: Caller, body: Mapping[str, Json], device: Device) -> None:
        self.rules.require_same_id(body, device.id)
        self.rules.require_patchable(body)
        self.rules.require_unchanged(body, device)
        if "metadata" in body or "clientId" in body:
            # DOC:1310: only push-admin may change these two; the device itself may change its recipient.
            self.access.require_push_admin(caller)

    def patched(self, device: Device, body: Mapping[str, Json]) -> Device:
        """The device with each given member replaced as a whole; null removes a member."""
        merged = {**device.fields, **{name: body[name] for name in ("clientId", "metadata") if name in body}}
        push = body.get("push")
        if push and push.get("recipient") is not None:
            merged["push"] = push
        return replace(device, fields=self.rules.fields(merged))

    def get(self, call: Call) -> Reply:
        caller, device_id = call.caller, call.parameter("device")
        self.access.require_device(caller, device_id, self.find(caller.app, device_id))
        return Reply(200, self.details(self.existing(caller.app, device_id)))

    def list_devices(self, call: Call) -> Reply:
        caller = call.caller
        self.access.require_push_admin(caller)
        self.refuse_both(call.query)
        window = self.paging.window(call.query)
        page = self.paging.page(self.matching(caller.app, call.query), window)
        reply = self.paging.reply(call.request, page, window, ("deviceId", "clientId", "concatFilters", "direction"))
        return Reply(200, [self.summary(device) for device in page.items], links=reply.links)

    def refuse_both(self, query: Mapping[str, str]) -> None:
        if query.get("concatFilters") != "true" and "deviceId" in query and "clientId" in query:
            raise bad_request("deviceId and clientId exclude each other")

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        devices = sorted(app.devices.values(), key=lambda device: device.position)
        return [(device.position, device) for device in devices if self.matches(device, query)]

    def matches(self, device: Device, query: Mapping[str, str]) -> bool:
        """Whether the device matches the filter, or with concatFilters one of the two."""
        filters = []
        if "deviceId" in query:
            filters.append(device.id == query["deviceId"])
        if "clientId" in query:
            filters.append(device.client_id == query["clientId"])
        return any(filters) or not filters

    def unregister(self, call: Call) -> Reply:
        caller, device_id = call.caller, call.parameter("device")
        self.access.require_device(caller, device_id, self.find(caller.app, device_id))
        self.remove(caller.app, device_id)
        return Reply(204)

    def unregister_where(self, call: Call) -> Reply:
        caller = call.caller
        self.require_remover(caller, call.query.get("deviceId"))
        self.require_one_filter(call.query)
        for _, device in self.matching(caller.app, call.query):
            self.remove(caller.app, device.id)
        return Reply(204)

    def require_remover(self, caller: Caller, device_id: str | None) -> None:
        # A device unregisters itself with this filter (ably-js pushactivation).
        if device_id is None:
            self.access.require_push_admin(caller)
        else:
            self.access.require_device(caller, device_id, self.find(caller.app, device_id))

    def require_one_filter(self, query: Mapping[str, str]) -> None:
        # A request without a filter would delete every device of the application.
        if ("deviceId" in query) == ("clientId" in query):
            raise bad_request("a deletion of devices must have either deviceId or clientId")

    def remove(self, app: App, device_id: str) -> None:
        """Deletes the device with its subscriptions and tokens. Accepts an unknown id: deletions are idempotent."""
        app.devices.pop(device_id, None)
        self.forget_subscriptions(app, device_id)
        self.forget_tokens(app, device_id)

    def forget_subscriptions(self, app: App, device_id: str) -> None:
        self.subscriptions.forget_device(app, device_id)

    def forget_tokens(self, app: App, device_id: str) -> None:
        self.tokens.forget_device(app, device_id)

    def reset_update_token(self, call: Call) -> Reply:
        caller, device_id = call.caller, call.parameter("device")
        self.access.require_device(caller, device_id, self.find(caller.app, device_id))
        device = self.existing(caller.app, device_id)
        caller.app.devices[device_id] = renewed = self.with_new_update_token(caller, device)
        return Reply(200, self.details(renewed))

    def with_new_update_token(self, caller: Caller, device: Device) -> Device:
        self.tokens.forget(caller.app, device.update_token)
        text = self.tokens.update_token(caller, device.id, device.client_id)
        return replace(device, update_token=text)

    def find(self, app: App, device_id: str) -> Device | None:
        return app.devices.get(device_id)

    def existing(self, app: App, device_id: str) -> Device:
        device = self.find(app, device_id)
        if device is None:
            raise not_found(f"device not found: {device_id}")
        return device

    def details(self, device: Device) -> dict[str, Json]:
        secret = {"deviceSecret": device.secret} if device.secret is not None else {}
        return {**self.summary(device), **secret}

    def summary(self, device: Device) -> dict[str, Json]:
        """A device as in a list, without its secret."""
        return {"id": device.id, "appId": device.app_id, **device.fields, "updateToken": device.update_token}
