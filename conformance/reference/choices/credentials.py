"""Choices of credentials and tokens."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import jwt

from conformance.reference.access import Caller, Means
from conformance.reference.apps import Apps
from conformance.reference.call import Call
from conformance.reference.capability import Capabilities
from conformance.reference.choices.mark import choice
from conformance.reference.clock import Names
from conformance.reference.credentials import Credentials
from conformance.reference.errors import Refusal, bad_request, unauthorized
from conformance.reference.jwts import Jwts
from conformance.reference.provisioning import Provisioning
from conformance.reference.state import Capability, Key, Token
from conformance.reference.tokens import TokenRequest, Tokens
from conformance.reference.wire import Json, Reply, Request


@choice(permitted_by="ably/specification uts/rest/integration/auth: an unknown key is 401 with 40400")
class UnknownKeyIsUnauthorized(Apps):
    """Answers an unknown key of a known application with 401 and code 40400."""

    def key(self, name: str) -> Key:
        return known_key(self, super().key, name, 40400)


@choice(permitted_by="ably/ably-common protocol/errors.json: 40101, invalid credentials")
class UnknownKeyIsInvalid(Apps):
    """Answers an unknown key of a known application with 401 and code 40101."""

    def key(self, name: str) -> Key:
        return known_key(self, super().key, name, 40101)


def known_key(apps: Apps, find: Callable[[str], Key], name: str, code: int) -> Key:
    try:
        return find(name)
    except Refusal as refusal:
        is_of_known_app = apps.find(name.partition(".")[0]) is not None
        raise unauthorized(code, refusal.message) if is_of_known_app else refusal from None


@choice(permitted_by="ably/ably-common protocol/errors.json: 40101, invalid credentials")
class MalformedIsUnauthorized(Credentials):
    """Answers malformed Basic credentials with 401 instead of 400."""

    def by_header(self, request: Request) -> Caller | None:
        try:
            return super().by_header(request)
        except Refusal as refusal:
            raise unauthorized(40101, refusal.message) if refusal.code == 40005 else refusal from None


@choice(permitted_by="ably/ably-common protocol/errors.json: 40143, token unrecognised")
class UnknownDeviceTokenIsUnauthorized(Credentials):
    """Answers an X-Ably-DeviceToken that it did not issue with 401 instead of 400."""

    def no_identity_token(self) -> Refusal:
        return unauthorized(40143, super().no_identity_token().message)


@choice(permitted_by="ably/ably-common errors/codes/40144: a malformed claim is rejected with code 40144")
class TimesOfJwtsAreClaims(Jwts):
    """Answers a JWT that is issued in the future, or expires before it is issued, with 401 and code 40144."""

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        try:
            return super().lifetime(claims, key)
        except Refusal as refusal:
            is_too_long = refusal.code == 40003 and claims["exp"] > claims["iat"]
            raise refusal if is_too_long else self.bad_jwt(refusal.message) from None


@choice(permitted_by="ably/docs protocols, server-sent events: accessToken is documented for event streams only")
class NoAccessTokenSpelling(Credentials):
    """Ignores the query parameter accessToken and accepts only access_token."""

    def by_query(self, request: Request) -> Caller | None:
        query: Mapping[str, str] = {name: text for name, text in request.query.items() if name != "accessToken"}
        return super().by_query(replace(request, query=query))


@choice(permitted_by="ably/ably-common protocol/errors.json: 40140 to 40149 are token errors")
class OtherCodeOfForgeries(Credentials):
    """Answers an unknown token with code 40140 instead of 40143."""

    def known_token(self, text: str) -> Token:
        try:
            return super().known_token(text)
        except Refusal as refusal:
            raise unauthorized(40140, refusal.message) from None


@choice(permitted_by="ably/ably-go and ably/ably-js: an expired JWT is 40142 or 40144")
class ExpiredJwtIsBadJwt(Credentials):
    """Answers an expired JWT with 40144, the code of an invalid JWT."""

    def refuse_expired(self, token: Token) -> None:
        try:
            super().refuse_expired(token)
        except Refusal as refusal:
            raise unauthorized(40144, refusal.message) if self.jwts.is_jwt(token.text) else refusal from None


@choice(permitted_by="ably/ably-common errors/codes/40144: some malformed claims are reported with status 400")
class MalformedClaimsAreBadRequests(Jwts):
    """Answers a JWT without iat or exp with 400 and code 40144."""

    def instant(self, claims: Mapping[str, Json], name: str) -> float:
        if name not in claims:
            raise bad_request(f"{name} must be specified", 40144)
        return super().instant(claims, name)


@choice(permitted_by="ably/docs rest-api: the success status is not documented")
class TokensAreOk(Tokens):
    """Answers a token request with 200 instead of 201."""

    def request(self, call: Call) -> Reply:
        return replace(super().request(call), status=200)


@choice(permitted_by="ably/docs rest-api, token request: the answer to another keyName is not documented")
class ForeignKeyNameIsBadRequest(Tokens):
    """Answers a keyName that differs from the path with 400 instead of 401."""

    def require_key_name(self, asked: TokenRequest, key: Key) -> None:
        try:
            super().require_key_name(asked, key)
        except Refusal as refusal:
            raise bad_request(refusal.message) from None


@choice(permitted_by="ably/docs rest-api, token request: an unsigned one may use token authentication")
class TokensBegetTokens(Tokens):
    """Issues a token for an unsigned token request that is authenticated by another token of the key."""

    def require_basic(self, call: Call, key: Key) -> None:
        caller = self.credentials.identify(call.request)
        if caller is None or caller.means is not Means.TOKEN or caller.key != key:
            super().require_basic(call, key)


@choice(permitted_by="ably/docs token-request-spec: a nonce must not be used twice")
class NoncesAreForGood(Tokens):
    """Rejects a repeated nonce with any timestamp."""

    def nonce(self, asked: TokenRequest) -> tuple[str, str, str]:
        return (*super().nonce(asked)[:2], "")


@choice(permitted_by="ably/docs rest-api: a token is opaque, and a literal one has up to 343 bytes")
class LongTokens(Names):
    """Issues tokens of 300 characters, with hyphens and underscores."""

    def token(self, app_id: str) -> str:
        return f"{app_id}.{self.random(100)}-_{self.random(191)}"


@choice(permitted_by="ably/docs auth, token types: a token may be a JWT, which the documentation recommends")
class TokensAreJwts(Tokens):
    """Issues tokens that are JWTs, signed with the secret of their key."""

    def token(self, asked: TokenRequest, key: Key) -> Token:
        token = super().token(asked, key)
        return replace(token, text=jwt.encode(self.claims(token), key.secret, "HS256", {"kid": key.name}))

    def claims(self, token: Token) -> dict[str, Json]:
        # Claims are in seconds, and a token of 100 ms has to expire in time.
        claims: dict[str, Json] = {
            "iat": token.issued / 1000,
            "exp": token.expires / 1000,
            "x-ably-capability": self.capabilities.text(token.capability),
        }
        return claims if token.client_id is None else {**claims, "x-ably-clientId": token.client_id}


@choice(permitted_by="ably/ably-server DESIGN: the capability of a token is given as it was requested")
class OtherCapabilityText(Capabilities):
    """Writes the text of a capability with spaces, and with operations and channels in reverse order."""

    def text(self, capability: Capability) -> str:
        return json.dumps({name: sorted(capability[name])[::-1] for name in sorted(capability, reverse=True)})


@choice(
    permitted_by="ably/specification features RSA11: a key is split at its first colon",
    breaks_suites="ably-python rejects a key with two colons",
)
class SecretsWithColons(Names):
    """Generates secrets of keys with colons."""

    def secret(self) -> str:
        return f"{self.random(20)}:{self.random(20)}:-_"


@choice(
    permitted_by="ably/specification test-api: keyName, keySecret and keyStr were added later",
    breaks_suites="they read keyStr",
)
class TerseKeys(Provisioning):
    """Describes the keys of a new application without keyName, keySecret and keyStr."""

    def key_details(self, key: Key) -> Json:
        return {
            name: v for name, v in super().key_details(key).items() if name not in {"keyName", "keySecret", "keyStr"}
        }


@choice(permitted_by="ably/specification test-api: any success status confirms a deletion")
class DeletedAppIsOk(Provisioning):
    """Answers the deletion of an application with 200 and an empty object instead of 204."""

    def delete(self, call: Call) -> Reply:
        super().delete(call)
        return Reply(200, {})


@choice(permitted_by="RFC 7519 section 4.1.6: iat tells the age of a JWT, and no rule rejects one of the future")
class FutureJwtsAccepted(Jwts):
    """Accepts a JWT that was issued in the future."""

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        issued = min(self.instant(claims, "iat"), self.clock.now() // 1000)
        return super().lifetime({**claims, "iat": issued}, key)


@choice(permitted_by="RFC 7519 section 4.1.4: what has expired is not accepted, whenever it was issued")
class NegativeLifeIsExpired(Jwts):
    """Answers a JWT that expired before it was issued as any expired one."""

    def lifetime(self, claims: Mapping[str, Json], key: Key) -> tuple[int, int]:
        expires = self.instant(claims, "exp")
        return super().lifetime({**claims, "iat": min(self.instant(claims, "iat"), expires)}, key)


@choice(permitted_by="ably/ably-common protocol/errors.json: 40102, credentials that do not fit the request")
class ForeignCredentialsRefused(Tokens):
    """Rejects a signed token request that carries the credentials of another key."""

    def authenticate(self, call: Call, asked: TokenRequest, key: Key) -> None:
        super().authenticate(call, asked, key)
        caller = self.credentials.identify(call.request)
        if caller is not None and caller.key != key:
            raise unauthorized(40102, "the credentials are those of another key")


@choice(permitted_by="ably/specification features RSA7e2: the answer to a value that is not base64 is not documented")
class PlainClientIdsAccepted(Credentials):
    """Takes an X-Ably-ClientId that is not base64 as the clientId itself."""

    def assumed_client(self, request: Request) -> str | None:
        try:
            return super().assumed_client(request)
        except Refusal:
            return request.header(b"x-ably-clientid")
