"""Finds secrets in an exchange: by the names of headers, parameters and members, and tokens by their shape.

Pure.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import msgpack

from conformance.model import Exchange, Headers, Json, lines_of

LARGEST_DECODED = 256 * 1024
"""Bytes of a body that is decoded to find secrets; a longer one is searched as text."""

_SECRET_MEMBERS = frozenset(
    {
        *("token", "deviceSecret", "deviceIdentityToken", "updateToken", "registrationToken"),
        *("mac", "keySecret", "keyStr", "ablyKey"),
    }
)
_SECRET_HEADERS = frozenset({"authorization", "x-ably-devicetoken", "x-ably-devicesecret", "cookie", "set-cookie"})
_SECRET_QUERY = frozenset({"key", "access_token", "accesstoken"})
_CREDENTIAL_SCHEMES = re.compile(r"(?i)^(basic|bearer)\s+")

_QUOTE = r"""(?:\\{0,8}["']|&quot;|&\#34;)"""
_IN_TEXT = re.compile(
    rf"""(?P<name>{"|".join(sorted(_SECRET_MEMBERS, key=len, reverse=True))}){_QUOTE}\s{{0,8}}:\s{{0,8}}{_QUOTE}"""
    rf"""(?P<value>[^"'\\&<>\s]{{1,4096}})""".encode()
)
"""A secret member inside a text that is not JSON as a whole: JSONP, HTML, JSON quoted in JSON. Every repetition has a
bound, so that a text without an end of it is read once."""

_WORD = re.compile(rb"[\w.-]++")
_TOKEN_PARTS = 3
_SHORTEST_PART = 10
_MEMBER_BYTES = tuple(name.encode() for name in _SECRET_MEMBERS)


def named_secrets(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Names and values, also values that are too short for a secret."""
    principal = exchange.principal or "credential"
    yield from _in_headers(exchange.request.headers, principal)
    yield from _in_query(exchange.request.url, principal)
    yield from _in_body(exchange.request.headers, exchange.request.body)
    if exchange.response:
        yield from _in_headers(exchange.response.headers, principal)
        yield from _in_body(exchange.response.headers, exchange.response.body)


def token_spans(raw: bytes) -> Iterator[tuple[int, int]]:
    """Where a text has JWTs: three parts in base64 with dots between them, of which the first is an object of JSON."""
    if b"eyJ" not in raw:
        return
    for word in _WORD.finditer(raw):
        begin = word[0].find(b"eyJ")
        parts = word[0][begin:].split(b".")[:_TOKEN_PARTS] if begin >= 0 else []
        if len(parts) == _TOKEN_PARTS and all(len(part) >= _SHORTEST_PART for part in parts[:2]):
            yield word.start() + begin, word.start() + begin + len(b".".join(parts))


def _in_headers(headers: Headers, principal: str) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower() in _SECRET_HEADERS:
            credential = _CREDENTIAL_SCHEMES.sub("", value)
            plain = _from_base64(credential)
            for secret in (credential, plain, plain.partition(":")[2]):
                yield principal, secret


def _from_base64(text: str) -> str:
    """The decoded Basic credentials or token, which a response may repeat; "" for anything else."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _in_query(url: str, principal: str) -> Iterator[tuple[str, str]]:
    for name, value in parse_qsl(urlsplit(url).query):
        if name.lower() in _SECRET_QUERY:
            yield principal, value
            yield principal, value.partition(":")[2]


def _in_body(headers: Headers, body: bytes) -> Iterator[tuple[str, str]]:
    if any(name in body for name in _MEMBER_BYTES):
        if len(body) <= LARGEST_DECODED:
            yield from _in_value(_decoded(headers, body))
        for found in _IN_TEXT.finditer(body):
            yield found["name"].decode(), found["value"].decode("utf-8", "replace")


def _decoded(headers: Headers, body: bytes) -> Json:
    """A body decoded leniently, as JSON, MessagePack or a form."""
    kind = next(iter(lines_of(headers, "content-type")), "")
    try:
        return msgpack.unpackb(body, strict_map_key=False) if "msgpack" in kind else json.loads(body)
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException):
        return dict(parse_qsl(body.decode("utf-8", "replace")))


def _in_value(value: Json) -> Iterator[tuple[str, str]]:
    """Without recursion, because a body may be nested to any depth."""
    open_values = [value]
    while open_values:
        each = open_values.pop()
        if isinstance(each, list):
            open_values += each
        elif isinstance(each, dict):
            for name, member in each.items():
                if name in _SECRET_MEMBERS and isinstance(member, str | bytes):
                    yield name, member if isinstance(member, str) else member.decode("utf-8", "replace")
                else:
                    open_values.append(member)
