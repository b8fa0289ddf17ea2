"""Authenticates a request: reads its credentials and finds the caller."""

from dataclasses import replace
from hmac import compare_digest

from conformance.reference.access import Caller, Means, decode_base64, device_secret
from conformance.reference.apps import Apps
from conformance.reference.clock import Clock
from conformance.reference.errors import Refusal, bad_request, unauthorized
from conformance.reference.jwts import Jwts
from conformance.reference.revocations import Revocations
from conformance.reference.state import App, Key, Token
from conformance.reference.wire import Request


class Credentials:
    """Accepts Basic and Bearer credentials in the header or the query, and raises the refusal for each defect."""

    def __init__(
        self, *, apps: Apps, jwts: Jwts, revocations: Revocations, clock: Clock, allow_plain_basic: bool
    ) -> None:
        self.apps = apps
        self.jwts = jwts
        self.revocations = revocations
        self.clock = clock
        self.allow_plain_basic = allow_plain_basic

    def caller(self, request: Request) -> Caller:
        """The caller. Raises the refusal of a request without credentials."""
        caller = self.identify(request)
        if caller is None:
            raise self.nobody()
        return caller

    def nobody(self) -> Refusal:
        return unauthorized(40101, "the request carries no credentials")

    def identify(self, request: Request) -> Caller | None:
        """The caller, or None for a request without credentials."""
        caller = self.by_header(request) or self.by_query(request)
        return self.with_device(caller, request) if caller else None

    def by_header(self, request: Request) -> Caller | None:
        scheme, _, value = request.header(b"authorization").strip().partition(" ")
        if scheme.lower() == "basic":
            return self.by_key(self.basic_text(value.strip()), request)
        if scheme.lower() == "bearer":
            return self.by_token(self.bearer_text(value.strip()))
        if scheme:
            raise unauthorized(40101, f"unknown authentication scheme: {scheme}")
        return None

    def by_query(self, request: Request) -> Caller | None:
        query = request.query
        if "key" in query:
            return self.by_key(query["key"], request)
        token = query.get("access_token") or query.get("accessToken")
        return self.by_token(self.bearer_text(token)) if token else None

    def basic_text(self, value: str) -> str:
        text = decode_base64(value)
        if text is None:
            raise bad_request("the Basic credentials are not valid base64", 40005)
        return text

    def bearer_text(self, value: str) -> str:
        # FEAT RSA3b: base64 is optional. A raw token contains a dot, base64 does not.
        return decode_base64(value) or value

    def by_key(self, text: str, request: Request) -> Caller:
        self.refuse_plain_http(request)
        # FEAT RSA11: the first colon separates name and secret; the secret may contain others.
        name, colon, secret = text.partition(":")
        if not colon:
            raise bad_request("the key has no secret", 40005)
        key = self.apps.key(name)
        self.refuse_wrong_secret(key, secret, request)
        app = self.app_of(key.app_id)
        return Caller(app, key, key.capability, Means.BASIC, self.assumed_client(request))

    def refuse_wrong_secret(self, key: Key, secret: str, _request: Request) -> None:
        if not compare_digest(key.secret.encode(), secret.encode("utf-8", "replace")):
            raise unauthorized(40101, "the secret of the key is wrong")

    def refuse_plain_http(self, request: Request) -> None:
        if not self.allow_plain_basic and not self.is_secure(request):
            raise unauthorized(40103, "Basic credentials require TLS")

    def is_secure(self, request: Request) -> bool:
        # Behind a proxy that terminates TLS, the scheme of the connection is always http.
        return request.scheme == "https" or request.header(b"x-forwarded-proto") == "https"

    def assumed_client(self, request: Request) -> str | None:
        # FEAT RSA7e2: this header names the client that acts with Basic credentials.
        header = request.header(b"x-ably-clientid")
        if not header:
            return None
        client_id = decode_base64(header)
        if not client_id:
            raise bad_request("X-Ably-ClientId is not valid base64", 40012)
        return client_id

    def by_token(self, text: str) -> Caller:
        if self.jwts.is_jwt(text):
            embedded = self.jwts.embedded(text)
            return self.by_token(embedded) if embedded else self.from_token(self.jwts.read(text))
        return self.from_token(self.known_token(text))

    def known_token(self, text: str) -> Token:
        app = self.apps.find(text.partition(".")[0])
        if app is None or text not in app.tokens:
            raise unauthorized(40143, "the token is unknown")
        return app.tokens[text]

    def from_token(self, token: Token) -> Caller:
        self.refuse_expired(token)
        self.refuse_revoked(token)
        app = self.app_of(token.key.app_id)
        return Caller(app, token.key, token.capability, Means.TOKEN, token.client_id, token.device_id)

    def refuse_expired(self, token: Token) -> None:
        if token.expires <= self.clock.now():
            raise unauthorized(40142, "the token has expired")

    def refuse_revoked(self, token: Token) -> None:
        if self.revocations.is_revoked(self.app_of(token.key.app_id), token):
            raise unauthorized(40141, "the token was revoked")

    def app_of(self, app_id: str) -> App:
        app = self.apps.find(app_id)
        if app is None:
            raise self.apps.unknown_app(app_id)
        return app

    def with_device(self, caller: Caller, request: Request) -> Caller:
        """FEAT RSH6: a device sends its identity token or its secret in addition to other credentials."""
        text = request.header(b"x-ably-devicetoken")
        if text:
            caller = replace(caller, device_id=self.device_of(caller.app, text))
        secret = device_secret(request)
        return replace(caller, device_secret=secret) if secret else caller

    def device_of(self, app: App, text: str) -> str:
        token = app.tokens.get(self.bearer_text(text))
        if token is None or token.device_id is None:
            raise self.no_identity_token()
        self.refuse_expired(token)
        return token.device_id

    def no_identity_token(self) -> Refusal:
        return bad_request("Invalid accessToken in request: X-Ably-DeviceToken is no identity token of a device", 40005)
