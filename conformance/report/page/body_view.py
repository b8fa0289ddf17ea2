"""Prepares a body for the page: indented, decoded if it is MessagePack, with its bytes beside it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from conformance.evidence.records import LONGEST_BODY
from conformance.model import FORM, JSON, MSGPACK, Json
from conformance.report.page.json_layout import indented, laid_out, marked
from conformance.report.text.safe_text import legible
from conformance.wire.codec import decode_json, decode_msgpack

_HEX_WIDTH = 16


@dataclass(frozen=True, slots=True)
class Shown:
    """lines: the text to show. marks: the numbers (from 0) of the lines that deviate. octets: the bytes of the body, if
    the lines do not show it as sent. note: a remark for the reader.
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
    """A hex dump: offset, bytes, ASCII."""
    return [_hex_line(octets, start) for start in range(0, len(octets), _HEX_WIDTH)]


def base64_text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _hex_line(octets: bytes, start: int) -> str:
    part = octets[start : start + _HEX_WIDTH]
    letters = "".join(chr(octet) if 32 <= octet < 127 else "." for octet in part)
    return f"{start:04x}  {part.hex(' '):<{_HEX_WIDTH * 3}} {letters}"


def _text(body: bytes) -> str | None:
    """The body as text, also if it was cut within a character; None for binary data."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        is_cut = len(body) >= LONGEST_BODY and error.start > len(body) - 4
        return body[: error.start].decode() if is_cut else None


def _json(text: str, body: bytes, at: str) -> Shown:
    if not _cut_note(body) and not _can_be_formatted(text):
        flaw = next(iter(decode_json(body).flaws), "nested too deeply to be formatted")
        return Shown("text", tuple(legible(text).splitlines()), note=f"as sent: {legible(flaw)}")
    return _lines("json", text, at, note=_cut_note(body))


def _can_be_formatted(text: str) -> bool:
    """Whether a text is JSON; a repeated member or NaN, which JSON forbids, can be formatted too."""
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
        text = json.dumps(_as_json(decoded.value), ensure_ascii=False)
    except RecursionError:
        return Shown("msgpack", octets=body, note="nested too deeply to be formatted")
    return _lines("msgpack", text, at, octets=body, note="; ".join(decoded.flaws))


def _lines(kind: str, text: str, at: str, *, octets: bytes = b"", note: str = "") -> Shown:
    if not at:
        return Shown(kind, tuple(legible("\n".join(indented(text))).split("\n")), frozenset(), octets, note)
    lines = laid_out(text)
    marks = frozenset(marked(lines, at))
    if at.startswith("/") and not marks:
        note = "; ".join(filter(None, [note, f"the body has no value at {legible(at)}"]))
    return Shown(kind, tuple(legible(line.indented) for line in lines), marks, octets, note)


def _cut_note(body: bytes) -> str:
    return f"cut: only the first {LONGEST_BODY:,} bytes were recorded" if len(body) >= LONGEST_BODY else ""


def _as_json(value: Json) -> Json:
    """A MessagePack value as JSON; bin, ext and timestamps, which JSON lacks, become a description."""
    if isinstance(value, dict):
        return {name if isinstance(name, str) else f"⟨{name!r}⟩": _as_json(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_as_json(member) for member in value]
    if isinstance(value, bytes):
        return f"⟨bin, {len(value)} bytes: {value[:64].hex(' ')}{' …' if len(value) > 64 else ''}⟩"
    return value if isinstance(value, str | int | float | bool | None) else f"⟨{value!r}⟩"
