"""Mutants of push subscriptions: single values, and the links of lists with filters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from conformance.reference.call import Call
from conformance.reference.errors import bad_request
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import Entry, Page, PushPaging, Window
from conformance.reference.state import App, Subscription
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.wire import Json, Reply


class _LinksLose(PushPaging):
    """Leaves a parameter out of the links of push lists."""

    lost: tuple[str, ...] = ()

    def pinned(self, query: Mapping[str, str], page: Page, window: Window, filters: Sequence[str]) -> dict[str, str]:
        pinned = super().pinned(query, page, window, filters)
        return {name: text for name, text in pinned.items() if name not in self.lost}


@mutant(breaks="SUB-91")
class LinksLoseTheDevice(_LinksLose):
    """Leaves the deviceId out of the links of push lists."""

    lost = ("deviceId",)


@mutant(breaks="SUB-91")
class LinksLoseTheClient(_LinksLose):
    """Leaves the clientId out of the links of push lists."""

    lost = ("clientId",)


@mutant(breaks="DEV-151")
class LinksOfDevicesLoseTheClient(_LinksLose):
    """Leaves the clientId out of the links of device lists."""

    lost = ("clientId",)


@mutant(breaks="SUB-92")
class LinksLoseTheConcatenation(_LinksLose):
    """Leaves concatFilters out of the links of push lists."""

    lost = ("concatFilters",)


class _EmptyIsAbsent(Subscriptions):
    """Takes an empty filter for an absent one."""

    ignored: tuple[str, ...] = ("channel", "deviceId", "clientId")

    def without_empty(self, call: Call) -> Call:
        query = {name: text for name, text in call.query.items() if text or name not in self.ignored}
        return replace(call, request=replace(call.request, query=query))


@mutant(breaks="SUB-93")
class EmptyIdsUnsubscribeEverybody(_EmptyIsAbsent):
    """Unsubscribes every subscriber when the ID is empty."""

    def unsubscribe(self, call: Call) -> Reply:
        return super().unsubscribe(self.without_empty(call))

    def require_one(self, device_id: str | None, client_id: str | None) -> None:
        if device_id or client_id:
            super().require_one(device_id, client_id)


@mutant(breaks="SUB-94")
class EmptyChannelsUnsubscribeEverywhere(_EmptyIsAbsent):
    """Unsubscribes from all channels when the channel is empty."""

    ignored = ("channel",)

    def unsubscribe(self, call: Call) -> Reply:
        return super().unsubscribe(self.without_empty(call))


@mutant(breaks="SUB-95")
class EmptyFiltersListEverySubscription(_EmptyIsAbsent):
    """Lists all subscriptions when the filter is empty."""

    def list_subscriptions(self, call: Call) -> Reply:
        return super().list_subscriptions(self.without_empty(call))


@mutant(breaks="SUB-96")
class SubscriptionsInLowerCase(Subscriptions):
    """Shows the channel of a subscription in lower case."""

    def details(self, item: Subscription) -> Json:
        return super().details(replace(item, channel=item.channel.lower()))


@mutant(breaks="SUB-96")
class PushChannelsInLowerCase(Subscriptions):
    """Lists push channels in lower case."""

    def subscribed_channels(self, app: App) -> list[Entry]:
        return [(position, channel.lower()) for position, channel in super().subscribed_channels(app)]


@mutant(breaks="SUB-97")
class ChannelFiltersIgnoreCase(Subscriptions):
    """Matches the channel filter of subscriptions in any letter case."""

    def matches_channel(self, item: Subscription, query: Mapping[str, str]) -> bool:
        return query.get("channel", item.channel).lower() == item.channel.lower()


@mutant(breaks="SUB-98")
class SubscribedClientsMayBeNumbers(Subscriptions):
    """Subscribes a client whose ID is a number under the text of that number."""

    def id(self, body: Mapping[str, Json], name: str) -> str | None:
        value = body.get(name)
        return super().id({name: str(value) if isinstance(value, int) else value}, name)


@mutant(breaks="SUB-99")
class EmptyChannelsAreAChannel(Subscriptions):
    """Subscribes to an empty channel as if it had a name."""

    def channel(self, body: Mapping[str, Json]) -> str:
        return super().channel({**body, "channel": body.get("channel") or "pushenabled:nameless"})


@mutant(breaks="SUB-100")
class UnknownMembersOfSubscriptionsAreRejected(Subscriptions):
    """Rejects a subscription that has a member without a meaning for this server."""

    def channel(self, body: Mapping[str, Json]) -> str:
        if body.keys() - {"channel", "deviceId", "clientId"}:
            raise bad_request("unknown member of a subscription")
        return super().channel(body)


@mutant(breaks="SUB-101")
class ListsBySubscriberShowRemovedSubscriptions(Subscriptions):
    """Keeps a removed subscription in the lists by deviceId and clientId, and takes it out of those by channel."""

    removed: tuple[tuple[str, Subscription], ...] = ()

    def remove(self, app: App, item: Subscription) -> None:
        super().remove(app, item)
        self.removed = (*self.removed, (app.id, item))

    def list_subscriptions(self, call: Call) -> Reply:
        reply = super().list_subscriptions(call)
        if "channel" in call.query or not call.query.keys() & {"deviceId", "clientId"}:
            return reply
        old = [item for id_, item in self.removed if id_ == call.caller.app.id and self.matches(item, call.query)]
        return replace(reply, body=[*reply.body, *map(self.details, old)])


@mutant(breaks="SUB-102")
class SubscriptionsComeInFifties(Subscriptions):
    """Uses a limit of 50 for a subscription list without a limit."""

    def list_subscriptions(self, call: Call) -> Reply:
        query = {"limit": "50", **call.query}
        return super().list_subscriptions(replace(call, request=replace(call.request, query=query)))


class _SmallPages(PushPaging):
    """Lowers any limit of push lists to 100."""

    def largest_limit(self, limit: int) -> int:
        return min(limit, 100)


@mutant(breaks="SUB-103")
class PagesOfSubscriptionsAreSmall(_SmallPages):
    """Lists at most 100 subscriptions on a page, whatever the limit is."""


@mutant(breaks="DEV-156")
class PagesOfDevicesAreSmall(_SmallPages):
    """Lists at most 100 devices on a page, whatever the limit is."""
