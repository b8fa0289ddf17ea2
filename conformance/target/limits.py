"""What the key and the application of a user do not allow: a request beyond it says nothing about the target.

Pure. Every credential of a run comes from the key that was given, so a request that this key may not make is refused
for every caller but nobody, whatever else the scenario means to show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from conformance.model import Call, Json
from conformance.names import Namespaces
from conformance.target.capability import EVERY, Capability, allows, parsed
from conformance.wire.codec import body_of

CHANNEL_SETTING = "[world] channels in the profile names another namespace"
PUSH_SETTING = "[world] push in the profile names the namespace that has it"

_DOES = {
    "publish": "publish",
    "history": "read history",
    "subscribe": "read presence",
    "channel-metadata": "read channel metadata",
    "stats": "read statistics",
    "push-admin": "administer push",
}
"""The operations of a capability that requests of the contract need (ably/docs capabilities), each as a verb."""

_ON_CHANNELS = (
    "POST /channels/{channel_id}/messages",
    "GET /channels/{channel_id}/messages",
    "GET /channels/{channel_id}/presence",
    "GET /channels/{channel_id}",
)
_MOST_NAMED = 5
_SAMPLE = "conf-any"
"""Stands for a name that a run makes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """capability: of the given key, None when it is unknown or allows everything. no_push: the namespace that was found
    to have no push enabled, or "".
    """

    capability: Capability | None = None
    no_push: str = ""

    def refusal(self, call: Call) -> str:
        """Why the target has to refuse a request, or ""."""
        body = body_of(call)
        if self.no_push and any(name.startswith(f"{self.no_push}:") for name in _push_channels(call, body)):
            return f"the namespace {self.no_push!r} has no push enabled; {PUSH_SETTING}"
        segments = [unquote(segment) for segment in call.path.split("/")[1:]]
        return self._beyond_key(call.method, segments) or self._beyond_key_in_token(segments, body)

    def refusal_of_all(self, operation: str, namespaces: Namespaces) -> str:
        """Why the target has to refuse an operation on every channel that a run uses, or "". operation: a label."""
        method, _, path = operation.partition(" ")
        prefixes = (namespaces.channels, namespaces.persisted, namespaces.push, "allowed")
        channels = [f"{prefix}:{_SAMPLE}" if prefix else _SAMPLE for prefix in prefixes]
        refusals = [
            self._beyond_key(method, path.replace("{channel_id}", channel).split("/")[1:]) for channel in channels
        ]
        return refusals[0] if all(refusals) else ""

    def in_words(self, namespaces: Namespaces) -> Iterator[str]:
        """Sentences about what the run leaves out."""
        if self.capability is not None:
            able = rights(self.capability)
            is_without_channel = all(self.refusal_of_all(each, namespaces) for each in _ON_CHANNELS)
            hint = f" ({CHANNEL_SETTING})" if is_without_channel else ""
            yield f"the key may only {able}; what it does not cover is out of scope{hint}"
        if self.no_push:
            yield (
                f"the namespace {self.no_push!r} has no push enabled; what needs it is out of scope ({PUSH_SETTING})"
            )

    def _beyond_key(self, method: str, segments: list[str]) -> str:
        permission, resource = _needed(method, segments)
        if self.capability is None or not permission or allows(self.capability, permission, resource):
            return ""
        place = "" if resource == EVERY else f" on the channel {resource}"
        return f"the key may not {_DOES[permission]}{place}"

    def _beyond_key_in_token(self, segments: list[str], body: Json) -> str:
        """A token request that asks for more than the key has gets less, or is refused."""
        if self.capability is None or segments[::2] != ["keys", "requestToken"] or not isinstance(body, dict):
            return ""
        asked = parsed(body.get("capability"))
        beyond = [
            f"{_listed([operation])} on {resource}"
            for resource, operations in (asked or {}).items()
            for operation in operations
            if not allows(self.capability, operation, resource)
        ]
        return f"the key may not {beyond[0]}" if beyond else ""


UNLIMITED = Limits()


def rights(capability: Capability) -> str:
    """What a capability allows, in words: "publish on orders; read history on *"."""
    words = [f"{_listed(operations)} on {name}" for name, operations in sorted(capability.items())]
    more = [f"and {len(words) - _MOST_NAMED} more"] if len(words) > _MOST_NAMED else []
    return "; ".join([*words[:_MOST_NAMED], *more])


def limiting(capability: Capability | None) -> Capability | None:
    """The capability, or None when it allows everything that a run may ask."""
    is_whole = capability is not None and all(allows(capability, permission, EVERY) for permission in _DOES)
    return None if is_whole else capability


def _needed(method: str, segments: list[str]) -> tuple[str, str]:
    """The operation of a capability that a request needs, and on which resource; "" when it needs none."""
    match (method, *segments):
        case ("POST", "channels", name, "messages"):
            return "publish", name
        case (_, "channels", name, "messages") | (_, "channels", name, "presence", "history"):
            return "history", name
        case (_, "channels", name, "presence"):
            return "subscribe", name
        case (_, "channels", name):
            return "channel-metadata", name
        case (_, "channels"):
            return "channel-metadata", EVERY
        case (_, "stats"):
            return "stats", EVERY
        case (_, "push", *_):
            return "push-admin", EVERY
    return "", EVERY


def _push_channels(call: Call, body: Json) -> Iterator[str]:
    """The channels of a request that have to have push enabled."""
    if call.method == "POST" and call.path == "/push/channelSubscriptions" and isinstance(body, dict):
        yield from (value for value in [body.get("channel")] if isinstance(value, str))
    extras = body.get("extras") if isinstance(body, dict) else None
    if isinstance(extras, dict) and "push" in extras:
        yield unquote(call.path.removeprefix("/channels/").partition("/")[0])


def _listed(operations: Iterable[str]) -> str:
    words = ["do everything" if each == EVERY else _DOES.get(each, each) for each in operations]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
