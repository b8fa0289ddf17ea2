"""The list of what a run creates, entered before each request is sent, so that a crash still leaves the list.

Pure. `cleanup` removes what is listed. Messages cannot be deleted and are not entered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlencode

from conformance.model import Call, Json
from conformance.wire.codec import body_of

DEVICES = "/push/deviceRegistrations"
DEVICE = "/push/deviceRegistrations/{device_id}"
SUBSCRIPTIONS = "/push/channelSubscriptions"


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource and the DELETE that removes it."""

    path: str
    parameters: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The request that removes it: "DELETE /push/deviceRegistrations/x"."""
        path = self.path.format(**{name: quote(value, safe="") for name, value in self.parameters.items()})
        return f"DELETE {path}" + (f"?{urlencode(self.query, quote_via=quote)}" if self.query else "")


class Ledger:
    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def enter(self, call: Call) -> None:
        """Enter what the call creates if it is accepted, even if a rejection is expected."""
        for entry in _entries(call):
            self._entries.setdefault(entry.words, entry)

    def latest_first(self) -> list[Entry]:
        return list(reversed(self._entries.values()))


def _entries(call: Call) -> Iterator[Entry]:
    if call.method == "PUT" and call.path.startswith(f"{DEVICES}/"):
        yield Entry(DEVICE, {"device_id": unquote(call.path.removeprefix(f"{DEVICES}/"))})
        yield from _device(body_of(call))
    if call.method == "POST" and call.path == DEVICES:
        yield from _device(body_of(call))
    if call.method == "POST" and call.path == SUBSCRIPTIONS:
        yield from _subscriptions(body_of(call))


def _device(body: Json) -> Iterator[Entry]:
    identity = body.get("id") if isinstance(body, dict) else None
    if isinstance(identity, str) and identity:
        yield Entry(DEVICE, {"device_id": identity})


def _subscriptions(body: Json) -> Iterator[Entry]:
    """One entry for each id: a target that accepts both at once may have created either subscription."""
    if isinstance(body, dict) and isinstance(body.get("channel"), str):
        for name in ("deviceId", "clientId"):
            if isinstance(body.get(name), str):
                yield Entry(SUBSCRIPTIONS, query={"channel": body["channel"], name: body[name]})
