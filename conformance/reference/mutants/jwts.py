"""Mutants of JSON Web Tokens."""

# ruff: noqa: ARG002  an override often ignores an argument

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
    """Reads iat and exp of a JWT as milliseconds instead of seconds."""

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        issued, expires = super().lifetime(claims, key)
        return issued // 1000, expires // 1000


@mutant(breaks="TOK-82")
class JwtsAreAlwaysEncoded(Credentials):
    """Rejects a JWT that is not additionally base64-encoded."""

    def bearer_text(self, value: str) -> str:
        return "" if self.jwts.is_jwt(value) else super().bearer_text(value)


@mutant(breaks="TOK-83")
class BadJwtsAreUnauthorized(Jwts):
    """Answers an invalid JWT with 40101, a code that does not make SDKs renew their token."""

    def bad_jwt(self, reason: str) -> Refusal:
        return unauthorized(40101, reason)


@mutant(breaks="TOK-84")
class SignaturesOfJwtsAreOverlooked(Jwts):
    """Does not verify the signature of a JWT."""

    def verified_claims(self, text: str, key: Key) -> Mapping[str, Json]:
        return self.unverified_claims(text)


@mutant(breaks="TOK-85")
class JwtsWithoutTimesLastAnHour(Jwts):
    """Accepts a JWT without iat or exp as valid for an hour from now."""

    def instant(self, claims: Mapping[str, Json], name: str) -> float:
        now = self.clock.now() // 1000
        return super().instant({"iat": now, "exp": now + 3600, **claims}, name)


@mutant(breaks="TOK-86")
class JwtsNeverExpire(Jwts):
    """Ignores the expiry of a JWT."""

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        issued, _ = super().lifetime(claims, key)
        return issued, self.clock.now() + 60_000


@mutant(breaks="TOK-87")
class JwtsLastForever(Jwts):
    """Does not limit the lifetime of a JWT."""

    def longest_life(self, key: Key) -> int:
        return 10**12


@mutant(breaks="TOK-88")
class JwtsMayMoreThanTheirKey(Jwts):
    """Grants the capability claimed by a JWT even beyond that of its key."""

    def capability(self, claims: Mapping[str, Json], key: Key) -> Capability:
        return self.readable(claims.get("x-ably-capability"))


@mutant(breaks="TOK-89")
class JwtsMayNotClaimMore(Jwts):
    """Rejects a JWT that claims more than its key allows instead of narrowing its capability."""

    def capability(self, claims: Mapping[str, Json], key: Key) -> Capability:
        if not all(
            self.capabilities.allows(key.capability, "*", each)
            for each in self.readable(claims.get("x-ably-capability"))
        ):
            raise self.bad_jwt("it claims more than its key may do")
        return super().capability(claims, key)


@mutant(breaks="TOK-90")
class JwtsFallBackToTheirKey(Jwts):
    """Grants a JWT the capability of its key when its claimed capability shares nothing with it."""

    def capability(self, claims: Mapping[str, Json], key: Key) -> Capability:
        try:
            return super().capability(claims, key)
        except Refusal:
            return key.capability


@mutant(breaks="TOK-91")
class JwtsMayBeUnsigned(Jwts):
    """Accepts a JWT with the algorithm none."""

    def verified_claims(self, text: str, key: Key) -> Mapping[str, Json]:
        if self.header(text).get("alg") == "none":
            return self.unverified_claims(text)
        return super().verified_claims(text, key)


@mutant(breaks="TOK-92")
class JwtsOfNobodyAreOfTheFirstKey(Jwts):
    """Treats a JWT without a key name (kid) as one of the first key."""

    def key(self, text: str) -> Key:
        app = next(iter(self.apps.by_id.values()))
        return super().key(text) if self.header(text).get("kid") else next(iter(app.keys.values()))


@mutant(breaks="TOK-93")
class JwtsOfUnknownKeysAreOfTheFirstKey(Jwts):
    """Treats a JWT of an unknown key as one of the first key."""

    def key(self, text: str) -> Key:
        try:
            return super().key(text)
        except Refusal:
            return next(iter(next(iter(self.apps.by_id.values())).keys.values()))


@mutant(breaks="TOK-94")
class AnyKeyOfTheAppSignsAJwt(Jwts):
    """Accepts a JWT signed with any key of the application."""

    def verified_claims(self, text: str, key: Key) -> Mapping[str, Json]:
        for each in self.apps.by_id[key.app_id].keys.values():
            try:
                return super().verified_claims(text, each)
            except Refusal:
                continue
        raise self.bad_jwt("no key of the application has signed it")


@mutant(breaks="TOK-95")
class HeadersOfJwtsAreAlwaysReadable(Jwts):
    """Fails with 500 when the header of a JWT cannot be decoded."""

    def header(self, text: str) -> Mapping[str, Json]:
        found: Mapping[str, Json] = json.loads(urlsafe_b64decode(text.partition(".")[0] + "=="))
        return found


@mutant(breaks="TOK-96")
class JwtsHaveNoClient(Jwts):
    """Ignores the claim x-ably-clientId of a JWT."""

    def text_claim(self, claims: Mapping[str, Json], name: str) -> str | None:
        return None


@mutant(breaks="TOK-97")
class JwtsSpeakForAnybody(Jwts):
    """Lets every JWT publish as any client."""

    def text_claim(self, claims: Mapping[str, Json], name: str) -> str | None:
        return "*" if name == "x-ably-clientId" else super().text_claim(claims, name)


@mutant(breaks="TOK-98")
class JwtsSpeakForOneClientOnly(Jwts):
    """Treats the wildcard `*` in x-ably-clientId as an absent clientId."""

    def text_claim(self, claims: Mapping[str, Json], name: str) -> str | None:
        value = super().text_claim(claims, name)
        return None if value == "*" else value


@mutant(breaks="TOK-99")
class EmbeddedTokensAreOverlooked(Jwts):
    """Ignores an Ably token embedded in a JWT."""

    def embedded(self, text: str) -> str | None:
        return None


@mutant(breaks="TOK-100")
class JwtsDoNotFitIntoAQuery(Credentials):
    """Ignores a JWT in the query string."""

    def by_query(self, request: Request) -> Caller | None:
        token = request.query.get("access_token")
        return None if token and self.jwts.is_jwt(token) else super().by_query(request)


@mutant(breaks="TOK-101")
class JwtsWithoutCapabilityMayNothing(Jwts):
    """Grants nothing to a JWT without a capability claim."""

    def capability(self, claims: Mapping[str, Json], key: Key) -> Capability:
        return super().capability(claims, key) if "x-ably-capability" in claims else {}


@mutant(breaks="TOK-112")
class JwtsWithoutTimesAreNotFound(Jwts):
    """Answers a JWT without iat or exp with error code 40400, that of an unknown key."""

    def instant(self, claims: Mapping[str, Json], name: str) -> float:
        if name not in claims:
            raise unauthorized(40400, f"the JWT has no {name}")
        return super().instant(claims, name)


@mutant(breaks="TOK-102")
class JwtsMayComeFromTheFuture(Jwts):
    """Accepts a JWT that was issued in the future."""

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        issued = min(self.instant(claims, "iat"), self.clock.now() // 1000)
        return super().lifetime({**claims, "iat": issued}, key)


@mutant(breaks="TOK-103")
class NegativeLivesAreTurnedAround(Jwts):
    """Takes the lifetime of a JWT without its sign, so that one that expired before it was issued is valid."""

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        issued, expires = self.instant(claims, "iat"), self.instant(claims, "exp")
        return super().lifetime({**claims, "exp": issued + abs(expires - issued)}, key)


@mutant(breaks="TOK-104")
class NegativeLivesAreBadTokens(Jwts):
    """Answers a JWT that expired before it was issued with 401 and code 40144."""

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        if self.instant(claims, "exp") < self.instant(claims, "iat"):
            raise self.bad_jwt("exp lies before iat")
        return super().lifetime(claims, key)
