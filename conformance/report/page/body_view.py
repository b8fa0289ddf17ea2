"""A body as a reader wants to see it: laid out, decoded where it is binary, its bytes beside it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from conformance.evidence.journal import LONGEST_BODY
from conformance.model import FORM, JSON, MSGPACK, Json
from conformance.report.page.json_layout import laid_out, marked
from conformance.report.text.safe_text import legible
from conformance.wire.codec import decode_json, decode_msgpack

_HEX_WIDTH = 16


@dataclass(frozen=True, slots=True)
class Shown:
    """lines: what is read. marks: the numbers (from 0) of lines that deviate. octets: the body itself, where the
    lines are not it. note: what the reader has to know about it.
    """

    kind: str
    lines: tuple[str, ...] = ()
    marks: frozenset[int] = frozenset()
    octets: bytes = b""
    note: str = ""


def shown(media_type: str, body: bytes, at: str = "") -> Shown:
    if not body:
        return Shown("empty")
    if media_type == MSGPACK:
        return _msgpack(body, at)
    text = _text(body)
    if text is None:
        return Shown("binary", octets=body, note=_cut_note(body))
    if media_type == JSON or text.lstrip()[:1] in {"{", "["}:
        return _json(text, body, at)
    if media_type == FORM:
        return Shown("form", tuple(legible(f"{name} = {value}") for name, value in parse_qsl(text, True)))
    return Shown("text", tuple(legible(text).splitlines()), note=_cut_note(body))


def hex_lines(octets: bytes) -> list[str]:
    """Offset, bytes and what ASCII makes of them."""
    return [_hex_line(octets, start) for start in range(0, len(octets), _HEX_WIDTH)]


def base64_text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _hex_line(octets: bytes, start: int) -> str:
    row = octets[start : start + _HEX_WIDTH]
    letters = "".join(chr(octet) if 32 <= octet < 127 else "." for octet in row)
    return f"{start:04x}  {row.hex(' '):<{_HEX_WIDTH * 3}} {letters}"


def _text(body: bytes) -> str | None:
    """A body that was cut within a character is still a text."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        is_cut = len(body) >= LONGEST_BODY and error.start > len(body) - 4
        return body[: error.start].decode() if is_cut else None


def _json(text: str, body: bytes, at: str) -> Shown:
    if not _cut_note(body) and not _is_json(text):
        flaw = next(iter(decode_json(body).flaws), "nested too deeply to be laid out")
        return Shown("text", tuple(legible(text).splitlines()), note=f"as sent: {legible(flaw)}")
    return _lines("json", text, at, note=_cut_note(body))


def _is_json(text: str) -> bool:
    """As far as it matters here: a repeated member or NaN is laid out like any other."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _msgpack(body: bytes, at: str) -> Shown:
    decoded = decode_msgpack(body)
    if not decoded.has_value:
        return Shown("msgpack", octets=body, note=_cut_note(body) or "; ".join(decoded.flaws))
    try:
        text = json.dumps(_speakable(decoded.value), ensure_ascii=False)
    except RecursionError:
        return Shown("msgpack", octets=body, note="nested too deeply to be laid out")
    return _lines("msgpack", text, at, octets=body, note="; ".join(decoded.flaws))


def _lines(kind: str, text: str, at: str, *, octets: bytes = b"", note: str = "") -> Shown:
    lines = laid_out(text)
    marks = frozenset(marked(lines, at))
    if at.startswith("/") and not marks:
        note = "; ".join(filter(None, [note, f"there is nothing at {legible(at)}"]))
    return Shown(kind, tuple(legible(line.indented) for line in lines), marks, octets, note)


def _cut_note(body: bytes) -> str:
    return f"cut: the first {LONGEST_BODY:,} bytes are kept" if len(body) >= LONGEST_BODY else ""


def _speakable(value: Json) -> Json:
    """What JSON has no form for is described: bin, ext and timestamps."""
    if isinstance(value, dict):
        return {_speakable_name(name): _speakable(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_speakable(member) for member in value]
    if isinstance(value, bytes):
        return f"⟨bin, {len(value)} bytes: {value[:64].hex(' ')}{' …' if len(value) > 64 else ''}⟩"
    return value if isinstance(value, str | int | float | bool | None) else f"⟨{value!r}⟩"


def _speakable_name(name: Json) -> str:
    return name if isinstance(name, str) else f"⟨{name!r}⟩"
