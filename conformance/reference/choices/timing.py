"""Choices of time: clocks that differ, and effects that show a little late."""

import time
from asyncio import get_running_loop
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import partial

from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.choices.mark import choice
from conformance.reference.clock import Clock
from conformance.reference.devices import Devices
from conformance.reference.messages import Messages
from conformance.reference.paging import Entry, Window
from conformance.reference.state import App, Channel, Message
from conformance.reference.stats import Stats
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.wire import Json, Reply

APART = 4_000
LAG = 0.25
IDLE = 8.0

LATE = "ably/docs and SDK suites wait for what was written: it shows within seconds"


def later(act: Callable[[], object]) -> None:
    get_running_loop().call_later(LAG, act)


class Aged:
    """Remembers what was seen last, and shows it again for a while."""

    def __init__(self) -> None:
        self.seen: dict[Json, tuple[float, Json]] = {}

    def of(self, key: Json, look: Callable[[], Json]) -> Json:
        since, value = self.seen.get(key, (0.0, None))
        if time.monotonic() - since < LAG:
            return value
        self.seen[key] = (time.monotonic(), look())
        return self.seen[key][1]


def aged_of(part: object) -> Aged:
    """What a part was seen like; each has its own."""
    aged: Aged = vars(part).setdefault("aged", Aged())
    return aged


def seen_by(call: Call, app: App) -> Call:
    """The same call, whose caller sees this application."""
    return replace(call, identity=replace(call.caller, app=app))


@choice(permitted_by="ably/ably-python test/ably/rest/resttime_test: within 10 s of the clock of the client")
class ClockAhead(Clock):
    """The server's clock is some seconds ahead."""

    def read(self) -> int:
        return super().read() + APART


@choice(permitted_by="ably/ably-python test/ably/rest/resttime_test: within 10 s of the clock of the client")
class ClockBehind(Clock):
    """The server's clock is some seconds behind."""

    def read(self) -> int:
        return super().read() - APART


@choice(permitted_by="openapi.yaml, Message: timestamp is when the message was received, in milliseconds")
class SharedMilliseconds(Clock):
    """What happens within a millisecond bears the same time, told or stamped."""

    def tell(self) -> int:
        return self.now()

    def stamp(self) -> int:
        return self.now()


@choice(permitted_by="ably/docs rest-api, channel enumeration: active channels are listed")
class ChannelsGrowIdle(Channels):
    """A channel that nobody used for a few seconds is not active, and not listed."""

    def open(self, app: App, name: str) -> Channel:
        vars(self).setdefault("used", {})[app.id, name] = time.monotonic()
        return super().open(app, name)

    def listed(self, app: App, prefix: str) -> list[Channel]:
        used = vars(self).get("used", {})
        return [each for each in super().listed(app, prefix) if time.monotonic() - used[app.id, each.name] < IDLE]


@choice(
    permitted_by="ably/specification uts/rest/integration/history: a history is read until it is there", is_slow=True
)
class LateHistory(Messages):
    """A message shows in history a moment after its publish."""

    def is_within(self, message: Message, window: Window) -> bool:
        is_late = message.timestamp + LAG * 1000 > self.log.clock.now()
        return not is_late and super().is_within(message, window)


@choice(permitted_by="ably/ably-python test/ably/rest/restpush_test: a removal by client is waited for", is_slow=True)
class LateDeviceLists(Devices):
    """A list of devices is a moment old."""

    def list_devices(self, call: Call) -> Reply:
        app = call.caller.app
        devices = aged_of(self).of(app.id, lambda: copy(app.devices))
        return super().list_devices(seen_by(call, replace(app, devices=devices)))


@choice(permitted_by="ably/ably-python test/ably/rest/restpush_test: a removal by client is waited for", is_slow=True)
class LateRemoval(Devices):
    """What is removed by client is there for a moment yet."""

    def unregister_where(self, call: Call) -> Reply:
        if "clientId" not in call.query:
            return super().unregister_where(call)
        self.require_remover(call.caller, None)
        self.require_one_filter(call.query)
        app, gone = call.caller.app, [device.id for _, device in self.matching(call.caller.app, call.query)]
        later(partial(self.remove_all, app, gone))
        return Reply(204)

    def remove_all(self, app: App, gone: list[str]) -> None:
        for each in gone:
            self.remove(app, each)


@choice(permitted_by=LATE, is_slow=True)
class LateSubscriptions(Subscriptions):
    """A list of subscriptions, or of channels that have some, is a moment old."""

    def list_subscriptions(self, call: Call) -> Reply:
        return super().list_subscriptions(self.of_late(call))

    def channels_with_subscribers(self, call: Call) -> Reply:
        return super().channels_with_subscribers(self.of_late(call))

    def of_late(self, call: Call) -> Call:
        app = call.caller.app
        return seen_by(call, replace(app, subscriptions=aged_of(self).of(app.id, lambda: copy(app.subscriptions))))


@choice(permitted_by=LATE, is_slow=True)
class LateEnumeration(Channels):
    """The enumeration of channels is a moment old."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        known = aged_of(self).of(app.id, lambda: copy(app.channels))
        return super().listed(replace(app, channels=known), prefix)


@choice(permitted_by="ably/docs rest-api, stats: statistics are up to six seconds old", is_slow=True)
class LateStats(Stats):
    """Statistics are a moment old."""

    def intervals(self, app: App, unit: str, window: Window) -> list[Entry]:
        known = aged_of(self).of(app.id, lambda: {start: copy(metrics) for start, metrics in app.minutes.items()})
        return super().intervals(replace(app, minutes=known), unit, window)
