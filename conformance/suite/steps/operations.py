"""The operations that require credentials, each with a valid request that any caller can send.

Whether the target allows the request depends only on the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

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
    """What the requests name. channel: the channel of all operations on channels.

    register_device: registers the device of all operations on devices, once, and returns its id; only a test that needs
    the device is inconclusive when the target rejects it.
    """

    names: Names
    channel: str
    register_device: Callable[[], str]

    @property
    def device(self) -> str:
        return self.register_device()

    @property
    def push_channel(self) -> str:
        return f"{self.names.namespaces.push}:{self.channel}"

    @property
    def client(self) -> str:
        return self.names.fresh("client")


@dataclass(frozen=True, slots=True)
class ProtectedOperation:
    """name: its part of test ids. permission: the operation of a capability that it requires, such as "publish".

    arguments: those of `Target.request`.
    """

    name: str
    operation: str
    permission: str
    arguments: Callable[[Fixtures], dict[str, Json]]

    @property
    def is_on_channel(self) -> bool:
        """Whether the permission is required on one channel; otherwise for the whole application."""
        return self.operation.partition(" ")[2].startswith("/channels/")

    @property
    def is_push(self) -> bool:
        return self.permission == "push-admin"


def _of_channel(fixtures: Fixtures) -> dict[str, Json]:
    return {"channel_id": fixtures.channel}


def _of_device(fixtures: Fixtures) -> dict[str, Json]:
    return {"device_id": fixtures.device}


def _publish(fixtures: Fixtures) -> dict[str, Json]:
    return {"channel_id": fixtures.channel, "body": {"name": "attempt", "data": "attempt"}}


def _register(fixtures: Fixtures) -> dict[str, Json]:
    return {"body": device(fixtures.names.fresh("device"))}


def _save(fixtures: Fixtures) -> dict[str, Json]:
    identity = fixtures.names.fresh("device")
    return {"device_id": identity, "body": device(identity)}


def _patch(fixtures: Fixtures) -> dict[str, Json]:
    return {"device_id": fixtures.device, "body": {"metadata": {"attempt": "attempt"}}}


def _remove(fixtures: Fixtures) -> dict[str, Json]:
    return {"device_id": fixtures.names.fresh("device")}


def _by_client(fixtures: Fixtures) -> dict[str, Json]:
    return {"query": {"clientId": fixtures.client}}


def _subscribe(fixtures: Fixtures) -> dict[str, Json]:
    return {"body": {"channel": fixtures.push_channel, "clientId": fixtures.client}}


def _unsubscribe(fixtures: Fixtures) -> dict[str, Json]:
    return {"query": {"channel": fixtures.push_channel, "clientId": fixtures.client}}


def _push(fixtures: Fixtures) -> dict[str, Json]:
    return {"body": {"recipient": {"clientId": fixtures.client}, "notification": {"title": "attempt"}}}


def _nothing(_fixtures: Fixtures) -> dict[str, Json]:
    return {}


PROTECTED_OPERATIONS = (
    ProtectedOperation("publish", f"POST {MESSAGES}", "publish", _publish),
    ProtectedOperation("history", f"GET {MESSAGES}", "history", _of_channel),
    ProtectedOperation("presence", f"GET {PRESENCE}", "subscribe", _of_channel),
    ProtectedOperation("presence history", f"GET {PRESENCE_HISTORY}", "history", _of_channel),
    ProtectedOperation("channel status", f"GET {CHANNEL}", "channel-metadata", _of_channel),
    ProtectedOperation("list channels", f"GET {CHANNELS}", "channel-metadata", _nothing),
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
"""All operations but two: GET /time needs no credentials, and a token request may be signed instead."""


def operations(protected_operations: Iterable[ProtectedOperation]) -> list[str]:
    return list(dict.fromkeys(protected.operation for protected in protected_operations))


def send(target: Target, protected: ProtectedOperation, fixtures: Fixtures, principal: Principal | str) -> Answer:
    method, _, path = protected.operation.partition(" ")
    return target.request(method, path, principal=principal, **protected.arguments(fixtures))


def is_served(target: Target, protected: ProtectedOperation, fixtures: Fixtures) -> bool:
    """Whether the target has this operation.

    The contract resets an update token with GET, the documentation with POST: a target may have only the latter.
    """
    if protected.name != "reset device":
        return True
    with target.arranging():
        return send(target, protected, fixtures, "full").status not in {404, 405}
