"""Secrets, struck out by value in every encoding before anything is stored.

A secret is known because we were given it, or because it crossed the wire under a name that says so. Inside bodies a
secret is overwritten with a marker of the same length, so that a MessagePack body stays readable.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import msgpack

from conformance.model import Exchange, Headers, Json, Request, Response

_Marker = Callable[[str, int], bytes]

SHORTEST = 8
"""Characters. A shorter value is nobody's secret, and striking it out would destroy the evidence."""

_SECRET_MEMBERS = frozenset(
    {"token", "deviceSecret", "deviceIdentityToken", "updateToken", "mac", "keySecret", "keyStr", "ablyKey"}
)
_SECRET_HEADERS = frozenset({"authorization", "x-ably-devicetoken", "x-ably-devicesecret", "cookie", "set-cookie"})
_SECRET_QUERY = frozenset({"key", "access_token", "accesstoken"})
_CREDENTIAL_SCHEMES = re.compile(r"(?i)^(basic|bearer)\s+")


class Secrets:
    """Known secrets and the name that stands for each."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}
        self._pattern: re.Pattern[bytes] | None = None

    def add(self, name: str, value: str) -> None:
        """name: what the reader sees in its place. Every encoding that HTTP gives it is struck out too."""
        if len(value) < SHORTEST:
            return
        for form in _encodings(value):
            self._names.setdefault(form, name)
        self._pattern = None

    def learn(self, exchange: Exchange) -> None:
        """Find secrets by their names in headers, query and bodies of an exchange."""
        for name, value in _named_secrets(exchange):
            self.add(name, value)

    def strike_exchange(self, exchange: Exchange) -> Exchange:
        request = exchange.request
        response = exchange.response
        return replace(
            exchange,
            request=Request(
                request.method,
                self.strike_text(request.url),
                self._strike_headers(request.headers),
                self.strike_bytes(request.body),
            ),
            response=response
            and Response(response.status, self._strike_headers(response.headers), self.strike_bytes(response.body)),
        )

    def strike(self, value: Json) -> Json:
        """The same JSON value with every secret in its texts replaced."""
        if isinstance(value, str):
            return self.strike_text(value)
        if isinstance(value, dict):
            return {self.strike_text(str(key)): self.strike(member) for key, member in value.items()}
        if isinstance(value, list | tuple):
            return [self.strike(member) for member in value]
        return value

    def strike_text(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogatepass")
        return self._replace(raw, lambda name, _: f"<secret:{name}>".encode()).decode("utf-8", "surrogatepass")

    def strike_bytes(self, body: bytes) -> bytes:
        return self._replace(body, lambda name, width: f"<{name}>".encode()[:width].ljust(width, b"*"))

    def _strike_headers(self, headers: Headers) -> Headers:
        return tuple((name, self.strike_text(value)) for name, value in headers)

    def _replace(self, raw: bytes, marker: _Marker) -> bytes:
        if not self._names:
            return raw
        if self._pattern is None:
            longest_first = sorted(self._names, key=len, reverse=True)
            self._pattern = re.compile(b"|".join(re.escape(form) for form in longest_first))
        return self._pattern.sub(lambda found: marker(self._names[found[0]], len(found[0])), raw)


def _encodings(value: str) -> Iterator[bytes]:
    raw = value.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(raw)
    yield raw
    yield encoded
    yield encoded.rstrip(b"=")
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")
    yield quote(raw, safe="").encode()
    yield quote_plus(raw).encode()
    yield quote(encoded, safe="").encode()
    yield json.dumps(value)[1:-1].encode()
    yield json.dumps(value, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")


def _named_secrets(exchange: Exchange) -> Iterator[tuple[str, str]]:
    who = exchange.principal or "credential"
    yield from _in_headers(exchange.request.headers, who)
    yield from _in_query(exchange.request.url, who)
    yield from _in_body(exchange.request.headers, exchange.request.body)
    if exchange.response:
        yield from _in_headers(exchange.response.headers, who)
        yield from _in_body(exchange.response.headers, exchange.response.body)


def _in_headers(headers: Headers, who: str) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower() in _SECRET_HEADERS:
            yield who, _CREDENTIAL_SCHEMES.sub("", value)


def _in_query(url: str, who: str) -> Iterator[tuple[str, str]]:
    for name, value in parse_qsl(urlsplit(url).query):
        if name.lower() in _SECRET_QUERY:
            yield who, value


def _in_body(headers: Headers, body: bytes) -> Iterator[tuple[str, str]]:
    if any(name.encode() in body for name in _SECRET_MEMBERS):
        yield from _in_value(_decoded(headers, body))


def _decoded(headers: Headers, body: bytes) -> Json:
    """Leniently: whatever can be read of a body, or nothing."""
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    try:
        return msgpack.unpackb(body, strict_map_key=False) if "msgpack" in kind else json.loads(body)
    except (ValueError, RecursionError, msgpack.UnpackException):
        return dict(parse_qsl(body.decode("utf-8", "replace")))


def _in_value(value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            if isinstance(member, str) and name in _SECRET_MEMBERS:
                yield str(name), member
            else:
                yield from _in_value(member)
    elif isinstance(value, list):
        for member in value:
            yield from _in_value(member)
