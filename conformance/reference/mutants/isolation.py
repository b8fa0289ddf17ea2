"""Mutants of the isolation between applications, and of secrecy."""

# ruff: noqa: ARG002  an override often ignores an argument

from dataclasses import replace
from typing import ClassVar

from conformance.reference.access import Caller, Means
from conformance.reference.apps import Apps
from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.credentials import Credentials
from conformance.reference.errors import Errors, Refusal, unauthorized
from conformance.reference.jwts import Jwts
from conformance.reference.message_log import MessageLog
from conformance.reference.mutants.mark import mutant
from conformance.reference.presence import Presence
from conformance.reference.state import App, Channel, Key, Token
from conformance.reference.tokens import TokenRequest, Tokens
from conformance.reference.wire import Headers, Json, Reply, Request


def in_the_first_app(caller: Caller, apps: Apps) -> Caller:
    """The caller, moved to the first application: the effect of a query without a condition on the application."""
    return replace(caller, app=next(iter(apps.by_id.values())))


def all_keys(apps: Apps) -> list[Key]:
    return [key for app in apps.by_id.values() for key in app.keys.values()]


@mutant(breaks="SEC-11")
class ChannelsAreKnownByTheirName(Channels):
    """Shares channels of the same name between applications."""

    known: ClassVar[dict[str, Channel]] = {}

    def open(self, app: App, name: str) -> Channel:
        app.channels[name] = self.known.setdefault(name, super().open(app, name))
        return app.channels[name]


@mutant(breaks="SEC-11")
class HistoryIsReadInTheFirstApp(Credentials):
    """Reads history in the first application instead of the caller's own."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_history = request.method == "GET" and request.path.endswith(b"/messages")
        return in_the_first_app(caller, self.apps) if is_history else caller


@mutant(breaks="SEC-12")
class IdsAreRememberedForAllApps(MessageLog):
    """Recognises repeated message ids across applications instead of within one."""

    seen: ClassVar[dict[tuple[str, str], Channel]] = {}

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return self.seen.setdefault((channel.name, id_), channel) is not channel or super().is_repeated(channel, id_)


@mutant(breaks="SEC-13")
class MembersAreCachedByChannel(Presence):
    """Caches the presence members of a channel by its name, across applications."""

    cache: ClassVar[dict[str, Channel]] = {}

    def channel(self, app: App, name: str) -> Channel:
        return self.cache.setdefault(name, super().channel(app, name))


@mutant(breaks="SEC-14")
class ChannelsAreListedInTheFirstApp(Credentials):
    """Lists the channels of the first application instead of the caller's own."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        return in_the_first_app(caller, self.apps) if request.path == b"/channels" else caller


@mutant(breaks="SEC-15")
class DevicesAreReadInTheFirstApp(Credentials):
    """Reads devices in the first application instead of the caller's own."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_reading = request.method == "GET" and b"/deviceRegistrations" in request.path
        return in_the_first_app(caller, self.apps) if is_reading else caller


@mutant(breaks="SEC-16")
class DevicesAreRemovedInTheFirstApp(Credentials):
    """Deletes devices in the first application instead of the caller's own."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_removal = request.method == "DELETE" and b"/deviceRegistrations" in request.path
        return in_the_first_app(caller, self.apps) if is_removal else caller


@mutant(breaks="SEC-17")
class DevicesAreSavedInTheFirstApp(Credentials):
    """Saves devices in the first application instead of the caller's own."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        return in_the_first_app(caller, self.apps) if request.method == "PUT" else caller


@mutant(breaks="SEC-18")
class SubscriptionsAreListedInTheFirstApp(Credentials):
    """Lists the push subscriptions of the first application instead of the caller's own."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_list = request.method == "GET" and request.path == b"/push/channelSubscriptions"
        return in_the_first_app(caller, self.apps) if is_list else caller


@mutant(breaks="SEC-18")
class PushChannelsAreListedInTheFirstApp(Credentials):
    """Lists the push channels of the first application instead of the caller's own."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        return in_the_first_app(caller, self.apps) if request.path == b"/push/channels" else caller


@mutant(breaks="SEC-19")
class SubscriptionsAreRemovedInTheFirstApp(Credentials):
    """Deletes push subscriptions in the first application instead of the caller's own."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_removal = request.method == "DELETE" and request.path == b"/push/channelSubscriptions"
        return in_the_first_app(caller, self.apps) if is_removal else caller


@mutant(breaks="SEC-20")
class DevicesAreSubscribedInTheFirstApp(Credentials):
    """Subscribes devices in the first application instead of the caller's own."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_new = request.method == "POST" and request.path == b"/push/channelSubscriptions"
        return in_the_first_app(caller, self.apps) if is_new else caller


@mutant(breaks="SEC-21")
class TokensLeadToTheFirstApp(Credentials):
    """Accepts a token of any application as one of the first application."""

    def from_token(self, token: Token) -> Caller:
        return in_the_first_app(super().from_token(token), self.apps)


@mutant(breaks="SEC-22")
class AnyOwnerAsksForAnyToken(Tokens):
    """Issues tokens of a key to any caller with Basic credentials, even of another application."""

    def require_basic(self, call: Call, key: Key) -> None:
        caller = self.credentials.identify(call.request)
        if caller is None or caller.means is not Means.BASIC:
            super().require_basic(call, key)


@mutant(breaks="SEC-23")
class AnyKeyThereIsSigns(Tokens):
    """Accepts a token request signed with any key of any application."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        if asked.text("mac") not in {self.mac(asked, each) for each in all_keys(self.apps)}:
            super().require_mac(asked, key)


@mutant(breaks="SEC-24")
class AnyKeyThereIsSignsAJwt(Jwts):
    """Accepts a JWT signed with any key of any application."""

    def verified_claims(self, text: str, key: Key) -> Json:
        for each in all_keys(self.apps):
            try:
                return super().verified_claims(text, each)
            except Refusal:
                continue
        raise self.bad_jwt("no key has signed it")


@mutant(breaks="SEC-25")
class AnySecretThereIsWill(Credentials):
    """Accepts the secret of any key of any application."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if secret not in {each.secret for each in all_keys(self.apps)}:
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="SEC-26")
class KeysAreKnownByTheirId(Apps):
    """Looks up a key by its id alone, across applications."""

    def key(self, name: str) -> Key:
        id_ = name.partition(".")[2]
        return next((key for key in all_keys(self) if key.id == id_), None) or super().key(name)


@mutant(breaks="SEC-27")
class StatisticsAreOfTheFirstApp(Credentials):
    """Answers with the statistics of the first application instead of the caller's own."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        return in_the_first_app(caller, self.apps) if request.path == b"/stats" else caller


@mutant(breaks="SEC-01", seen_by="AUT-10")
class WrongSecretsAreRepeated(Credentials):
    """Repeats a wrong secret in the error message."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if secret != key.secret:
            raise unauthorized(40101, f"{key.name}:{secret} is no key")


@mutant(breaks="SEC-02", seen_by="AUT-12")
class UnknownTokensAreRepeated(Credentials):
    """Repeats an unknown token in the error message."""

    def known_token(self, text: str) -> Token:
        try:
            return super().known_token(text)
        except Refusal as refusal:
            raise unauthorized(refusal.code, f"{text} is no token") from None


@mutant(breaks="SEC-03", seen_by="AUT-10")
class ErrorsShowWhereTheyAreRaised(Errors):
    """Includes a source file and line number in error messages."""

    def info(self, refusal: Refusal) -> Json:
        where = "/srv/frontend/credentials.py:88"
        return {**super().info(refusal), "message": f"{refusal.message} ({where})"}


@mutant(breaks="SEC-04", seen_by="AUT-10")
class NoSchemeIsNamed(Errors):
    """Omits WWW-Authenticate from 401 answers."""

    def challenge(self, refusal: Refusal) -> Headers:
        return ()


@mutant(breaks="SEC-31")
class StatusNamesTheKey(Channels):
    """Includes the caller's key and secret in the status of a channel."""

    def status(self, call: Call) -> Reply:
        reply = super().status(call)
        return replace(reply, body={**reply.body, "key": f"{call.caller.key.name}:{call.caller.key.secret}"})


@mutant(breaks="SEC-32")
class DetailsNameTheKey(Tokens):
    """Includes the secret of the key in the details of a token."""

    def details(self, token: Token) -> Json:
        return {**super().details(token), "keySecret": token.key.secret}
