"""MessagePack for Schemathesis' own command line, so that the comparison in detection.py is fair."""

from __future__ import annotations

from typing import Any

import msgpack
import schemathesis

TYPE = "application/x-msgpack"


@schemathesis.serializer(TYPE)
def pack(_context: Any, value: Any) -> bytes:
    try:
        packed: bytes = msgpack.packb(value)
    except (OverflowError, ValueError, TypeError):
        packed = msgpack.packb(str(value))
    return packed


@schemathesis.deserializer(TYPE)
def unpack(_context: Any, response: Any) -> Any:
    return msgpack.unpackb(response.content, strict_map_key=False)
