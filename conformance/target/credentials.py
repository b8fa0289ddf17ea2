"""Keys, tokens and JWTs as principals: a caller's name and the header that authenticates it.

Pure: scenarios request tokens from the target; JWTs and signed token requests are made here from a key alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field

from conformance.errors import UsageError
from conformance.model import Headers, Json


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, "appId.keyId:secret". Raises UsageError through `parse` when it is not of that form."""

    name: str
    secret: str = field(repr=False)  # pytest shows the values of variables

    @property
    def text(self) -> str:
        return f"{self.name}:{self.secret}"

    @property
    def app(self) -> str:
        return self.name.partition(".")[0]


def parse_key(text: str) -> Key:
    """Surrounding white space is ignored: shells and secret stores add it."""
    name, colon, secret = text.strip().partition(":")
    if not colon or "." not in name or not secret or any(character.isspace() for character in name + secret):
        raise UsageError("the key is not of the form appId.keyId:secret; take it whole from the application's keys")
    return Key(name, secret)


@dataclass(frozen=True, slots=True)
class Principal:
    """name: its phrase in reports. headers: its credentials. secret: the text to redact, "" if there is none."""

    name: str
    headers: Headers = field(default=(), repr=False)
    secret: str = field(default="", repr=False)


NOBODY = Principal("nobody")


def basic(name: str, key: Key) -> Principal:
    return Principal(name, (("Authorization", f"Basic {_base64(key.text)}"),), key.text)


def is_sendable(secret: str) -> bool:
    """Whether credentials can hold a text: it is not empty and has no lone surrogate."""
    return bool(secret) and not any("\ud800" <= each <= "\udfff" for each in secret)


def bearer(name: str, token: str) -> Principal:
    """The token is sent in base64, as every SDK does (FEAT RSA3b)."""
    return Principal(name, (("Authorization", f"Bearer {_base64(token)}"),), token)


def bearer_as_it_is(name: str, token: str) -> Principal:
    """The token is sent without base64, which FEAT RSA3b allows."""
    return Principal(name, (("Authorization", f"Bearer {token}"),), token)


def identified(principal: Principal, client_id: str) -> Principal:
    """The same caller with a clientId (FEAT RSA7e2), which only Basic credentials may set."""
    client = ("X-Ably-ClientId", _base64(client_id))
    return Principal(f"{principal.name} as {client_id}", (*principal.headers, client), principal.secret)


def on_device(principal: Principal, identity_token: str) -> Principal:
    """The same caller on a push device, which it proves with the identity token of the device (FEAT RSH6a)."""
    line = ("X-Ably-DeviceToken", _base64(identity_token))
    name = f"{principal.name} with a device identity token"
    return Principal(name, (*principal.headers, line), identity_token)


def sign(request: dict[str, Json], key: Key) -> dict[str, Json]:
    """A token request with its mac: HMAC-SHA-256 over each member's text and a newline (token-request-spec)."""
    order = ("keyName", "ttl", "capability", "clientId", "timestamp", "nonce")
    text = "".join(f"{request.get(member, '')}\n" for member in order)
    return {**request, "mac": base64.b64encode(_hmac(text, key)).decode()}


def json_web_token(claims: dict[str, Json], key: Key, **header: str) -> str:
    """An Ably JWT: HS256 with the secret of a key, whose name its header says as `kid` (docs, JWT).

    Made by hand: the reference server reads it with a library, and the two must not share a mistake.
    """
    parts = ({"typ": "JWT", "alg": "HS256", "kid": key.name, **header}, claims)
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_base64url(_hmac(signed, key))}"


def _hmac(text: str, key: Key) -> bytes:
    return hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).digest()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
