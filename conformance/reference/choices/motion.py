"""Choices of motion: what was deleted shows for a while, reads go back and forth until they settle, and the frontends
and the routing layer of a distributed server show.

Each is judged alone, too, by the areas of the suite that meet it. All times are shorter than the patience of a profile.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle

from conformance.reference.access import Access
from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.choices.mark import choice
from conformance.reference.choices.timing import seen_by
from conformance.reference.paging import Entry, Page, Paging, Window
from conformance.reference.presence import Presence
from conformance.reference.routing import Route
from conformance.reference.service import Service
from conformance.reference.state import App, Channel
from conformance.reference.wire import Answer, Json, Reply, Request

SOON, LATE = 0.3, 3.0
"""Seconds until a deletion no longer shows, and until one in LATE_ONES does not."""

LATE_ONES = 10
SETTLED = 0.1
"""Seconds after which a change is seen by every read."""

UNSETTLED = 1.0
"""Seconds from the first read of a channel, in which its members come and go."""

UNAVAILABLE_EVERY = 197
LIMITED_EVERY = 211
SIZES = (0, 1, 1_000, 0, 2)
"""How many channels the pages of an enumeration hold, as far as the limit allows."""

READS = frozenset(
    {
        "getRegisteredPushDevices",
        "getPushDeviceDetails",
        "getPushSubscriptionsOnChannels",
        "getChannelsWithPushSubscribers",
    }
)
GONE_BACK = "ably/ably-cocoa issue 2249: a refetch after a successful poll can return fewer items"

Values = Mapping[Json, Json]
Dated = dict[Json, tuple[float, Json]]
"""What a key had as its value, None for nothing, and until when that is still seen."""


@dataclass(slots=True)
class Past:
    """The earlier values of the devices and subscriptions of one application."""

    devices: Dated = field(default_factory=dict)
    subscriptions: Dated = field(default_factory=dict)

    def note(self, before: App, after: App, until: float) -> None:
        note(before.devices, after.devices, self.devices, until)
        note(before.subscriptions, after.subscriptions, self.subscriptions, until)

    def seen(self, app: App) -> App:
        """The application without its latest changes."""
        return replace(
            app,
            devices=without_latest(app.devices, self.devices),
            subscriptions=without_latest(app.subscriptions, self.subscriptions),
        )


def note(before: Values, after: Values, earlier: Dated, until: float) -> None:
    for key in before.keys() | after.keys():
        if before.get(key) is not after.get(key):
            earlier[key] = (until, before.get(key))


def without_latest(now: Values, earlier: Dated) -> dict[Json, Json]:
    moment = time.monotonic()
    old = {key: value for key, (until, value) in earlier.items() if moment < until}
    return in_order({key: value for key, value in {**now, **old}.items() if value is not None})


def in_order(values: Values) -> dict[Json, Json]:
    """Pages are cut by position."""
    return dict(sorted(values.items(), key=lambda item: item[1].position))


def past_of(service: Service, choice_: str, app: App) -> Past:
    """What one choice remembers of an application, created on first use."""
    known: dict[tuple[str, str], Past] = vars(service).setdefault("pasts", {})
    return known.setdefault((choice_, app.id), Past())


def is_second(part: object, app: App, request: Request) -> bool:
    """Whether this is the second read of one URL, or the fourth, or the sixth."""
    reads: Counter[Json] = vars(part).setdefault("reads_by_url", Counter())
    url = (app.id, request.path, *sorted(request.query.items()))
    reads[url] += 1
    return reads[url] % 2 == 0


def is_write(route: Route) -> bool:
    return route.path.startswith("/push/") and route.operation not in READS


def copied(app: App) -> App:
    return replace(app, devices=dict(app.devices), subscriptions=dict(app.subscriptions))


@choice(
    permitted_by="ably/ably-python test/ably/rest/restpush_test and other SDK suites: a deletion is waited for",
    is_slow=True,
    alone="DEV-6 or DEV-7 or SUB-3 or SUB-4",
)
class DeletionsShowLate(Service):
    """Shows devices and subscriptions for 0.3 seconds after their deletion, and one in ten for three seconds."""

    writes = 0

    def operated(self, call: Call, route: Route) -> Reply:
        if route.operation in READS:
            return super().operated(seen_by(call, self.with_deleted(call.caller.app)), route)
        if not is_write(route):
            return super().operated(call, route)
        app, before = call.caller.app, copied(call.caller.app)
        reply = super().operated(call, route)
        self.writes += 1
        wait = LATE if self.writes % LATE_ONES == 0 else SOON
        past_of(self, "deleted", app).note(before, app, time.monotonic() + wait)
        return reply

    def with_deleted(self, app: App) -> App:
        """What is there now stands beside what was deleted, and an earlier value of it shows nowhere."""
        seen = past_of(self, "deleted", app).seen(app)
        return replace(
            app,
            devices=in_order({**seen.devices, **app.devices}),
            subscriptions=in_order({**seen.subscriptions, **app.subscriptions}),
        )


@choice(permitted_by=GONE_BACK, is_slow=True, alone="DEV-0 or DEV-5 or SUB-")
class RereadsGoBack(Service):
    """Answers every second read of a device or a push list without the changes of the last 0.1 seconds."""

    def operated(self, call: Call, route: Route) -> Reply:
        if route.operation in READS:
            app = call.caller.app
            seen = past_of(self, "changed", app).seen(app) if is_second(self, app, call.request) else app
            return super().operated(seen_by(call, seen), route)
        if not is_write(route):
            return super().operated(call, route)
        app, before = call.caller.app, copied(call.caller.app)
        reply = super().operated(call, route)
        past_of(self, "changed", app).note(before, app, time.monotonic() + SETTLED)
        return reply


@choice(permitted_by=GONE_BACK, is_slow=True, alone="PRE-")
class PresenceGoesBack(Presence):
    """Answers every second read of members without one of them, for a second after the first read of a channel."""

    is_behind = False

    def members(self, call: Call) -> Reply:
        self.is_behind = is_second(self, call.caller.app, call.request)
        return super().members(call)

    def matching(self, channel: Channel, query: Mapping[str, str]) -> list[Entry]:
        firsts: dict[int, float] = vars(self).setdefault("firsts", {})
        is_settled = time.monotonic() - firsts.setdefault(id(channel), time.monotonic()) > UNSETTLED
        entries = super().matching(channel, query)
        return entries[:-1] if self.is_behind and not is_settled else entries


class UnevenPaging(Paging):
    """Pages of any length up to the limit, also empty ones in the middle, until the list ends."""

    def page(self, entries: Iterable[Entry], window: Window) -> Page:
        sizes: cycle[int] = vars(self).setdefault("sizes", cycle(SIZES))
        known, size = list(entries), next(sizes)
        if size:
            return super().page(known, replace(window, limit=min(window.limit, size)))
        ceiling = self.ceiling(known, window)
        rest = self.after_cursor([entry for entry in known if entry[0] <= ceiling], window)
        return Page([], (window.cursor or 0) if rest else None, ceiling)


@choice(
    permitted_by="ably/docs rest-api, channel enumeration: pages may be short or empty",
    is_slow=True,
    alone="STA- or PAG-",
)
class UnevenEnumeration(Channels):
    """Enumerates channels in pages of uneven length, some of them empty and with a next link."""

    def __init__(self, access: Access, paging: Paging) -> None:
        super().__init__(access, type("Uneven", (UnevenPaging, type(paging)), {})(paging.clock))


@choice(
    permitted_by="openapi.yaml, headers/ServerId: the id of the server communicated with",
    is_slow=True,
    alone="TIM- or ERR-",
)
class ManyFrontends(Service):
    """Answers each request from another frontend, with another server id."""

    answers = 0

    def answer(self, request: Request) -> Answer:
        self.answers += 1
        self.presenting.server_id = self.errors.server_id = f"frontend.{self.answers:04x}.1.reference.i-0"
        return super().answer(request)


@choice(
    permitted_by="ably/ably-go issue 438: the routing layer answers 503 with a flat body and no header of the service",
    is_slow=True,
    alone="TOK-0 or AUT-0",
)
class RoutingLayerFails(Service):
    """Answers one request in 197 with a flat 503 that no frontend has seen."""

    routed = 0

    def answer(self, request: Request) -> Answer:
        self.routed += 1
        if self.routed % UNAVAILABLE_EVERY:
            return super().answer(request)
        body = b'{"message": "no frontend is available", "code": 50300}'
        headers = [(b"Content-Type", b"application/json"), (b"Content-Length", str(len(body)).encode())]
        return Answer(503, [*headers, (b"Retry-After", b"1")], body)


@choice(
    permitted_by="ably/ably-common protocol/errors.json: 42922, a rate limit of the edge, which arrives in headers",
    is_slow=True,
    alone="CON-",
)
class EdgeLimitsRate(Service):
    """Rejects one request in 211 with 429 and Retry-After and without a body, as under load."""

    limited = 0

    def answer(self, request: Request) -> Answer:
        self.limited += 1
        if self.limited % LIMITED_EVERY:
            return super().answer(request)
        headers = [(b"X-Ably-Errorcode", b"42922"), (b"Retry-After", b"1"), (b"Content-Length", b"0")]
        return Answer(429, headers, b"")
