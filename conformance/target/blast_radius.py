"""What a write could touch: the names in it that have to be the run's own.

Pure. What is not listed here could touch anything, so a run that is bound to its own names does not send it.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from conformance.model import Call, Json
from conformance.wire.codec import body_of

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_IDS = ("deviceId", "clientId")


def is_safe(method: str, path: str) -> bool:
    """Whether nothing of the application changes. A token request makes a token and changes nothing; resetting an
    update token is a GET in the contract and changes the device all the same. path: its template will do.
    """
    match (method, *_segments(path)):
        case ("POST", "keys", _, "requestToken"):
            return True
        case (_, "push", "deviceRegistrations", _, "resetUpdateToken", *_):
            return False
    return method in _READS


def is_bound(call: Call, prefix: str) -> bool:
    """Whether every name that a write could touch bears the prefix; a write that names nothing could touch all."""
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
    """A device token leads to somebody's telephone, whatever else is said."""
    recipient = body.get("recipient") if isinstance(body, dict) else None
    known = {"transportType", "channel", "ablyKey", "ablyUrl", *_IDS}
    if (
        isinstance(recipient, dict)
        and set(recipient) <= known
        and recipient.get("transportType") in {None, "ablyChannel"}
    ):
        yield from _texts(recipient, "channel", *_IDS)


def _texts(table: Json, *names: str) -> Iterator[str]:
    """What a table has under these names; what is no text bears no prefix."""
    for name in names:
        if isinstance(table, dict) and name in table:
            yield table[name] if isinstance(table[name], str) else ""


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/")[1:]]
