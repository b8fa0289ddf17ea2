"""Lies about JSON Web Tokens."""

# ruff: noqa: ARG002  a lie often ignores what it is told

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping

from conformance.reference.access import Caller
from conformance.reference.credentials import Credentials
from conformance.reference.errors import Refusal, unauthorized
from conformance.reference.jwts import Jwts
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import Capability, Key
from conformance.reference.wire import Json, Request


@mutant(breaks="TOK-81")
class JwtsCountMilliseconds(Jwts):
    """Reads iat and exp as milliseconds."""

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        issued, expires = super().lifetime(claims, key)
        return issued // 1000, expires // 1000


@mutant(breaks="TOK-82")
class JwtsAreAlwaysEncoded(Credentials):
    """Accepts a JWT with base64 around it only."""

    def bearer_text(self, value: str) -> str:
        return "" if self.jwts.is_jwt(value) else super().bearer_text(value)


@mutant(breaks="TOK-83")
class BadJwtsAreUnauthorized(Jwts):
    """Answers a bad JWT with 40101, for which no SDK asks for another."""

    def bad_jwt(self, reason: str) -> Refusal:
        return unauthorized(40101, reason)


@mutant(breaks="TOK-84")
class SignaturesOfJwtsAreOverlooked(Jwts):
    """Reads the claims of a JWT and never verifies them."""

    def verified_claims(self, text: str, key: Key) -> Mapping[str, Json]:
        return self.unverified_claims(text)


@mutant(breaks="TOK-85")
class JwtsWithoutTimesLastAnHour(Jwts):
    """Takes a JWT without iat or exp for one of now and of an hour."""

    def instant(self, claims: Mapping[str, Json], name: str) -> float:
        now = self.clock.now() // 1000
        return super().instant({"iat": now, "exp": now + 3600, **claims}, name)


@mutant(breaks="TOK-86")
class JwtsNeverExpire(Jwts):
    """Reads exp and forgets to compare it."""

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        issued, _ = super().lifetime(claims, key)
        return issued, self.clock.now() + 60_000


@mutant(breaks="TOK-87")
class JwtsLastForever(Jwts):
    """Has no longest life for a JWT."""

    def longest_life(self, key: Key) -> int:
        return 10**12


@mutant(breaks="TOK-88")
class JwtsMayMoreThanTheirKey(Jwts):
    """Believes what a JWT claims, without a look at its key."""

    def capability(self, claims: Mapping[str, Json], key: Key) -> Capability:
        return self.readable(claims.get("x-ably-capability"))


@mutant(breaks="TOK-89")
class JwtsMayNotClaimMore(Jwts):
    """Refuses a JWT that claims more than its key may do, where it should narrow it."""

    def capability(self, claims: Mapping[str, Json], key: Key) -> Capability:
        if not all(
            self.capabilities.allows(key.capability, "*", each)
            for each in self.readable(claims.get("x-ably-capability"))
        ):
            raise self.bad_jwt("it claims more than its key may do")
        return super().capability(claims, key)


@mutant(breaks="TOK-90")
class JwtsFallBackToTheirKey(Jwts):
    """Gives a JWT that claims nothing of its key's capability all of it."""

    def capability(self, claims: Mapping[str, Json], key: Key) -> Capability:
        try:
            return super().capability(claims, key)
        except Refusal:
            return key.capability


@mutant(breaks="TOK-91")
class JwtsMayBeUnsigned(Jwts):
    """Believes a JWT that says that nothing signs it."""

    def verified_claims(self, text: str, key: Key) -> Mapping[str, Json]:
        if self.header(text).get("alg") == "none":
            return self.unverified_claims(text)
        return super().verified_claims(text, key)


@mutant(breaks="TOK-92")
class JwtsOfNobodyAreOfTheFirstKey(Jwts):
    """Takes a JWT that names no key for one of the first."""

    def key(self, text: str) -> Key:
        app = next(iter(self.apps.by_id.values()))
        return super().key(text) if self.header(text).get("kid") else next(iter(app.keys.values()))


@mutant(breaks="TOK-93")
class JwtsOfUnknownKeysAreOfTheFirstKey(Jwts):
    """Takes a JWT of an unknown key for one of the first key there is."""

    def key(self, text: str) -> Key:
        try:
            return super().key(text)
        except Refusal:
            return next(iter(next(iter(self.apps.by_id.values())).keys.values()))


@mutant(breaks="TOK-94")
class AnyKeyOfTheAppSignsAJwt(Jwts):
    """Verifies a JWT with every key of the application."""

    def verified_claims(self, text: str, key: Key) -> Mapping[str, Json]:
        for each in self.apps.by_id[key.app_id].keys.values():
            try:
                return super().verified_claims(text, each)
            except Refusal:
                continue
        raise self.bad_jwt("no key of the application has signed it")


@mutant(breaks="TOK-95")
class HeadersOfJwtsAreAlwaysReadable(Jwts):
    """Decodes the header of what looks like a JWT without a thought for what does not only look so."""

    def header(self, text: str) -> Mapping[str, Json]:
        found: Mapping[str, Json] = json.loads(urlsafe_b64decode(text.partition(".")[0] + "=="))
        return found


@mutant(breaks="TOK-96")
class JwtsHaveNoClient(Jwts):
    """Overlooks x-ably-clientId."""

    def text_claim(self, claims: Mapping[str, Json], name: str) -> str | None:
        return None


@mutant(breaks="TOK-97")
class JwtsSpeakForAnybody(Jwts):
    """Lets a JWT publish as any client."""

    def text_claim(self, claims: Mapping[str, Json], name: str) -> str | None:
        return "*" if name == "x-ably-clientId" else super().text_claim(claims, name)


@mutant(breaks="TOK-98")
class JwtsSpeakForOneClientOnly(Jwts):
    """Takes the wildcard of x-ably-clientId for no client."""

    def text_claim(self, claims: Mapping[str, Json], name: str) -> str | None:
        value = super().text_claim(claims, name)
        return None if value == "*" else value


@mutant(breaks="TOK-99")
class EmbeddedTokensAreOverlooked(Jwts):
    """Never looks for an Ably token in a JWT."""

    def embedded(self, text: str) -> str | None:
        return None


@mutant(breaks="TOK-100")
class JwtsDoNotFitIntoAQuery(Credentials):
    """Looks for Ably tokens in the query and not for JWTs."""

    def by_query(self, request: Request) -> Caller | None:
        token = request.query.get("access_token")
        return None if token and self.jwts.is_jwt(token) else super().by_query(request)


@mutant(breaks="TOK-101")
class JwtsWithoutCapabilityMayNothing(Jwts):
    """Lets a JWT without a capability do nothing."""

    def capability(self, claims: Mapping[str, Json], key: Key) -> Capability:
        return super().capability(claims, key) if "x-ably-capability" in claims else {}
