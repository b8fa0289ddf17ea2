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
class Fixtures:
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
class ProtectedOperation:
    """name: how reports call it. word: the operation of a capability that opens it."""

    name: str
    operation: str
    word: str
    ask: Callable[[Fixtures], dict[str, Json]]

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


def _of_channel(fixtures: Fixtures) -> dict[str, Json]:
    return {"channel_id": fixtures.channel}


def _of_device(fixtures: Fixtures) -> dict[str, Json]:
    return {"device_id": fixtures.device}


def _publish(fixtures: Fixtures) -> dict[str, Json]:
    return {"channel_id": fixtures.channel, "body": {"name": "knock", "data": "knock"}}


def _register(fixtures: Fixtures) -> dict[str, Json]:
    return {"body": device(fixtures.names.fresh("device"))}


def _save(fixtures: Fixtures) -> dict[str, Json]:
    identity = fixtures.names.fresh("device")
    return {"device_id": identity, "body": device(identity)}


def _patch(fixtures: Fixtures) -> dict[str, Json]:
    return {"device_id": fixtures.device, "body": {"metadata": {"knock": "knock"}}}


def _remove(fixtures: Fixtures) -> dict[str, Json]:
    return {"device_id": fixtures.names.fresh("device")}


def _by_client(fixtures: Fixtures) -> dict[str, Json]:
    return {"query": {"clientId": fixtures.client}}


def _subscribe(fixtures: Fixtures) -> dict[str, Json]:
    return {"body": {"channel": fixtures.push_channel, "clientId": fixtures.client}}


def _unsubscribe(fixtures: Fixtures) -> dict[str, Json]:
    return {"query": {"channel": fixtures.push_channel, "clientId": fixtures.client}}


def _push(fixtures: Fixtures) -> dict[str, Json]:
    return {"body": {"recipient": {"clientId": fixtures.client}, "notification": {"title": "knock"}}}


def _nothing(_fixtures: Fixtures) -> dict[str, Json]:
    return {}


PROTECTED_OPERATIONS = (
    ProtectedOperation("publish", f"POST {MESSAGES}", "publish", _publish),
    ProtectedOperation("history", f"GET {MESSAGES}", "history", _of_channel),
    ProtectedOperation("presence", f"GET {PRESENCE}", "subscribe", _of_channel),
    ProtectedOperation("presence history", f"GET {PRESENCE_HISTORY}", "history", _of_channel),
    ProtectedOperation("status", f"GET {CHANNEL}", "channel-metadata", _of_channel),
    ProtectedOperation("enumerate", f"GET {CHANNELS}", "channel-metadata", _nothing),
    ProtectedOperation("stats", f"GET {STATS}", "stats", _nothing),
    ProtectedOperation("list devices", f"GET {DEVICES}", "push-admin", _by_client),
    ProtectedOperation("register device", f"POST {DEVICES}", "push-admin", _register),
    ProtectedOperation("remove devices", f"DELETE {DEVICES}", "push-admin", _by_client),
    ProtectedOperation("read device", f"GET {DEVICE}", "push-admin", _of_device),
    ProtectedOperation("save device", f"PUT {DEVICE}", "push-admin", _save),
    ProtectedOperation("patch device", f"PATCH {DEVICE}", "push-admin", _patch),
    ProtectedOperation("remove device", f"DELETE {DEVICE}", "push-admin", _remove),
    ProtectedOperation("reset device", f"GET {RESET}", "push-admin", _of_device),
    ProtectedOperation("list subscriptions", f"GET {SUBSCRIPTIONS}", "push-admin", _by_client),
    ProtectedOperation("subscribe", f"POST {SUBSCRIPTIONS}", "push-admin", _subscribe),
    ProtectedOperation("unsubscribe", f"DELETE {SUBSCRIPTIONS}", "push-admin", _unsubscribe),
    ProtectedOperation("list push channels", f"GET {PUSH_CHANNELS}", "push-admin", _nothing),
    ProtectedOperation("push", f"POST {PUSH}", "push-admin", _push),
)
"""All but two operations: the time is everybody's, and a token request may prove itself (see `tokens`)."""


def operations(protected_operations: Iterable[ProtectedOperation]) -> list[str]:
    return list(dict.fromkeys(protected.operation for protected in protected_operations))


def send(target: Target, protected: ProtectedOperation, fixtures: Fixtures, principal: Principal | str) -> Answer:
    method, _, path = protected.operation.partition(" ")
    return target.request(method, path, principal=principal, **protected.ask(fixtures))


def is_served(target: Target, protected: ProtectedOperation, fixtures: Fixtures) -> bool:
    """The documentation resets an update token by POST, the contract by GET: a target may know only the other one."""
    if protected.name != "reset device":
        return True
    with target.arranging():
        return send(target, protected, fixtures, "full").status not in {404, 405}
