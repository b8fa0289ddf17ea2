"""Choices of time: clock skew, and effects that become visible with a delay."""

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

LATE = "ably/docs and SDK suites: a write becomes visible within seconds"


def later(act: Callable[[], object]) -> None:
    get_running_loop().call_later(LAG, act)


class Aged:
    """Remembers the last value read and returns it again for LAG seconds."""

    def __init__(self) -> None:
        self.seen: dict[Json, tuple[float, Json]] = {}

    def of(self, key: Json, look: Callable[[], Json]) -> Json:
        since, value = self.seen.get(key, (0.0, None))
        if time.monotonic() - since < LAG:
            return value
        self.seen[key] = (time.monotonic(), look())
        return self.seen[key][1]


def aged_of(part: object) -> Aged:
    """The cache of a part, created on first use."""
    aged: Aged = vars(part).setdefault("aged", Aged())
    return aged


def seen_by(call: Call, app: App) -> Call:
    """The same call with `app` as the application of its caller."""
    return replace(call, identity=replace(call.caller, app=app))


@choice(permitted_by="ably/ably-python test/ably/rest/resttime_test: the time is within 10 s of the client clock")
class ClockAhead(Clock):
    """Runs the clock of the server four seconds ahead."""

    def read(self) -> int:
        return super().read() + APART


@choice(permitted_by="ably/ably-python test/ably/rest/resttime_test: the time is within 10 s of the client clock")
class ClockBehind(Clock):
    """Runs the clock of the server four seconds behind."""

    def read(self) -> int:
        return super().read() - APART


@choice(permitted_by="openapi.yaml, Message: timestamp is when the message was received, in milliseconds")
class SharedMilliseconds(Clock):
    """Gives messages and time requests within one millisecond the same time."""

    def tell(self) -> int:
        return self.now()

    def stamp(self) -> int:
        return self.now()


@choice(permitted_by="ably/docs rest-api, channel enumeration: active channels are listed")
class ChannelsGrowIdle(Channels):
    """Stops listing a channel that was not used for eight seconds."""

    def open(self, app: App, name: str) -> Channel:
        vars(self).setdefault("used", {})[app.id, name] = time.monotonic()
        return super().open(app, name)

    def listed(self, app: App, prefix: str) -> list[Channel]:
        used = vars(self).get("used", {})
        return [each for each in super().listed(app, prefix) if time.monotonic() - used[app.id, each.name] < IDLE]


@choice(
    permitted_by="ably/specification uts/rest/integration/history: the test polls until a message appears", is_slow=True
)
class LateHistory(Messages):
    """Shows a message in history a quarter of a second after its publish."""

    def is_within(self, message: Message, window: Window) -> bool:
        is_late = message.timestamp + LAG * 1000 > self.log.clock.now()
        return not is_late and super().is_within(message, window)


@choice(permitted_by="ably/ably-cocoa issue 2249: a refetch can reach a frontend that has fewer messages", is_slow=True)
class UnevenHistory(Messages):
    """Leaves the messages of the last half second out of every second read of a history."""

    reads = 0

    def history(self, call: Call) -> Reply:
        self.reads += 1
        return super().history(call)

    def is_within(self, message: Message, window: Window) -> bool:
        is_new = message.timestamp + 2 * LAG * 1000 > self.log.clock.now()
        return not (is_new and self.reads % 2) and super().is_within(message, window)


@choice(
    permitted_by="ably/ably-python test/ably/rest/restpush_test: the test waits for a removal by client", is_slow=True
)
class LateDeviceLists(Devices):
    """Lists devices as they were up to a quarter of a second ago."""

    def list_devices(self, call: Call) -> Reply:
        app = call.caller.app
        devices = aged_of(self).of(app.id, lambda: copy(app.devices))
        return super().list_devices(seen_by(call, replace(app, devices=devices)))


@choice(
    permitted_by="ably/ably-python test/ably/rest/restpush_test: the test waits for a removal by client", is_slow=True
)
class LateRemoval(Devices):
    """Deletes devices by clientId a quarter of a second after the answer."""

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
    """Lists subscriptions and push channels as they were up to a quarter of a second ago."""

    def list_subscriptions(self, call: Call) -> Reply:
        return super().list_subscriptions(self.of_late(call))

    def channels_with_subscribers(self, call: Call) -> Reply:
        return super().channels_with_subscribers(self.of_late(call))

    def of_late(self, call: Call) -> Call:
        app = call.caller.app
        return seen_by(call, replace(app, subscriptions=aged_of(self).of(app.id, lambda: copy(app.subscriptions))))


@choice(permitted_by=LATE, is_slow=True)
class LateEnumeration(Channels):
    """Enumerates channels as they were up to a quarter of a second ago."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        known = aged_of(self).of(app.id, lambda: copy(app.channels))
        return super().listed(replace(app, channels=known), prefix)


@choice(permitted_by="ably/docs rest-api, stats: statistics are up to six seconds old", is_slow=True)
class LateStats(Stats):
    """Answers with statistics as they were up to a quarter of a second ago."""

    def intervals(self, app: App, unit: str, window: Window) -> list[Entry]:
        known = aged_of(self).of(app.id, lambda: {start: copy(metrics) for start, metrics in app.minutes.items()})
        return super().intervals(replace(app, minutes=known), unit, window)
