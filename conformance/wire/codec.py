"""Encodes and decodes bodies, and names each syntax error that a lenient parser would accept.

Pure. A body with flaws may still have a value, so that a schema can be judged beside its syntax.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgpack

from conformance.model import FORM, HTML, JAVASCRIPT, JSON, MSGPACK, Call, Json

_CALLED = re.compile(r"[\w$.]+")


class _Nothing:
    """The value of a body that is empty or cannot be decoded."""

    def __repr__(self) -> str:
        return "(no value)"


NOTHING: Json = _Nothing()

MOST_CONTAINERS = 200_000
"""Arrays and objects that are decoded; each takes many times the memory of its bytes."""

_TOO_MANY = f"more than {MOST_CONTAINERS:,} arrays and objects, which is more than is read"
_MOST_REPEATS = 1_000

DEEPEST = 200
"""Levels of nesting that are decoded. RFC 8259 section 9 allows a limit; this one is safe for recursive code."""

_TOO_DEEP = "nested too deeply to be read"


@dataclass(frozen=True, slots=True)
class Decoded:
    """value: the decoded body, or NOTHING. flaws: its syntax errors, in words. repeats: names of duplicate members."""

    value: Json = NOTHING
    flaws: tuple[str, ...] = ()
    repeats: tuple[str, ...] = ()

    @property
    def has_value(self) -> bool:
        return self.value is not NOTHING


def decode(media_type: str, body: bytes) -> Decoded:
    """media_type: without parameters. The value of HTML is its text; a body of an unknown type has no value."""
    if media_type == MSGPACK:
        return decode_msgpack(body)
    if media_type == JAVASCRIPT:
        return _decode_jsonp(body)
    if media_type == JSON or media_type.endswith("+json"):
        return decode_json(body)
    return _decode_text(body) if media_type == HTML else Decoded()


def decode_json(body: bytes) -> Decoded:
    """RFC 8259: UTF-8 without a byte order mark, no NaN or Infinity, nothing after the value, no duplicate member."""
    if body.count(b"[") + body.count(b"{") > MOST_CONTAINERS:
        return Decoded(flaws=(_TOO_MANY,))
    repeats: list[str] = []
    constants: list[str] = []
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_noting_repeats(repeats), parse_constant=constants.append
        )
    except UnicodeDecodeError as error:
        return Decoded(flaws=(f"not UTF-8 at byte {error.start}",))
    except RecursionError:
        return Decoded(flaws=(_TOO_DEEP,))
    except json.JSONDecodeError as error:
        mark = body.startswith(BOM_UTF8)
        return Decoded(flaws=("it begins with a byte order mark" if mark else f"not JSON: {error}",))
    except ValueError:
        return Decoded(flaws=("a number has more digits than can be read",))
    return _shallow(
        Decoded(value, tuple(f"{word} is no JSON number" for word in dict.fromkeys(constants)), tuple(repeats))
    )


def _noting_repeats(repeats: list[str]) -> Any:
    def build(pairs: list[tuple[str, Json]]) -> Json:
        found: dict[str, Json] = {}
        for name, value in pairs:
            if name in found and len(repeats) < _MOST_REPEATS:
                repeats.append(str(name))
            found[name] = value
        return found

    return build


def decode_msgpack(body: bytes) -> Decoded:
    """Exactly one value, str in UTF-8, no bytes after it; str and bin are different types."""
    repeats: list[str] = []
    budget = _Budget()
    unpacker = msgpack.Unpacker(
        strict_map_key=False,
        object_pairs_hook=budget.spent_by(_noting_repeats(repeats)),
        list_hook=budget.spent_by(_unchanged),
        max_buffer_size=max(len(body), 1),
    )
    unpacker.feed(body)
    try:
        value = unpacker.unpack()
    except msgpack.OutOfData:
        return Decoded(flaws=("the MessagePack value is cut short",))
    except _TooManyError:
        return Decoded(flaws=(_TOO_MANY,))
    except UnicodeDecodeError as error:
        return Decoded(flaws=(f"a MessagePack str is not UTF-8: {error.reason}",))
    except (RecursionError, msgpack.StackError):
        return Decoded(flaws=(_TOO_DEEP,))
    except TypeError:
        return Decoded(flaws=("a MessagePack map has an array or a map as key",))
    except (ValueError, msgpack.UnpackException):
        return Decoded(flaws=("not MessagePack",))
    surplus = len(body) - unpacker.tell()
    flaws = (f"{surplus} byte{'s' if surplus > 1 else ''} behind the MessagePack value",) if surplus else ()
    return _shallow(Decoded(value, flaws, tuple(repeats)))


class _TooManyError(Exception):
    """More than MOST_CONTAINERS arrays and maps."""


class _Budget:
    def __init__(self) -> None:
        self._left = MOST_CONTAINERS

    def spent_by(self, build: Callable[[Any], Json]) -> Callable[[Any], Json]:
        def counted(value: Any) -> Json:
            self._left -= 1
            if self._left < 0:
                raise _TooManyError
            return build(value)

        return counted


def _unchanged(value: Json) -> Json:
    return value


def _shallow(decoded: Decoded) -> Decoded:
    """The same, or without its value where that is nested more than DEEPEST levels."""
    level = [decoded.value]
    for _ in range(DEEPEST):
        level = [member for each in level for member in _members(each)]
        if not level:
            return decoded
    return Decoded(flaws=(*decoded.flaws, _TOO_DEEP), repeats=decoded.repeats)


def _members(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _decode_jsonp(body: bytes) -> Decoded:
    try:
        name, argument = _called(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Decoded(flaws=(f"not UTF-8 at byte {error.start}",))
    return decode_json(argument.encode()) if name else Decoded(flaws=("not of the form callback(value)",))


def _called(text: str) -> tuple[str, str]:
    """The name and the argument of callback(argument), or "" twice. Without a pattern, so each step is one pass."""
    head, _, rest = text.strip().removesuffix(";").rstrip().removeprefix("/**/").partition("(")
    name = head.strip()
    return (name, rest[:-1]) if _CALLED.fullmatch(name) and rest.endswith(")") else ("", "")


def _decode_text(body: bytes) -> Decoded:
    try:
        return Decoded(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Decoded(flaws=(f"not UTF-8 at byte {error.start}",))


def callback_of(body: bytes) -> str:
    """The name of the function that a JSONP body calls, or ""."""
    return _called(body.decode("utf-8", "replace"))[0]


def is_encodable(body: Json, media_type: str) -> bool:
    """Whether a format can hold the value: MessagePack has 64-bit integers, JSON no bytes, a form texts by name."""
    is_form = isinstance(body, dict) and bool(body) and all(isinstance(each, str) for each in body.values())
    if media_type == FORM and not is_form:
        return False
    try:
        encode(body, media_type)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False
    return True


def encode(body: Json, media_type: str) -> bytes:
    if body is NOTHING:
        return b""
    if media_type == MSGPACK:
        packed: bytes = msgpack.packb(body, use_bin_type=True)
        return packed
    if media_type == FORM:
        return urlencode({name: as_text(value) for name, value in body.items()}).encode()
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")


def as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def body_of(call: Call) -> Json:
    """The decoded body of a call, in any media type including a form."""
    if call.media_type == FORM:
        return dict(parse_qsl(call.body.decode("utf-8", "replace")))
    return decode(call.media_type, call.body).value
