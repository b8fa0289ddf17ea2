"""Mutants of making and listing push subscriptions."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.call import Call
from conformance.reference.decoding import Decoding
from conformance.reference.errors import bad_request, not_found, unauthorized
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Format
from conformance.reference.paging import Entry, PushPaging
from conformance.reference.state import App, Subscription
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.wire import Json, Reply

Ids = tuple[str | None, str | None]


@mutant(breaks="SUB-01")
class DeviceSubscriptionsAreNotListed(Subscriptions):
    """Omits device subscriptions from a list filtered by channel."""

    def matches_channel(self, item: Subscription, query: Mapping[str, str]) -> bool:
        is_hidden = item.device_id is not None and "channel" in query and "deviceId" not in query
        return super().matches_channel(item, query) and not is_hidden


@mutant(breaks="SUB-02")
class DeviceGoesBeforeClient(Subscriptions):
    """Accepts a subscription with both ids and ignores the clientId."""

    def subscriber(self, body: Mapping[str, Json]) -> Ids:
        return super().subscriber({**body, "clientId": None} if body.get("deviceId") else body)


@mutant(breaks="SUB-03")
class NobodyIsSubscribed(Subscriptions):
    """Accepts a subscription with neither deviceId nor clientId."""

    def subscriber(self, body: Mapping[str, Json]) -> Ids:
        return super().subscriber(body if "deviceId" in body or "clientId" in body else {"clientId": "anonymous"})


@mutant(breaks="SUB-04")
class UnknownDevicesAreSubscribed(Subscriptions):
    """Subscribes a device that is not registered."""

    def require_registered(self, app: App, device_id: str | None) -> None:
        pass


@mutant(breaks="SUB-07")
class SubscriptionsAreCounted(Subscriptions):
    """Adds another subscription when the same one is made again."""

    def add(self, app: App, channel: str, device_id: str | None, client_id: str | None) -> Subscription:
        position = next(app.positions)
        item = Subscription(position, channel, device_id, client_id)
        app.subscriptions[(channel, device_id, f"{client_id}#{position}")] = item
        return item


@mutant(breaks="SUB-08")
class ClientsNeedADevice(Subscriptions):
    """Rejects the subscription of a client without registered devices."""

    def add(self, app: App, channel: str, device_id: str | None, client_id: str | None) -> Subscription:
        if client_id is not None and not any(each.client_id == client_id for each in app.devices.values()):
            raise not_found(f"no device of {client_id} is registered")
        return super().add(app, channel, device_id, client_id)


@mutant(breaks="SUB-09")
class SubscriptionsShowBothIds(Subscriptions):
    """Shows the id that a subscription does not have as an empty string."""

    def details(self, item: Subscription) -> Json:
        return {"channel": item.channel, "deviceId": item.device_id or "", "clientId": item.client_id or ""}


@mutant(breaks="SUB-10")
class SubscribingAnswersTheFirstSubscription(Subscriptions):
    """Answers a subscription request with the oldest subscription of the application."""

    def subscribe(self, call: Call) -> Reply:
        first = next(iter(call.caller.app.subscriptions.values()), Subscription(0, "pushenabled:first", "first"))
        return replace(super().subscribe(call), body=self.details(first))


@mutant(breaks="SUB-11")
class SubscribingAnswersNothing(Subscriptions):
    """Answers a subscription request with an empty object."""

    def subscribe(self, call: Call) -> Reply:
        return replace(super().subscribe(call), body={})


@mutant(breaks="SUB-12")
class ChannelsWithoutRuleAreForbidden(Subscriptions):
    """Answers a subscription to a channel without push with 404 instead of 401."""

    def require_push_enabled(self, app: App, channel: str) -> None:
        if not app.namespace_of(channel).is_push_enabled:
            raise not_found("push is not enabled")


@mutant(breaks="SUB-13")
class EveryNamespaceMayPush(Subscriptions):
    """Accepts subscriptions in namespaces for which push is not enabled."""

    def require_push_enabled(self, app: App, channel: str) -> None:
        if channel.partition(":")[0] not in app.namespaces:
            raise unauthorized(40100, "push is not enabled")


@mutant(breaks="SUB-14")
class DeviceIsLookedAtFirst(Subscriptions):
    """Checks that the device is registered before checking that push is enabled for the channel."""

    def subscribe(self, call: Call) -> Reply:
        self.require_registered(call.caller.app, call.object_body().get("deviceId"))
        return super().subscribe(call)


@mutant(breaks="SUB-15")
class ChannelIsMadeUp(Subscriptions):
    """Subscribes to a default channel when the request names none."""

    def channel(self, body: Mapping[str, Json]) -> str:
        return super().channel({"channel": "pushenabled:default", **body})


@mutant(breaks="SUB-16")
class FormsAreReadHalf(Decoding):
    """Reads only the first field of a form."""

    def form(self, body: bytes) -> Json:
        return dict(list(super().form(body).items())[:1])


@mutant(breaks="SUB-17")
class MsgpackSubscriptionsShowDevicesOnly(Subscriptions):
    """Omits client subscriptions from a list in MessagePack."""

    def list_subscriptions(self, call: Call) -> Reply:
        reply = super().list_subscriptions(call)
        if call.presentation.format is not Format.MSGPACK:
            return reply
        return replace(reply, body=[each for each in reply.body if "deviceId" in each])


@mutant(breaks="SUB-18")
class ChannelNamesAreDecodedTwice(Subscriptions):
    """Decodes percent escapes and plus signs in the channel name of a body as in a URL."""

    def channel(self, body: Mapping[str, Json]) -> str:
        return super().channel(body).replace("%41", "A").replace("+", " ")


@mutant(breaks="SUB-19")
class SubscribedChannelsTakePrefixes(Subscriptions):
    """Matches the channel filter as a prefix when listing subscriptions."""

    def matches_channel(self, item: Subscription, query: Mapping[str, str]) -> bool:
        return item.channel.startswith(query.get("channel", ""))


@mutant(breaks="SUB-20")
class SubscribedDevicesTakePrefixes(Subscriptions):
    """Matches the deviceId filter as a prefix when listing subscriptions."""

    def matches_subscriber(self, item: Subscription, query: Mapping[str, str]) -> bool:
        if "deviceId" not in query or "clientId" in query:
            return super().matches_subscriber(item, query)
        return (item.device_id or "").startswith(query["deviceId"])


@mutant(breaks="SUB-21")
class ClientFilterIsIgnored(Subscriptions):
    """Ignores the clientId filter when listing subscriptions."""

    def matches_subscriber(self, item: Subscription, query: Mapping[str, str]) -> bool:
        rest = {name: value for name, value in query.items() if name != "clientId"}
        return super().matches_subscriber(item, rest)


@mutant(breaks="SUB-22")
class FiltersAreAlternatives(Subscriptions):
    """Lists subscriptions that match the channel or the id instead of both."""

    def matches(self, item: Subscription, query: Mapping[str, str]) -> bool:
        if "channel" in query and ("deviceId" in query or "clientId" in query):
            return self.matches_channel(item, query) or self.matches_subscriber(item, query)
        return super().matches(item, query)


@mutant(breaks="SUB-23")
class NothingMeansEverything(Subscriptions):
    """Lists all subscriptions when none matches the filter."""

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        return super().matching(app, query) or super().matching(app, {})


@mutant(breaks="SUB-24")
class IdsAreIds(Subscriptions):
    """Compares a deviceId or clientId filter with both ids of a subscription."""

    def matches_subscriber(self, item: Subscription, query: Mapping[str, str]) -> bool:
        asked = {query[name] for name in ("deviceId", "clientId") if name in query}
        return not asked or bool(asked & {item.device_id, item.client_id})


@mutant(breaks="SUB-25")
class BothFiltersAreConcatenated(Subscriptions):
    """Accepts deviceId together with clientId without concatFilters."""

    def refuse_both(self, query: Mapping[str, str]) -> None:
        pass


@mutant(breaks="SUB-26")
class ConcatenatedFiltersBothApply(Subscriptions):
    """Requires both ids to match with concatFilters, where either is enough."""

    def matches_subscriber(self, item: Subscription, query: Mapping[str, str]) -> bool:
        device_id, client_id = query.get("deviceId", item.device_id), query.get("clientId", item.client_id)
        return (device_id, client_id) == (item.device_id, item.client_id)


@mutant(breaks="SUB-27")
class ConcatenationForgetsTheChannel(Subscriptions):
    """Ignores the channel filter with concatFilters."""

    def matches_channel(self, item: Subscription, query: Mapping[str, str]) -> bool:
        return "concatFilters" in query or super().matches_channel(item, query)


@mutant(breaks="SUB-32")
class DeviceSubscriptionsAreHidden(Subscriptions):
    """Omits device subscriptions from the unfiltered list."""

    def matches(self, item: Subscription, query: Mapping[str, str]) -> bool:
        is_filtered = bool({"channel", "deviceId", "clientId"} & set(query))
        return super().matches(item, query) and (is_filtered or item.device_id is None)


@mutant(breaks="SUB-52")
class UnknownPushParametersAreInvalid(PushPaging):
    """Rejects a push list request with the unknown query parameter colour."""

    def limit(self, query: Mapping[str, str]) -> int:
        if "colour" in query:
            raise bad_request("unknown query parameter: colour")
        return super().limit(query)
