"""Data and encoding of messages and presence members, decoded so that JSON and MessagePack can be compared."""

from __future__ import annotations

import base64
import json

from conformance.facts import Facts, facts
from conformance.model import Json


def carried(item: Json) -> Facts:
    """The data and the encoding of an item as received; encoding "" where the item has none."""
    return facts(data=item.get("data"), encoding=item.get("encoding") or "")


def unwrapped(item: Json) -> Facts:
    """The data and the encoding of an item after decoding base64, if that is the last step of the encoding.

    Binary data is base64 text in JSON and bytes in MessagePack.
    """
    as_received = carried(item)
    data, encoding = as_received.values()
    outer, _, last = encoding.rpartition("/")
    if last != "base64" or not isinstance(data, str):
        return as_received
    try:
        return facts(data=base64.b64decode(data, validate=True), encoding=outer)
    except ValueError:
        return as_received


def meaning(item: Json) -> tuple[Json, str]:
    """The data and the encoding of an item after decoding base64 and then json, if those are its last steps.

    The JSON is parsed because servers may differ in white space and in the order of members.
    """
    data, encoding = unwrapped(item).values()
    outer, _, last = encoding.rpartition("/")
    if last != "json" or not isinstance(data, str):
        return data, encoding
    try:
        return json.loads(data), outer
    except (ValueError, RecursionError):
        return data, encoding


def canonical(item: Json) -> Json:
    """An item whose data is decoded from base64, to be compared with the same item in another protocol."""
    return {**item, **unwrapped(item)}
