"""Data as messages and presence members carry it, brought to one form whatever the protocol."""

from __future__ import annotations

import base64
import binascii
import json

from conformance.model import Json

CARRIED = ("data", "encoding")


def carried(item: Json) -> tuple[Json, str]:
    """The data and the encoding of an item as they came; "" is no encoding."""
    return item.get("data"), item.get("encoding") or ""


def unwrapped(item: Json) -> tuple[Json, str]:
    """The same with a last base64 step undone: bytes travel as base64 in JSON and as they are in MessagePack."""
    data, encoding = carried(item)
    outer, _, last = encoding.rpartition("/")
    if last != "base64" or not isinstance(data, str):
        return data, encoding
    try:
        return base64.b64decode(data, validate=True), outer
    except binascii.Error:
        return data, encoding


def meaning(item: Json) -> tuple[Json, str]:
    """The same with a last json step undone too: a server may write the text of an object as it likes."""
    data, encoding = unwrapped(item)
    outer, _, last = encoding.rpartition("/")
    if last != "json" or not isinstance(data, str):
        return data, encoding
    try:
        return json.loads(data), outer
    except ValueError:
        return data, encoding


def canonical(item: Json) -> Json:
    """A whole item with its data unwrapped, to be compared with the same item in another protocol."""
    data, encoding = unwrapped(item)
    rest = {name: value for name, value in item.items() if name not in CARRIED}
    return {**rest, "data": data, "encoding": encoding}
