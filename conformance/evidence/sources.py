"""Finds secrets in an exchange: by the names of headers, parameters and members, and tokens by their shape.

Pure.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

import msgpack

from conformance.model import Exchange, Headers, Json, Origin, Request, Response, lines_of

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
_SECRET_NAME = re.compile(r"(?i)auth|cookie|csrf|passw|secret|session|signature|token|api-?key|\bsig\b")
"""Headers and parameters of requests that others sent, by the names that they usually have for secrets."""

_CREDENTIAL_SCHEMES = re.compile(r"(?i)^(basic|bearer)\s+")

_QUOTE = r"""(?:\\{0,8}["']|&quot;|&\#34;)"""
_IN_TEXT = re.compile(
    rf"""(?P<name>{"|".join(sorted(_SECRET_MEMBERS, key=len, reverse=True))}){_QUOTE}\s{{0,8}}:\s{{0,8}}{_QUOTE}"""
    rf"""(?P<value>[^"'\\&<>\s]{{1,4096}})""".encode()
)
"""A secret member inside a text that is not JSON as a whole: JSONP, HTML, JSON quoted in JSON. Every repetition has a
bound, so that a text without an end of it is read once."""

_WORD = re.compile(rb"[\w.-]++")
_TOKEN_BEGINS = b"eyJ"
_TOKEN_PARTS = 3
_SHORTEST_PART = 10
_MEMBER_BYTES = tuple(name.encode() for name in _SECRET_MEMBERS)


def named_secrets(exchange: Exchange) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names, and the forms of each value, the whole of it first; also values that are too short for a secret."""
    principal = exchange.principal or "credential"
    yield from _in_headers(exchange.request.headers, principal)
    yield from _in_query(exchange.request.url, principal)
    if exchange.origin is Origin.OBSERVED:
        yield from _in_foreign_request(exchange.request, principal)
    yield from _in_body(exchange.request.headers, exchange.request.body)
    if exchange.response:
        yield from _in_headers(exchange.response.headers, principal)
        yield from _in_body(exchange.response.headers, exchange.response.body)


def _in_foreign_request(request: Request, principal: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Whatever a client of others may hold secret, also in the URL of the page that it came from."""
    for name, value in request.headers:
        if _SECRET_NAME.search(name):
            yield principal, credential_forms(value)
    for url in (request.url, *lines_of(request.headers, "referer")):
        for name, value in _query_of(url):
            if _SECRET_NAME.search(name) or name == "code":
                yield principal, (value,)


def _query_of(url: str) -> list[tuple[str, str]]:
    """The parameters of what may be no URL: a header of others can hold any text, and a secret in it none the less."""
    return parse_qsl(url.partition("#")[0].partition("?")[2])


def token_spans(raw: bytes) -> Iterator[tuple[int, int]]:
    """Where a text has JWTs: three parts in base64 with dots between them, of which the first is an object of JSON."""
    if _TOKEN_BEGINS not in raw:
        return
    for word in _WORD.finditer(raw):
        yield from ((word.start() + begin, word.start() + end) for begin, end in _tokens_in(word[0]))


def _tokens_in(word: bytes) -> Iterator[tuple[int, int]]:
    """Two of them may stand side by side: the next one is looked for from the last part of this one on."""
    ends: list[int] = []
    begin = word.find(_TOKEN_BEGINS)
    while begin >= 0:
        ends = ends if ends and ends[0] > begin else _ends_of_parts(word, begin)
        if len(ends) < _TOKEN_PARTS:
            return
        is_token = min(ends[0] - begin, ends[1] - ends[0] - 1) >= _SHORTEST_PART
        if is_token:
            yield begin, ends[-1]
        begin = word.find(_TOKEN_BEGINS, ends[1] + 1 if is_token else begin + 1)


def _ends_of_parts(word: bytes, begin: int) -> list[int]:
    """Of the first parts from there on, as many as a token has."""
    ends: list[int] = []
    while len(ends) < _TOKEN_PARTS and begin >= 0:
        dot = word.find(b".", begin)
        ends.append(dot if dot >= 0 else len(word))
        begin = dot + 1 if dot >= 0 else -1
    return ends


def handed_out(response: Response | None) -> Iterator[tuple[str, str]]:
    """The tokens that a response hands out."""
    for name, (value, *_) in _in_body(response.headers, response.body) if response else ():
        if name == "token":
            yield name, value


def _in_headers(headers: Headers, principal: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in headers:
        if name.lower() in _SECRET_HEADERS:
            yield principal, credential_forms(value)


def credential_forms(header: str) -> tuple[str, str, str]:
    """A credential as it was sent, decoded where it is in base64, and its secret alone."""
    credential = _CREDENTIAL_SCHEMES.sub("", header)
    plain = _from_base64(credential)
    return credential, plain, plain.partition(":")[2]


def _from_base64(text: str) -> str:
    """The decoded Basic credentials or token, which a response may repeat; "" for anything else."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _in_query(url: str, principal: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in _query_of(url):
        if name.lower() in _SECRET_QUERY:
            yield principal, (value, "", value.partition(":")[2])


def _in_body(headers: Headers, body: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    if any(name in body for name in _MEMBER_BYTES):
        if len(body) <= LARGEST_DECODED:
            for name, value in _in_value(decoded(headers, body)):
                yield name, (value,)
        for found in _IN_TEXT.finditer(body):
            yield found["name"].decode(), (found["value"].decode("utf-8", "replace"),)


def decoded(headers: Headers, body: bytes) -> Json:
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
