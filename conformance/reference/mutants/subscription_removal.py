"""Mutants of removing push subscriptions, of listing push channels, and of paging both lists."""

from collections.abc import Mapping
from typing import ClassVar

from conformance.reference.call import Call
from conformance.reference.errors import bad_value, not_found
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Format
from conformance.reference.paging import Entry, PushPaging, Window
from conformance.reference.state import App, Subscription
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.wire import Reply

Query = Mapping[str, str]


@mutant(breaks="SUB-33")
class UnsubscribingForgetsTheChannel(Subscriptions):
    """Ignores the channel filter when it removes subscriptions."""

    def unsubscribe(self, call: Call) -> Reply:
        whose = {name: value for name, value in call.query.items() if name != "channel"}
        self.require_one(whose.get("deviceId"), whose.get("clientId"))
        for _, item in self.matching(call.caller.app, whose):
            self.remove(call.caller.app, item)
        return Reply(204)


@mutant(breaks="SUB-34")
class UnsubscribingAClientTakesTheChannel(Subscriptions):
    """Removes all subscriptions of a channel when one client unsubscribes."""

    def remove(self, app: App, item: Subscription) -> None:
        for each in list(app.subscriptions.values()):
            if each == item or (item.client_id is not None and each.channel == item.channel):
                super().remove(app, each)


@mutant(breaks="SUB-35")
class UnsubscribingADeviceTakesOne(Subscriptions):
    """Removes only the first of the matching subscriptions of a device."""

    def unsubscribe(self, call: Call) -> Reply:
        query = call.query
        self.require_one(query.get("deviceId"), query.get("clientId"))
        for _, item in self.matching(call.caller.app, query)[: 1 if "deviceId" in query else None]:
            self.remove(call.caller.app, item)
        return Reply(204)


@mutant(breaks="SUB-36")
class UnsubscribingAClientTakesItsDevices(Subscriptions):
    """Removes the subscriptions of a client's devices when the client unsubscribes."""

    def unsubscribe(self, call: Call) -> Reply:
        app = call.caller.app
        mine = {each.id for each in app.devices.values() if each.client_id == call.query.get("clientId")}
        reply = super().unsubscribe(call)
        for item in [item for item in app.subscriptions.values() if item.device_id in mine]:
            self.remove(app, item)
        return reply


@mutant(breaks="SUB-37")
class BothIdsUnsubscribeEither(Subscriptions):
    """Accepts deviceId together with clientId and removes subscriptions that match either."""

    def unsubscribe(self, call: Call) -> Reply:
        for _, item in self.matching(call.caller.app, call.query):
            self.remove(call.caller.app, item)
        return Reply(204)


@mutant(breaks="SUB-38")
class NoSubscriptionIsNotFound(Subscriptions):
    """Answers the unsubscription of a device without any subscription with 404."""

    def unsubscribe(self, call: Call) -> Reply:
        known = {each.device_id for each in call.caller.app.subscriptions.values()}
        asked = call.query.get("deviceId")
        if asked is not None and asked not in known:
            raise not_found("there is no such subscription")
        return super().unsubscribe(call)


@mutant(breaks="SUB-39")
class LeavingTwiceFails(Subscriptions):
    """Answers an unsubscription that matches nothing with 404."""

    def unsubscribe(self, call: Call) -> Reply:
        if not self.matching(call.caller.app, call.query):
            raise not_found("there is no such subscription")
        return super().unsubscribe(call)


@mutant(breaks="SUB-40")
class ChannelsUnsubscribeByPrefix(Subscriptions):
    """Removes all subscriptions of a namespace when neither deviceId nor clientId is given."""

    def unsubscribe(self, call: Call) -> Reply:
        app, query = call.caller.app, call.query
        if "deviceId" in query or "clientId" in query:
            return super().unsubscribe(call)
        namespace = query.get("channel", "").partition(":")[0]
        for item in [each for each in app.subscriptions.values() if each.channel.startswith(namespace)]:
            self.remove(app, item)
        return Reply(204)


@mutant(breaks="SUB-41")
class ChannelsUnsubscribeEverybody(Subscriptions):
    """Removes all subscriptions of a channel when neither deviceId nor clientId is given."""

    def unsubscribe(self, call: Call) -> Reply:
        app, query = call.caller.app, call.query
        if "deviceId" in query or "clientId" in query:
            return super().unsubscribe(call)
        for _, item in self.matching(app, query):
            self.remove(app, item)
        return Reply(204)


@mutant(breaks="SUB-42")
class UnsubscribingUnregisters(Subscriptions):
    """Deletes the device when its subscription is removed."""

    def remove(self, app: App, item: Subscription) -> None:
        super().remove(app, item)
        app.devices.pop(item.device_id or "", None)


@mutant(breaks="SUB-05")
class PushChannelsAreOfClients(Subscriptions):
    """Omits channels with only device subscriptions from the list of push channels."""

    def subscribed_channels(self, app: App) -> list[Entry]:
        found = {item.channel for item in app.subscriptions.values() if item.client_id is not None}
        return [entry for entry in super().subscribed_channels(app) if entry[1] in found]


@mutant(breaks="SUB-06")
class ChannelsOutliveTheirDevices(Subscriptions):
    """Keeps listing a push channel after its last device is deleted."""

    ended: ClassVar[dict[str, dict[str, int]]] = {}

    def forget_device(self, app: App, device_id: str) -> None:
        mine = {each.channel: each.position for each in app.subscriptions.values() if each.device_id == device_id}
        self.ended.setdefault(app.id, {}).update(mine)
        super().forget_device(app, device_id)

    def subscribed_channels(self, app: App) -> list[Entry]:
        ended = {(position, name) for name, position in self.ended.get(app.id, {}).items()}
        return sorted({*super().subscribed_channels(app), *ended})


@mutant(breaks="SUB-43")
class PushChannelsAreOfDevices(Subscriptions):
    """Omits channels with only client subscriptions from the list of push channels."""

    def subscribed_channels(self, app: App) -> list[Entry]:
        found = {item.channel for item in app.subscriptions.values() if item.device_id is not None}
        return [entry for entry in super().subscribed_channels(app) if entry[1] in found]


@mutant(breaks="SUB-44")
class PushChannelsRepeat(Subscriptions):
    """Lists a push channel once for each of its subscriptions."""

    def subscribed_channels(self, app: App) -> list[Entry]:
        return [(item.position, item.channel) for item in app.subscriptions.values()]


@mutant(breaks="SUB-45")
class PushChannelsNeverEnd(Subscriptions):
    """Keeps listing a push channel after its last subscription is removed."""

    ever: ClassVar[dict[str, set[Entry]]] = {}

    def subscribed_channels(self, app: App) -> list[Entry]:
        known = self.ever.setdefault(app.id, set())
        names = {name for _, name in known}
        known |= {entry for entry in super().subscribed_channels(app) if entry[1] not in names}
        return sorted(known)


@mutant(breaks="SUB-46")
class FirstLeaverEndsThePushChannel(Subscriptions):
    """Stops listing a push channel when the first of its subscriptions is removed."""

    left: ClassVar[set[tuple[str, str]]] = set()

    def remove(self, app: App, item: Subscription) -> None:
        self.left.add((app.id, item.channel))
        super().remove(app, item)

    def subscribed_channels(self, app: App) -> list[Entry]:
        return [entry for entry in super().subscribed_channels(app) if (app.id, entry[1]) not in self.left]


@mutant(breaks="SUB-47")
class ActiveChannelsArePushChannels(Subscriptions):
    """Lists channels without subscriptions as push channels if push is enabled for them."""

    def subscribed_channels(self, app: App) -> list[Entry]:
        known = {name for _, name in super().subscribed_channels(app)}
        enabled = {name for name in app.channels if app.namespace_of(name).is_push_enabled}
        return list(enumerate(sorted(known | enabled), 1))


@mutant(breaks="SUB-48")
class PushChannelPagesSkipOne(PushPaging):
    """Skips the first item of every page after the first in push lists."""

    def after_cursor(self, entries: list[Entry], window: Window) -> list[Entry]:
        rest = super().after_cursor(entries, window)
        return rest if window.cursor is None else rest[1:]


@mutant(breaks="SUB-49")
class PushChannelsHaveNoLimit(Subscriptions):
    """Ignores the limit of the list of push channels."""

    def channels_with_subscribers(self, call: Call) -> Reply:
        return Reply(200, [name for _, name in self.subscribed_channels(call.caller.app)])


@mutant(breaks="SUB-50")
class MsgpackPushChannelsAreObjects(Subscriptions):
    """Lists push channels in MessagePack without their namespace."""

    def channels_with_subscribers(self, call: Call) -> Reply:
        reply = super().channels_with_subscribers(call)
        if call.presentation.format is not Format.MSGPACK:
            return reply
        return Reply(200, [name.partition(":")[2] for name in reply.body], links=reply.links)


@mutant(breaks="SUB-51")
class PushChannelNamesAreCut(Subscriptions):
    """Cuts the name of a push channel at the first question mark."""

    def subscribed_channels(self, app: App) -> list[Entry]:
        return [(position, name.partition("?")[0]) for position, name in super().subscribed_channels(app)]


@mutant(breaks="SUB-28")
class SubscriptionPagesRepeat(PushPaging):
    """Repeats the last item of a page at the start of the next one if the limit is above 1."""

    def after_cursor(self, entries: list[Entry], window: Window) -> list[Entry]:
        rest = super().after_cursor(entries, window)
        before = entries[: len(entries) - len(rest)]
        return [*before[-1:], *rest] if window.cursor is not None and window.limit > 1 else rest


@mutant(breaks="SUB-29")
class SubscriptionPagesAreOneShort(PushPaging):
    """Returns one item less than the limit on each page of a push list."""

    def limit(self, query: Query) -> int:
        return max(1, super().limit(query) - 1)


@mutant(breaks="SUB-30")
class HundredSubscriptionsAreTheMost(PushPaging):
    """Rejects a limit above 100 on push lists."""

    def largest_limit(self, limit: int) -> int:
        if limit > 100:
            raise bad_value("limit exceeds 100")
        return limit


@mutant(breaks="SUB-31")
class WordsAreNoPushLimit(PushPaging):
    """Ignores a limit that is not a number on push lists instead of rejecting it."""

    def limit(self, query: Query) -> int:
        return super().limit(query if query.get("limit", "1").isdigit() else {})
