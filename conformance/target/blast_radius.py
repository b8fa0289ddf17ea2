"""Decides whether a request stays within the resources that a run may touch.

Pure. A write that is not listed here could touch anything, so a run that is limited to its own names does not send it.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from conformance.model import Call, Json
from conformance.wire.codec import body_of

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_IDS = ("deviceId", "clientId")


def is_safe(method: str, path: str) -> bool:
    """Whether a request changes nothing in the application. path: a request path or its template.

    A token request issues a token and changes nothing; resetting an update token is a GET in the contract, and changes
    the device.
    """
    match (method, *_segments(path)):
        case ("POST", "keys", _, "requestToken"):
            return True
        case (_, "push", "deviceRegistrations", _, "resetUpdateToken", *_):
            return False
    return method in _READS


def is_bound(call: Call, prefix: str) -> bool:
    """Whether every name that a write could touch has the prefix; a write without a name could touch everything."""
    names = list(_touched(call))
    return bool(names) and all(prefix in name for name in names)


def _touched(call: Call) -> Iterator[str]:
    match _segments(call.path):
        case ["channels", name, *_]:
            yield name
        case ["push", "deviceRegistrations", name, *_]:
            yield name
            yield from _texts(body_of(call), "id")
        case ["push", "deviceRegistrations"]:
            yield from _texts(body_of(call), "id")
            yield from _texts(dict(call.query), *_IDS)
        case ["push", "channelSubscriptions"]:
            yield from _texts(body_of(call), "channel", *_IDS)
            yield from _texts(dict(call.query), "channel", *_IDS)
        case ["push", "publish"]:
            yield from _recipient(body_of(call))


def _recipient(body: Json) -> Iterator[str]:
    """A raw device token could notify a real phone, so such a recipient is never considered ours."""
    recipient = body.get("recipient") if isinstance(body, dict) else None
    known = {"transportType", "channel", "ablyKey", "ablyUrl", *_IDS}
    if (
        isinstance(recipient, dict)
        and set(recipient) <= known
        and recipient.get("transportType") in {None, "ablyChannel"}
    ):
        yield from _texts(recipient, "channel", *_IDS)


def _texts(table: Json, *names: str) -> Iterator[str]:
    """The members of a table with these names, as texts; any other type counts as a name without the prefix."""
    for name in names:
        if isinstance(table, dict) and name in table:
            yield table[name] if isinstance(table[name], str) else ""


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/")[1:]]
