"""Converts message data between its two forms: bytes for MessagePack, base64 text for JSON."""

import binascii
from base64 import b64decode, b64encode

from conformance.reference.negotiation import Format
from conformance.reference.wire import Json


class Payloads:
    """Stored data is as published; each reader receives the form for its format."""

    def view(self, fields: dict[str, Json], format_: Format) -> dict[str, Json]:
        data = fields.get("data")
        if format_ is Format.MSGPACK:
            return self.as_bytes(fields, data)
        return self.as_text(fields, data)

    def as_text(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        if not isinstance(data, bytes):
            return fields
        encoding = fields.get("encoding")
        return {
            **fields,
            "data": b64encode(data).decode("ascii"),
            "encoding": f"{encoding}/base64" if encoding else "base64",
        }

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        outer, _, last = (fields.get("encoding") or "").rpartition("/")
        if last != "base64" or not isinstance(data, str):
            return fields
        raw = decode(data)
        if raw is None:
            return fields
        rest = {name: value for name, value in fields.items() if name != "encoding"}
        return {**rest, "data": raw, **({"encoding": outer} if outer else {})}


def decode(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
