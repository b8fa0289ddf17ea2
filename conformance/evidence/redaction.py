"""Removes secrets by value, in every encoding, before anything is stored.

A secret is known because it was given to the run, or because it crossed the wire under the name of a secret. Inside
bodies it is overwritten with a marker of the same length, so that a MessagePack body stays readable.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import msgpack

from conformance.evidence.recipes import Recipes
from conformance.model import Credential, Exchange, Headers, Json, Request, Response, lines_of

_Marker = Callable[[str, int], bytes]

SHORTEST = 8
"""Characters. A shorter value is not treated as a secret: removing it everywhere would destroy the evidence."""

_SECRET_MEMBERS = frozenset(
    {"token", "deviceSecret", "deviceIdentityToken", "updateToken", "mac", "keySecret", "keyStr", "ablyKey"}
)
_SECRET_HEADERS = frozenset({"authorization", "x-ably-devicetoken", "x-ably-devicesecret", "cookie", "set-cookie"})
_SECRET_QUERY = frozenset({"key", "access_token", "accesstoken"})
_CREDENTIAL_SCHEMES = re.compile(r"(?i)^(basic|bearer)\s+")

_QUOTE = r"""(?:\\*["']|&quot;|&\#34;)"""
_IN_TEXT = re.compile(
    rf"""{_QUOTE}(?P<name>{"|".join(_SECRET_MEMBERS)}){_QUOTE}\s*:\s*{_QUOTE}(?P<value>[^"'\\&<>\s]+)""".encode()
)
"""A secret member inside a text that is not JSON as a whole: JSONP, HTML, JSON quoted in JSON."""

_CUT = re.compile(rb"\.{3,}|\xe2\x80\xa6")
"""The end of a value that was cut for display; a secret may have been cut with it."""


class Secrets:
    """Known secrets and the name that stands for each."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}
        self._by_beginning: dict[bytes, list[bytes]] = defaultdict(list)
        self._counts: Counter[str] = Counter()
        self._recipes = Recipes(self.strike_text)
        self._made: list[Credential] = []

    def add_key(self, name: str, text: str) -> None:
        """A key of the run, "appId.keyId:secret"; its secret is removed where it stands alone, too."""
        self.add(name, text)
        self.add(name, text.partition(":")[2])
        self._counts[name] += 1
        self._made.append(self._recipes.add_key(name, text))

    def add(self, name: str, value: str) -> None:
        """name: the text shown in its place. All encodings of the value that HTTP uses are removed, too."""
        if len(value) < SHORTEST:
            return
        for form in _encodings(value):
            if form not in self._names:
                self._names[form] = name
                self._by_beginning[form[:SHORTEST]].append(form)

    def learn(self, exchange: Exchange) -> None:
        """Find secrets by their names in headers, query and bodies of an exchange; each has a name of its own."""
        for name, value in exchange.request.headers:
            if name.lower() == "authorization":
                self._learn_credential(exchange.principal or "credential", value)
        self._learn_mac(exchange.request)
        for name, values in _named_secrets(exchange):
            self._learn(name, values)
        for name, value in _in_answer(exchange.response):
            self._recipes.tokens.setdefault(value, self._name_of(value) or name)

    def take_credentials(self) -> list[Credential]:
        """How the credentials that were learned since the last call can be made again."""
        made, self._made = self._made, []
        return made

    def _learn(self, name: str, values: tuple[str, ...]) -> str:
        """values: the same secret in several forms, the whole of it first; returns its name."""
        known = next(filter(None, map(self._name_of, values[:2])), "")
        chosen = known or (self._numbered(name) if any(len(each) >= SHORTEST for each in values) else name)
        for each in values:
            self.add(chosen, each)
        return chosen

    def _name_of(self, value: str) -> str:
        return self._names.get(value.encode("utf-8", "surrogatepass"), "")

    def _numbered(self, name: str) -> str:
        """The name for the first secret of that name, and "token 2" for the next one."""
        self._counts[name] += 1
        return name if self._counts[name] == 1 else f"{name} {self._counts[name]}"

    def _learn_credential(self, principal: str, header: str) -> None:
        credential, plain, _ = forms = _forms(header)
        if len(credential) < SHORTEST or self._name_of(credential) or self._name_of(plain):
            return
        recipe = self._recipes.of("", plain or credential, is_encoded=bool(plain))
        self._made.append(replace(recipe, name=self._learn(principal, forms)))

    def _learn_mac(self, request: Request) -> None:
        body = _decoded(request.headers, request.body) if b"mac" in request.body else None
        if isinstance(body, dict) and isinstance(body.get("mac"), str) and not self._name_of(body["mac"]):
            recipe = self._recipes.of_mac("", body)
            name = self._learn("mac", (body["mac"],))
            self._made += [replace(recipe, name=name)] if recipe else []

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
        raw = self._replace(text.encode("utf-8", "surrogatepass"), _in_words)
        return self._replace_cut(raw).decode("utf-8", "surrogatepass")

    def strike_bytes(self, body: bytes) -> bytes:
        return self._replace(body, _in_place)

    def _strike_headers(self, headers: Headers) -> Headers:
        return tuple((name, self.strike_text(value)) for name, value in headers)

    def _replace(self, raw: bytes, marker: _Marker) -> bytes:
        """A run learns thousands of secrets, so only those whose first characters occur in the text are searched."""
        beginnings = {raw[at : at + SHORTEST] for at in range(len(raw) - SHORTEST + 1)}
        begun = [form for each in self._by_beginning.keys() & beginnings for form in self._by_beginning[each]]
        whole = sorted((form for form in begun if form in raw), key=len, reverse=True)
        if not whole:
            return raw
        pattern = re.compile(b"|".join(re.escape(form) for form in whole))
        return pattern.sub(lambda found: marker(self._names[found[0]], len(found[0])), raw)

    def _replace_cut(self, raw: bytes) -> bytes:
        """Removes the part of a secret on either side of a cut."""
        for cut in reversed(list(_CUT.finditer(raw))):
            before, behind = raw[: cut.start()], raw[cut.end() :]
            for form, name in self._names.items():
                before = _without_end(before, form, name)
                behind = _without_beginning(behind, form, name)
            raw = before + cut[0] + behind
        return raw


def _in_words(name: str, _: int) -> bytes:
    return f"<secret:{name}>".encode()


def _in_place(name: str, width: int) -> bytes:
    return f"<{name}>".encode()[:width].ljust(width, b"*")


def _without_end(text: bytes, form: bytes, name: str) -> bytes:
    """The text without the beginning of a secret at its end."""
    at = text.rfind(form[:SHORTEST])
    return text[:at] + _in_words(name, 0) if at >= 0 and form.startswith(text[at:]) else text


def _without_beginning(text: bytes, form: bytes, name: str) -> bytes:
    """The text without the end of a secret at its beginning."""
    at = form.find(text[:SHORTEST]) if len(text) >= SHORTEST else -1
    rest = form[at:]
    return _in_words(name, 0) + text[len(rest) :] if at > 0 and text.startswith(rest) else text


def _encodings(value: str) -> Iterator[bytes]:
    raw = value.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(raw)
    yield raw
    yield encoded
    yield encoded.rstrip(b"=")
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")
    for escaped in (quote(raw, safe=""), quote_plus(raw), quote(encoded, safe="")):
        yield escaped.encode()
        yield _PERCENT.sub(lambda found: found[0].lower(), escaped).encode()
    quoted = json.dumps(value)[1:-1]
    yield quoted.encode()
    yield quoted.replace("/", "\\/").encode()
    yield json.dumps(value, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")
    yield html.escape(value).encode("utf-8", "surrogatepass")


_PERCENT = re.compile(r"%[0-9A-F]{2}")


def _named_secrets(exchange: Exchange) -> Iterator[tuple[str, tuple[str, ...]]]:
    principal = exchange.principal or "credential"
    yield from _in_headers(exchange.request.headers, principal)
    yield from _in_query(exchange.request.url, principal)
    yield from _in_body(exchange.request.headers, exchange.request.body)
    if exchange.response:
        yield from _in_headers(exchange.response.headers, principal)
        yield from _in_body(exchange.response.headers, exchange.response.body)


def _in_headers(headers: Headers, principal: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in headers:
        if name.lower() in _SECRET_HEADERS:
            yield principal, _forms(value)


def _forms(header: str) -> tuple[str, str, str]:
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
    for name, value in parse_qsl(urlsplit(url).query):
        if name.lower() in _SECRET_QUERY:
            yield principal, (value, "", value.partition(":")[2])


def _in_answer(response: Response | None) -> Iterator[tuple[str, str]]:
    """The tokens that a response hands out."""
    for name, (value, *_) in _in_body(response.headers, response.body) if response else ():
        if name == "token" and len(value) >= SHORTEST:
            yield name, value


def _in_body(headers: Headers, body: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    if any(name in body for name in _MEMBER_BYTES):
        for name, value in _in_value(_decoded(headers, body)):
            yield name, (value,)
        for found in _IN_TEXT.finditer(body):
            yield found["name"].decode(), (found["value"].decode("utf-8", "replace"),)


_MEMBER_BYTES = tuple(name.encode() for name in _SECRET_MEMBERS)


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
