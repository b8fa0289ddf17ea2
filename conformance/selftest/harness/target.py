"""A `Target` for a loopback server, with a clock that never really sleeps."""

from __future__ import annotations

from conformance.contract import load
from conformance.names import Names
from conformance.profile import Blast
from conformance.target.client import Pace, Target
from conformance.target.credentials import NOBODY, Key, basic

CONTRACT = load("none")
FULL = basic("full", Key("app.key", "the-secret"))
PREFIX = "conf-7f3a-main"
DEVICES, DEVICE, SUBSCRIPTIONS = (
    "/push/deviceRegistrations",
    "/push/deviceRegistrations/{device_id}",
    "/push/channelSubscriptions",
)
MESSAGES = "/channels/{channel_id}/messages"


class Clock:
    """A clock that advances by each sleep, and by `look` seconds with each reading."""

    def __init__(self, look: float = 0.0) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._look = look

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        self.now += self._look
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def target_at(url: str, *, blast: Blast = Blast.EXCLUSIVE, clock: Clock | None = None, observer=None, **pace) -> Target:
    return Target(
        url,
        CONTRACT,
        {"nobody": NOBODY, "full": FULL},
        pace=Pace(**{"timeout": 5.0, "patience": 5.0, **pace}),
        names=Names(PREFIX),
        observer=observer or (lambda _: None),
        blast=blast,
        clock=clock or Clock(),
    )
