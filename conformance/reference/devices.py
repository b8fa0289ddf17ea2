"""Device registrations: the seven operations below /push/deviceRegistrations, and resetUpdateToken."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.access import Access, Caller
from conformance.reference.call import Call
from conformance.reference.capability import Capabilities
from conformance.reference.clock import Clock, Names
from conformance.reference.device_rules import DeviceRules
from conformance.reference.errors import bad_request, not_found, too_many
from conformance.reference.paging import Entry, PushPaging
from conformance.reference.state import App, Capability, Device, Token
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.tokens import Tokens
from conformance.reference.wire import Json, Reply

MOST_DEVICES = 5000

# A registration is meant to last; its identity token lives as long as any token may.
IDENTITY_LIFE = 24 * 3_600_000

IDENTITY_CAPABILITY: Capability = {"*": ("push-subscribe",)}


class Devices:
    def __init__(
        self,
        *,
        access: Access,
        rules: DeviceRules,
        subscriptions: Subscriptions,
        tokens: Tokens,
        capabilities: Capabilities,
        paging: PushPaging,
        clock: Clock,
        names: Names,
    ) -> None:
        self.access = access
        self.rules = rules
        self.subscriptions = subscriptions
        self.tokens = tokens
        self.capabilities = capabilities
        self.paging = paging
        self.clock = clock
        self.names = names

    def register(self, call: Call) -> Reply:
        caller = call.caller
        self.require_registrar(caller, None)
        body = call.object_body()
        self.require_registrar(caller, body.get("clientId"))
        device_id = self.rules.id(body)
        self.require_owner(caller, device_id)
        device = self.save(caller.app, device_id, body)
        return Reply(201, {**self.details(device), "deviceIdentityToken": self.identity_token(caller, device)})

    def require_registrar(self, caller: Caller, client_id: Json) -> None:
        """Push administration; or push-subscribe, for a device of one's own client (DOC:1248)."""
        if self.access.allows(caller, "push-admin", "*"):
            return
        if not self.capabilities.allows_anywhere(caller.capability, "push-subscribe"):
            raise self.access.denied("push-admin", "*")
        if client_id is not None and not self.access.is_client(caller, client_id):
            raise self.access.denied("push-admin", "*")

    def require_owner(self, caller: Caller, device_id: str) -> None:
        known = self.find(caller.app, device_id)
        if known is not None:
            self.access.require_device(caller, device_id, known)

    def identity_token(self, caller: Caller, device: Device) -> Json:
        now = self.clock.now()
        token = Token(
            text=self.names.token(caller.app.id),
            key=caller.key,
            capability=IDENTITY_CAPABILITY,
            issued=now,
            expires=now + IDENTITY_LIFE,
            client_id=device.client_id,
            device_id=device.id,
        )
        self.tokens.remember(caller.app, token)
        return {**self.tokens.details(token), "deviceId": device.id}

    def put(self, call: Call) -> Reply:
        caller, device_id = call.caller, call.parameter("device")
        self.access.require_device(caller, device_id, self.find(caller.app, device_id))
        body = call.object_body()
        self.rules.require_same_id(body, device_id)
        return Reply(200, self.details(self.save(caller.app, device_id, body)))

    def save(self, app: App, device_id: str, body: Mapping[str, Json]) -> Device:
        """Registers the device, or replaces it entirely but for its place in lists and its secrets."""
        known = self.find(app, device_id)
        self.rules.require_unchanged(body, known)
        fields = self.rules.fields(body)
        secret = self.rules.secret(body)
        device = self.replaced(known, fields, secret) if known else self.created(app, device_id, fields, secret)
        app.devices[device_id] = device
        return device

    def replaced(self, known: Device, fields: Mapping[str, Json], secret: str | None) -> Device:
        return replace(known, fields=fields, secret=secret or known.secret)

    def created(self, app: App, device_id: str, fields: Mapping[str, Json], secret: str | None) -> Device:
        if len(app.devices) >= MOST_DEVICES:
            raise too_many(f"the application has {MOST_DEVICES} devices")
        self.rules.id({"id": device_id})
        return Device(next(app.positions), device_id, fields, self.names.update_token(), secret)

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
        if "metadata" in body:
            # The contract: metadata may only be set by clients with push-admin privileges.
            self.access.require_push_admin(caller)

    def patched(self, device: Device, body: Mapping[str, Json]) -> Device:
        """Each given member replaces the known one as a whole; null removes it."""
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
        """One filter, or with concatFilters either of both."""
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
        # A device deregisters itself with this filter (ably-js pushactivation).
        if device_id is None:
            self.access.require_push_admin(caller)
        else:
            self.access.require_device(caller, device_id, self.find(caller.app, device_id))

    def require_one_filter(self, query: Mapping[str, str]) -> None:
        # Neither would delete every device of the application.
        if ("deviceId" in query) == ("clientId" in query):
            raise bad_request("devices are deleted by deviceId or by clientId, not both")

    def remove(self, app: App, device_id: str) -> None:
        """Silent where there is none: a deletion may be repeated."""
        app.devices.pop(device_id, None)
        self.forget_subscriptions(app, device_id)
        self.forget_tokens(app, device_id)

    def forget_subscriptions(self, app: App, device_id: str) -> None:
        self.subscriptions.forget_device(app, device_id)

    def forget_tokens(self, app: App, device_id: str) -> None:
        for text in [text for text, token in app.tokens.items() if token.device_id == device_id]:
            del app.tokens[text]

    def reset_update_token(self, call: Call) -> Reply:
        caller, device_id = call.caller, call.parameter("device")
        self.access.require_device(caller, device_id, self.find(caller.app, device_id))
        device = replace(self.existing(caller.app, device_id), update_token=self.names.update_token())
        caller.app.devices[device_id] = device
        return Reply(200, self.details(device))

    def find(self, app: App, device_id: str) -> Device | None:
        return app.devices.get(device_id)

    def existing(self, app: App, device_id: str) -> Device:
        device = self.find(app, device_id)
        if device is None:
            raise not_found(f"no device has the id {device_id}")
        return device

    def details(self, device: Device) -> dict[str, Json]:
        secret = {"deviceSecret": device.secret} if device.secret is not None else {}
        return {**self.summary(device), **secret, "updateToken": device.update_token}

    def summary(self, device: Device) -> dict[str, Json]:
        """A device in a list keeps its secrets to itself."""
        return {"id": device.id, **device.fields}
