"""Mutants of authentication: the credentials of requests and the refusals without valid ones."""

# ruff: noqa: ARG002  an override often ignores an argument

from urllib.parse import unquote_to_bytes

from conformance.reference.access import Caller, Means, decode_base64
from conformance.reference.apps import Apps
from conformance.reference.call import Call
from conformance.reference.credentials import Credentials
from conformance.reference.errors import Refusal, not_found, unauthorized
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Presentation
from conformance.reference.service import Service
from conformance.reference.state import App, Key, Token
from conformance.reference.tokens import Tokens
from conformance.reference.wire import Reply, Request


def owner_of_anything(apps: Apps) -> Caller:
    app = next(iter(apps.by_id.values()))
    key = next(iter(app.keys.values()))
    return Caller(app, key, key.capability, Means.BASIC)


def first_key(app: App) -> Key:
    return next(iter(app.keys.values()))


def names_an_unknown_device(service: Service, request: Request) -> bool:
    known = {id_.encode() for app in service.apps.by_id.values() for id_ in app.devices}
    segments = request.path.split(b"/")
    return segments[1:3] == [b"push", b"deviceRegistrations"] and len(segments) == 4 and segments[3] not in known


@mutant(breaks="AUT-01")
class AnybodyReads(Credentials):
    """Serves a GET request without credentials with the rights of the first key."""

    def caller(self, request: Request) -> Caller:
        is_open = request.method == "GET" and not request.header(b"authorization")
        return owner_of_anything(self.apps) if is_open else super().caller(request)


@mutant(breaks="AUT-01")
class NobodyIsForbidden(Credentials):
    """Answers a request without credentials with 403 instead of 401."""

    def nobody(self) -> Refusal:
        return Refusal(403, 40300, "forbidden")


@mutant(breaks="AUT-02")
class NobodyIsToldToRenew(Credentials):
    """Answers missing credentials with the token error 40140, which makes SDKs renew a token and retry."""

    def nobody(self) -> Refusal:
        return unauthorized(40140, "no token")


@mutant(breaks="AUT-03")
class TokensForLiars(Credentials):
    """Does not check the secret of a key at the requestToken endpoint."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if not request.path.endswith(b"/requestToken"):
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-04")
class AnybodyGetsTokens(Tokens):
    """Issues a token for an unsigned token request without checking any credentials."""

    def require_basic(self, call: Call, key: Key) -> None:
        pass


@mutant(breaks="AUT-05")
class WritersNeedNoSecret(Credentials):
    """Checks the secret of a key on GET requests only."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if request.method == "GET":
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-06")
class RemoversNeedNoSecret(Credentials):
    """Does not check the secret of a key on DELETE requests."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if request.method != "DELETE":
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-07")
class DeviceIsLookedUpBeforeNobodyIsRefused(Service):
    """Answers a request without credentials for an unknown device with 404 instead of 401."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if not request.header(b"authorization") and names_an_unknown_device(self, request):
            raise not_found("no such device")
        return super().operate(request, presentation)


@mutant(breaks="AUT-07")
class ChannelsAreLookedUpBeforeNobodyIsRefused(Service):
    """Answers a request without credentials for an unknown channel with 404 instead of 401."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        segments = request.path.split(b"/")
        if segments[1] == b"channels" and len(segments) > 2 and not request.header(b"authorization"):
            name = unquote_to_bytes(segments[2]).decode("utf-8", "replace")
            if not any(name in app.channels for app in self.apps.by_id.values()):
                raise not_found("no such channel")
        return super().operate(request, presentation)


@mutant(breaks="AUT-08")
class DeviceIsLookedUpBeforeLiarsAreRefused(Service):
    """Answers a request with a wrong secret for an unknown device with 404 instead of 401."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        try:
            return super().operate(request, presentation)
        except Refusal:
            if names_an_unknown_device(self, request):
                raise not_found("no such device") from None
            raise


@mutant(breaks="AUT-09")
class AnySecretWill(Credentials):
    """Accepts any secret with the name of an existing key."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        pass


@mutant(breaks="AUT-10")
class WrongSecretIsATokenError(Credentials):
    """Answers a wrong secret with 40143, the code of an unknown token."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if secret != key.secret:
            raise unauthorized(40143, "not accepted")


@mutant(breaks="AUT-11")
class AnyTextOfTheAppIsAToken(Credentials):
    """Accepts any text that begins with the id of an application as a token of its first key."""

    def known_token(self, text: str) -> Token:
        app = self.apps.find(text.partition(".")[0])
        if app is None or text in app.tokens:
            return super().known_token(text)
        key = first_key(app)
        return Token(text, key, key.capability, self.clock.now(), self.clock.now() + 60_000)


@mutant(breaks="AUT-12")
class UnknownTokenIsUnauthorized(Credentials):
    """Answers an unknown token with 40101, a code that does not make SDKs renew their token."""

    def known_token(self, text: str) -> Token:
        try:
            return super().known_token(text)
        except Refusal:
            raise self.nobody() from None


@mutant(breaks="AUT-13")
class TokensAreKnownByTheirBeginning(Credentials):
    """Compares only the first 20 characters of a token."""

    def known_token(self, text: str) -> Token:
        app = self.apps.find(text.partition(".")[0])
        known = app.tokens.items() if app else ()
        return next((token for key, token in known if key[:20] == text[:20]), None) or super().known_token(text)


@mutant(breaks="AUT-14")
class ExpiredTokenIsUnknown(Credentials):
    """Answers an expired token with 40143, the code of an unknown token."""

    def refuse_expired(self, token: Token) -> None:
        if token.expires <= self.clock.now():
            raise unauthorized(40143, "the token is unknown")


@mutant(breaks="AUT-15")
class UnknownAppIsABadRequest(Apps):
    """Answers a key of an unknown application with 400 instead of 404."""

    def unknown_app(self, app_id: str) -> Refusal:
        return Refusal(400, 40005, "no such application")


@mutant(breaks="AUT-16")
class UnknownKeyIsTheFirst(Apps):
    """Uses the first key of the application in place of an unknown one."""

    def key(self, name: str) -> Key:
        app_id, _, key_id = name.partition(".")
        app = self.find(app_id)
        return first_key(app) if app is not None and key_id not in app.keys else super().key(name)


@mutant(breaks="AUT-17")
class NoAppIsNotFound(Apps):
    """Answers credentials without a well-formed application id with 404 instead of 401."""

    def unknown_app(self, app_id: str) -> Refusal:
        return not_found(f"no application has the id {app_id}")


@mutant(breaks="AUT-18")
class BrokenBase64BreaksTheServer(Credentials):
    """Fails with 500 when Basic credentials are not valid base64."""

    def basic_text(self, value: str) -> str:
        text = decode_base64(value)
        if text is None:
            raise ValueError(value)
        return text


@mutant(breaks="AUT-19")
class EmptySecretWill(Credentials):
    """Accepts an empty secret."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if secret:
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-20")
class SecretsAreComparedByTheirBeginning(Credentials):
    """Accepts a prefix of the secret, and the secret followed by more characters."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if not secret or not (key.secret.startswith(secret) or secret.startswith(key.secret)):
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-20")
class SecretsHaveNoCase(Credentials):
    """Compares secrets case-insensitively."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if secret.lower() != key.secret.lower():
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-21")
class TokensAreNeverDecoded(Credentials):
    """Does not decode a base64-encoded bearer token."""

    def bearer_text(self, value: str) -> str:
        return value


@mutant(breaks="AUT-22")
class TokensAreAlwaysDecoded(Credentials):
    """Accepts a bearer token only when it is base64-encoded."""

    def bearer_text(self, value: str) -> str:
        return decode_base64(value) or ""


@mutant(breaks="AUT-23")
class KeyInTheQueryIsOverlooked(Credentials):
    """Ignores a key in the query string."""

    def by_query(self, request: Request) -> Caller | None:
        token = request.query.get("access_token") or request.query.get("accessToken")
        return self.by_token(self.bearer_text(token)) if token else None


@mutant(breaks="AUT-24")
class KeyInTheQueryNeedsNoSecret(Credentials):
    """Accepts a key in the query string with any secret."""

    def by_query(self, request: Request) -> Caller | None:
        if "key" not in request.query:
            return super().by_query(request)
        key = self.apps.key(request.query["key"].partition(":")[0])
        return Caller(self.app_of(key.app_id), key, key.capability, Means.BASIC)


@mutant(breaks="AUT-25")
class TokenInTheQueryIsOverlooked(Credentials):
    """Ignores a token in the query string."""

    def by_query(self, request: Request) -> Caller | None:
        return self.by_key(request.query["key"], request) if "key" in request.query else None


@mutant(breaks="AUT-26")
class TokenInTheQueryIsTrusted(Credentials):
    """Accepts any token in the query string that begins with the id of an application."""

    def by_query(self, request: Request) -> Caller | None:
        token = request.query.get("access_token") or request.query.get("accessToken")
        if not token:
            return super().by_query(request)
        app = self.app_of(token.partition(".")[0])
        return Caller(app, first_key(app), first_key(app).capability, Means.TOKEN)


@mutant(breaks="AUT-27")
class SchemesHaveOneSpelling(Credentials):
    """Compares the scheme of the Authorization header case-sensitively."""

    def by_header(self, request: Request) -> Caller | None:
        scheme = request.header(b"authorization").partition(" ")[0]
        if scheme not in {"", "Basic", "Bearer"}:
            raise self.nobody()
        return super().by_header(request)
