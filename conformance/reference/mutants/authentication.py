"""Lies about who is let in at all."""

# ruff: noqa: ARG002  a lie often ignores what it is told

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
    """Serves a GET without credentials as if the first key had asked."""

    def caller(self, request: Request) -> Caller:
        is_open = request.method == "GET" and not request.header(b"authorization")
        return owner_of_anything(self.apps) if is_open else super().caller(request)


@mutant(breaks="AUT-01")
class NobodyIsForbidden(Credentials):
    """Answers 403 where 401 asks for credentials."""

    def nobody(self) -> Refusal:
        return Refusal(403, 40300, "forbidden")


@mutant(breaks="AUT-02")
class NobodyIsToldToRenew(Credentials):
    """Calls missing credentials a token error, so that an SDK tries again and again."""

    def nobody(self) -> Refusal:
        return unauthorized(40140, "no token")


@mutant(breaks="AUT-03")
class TokensForLiars(Credentials):
    """Does not compare the secret of who asks for a token."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if not request.path.endswith(b"/requestToken"):
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-04")
class AnybodyGetsTokens(Tokens):
    """Issues a token for an unsigned token request, whoever sends it."""

    def require_basic(self, call: Call, key: Key) -> None:
        pass


@mutant(breaks="AUT-05")
class WritersNeedNoSecret(Credentials):
    """Compares the secret only where something is read."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if request.method == "GET":
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-06")
class RemoversNeedNoSecret(Credentials):
    """Forgets to compare the secret of who deletes."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if request.method != "DELETE":
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-07")
class DeviceIsLookedUpBeforeNobodyIsRefused(Service):
    """Says 404 for an unknown device before it asks who wants to know."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if not request.header(b"authorization") and names_an_unknown_device(self, request):
            raise not_found("no such device")
        return super().operate(request, presentation)


@mutant(breaks="AUT-07")
class ChannelsAreLookedUpBeforeNobodyIsRefused(Service):
    """Says 404 to nobody for a channel that no application has."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        segments = request.path.split(b"/")
        if segments[1] == b"channels" and len(segments) > 2 and not request.header(b"authorization"):
            name = unquote_to_bytes(segments[2]).decode("utf-8", "replace")
            if not any(name in app.channels for app in self.apps.by_id.values()):
                raise not_found("no such channel")
        return super().operate(request, presentation)


@mutant(breaks="AUT-08")
class DeviceIsLookedUpBeforeLiarsAreRefused(Service):
    """Turns the refusal of a wrong secret into 404 where the device is unknown."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        try:
            return super().operate(request, presentation)
        except Refusal:
            if names_an_unknown_device(self, request):
                raise not_found("no such device") from None
            raise


@mutant(breaks="AUT-09")
class AnySecretWill(Credentials):
    """Looks for the name of the key and never at its secret."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        pass


@mutant(breaks="AUT-10")
class WrongSecretIsATokenError(Credentials):
    """Answers a wrong secret with the code of a token that is not known."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if secret != key.secret:
            raise unauthorized(40143, "not accepted")


@mutant(breaks="AUT-11")
class AnyTextOfTheAppIsAToken(Credentials):
    """Takes whatever begins with the id of an application for a token of its first key."""

    def known_token(self, text: str) -> Token:
        app = self.apps.find(text.partition(".")[0])
        if app is None or text in app.tokens:
            return super().known_token(text)
        key = first_key(app)
        return Token(text, key, key.capability, self.clock.now(), self.clock.now() + 60_000)


@mutant(breaks="AUT-12")
class UnknownTokenIsUnauthorized(Credentials):
    """Answers an unknown token with 40101, which no SDK renews a token for."""

    def known_token(self, text: str) -> Token:
        try:
            return super().known_token(text)
        except Refusal:
            raise self.nobody() from None


@mutant(breaks="AUT-13")
class TokensAreKnownByTheirBeginning(Credentials):
    """Compares the first twenty characters of a token."""

    def known_token(self, text: str) -> Token:
        app = self.apps.find(text.partition(".")[0])
        known = app.tokens.items() if app else ()
        return next((token for key, token in known if key[:20] == text[:20]), None) or super().known_token(text)


@mutant(breaks="AUT-14")
class ExpiredTokenIsUnknown(Credentials):
    """Forgets an expired token altogether and calls it unrecognised."""

    def refuse_expired(self, token: Token) -> None:
        if token.expires <= self.clock.now():
            raise unauthorized(40143, "the token is not one of this server")


@mutant(breaks="AUT-15")
class UnknownAppIsABadRequest(Apps):
    """Calls a key of an unknown application a bad request."""

    def unknown_app(self, app_id: str) -> Refusal:
        return Refusal(400, 40005, "no such application")


@mutant(breaks="AUT-16")
class UnknownKeyIsTheFirst(Apps):
    """Falls back to the first key of the application where the key is unknown."""

    def key(self, name: str) -> Key:
        app_id, _, key_id = name.partition(".")
        app = self.find(app_id)
        return first_key(app) if app is not None and key_id not in app.keys else super().key(name)


@mutant(breaks="AUT-17")
class NoAppIsNotFound(Apps):
    """Looks for an application also where the credentials name none, and answers 404."""

    def unknown_app(self, app_id: str) -> Refusal:
        return not_found(f"no application has the id {app_id}")


@mutant(breaks="AUT-18")
class BrokenBase64BreaksTheServer(Credentials):
    """Decodes Basic credentials without a thought for those that are no base64."""

    def basic_text(self, value: str) -> str:
        text = decode_base64(value)
        if text is None:
            raise ValueError(value)
        return text


@mutant(breaks="AUT-19")
class EmptySecretWill(Credentials):
    """Compares a secret only if there is one."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if secret:
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-20")
class SecretsAreComparedByTheirBeginning(Credentials):
    """Compares as many characters as were sent, or as the secret has."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if not secret or not (key.secret.startswith(secret) or secret.startswith(key.secret)):
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-20")
class SecretsHaveNoCase(Credentials):
    """Compares secrets as a database with a careless collation does."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if secret.lower() != key.secret.lower():
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="AUT-21")
class TokensAreNeverDecoded(Credentials):
    """Takes the text after Bearer as it is."""

    def bearer_text(self, value: str) -> str:
        return value


@mutant(breaks="AUT-22")
class TokensAreAlwaysDecoded(Credentials):
    """Accepts a bearer token in base64 only."""

    def bearer_text(self, value: str) -> str:
        return decode_base64(value) or ""


@mutant(breaks="AUT-23")
class KeyInTheQueryIsOverlooked(Credentials):
    """Looks for tokens in the query and never for a key."""

    def by_query(self, request: Request) -> Caller | None:
        token = request.query.get("access_token") or request.query.get("accessToken")
        return self.by_token(self.bearer_text(token)) if token else None


@mutant(breaks="AUT-24")
class KeyInTheQueryNeedsNoSecret(Credentials):
    """Lets in who names a key in the query, whatever secret goes with it."""

    def by_query(self, request: Request) -> Caller | None:
        if "key" not in request.query:
            return super().by_query(request)
        key = self.apps.key(request.query["key"].partition(":")[0])
        return Caller(self.app_of(key.app_id), key, key.capability, Means.BASIC)


@mutant(breaks="AUT-25")
class TokenInTheQueryIsOverlooked(Credentials):
    """Looks for a key in the query and never for a token."""

    def by_query(self, request: Request) -> Caller | None:
        return self.by_key(request.query["key"], request) if "key" in request.query else None


@mutant(breaks="AUT-26")
class TokenInTheQueryIsTrusted(Credentials):
    """Reads the application out of a token in the query and looks no further."""

    def by_query(self, request: Request) -> Caller | None:
        token = request.query.get("access_token") or request.query.get("accessToken")
        if not token:
            return super().by_query(request)
        app = self.app_of(token.partition(".")[0])
        return Caller(app, first_key(app), first_key(app).capability, Means.TOKEN)


@mutant(breaks="AUT-27")
class SchemesHaveOneSpelling(Credentials):
    """Knows Basic and Bearer with their capital only."""

    def by_header(self, request: Request) -> Caller | None:
        scheme = request.header(b"authorization").partition(" ")[0]
        if scheme not in {"", "Basic", "Bearer"}:
            raise self.nobody()
        return super().by_header(request)
