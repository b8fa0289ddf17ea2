"""How a credential that a run sent can be made again from its keys and tokens, without any secret in it.

Pure. A replay script needs it: the value itself is removed from the journal.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass

from conformance.model import Credential, Json

_TOKEN_REQUEST = ("keyName", "ttl", "capability", "clientId", "timestamp", "nonce")
_UNLIKE = "a-text-that-opens-nothing"
_SHARED = 8
"""Characters that a text may not share with a secret, in any case of letters, to be written down."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """name: the principal. key_name: "appId.keyId", which is no secret."""

    name: str
    key_name: str
    secret: str


class Recipes:
    """keys: those of the run. tokens: what the target handed out, the secret with its name. strike: removes every known
    secret from a text, in whatever encoding it is there.
    """

    def __init__(self, strike: Callable[[str], str]) -> None:
        self._strike = strike
        self.keys: list[KnownKey] = []
        self.tokens: dict[str, str] = {}

    def add_key(self, name: str, text: str) -> Credential:
        key_name, _, secret = text.partition(":")
        self.keys.append(KnownKey(name, key_name, secret))
        return Credential(name, key_name=key_name)

    def of(self, name: str, text: str, *, is_encoded: bool) -> Credential:
        """text: the credential as it was meant, "app.key:secret" or a token. is_encoded: it was sent in base64."""
        parts = text.split(".")
        decoded = [_json_of(part) for part in parts[:2]] if len(parts) == 3 else []
        if decoded and all(isinstance(each, dict) for each in decoded):
            header, claims = map(self._without_secrets, decoded)
            signed = f"{parts[0]}.{parts[1]}".encode()
            signer = next((key.name for key in self.keys if _base64url(_hmac(key, signed)) == parts[2]), UNKNOWN)
            signed_by = signer if parts[2] else ""
            return Credential(name, is_encoded=is_encoded, header=header, claims=claims, signed_by=signed_by)
        return Credential(name, is_encoded=is_encoded, text=self._template(text))

    def of_mac(self, name: str, request: Json) -> Credential | None:
        """Of a signed token request; its text says how the mac was altered. None where no key of the run signed it."""
        text = "".join(f"{request.get(member, '')}\n" for member in _TOKEN_REQUEST)
        for key in self.keys:
            made, mac = _base64(_hmac(key, text.encode("utf-8", "surrogatepass"))), str(request.get("mac", ""))
            if made == mac or alteration(made, mac):
                return Credential(name, signed_by=key.name, text=alteration(made, mac))
        return None

    def _without_secrets(self, value: Json) -> Json:
        if isinstance(value, str):
            return self._template(value)
        if isinstance(value, dict):
            return {self._template(str(name)): self._without_secrets(member) for name, member in value.items()}
        return [self._without_secrets(each) for each in value] if isinstance(value, list) else value

    def _template(self, text: str) -> str:
        """The text with a placeholder for each key name, secret and token; what would tell of a secret is replaced."""
        name, colon, rest = text.partition(":")
        for key in self.keys if colon else ():
            if change := alteration(key.secret, rest):
                return f"{self._template(name)}:<secret:{key.name}|{change}>"
        for key in sorted(self.keys, key=lambda each: -len(each.secret)):
            text = text.replace(key.secret, f"<secret:{key.name}>") if key.secret else text
            text = text.replace(key.key_name, f"<name:{key.name}>")
        for key in self.keys if colon else ():
            app, _, key_id = key.key_name.partition(".")
            text = text.replace(f"{app}.", f"<app:{key.name}>.").replace(f".{key_id}:", f".<id:{key.name}>:")
        for token, name in self.tokens.items():
            text = text.replace(token, f"<secret:{name}>")
        return self._altered(text) if self._tells(text) else self._strike(text)

    def _altered(self, text: str) -> str:
        """A token that was altered a little, and otherwise a text that opens nothing."""
        for token, name in self.tokens.items():
            if change := alteration(token, text):
                return f"<secret:{name}|{change}>"
        return _UNLIKE

    def _tells(self, text: str) -> bool:
        shown = text.lower()
        pieces = {shown[at : at + _SHARED] for at in range(len(shown) - _SHARED + 1)}
        return any(_shares(pieces, secret) for secret in (*(key.secret for key in self.keys), *self.tokens))


UNKNOWN = "a secret that no key has"
"""The signer of a JWT whose signature is not right for any key of the run."""


def alteration(secret: str, text: str) -> str:
    """How a text was made of a secret: "cut 3" of its end, "change 3" of the third last character, "swap" of small
    letters and capitals; "" for another text.
    """
    if text and text == secret.swapcase() and text != secret:
        return "swap"
    if 0 < len(text) < len(secret) and secret.startswith(text):
        return f"cut {len(secret) - len(text)}"
    different = [at for at, (one, other) in enumerate(zip(secret, text, strict=False)) if one != other]
    is_changed = len(text) == len(secret) and len(different) == 1
    return f"change {len(secret) - different[0]}" if is_changed else ""


def _shares(pieces: set[str], secret: str) -> bool:
    lower = secret.lower()
    return any(lower[at : at + _SHARED] in pieces for at in range(len(lower) - _SHARED + 1))


def _json_of(part: str) -> Json:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        return None


def _hmac(key: KnownKey, text: bytes) -> bytes:
    return hmac.new(key.secret.encode(), text, hashlib.sha256).digest()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
