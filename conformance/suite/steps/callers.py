"""Callers with known capabilities, and the protected operations that each of them requests.

Whether a request is allowed is computed from the caller's capability: no table lists the expected answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from conformance.suite.steps.operations import EVERYWHERE, PROTECTED_OPERATIONS, Fixtures, ProtectedOperation
from conformance.suite.steps.tokens import Issuer
from conformance.target.capability import Capability, allows
from conformance.target.credentials import Principal, bearer

NAMESPACE = "allowed:*"
"""The channels of callers with few rights. Keys of a provisioned application are limited to the same ones."""

INSIDE = f"channel in {NAMESPACE}"
OUTSIDE = f"channel outside {NAMESPACE}"

PERMISSIONS = {
    "publish": "publish",
    "subscribe": "subscribe",
    "history": "read history",
    "channel-metadata": "read channel metadata",
    "stats": "read statistics",
    "push-admin": "administer push",
}
"""The operations of a capability that protected operations require, and each as a phrase after "a token that may"."""
CHANNEL_PERMISSIONS = ("publish", "subscribe", "history")


@dataclass(frozen=True, slots=True)
class Caller:
    """name: its phrase in reports. kind: "key", or "token" or "JWT" of the key that may do everything."""

    name: str
    kind: str
    capability: Capability


@dataclass(frozen=True, slots=True)
class Cell:
    """A protected operation that one caller requests, on one channel or for the application."""

    caller: Caller
    protected: ProtectedOperation
    place: str

    @property
    def id(self) -> str:
        return f"{self.caller.name} x {self.protected.name} x {self.place}"

    @property
    def operation(self) -> str:
        return self.protected.operation

    @property
    def is_allowed(self) -> bool:
        """Whether the capability of the caller includes the operation."""
        resource = {INSIDE: "allowed:any", OUTSIDE: "other:any"}.get(self.place, EVERYWHERE)
        return allows(self.caller.capability, self.protected.permission, resource)

    def fixtures(self, fixtures: Fixtures) -> Fixtures:
        """The fixtures with a channel of this place."""
        name = fixtures.channel.partition(":")[2]
        return replace(fixtures, channel=f"other:{name}") if self.place == OUTSIDE else fixtures


@cache
def only(permission: str) -> Caller:
    """A token with one permission."""
    name = f"a token that may only {PERMISSIONS[permission]}"
    if permission in CHANNEL_PERMISSIONS:
        return Caller(f"{name} on {NAMESPACE}", "token", {NAMESPACE: [permission]})
    return Caller(name, "token", {EVERYWHERE: [permission]})


@cache
def all_but(permission: str) -> Caller:
    """A token with every other permission: a target that allows the request checks a wrong permission or none."""
    others = [each for each in PERMISSIONS if each != permission]
    return Caller(f"a token that may do everything but {PERMISSIONS[permission]}", "token", {EVERYWHERE: others})


def another(permission: str) -> str:
    permissions = list(PERMISSIONS)
    return permissions[(permissions.index(permission) + 1) % len(permissions)]


UNRESTRICTED = Caller("a token that may do everything", "token", {EVERYWHERE: ["*"]})
RESTRICTED = Caller(f"a token that may do everything on {NAMESPACE}", "token", {NAMESPACE: ["*"]})
RESTRICTED_JWT = Caller(f"a JWT that may only read history on {NAMESPACE}", "JWT", {NAMESPACE: ["history"]})
UNRESTRICTED_JWT = Caller("a JWT that may do everything", "JWT", {EVERYWHERE: ["*"]})
KEYS = (
    Caller("full", "key", {EVERYWHERE: ["*"]}),
    Caller("publisher", "key", {NAMESPACE: ["publish"]}),
    Caller("subscriber", "key", {EVERYWHERE: ["subscribe"]}),
    Caller("everything", "key", {"[*]*": ["*"]}),
)


def cells() -> Iterator[Cell]:
    """Each protected operation with the callers that have exactly its permission, all but it, another one, and all.

    The product of all callers and operations would detect no further fault.
    """
    for protected in PROTECTED_OPERATIONS:
        permission = protected.permission
        callers = [only(permission), all_but(permission), only(another(permission)), UNRESTRICTED]
        # No document says what a push permission on some channels allows for the whole application.
        callers += [] if protected.is_push else [RESTRICTED, RESTRICTED_JWT, UNRESTRICTED_JWT]
        yield from (Cell(caller, protected, place) for caller in callers for place in places(protected))


def cells_of_keys() -> Iterator[Cell]:
    for protected in PROTECTED_OPERATIONS:
        if not protected.is_push:
            yield from (Cell(caller, protected, place) for caller in KEYS for place in places(protected))


def places(protected: ProtectedOperation) -> tuple[str, ...]:
    return (INSIDE, OUTSIDE) if protected.is_on_channel else ("application",)


class Callers:
    """The principals of callers; a token is requested when it is first used."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._known: dict[str, Principal] = {}

    def principal(self, caller: Caller) -> Principal | str:
        if caller.kind == "key":
            return caller.name
        if caller.name not in self._known:
            self._known[caller.name] = self._created(caller)
        return self._known[caller.name]

    def _created(self, caller: Caller) -> Principal:
        text = json.dumps(dict(caller.capability))
        if caller.kind == "JWT":
            return bearer(caller.name, self._issuer.jwt({"x-ably-capability": text}))
        return self._issuer.bearer(caller.name, capability=text)
