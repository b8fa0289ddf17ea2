"""Push subscriptions to channels, by device or by client."""

from collections.abc import Mapping

from conformance.reference.access import Access, Caller
from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.errors import bad_request, too_many, unauthorized
from conformance.reference.paging import Entry, PushPaging
from conformance.reference.state import App, Subscription
from conformance.reference.wire import Json, Reply

MOST_SUBSCRIPTIONS = 50_000


class Subscriptions:
    def __init__(self, access: Access, channels: Channels, paging: PushPaging) -> None:
        self.access = access
        self.channels = channels
        self.paging = paging

    def subscribe(self, call: Call) -> Reply:
        caller = call.caller
        self.require_subscriber_of_any(caller)
        body = call.object_body()
        channel = self.channel(body)
        device_id, client_id = self.subscriber(body)
        self.require_subscriber(caller, channel, device_id, client_id)
        self.require_push_enabled(caller.app, channel)
        self.require_registered(caller.app, device_id)
        return Reply(201, self.details(self.add(caller.app, channel, device_id, client_id)))

    def require_subscriber_of_any(self, caller: Caller) -> None:
        """Requires a push capability before the body is validated: other callers learn nothing about it."""
        allows = self.access.capabilities.allows_anywhere
        if not allows(caller.capability, "push-admin") and not allows(caller.capability, "push-subscribe"):
            raise self.access.denied("push-subscribe", "*")

    def channel(self, body: Mapping[str, Json]) -> str:
        channel = body.get("channel")
        if not isinstance(channel, str):
            raise bad_request("a subscription must have a channel")
        return self.channels.valid_name(channel)

    def subscriber(self, body: Mapping[str, Json]) -> tuple[str | None, str | None]:
        device_id, client_id = self.id(body, "deviceId"), self.id(body, "clientId")
        self.require_one(device_id, client_id)
        return device_id, client_id

    def id(self, body: Mapping[str, Json], name: str) -> str | None:
        value = body.get(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise bad_request(f"{name} of a subscription must be a string")
        return value

    def require_one(self, device_id: str | None, client_id: str | None) -> None:
        if (device_id is None) == (client_id is None):
            raise bad_request("a subscription must have either a deviceId or a clientId")

    def require_subscriber(self, caller: Caller, channel: str, device_id: str | None, client_id: str | None) -> None:
        """Requires push-admin, or push-subscribe for the caller's own client or device (DOC:1607)."""
        if self.access.allows(caller, "push-admin", channel):
            return
        self.access.require(caller, "push-subscribe", channel)
        if not self.is_own(caller, device_id, client_id):
            raise self.access.denied("push-admin", channel)

    def is_own(self, caller: Caller, device_id: str | None, client_id: str | None) -> bool:
        if device_id is not None:
            return self.access.is_device(caller, device_id, caller.app.devices.get(device_id))
        return self.access.is_client(caller, client_id)

    def require_push_enabled(self, app: App, channel: str) -> None:
        # RB/push_admin 824: checked before the device is looked up, and rejected with 401.
        if not app.namespace_of(channel).is_push_enabled:
            raise unauthorized(40100, f"push is not enabled for the namespace of {channel}")

    def require_registered(self, app: App, device_id: str | None) -> None:
        if device_id is not None and device_id not in app.devices:
            raise bad_request(f"no device is registered as {device_id}")

    def add(self, app: App, channel: str, device_id: str | None, client_id: str | None) -> Subscription:
        """The subscription, created unless it exists: subscribing is idempotent."""
        key = (channel, device_id, client_id)
        if key not in app.subscriptions:
            if len(app.subscriptions) >= MOST_SUBSCRIPTIONS:
                raise too_many(f"the application has {MOST_SUBSCRIPTIONS} push subscriptions")
            app.subscriptions[key] = Subscription(next(app.positions), *key, app_id=app.id)
        return app.subscriptions[key]

    def list_subscriptions(self, call: Call) -> Reply:
        caller, query = call.caller, call.query
        self.require_reader(caller, query)
        self.refuse_both(query)
        window = self.paging.window(query)
        page = self.paging.page(self.matching(caller.app, query), window)
        filters = ("channel", "deviceId", "clientId", "concatFilters", "direction")
        reply = self.paging.reply(call.request, page, window, filters)
        return Reply(200, [self.details(item) for item in page.items], links=reply.links)

    def require_reader(self, caller: Caller, query: Mapping[str, str]) -> None:
        """Requires push-admin, or push-subscribe for the caller's own subscriptions, which ably-js lists so."""
        channel = query.get("channel", "*")
        if self.access.allows(caller, "push-admin", channel):
            return
        own = self.is_own(caller, query.get("deviceId"), query.get("clientId"))
        if not own or not self.access.allows(caller, "push-subscribe", channel):
            raise self.access.denied("push-admin", channel)

    def refuse_both(self, query: Mapping[str, str]) -> None:
        if query.get("concatFilters") != "true" and "deviceId" in query and "clientId" in query:
            raise bad_request("deviceId and clientId exclude each other without concatFilters")

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        """The subscriptions that match the filters, oldest first."""
        return [(item.position, item) for item in app.subscriptions.values() if self.matches(item, query)]

    def matches(self, item: Subscription, query: Mapping[str, str]) -> bool:
        return self.matches_channel(item, query) and self.matches_subscriber(item, query)

    def matches_channel(self, item: Subscription, query: Mapping[str, str]) -> bool:
        return query.get("channel", item.channel) == item.channel

    def matches_subscriber(self, item: Subscription, query: Mapping[str, str]) -> bool:
        """Whether the subscription matches the id, or with concatFilters one of the two."""
        filters = []
        if "deviceId" in query:
            filters.append(item.device_id == query["deviceId"])
        if "clientId" in query:
            # Subscriptions of a client's devices are not those of the client (PY/restpush).
            filters.append(item.client_id == query["clientId"])
        return any(filters) or not filters

    def unsubscribe(self, call: Call) -> Reply:
        caller, query = call.caller, call.query
        self.require_subscriber_of_any(caller)
        self.require_one(query.get("deviceId"), query.get("clientId"))
        channel = query.get("channel", "*")
        self.require_subscriber(caller, channel, query.get("deviceId"), query.get("clientId"))
        for _, item in self.matching(caller.app, query):
            self.remove(caller.app, item)
        return Reply(204)

    def remove(self, app: App, item: Subscription) -> None:
        app.subscriptions.pop((item.channel, item.device_id, item.client_id), None)

    def forget_device(self, app: App, device_id: str) -> None:
        for item in [item for item in app.subscriptions.values() if item.device_id == device_id]:
            self.remove(app, item)

    def channels_with_subscribers(self, call: Call) -> Reply:
        caller = call.caller
        self.access.require_push_admin(caller)
        window = self.paging.window(call.query)
        page = self.paging.page(self.subscribed_channels(caller.app), window)
        return self.paging.reply(call.request, page, window, ("direction",))

    def subscribed_channels(self, app: App) -> list[Entry]:
        """Each channel once, at the position of its oldest subscription."""
        first: dict[str, int] = {}
        for item in app.subscriptions.values():
            first.setdefault(item.channel, item.position)
        return [(position, channel) for channel, position in first.items()]

    def details(self, item: Subscription) -> Json:
        details = {
            "channel": item.channel,
            "deviceId": item.device_id,
            "clientId": item.client_id,
            "appId": item.app_id,
        }
        return {name: value for name, value in details.items() if value is not None}
