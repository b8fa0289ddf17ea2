"""Every operation that wants credentials, as a caller knocks at it: a request that is good but for who sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conformance.cases.binding import PUSH_ENABLED
from conformance.model import Json
from conformance.names import Names
from conformance.suite.steps.devices import device
from conformance.suite.steps.endpoints import (
    CHANNEL,
    CHANNELS,
    DEVICE,
    DEVICES,
    MESSAGES,
    PRESENCE,
    PRESENCE_HISTORY,
    PUSH,
    PUSH_CHANNELS,
    RESET,
    STATS,
    SUBSCRIPTIONS,
)
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import Principal

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Room:
    """What is behind the doors. channel: the one that channel doors lead to. device: one that is registered."""

    names: Names
    channel: str
    device: str

    @property
    def push_channel(self) -> str:
        return f"{PUSH_ENABLED}:{self.channel}"

    @property
    def client(self) -> str:
        return self.names.fresh("client")


@dataclass(frozen=True, slots=True)
class Door:
    """name: how reports call it. word: the operation of a capability that opens it."""

    name: str
    operation: str
    word: str
    ask: Callable[[Room], dict[str, Json]]

    @property
    def is_of_channel(self) -> bool:
        """Whether it is opened for a channel; otherwise for the whole application."""
        return self.operation.partition(" ")[2].startswith("/channels/")

    @property
    def is_push(self) -> bool:
        return self.word == "push-admin"

    @property
    def changes(self) -> bool:
        return not self.operation.startswith("GET ") or self.operation.endswith("/resetUpdateToken")


def _of_channel(room: Room) -> dict[str, Json]:
    return {"channel_id": room.channel}


def _of_device(room: Room) -> dict[str, Json]:
    return {"device_id": room.device}


def _publish(room: Room) -> dict[str, Json]:
    return {"channel_id": room.channel, "body": {"name": "knock", "data": "knock"}}


def _register(room: Room) -> dict[str, Json]:
    return {"body": device(room.names.fresh("device"))}


def _save(room: Room) -> dict[str, Json]:
    identity = room.names.fresh("device")
    return {"device_id": identity, "body": device(identity)}


def _patch(room: Room) -> dict[str, Json]:
    return {"device_id": room.device, "body": {"metadata": {"knock": "knock"}}}


def _remove(room: Room) -> dict[str, Json]:
    return {"device_id": room.names.fresh("device")}


def _by_client(room: Room) -> dict[str, Json]:
    return {"query": {"clientId": room.client}}


def _subscribe(room: Room) -> dict[str, Json]:
    return {"body": {"channel": room.push_channel, "clientId": room.client}}


def _unsubscribe(room: Room) -> dict[str, Json]:
    return {"query": {"channel": room.push_channel, "clientId": room.client}}


def _push(room: Room) -> dict[str, Json]:
    return {"body": {"recipient": {"clientId": room.client}, "notification": {"title": "knock"}}}


def _nothing(_room: Room) -> dict[str, Json]:
    return {}


DOORS = (
    Door("publish", f"POST {MESSAGES}", "publish", _publish),
    Door("history", f"GET {MESSAGES}", "history", _of_channel),
    Door("presence", f"GET {PRESENCE}", "subscribe", _of_channel),
    Door("presence history", f"GET {PRESENCE_HISTORY}", "history", _of_channel),
    Door("status", f"GET {CHANNEL}", "channel-metadata", _of_channel),
    Door("enumerate", f"GET {CHANNELS}", "channel-metadata", _nothing),
    Door("stats", f"GET {STATS}", "stats", _nothing),
    Door("list devices", f"GET {DEVICES}", "push-admin", _by_client),
    Door("register device", f"POST {DEVICES}", "push-admin", _register),
    Door("remove devices", f"DELETE {DEVICES}", "push-admin", _by_client),
    Door("read device", f"GET {DEVICE}", "push-admin", _of_device),
    Door("save device", f"PUT {DEVICE}", "push-admin", _save),
    Door("patch device", f"PATCH {DEVICE}", "push-admin", _patch),
    Door("remove device", f"DELETE {DEVICE}", "push-admin", _remove),
    Door("reset device", f"GET {RESET}", "push-admin", _of_device),
    Door("list subscriptions", f"GET {SUBSCRIPTIONS}", "push-admin", _by_client),
    Door("subscribe", f"POST {SUBSCRIPTIONS}", "push-admin", _subscribe),
    Door("unsubscribe", f"DELETE {SUBSCRIPTIONS}", "push-admin", _unsubscribe),
    Door("list push channels", f"GET {PUSH_CHANNELS}", "push-admin", _nothing),
    Door("push", f"POST {PUSH}", "push-admin", _push),
)
"""All but two operations: the time is everybody's, and a token request may prove itself (see `tokens`)."""


def operations(doors: Iterable[Door]) -> list[str]:
    return list(dict.fromkeys(door.operation for door in doors))


def knock(target: Target, door: Door, room: Room, principal: Principal | str) -> Answer:
    method, _, path = door.operation.partition(" ")
    return target.request(method, path, principal=principal, **door.ask(room))


def is_served(target: Target, door: Door, room: Room) -> bool:
    """The documentation resets an update token by POST, the contract by GET: a target may know only the other one."""
    if door.name != "reset device":
        return True
    with target.arranging():
        return knock(target, door, room, "full").status not in {404, 405}
