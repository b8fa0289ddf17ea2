"""Ably JWTs: signed with HS256, the key name as `kid`, Ably claims in addition to `iat` and `exp`."""

from collections.abc import Mapping
from re import compile as pattern

import jwt
from jwt.types import Options

from conformance.reference.apps import Apps
from conformance.reference.capability import Capabilities
from conformance.reference.clock import Clock
from conformance.reference.decoding import DEEPEST, inspect
from conformance.reference.errors import Refusal, bad_request, bad_value, not_found, unauthorized
from conformance.reference.state import Capability, Key, Token
from conformance.reference.wire import Json

LONGEST_LIFE = 24 * 3600
LONGEST_REVOCABLE_LIFE = 3600
LAST_SECOND = 2**40

# In milliseconds: how far the clock of the issuer may be ahead, as for token requests.
TOLERATED_SKEW = 120_000

SIGNATURE_ONLY: Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}

JWT = pattern(r"[\w-]+\.[\w-]+\.[\w-]*\Z")


class Jwts:
    def __init__(self, apps: Apps, capabilities: Capabilities, clock: Clock) -> None:
        self.apps = apps
        self.capabilities = capabilities
        self.clock = clock

    def is_jwt(self, text: str) -> bool:
        return JWT.match(text) is not None

    def embedded(self, text: str) -> str | None:
        """The Ably token embedded in the JWT, if there is one; verifies the signature of the JWT."""
        token = self.header(text).get("x-ably-token")
        if token is None:
            token = self.unverified_claims(text).get("x-ably-token")
        if not isinstance(token, str) or self.is_jwt(token):
            return None
        self.verified_claims(text, self.key(text))
        return token

    def read(self, text: str) -> Token:
        key = self.key(text)
        claims = self.verified_claims(text, key)
        issued, expires = self.lifetime(claims, key)
        return Token(
            text=text,
            key=key,
            capability=self.capability(claims, key),
            issued=issued,
            expires=expires,
            client_id=self.text_claim(claims, "x-ably-clientId"),
            revocation_key=self.text_claim(claims, "x-ably-revocation-key"),
        )

    def key(self, text: str) -> Key:
        name = self.header(text).get("kid")
        if not isinstance(name, str):
            raise self.bad_jwt("its header has no kid")
        if self.apps.find(name.partition(".")[0]) is None:
            # JS/auth 431: 404 for a JWT even if the application id is not well-formed, unlike for a key.
            raise not_found("application of the JWT not found")
        return self.apps.key(name)

    def header(self, text: str) -> Mapping[str, Json]:
        try:
            return self.inspected(jwt.get_unverified_header(text))
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise self.bad_jwt("its header cannot be read") from None

    def unverified_claims(self, text: str) -> Mapping[str, Json]:
        try:
            return self.inspected(jwt.decode(text, options={"verify_signature": False}))
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise self.bad_jwt("its claims cannot be read") from None

    def inspected(self, tree: Mapping[str, Json]) -> Mapping[str, Json]:
        try:
            inspect(dict(tree), DEEPEST)
        except Refusal as refusal:
            raise self.bad_jwt(refusal.message) from None
        return tree

    def verified_claims(self, text: str, key: Key) -> Mapping[str, Json]:
        # PyJWT does not verify times, because its clock is not that of the server.
        try:
            return self.inspected(jwt.decode(text, key.secret, algorithms=["HS256"], options=SIGNATURE_ONLY))
        except jwt.InvalidSignatureError:
            raise self.bad_jwt("signature verification failed") from None
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise self.bad_jwt(str(error)) from None

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        """Time of issue and of expiry in milliseconds; the claims are in seconds.

        As recorded from the service: both are checked before the expiry, and rejected with the codes of a bad request.
        """
        issued, expires = self.instant(claims, "iat"), self.instant(claims, "exp")
        if expires < issued:
            raise bad_value("Invalid value for ttl: exp is before iat")
        if issued * 1000 > self.clock.now() + TOLERATED_SKEW:
            raise bad_request("Invalid token; iat must not be in the future", 40001)
        if expires - issued > self.longest_life(key):
            raise bad_value("the lifetime of the JWT is too long")
        return int(issued * 1000), int(expires * 1000)

    def instant(self, claims: Mapping[str, Json], name: str) -> float:
        value = claims.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LAST_SECOND:
            raise self.bad_jwt(f"{name} must be a number of seconds")
        return value

    def longest_life(self, key: Key) -> int:
        return LONGEST_REVOCABLE_LIFE if key.is_revocable else LONGEST_LIFE

    def capability(self, claims: Mapping[str, Json], key: Key) -> Capability:
        asked = claims.get("x-ably-capability")
        if asked is None:
            return key.capability
        shared = self.capabilities.intersection(self.readable(asked), key.capability)
        if not shared:
            raise unauthorized(40160, "the key allows nothing of the capability of the JWT")
        return shared

    def readable(self, asked: Json) -> Capability:
        try:
            return self.capabilities.read(asked)
        except Refusal as refusal:
            raise self.bad_jwt(refusal.message) from None

    def text_claim(self, claims: Mapping[str, Json], name: str) -> str | None:
        value = claims.get(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise self.bad_jwt(f"{name} must be a string")
        return value

    def bad_jwt(self, reason: str) -> Refusal:
        return unauthorized(40144, f"the JWT is invalid: {reason}")
