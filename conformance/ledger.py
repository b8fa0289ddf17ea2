"""What a run creates, entered before it is sent, so that a crash still leaves the list.

Pure bookkeeping: `target` enters and removes. Messages cannot be deleted and are not entered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from conformance.decoding import decode
from conformance.model import FORM, Json

if TYPE_CHECKING:
    from conformance.target import Call

DEVICES = "/push/deviceRegistrations"
DEVICE = "/push/deviceRegistrations/{device_id}"
SUBSCRIPTIONS = "/push/channelSubscriptions"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing and the DELETE that removes it."""

    path: str
    parameters: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        return f"DELETE {self.path.format(**self.parameters)}" + (f"?{query}" if query else "")


class Ledger:
    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def enter(self, call: Call) -> None:
        entry = _entry(call)
        if entry:
            self._entries[entry.words] = entry

    def latest_first(self) -> list[Entry]:
        return list(reversed(self._entries.values()))


def _entry(call: Call) -> Entry | None:
    if call.method == "PUT" and call.path.startswith(f"{DEVICES}/"):
        return Entry(DEVICE, {"device_id": unquote(call.path.removeprefix(f"{DEVICES}/"))})
    if call.method == "POST" and call.path == DEVICES:
        return _device(_body(call))
    if call.method == "POST" and call.path == SUBSCRIPTIONS:
        return _subscription(_body(call))
    return None


def _body(call: Call) -> Json:
    kind = next((value for name, value in call.headers if name == "Content-Type"), "")
    return decode(kind, call.body).value if kind != FORM else dict(parse_qsl(call.body.decode("utf-8", "replace")))


def _device(body: Json) -> Entry | None:
    identity = body.get("id") if isinstance(body, dict) else None
    return Entry(DEVICE, {"device_id": identity}) if isinstance(identity, str) and identity else None


def _subscription(body: Json) -> Entry | None:
    if not isinstance(body, dict):
        return None
    query = {name: body[name] for name in ("channel", "deviceId", "clientId") if isinstance(body.get(name), str)}
    return Entry(SUBSCRIPTIONS, query=query) if len(query) == 2 and "channel" in query else None
