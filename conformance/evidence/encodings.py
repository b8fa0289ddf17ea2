"""The ways in which a text may write a secret: encodings of the whole value, and escapes of single characters.

Pure.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ESCAPE = re.compile(  # each branch begins with a literal, so that a text without one is passed over quickly
    rb"\\(?<!\\\\)\\*+(?:u(?P<json>[0-9a-fA-F]{4})|x(?P<hex>[0-9a-fA-F]{2})|(?P<sign>[\"'/]))"
    rb"|%(?P<percent>[0-9a-fA-F]{2})"
    rb"|&(?:\#[xX](?P<hexadecimal>[0-9a-fA-F]{1,6})|\#(?P<decimal>[0-9]{1,7})|(?P<named>amp|lt|gt|quot|apos));"
)
_LAST_CHARACTER = 0x10FFFF


def encodings(value: str) -> Iterator[bytes]:
    """The value as a whole: as it is, in base64 at any place of a longer text, in hex, quoted in JSON or HTML."""
    raw = value.encode("utf-8", "surrogatepass")
    yield raw
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(raw)
        yield encoded
        yield encoded.rstrip(b"=")
        for offset in range(3):
            yield _inside(encode(b"?" * offset + raw), offset, len(raw))
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield json.dumps(value)[1:-1].encode()
    yield json.dumps(value, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")
    yield html.escape(value).encode("utf-8", "surrogatepass")


def _inside(encoded: bytes, offset: int, size: int) -> bytes:
    """The characters of a base64 text that depend on no byte before or behind the value."""
    return encoded[-(-offset * 8 // 6) : (offset + size) * 8 // 6]


@dataclass(frozen=True, slots=True)
class Unescaped:
    """A text without escapes. starts, ends: where each of its bytes begins and ends in the text as written."""

    text: bytes
    starts: list[int]
    ends: list[int]


def without_escapes(raw: bytes) -> bytes | None:
    """The text of `unescaped`, for less work."""
    if b"\\" not in raw and b"%" not in raw and b"&" not in raw:
        return None
    text, count = _ESCAPE.subn(_meant, raw)
    return text if count else None


def unescaped(raw: bytes) -> Unescaped | None:
    """The text without the escapes of JSON, URLs and HTML; None where it has none."""
    text = bytearray()
    starts: list[int] = []
    ends: list[int] = []
    last = 0
    for found in _ESCAPE.finditer(raw):
        meant = _meant(found)
        text += raw[last : found.start()] + meant
        starts += [*range(last, found.start()), *[found.start()] * len(meant)]
        ends += [*range(last + 1, found.start() + 1), *[found.end()] * len(meant)]
        last = found.end()
    if not last:
        return None
    rest = range(last, len(raw))
    return Unescaped(bytes(text) + raw[last:], [*starts, *rest], [*ends, *(each + 1 for each in rest)])


def _meant(found: re.Match[bytes]) -> bytes:
    kind, written = found.lastgroup, found[found.lastgroup or 0]
    if kind in {"hex", "percent"}:
        return bytes([int(written, 16)])
    if kind == "sign":
        return written
    if kind == "named":
        return html.unescape(f"&{written.decode()};").encode()
    number = int(written, 10 if kind == "decimal" else 16)
    return chr(number).encode("utf-8", "surrogatepass") if number <= _LAST_CHARACTER else b""
