"""Lies that let one application see another, or that tell what is nobody's business."""

# ruff: noqa: ARG002  a lie often ignores what it is told

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
    """A query that has no condition on the application finds what is in the first one."""
    return replace(caller, app=next(iter(apps.by_id.values())))


def all_keys(apps: Apps) -> list[Key]:
    return [key for app in apps.by_id.values() for key in app.keys.values()]


@mutant(breaks="SEC-11")
class ChannelsAreKnownByTheirName(Channels):
    """Keeps channels by their name and forgets the application."""

    known: ClassVar[dict[str, Channel]] = {}

    def open(self, app: App, name: str) -> Channel:
        app.channels[name] = self.known.setdefault(name, super().open(app, name))
        return app.channels[name]


@mutant(breaks="SEC-11")
class HistoryIsReadInTheFirstApp(Credentials):
    """Reads the history of a channel without a condition on its application."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_history = request.method == "GET" and request.path.endswith(b"/messages")
        return in_the_first_app(caller, self.apps) if is_history else caller


@mutant(breaks="SEC-12")
class IdsAreRememberedForAllApps(MessageLog):
    """Remembers which ids a channel has seen by its name alone."""

    seen: ClassVar[dict[tuple[str, str], Channel]] = {}

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return self.seen.setdefault((channel.name, id_), channel) is not channel or super().is_repeated(channel, id_)


@mutant(breaks="SEC-13")
class MembersAreCachedByChannel(Presence):
    """Caches the members of a channel under its name alone."""

    cache: ClassVar[dict[str, Channel]] = {}

    def channel(self, app: App, name: str) -> Channel:
        return self.cache.setdefault(name, super().channel(app, name))


@mutant(breaks="SEC-14")
class ChannelsAreListedInTheFirstApp(Credentials):
    """Lists channels without a condition on their application."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        return in_the_first_app(caller, self.apps) if request.path == b"/channels" else caller


@mutant(breaks="SEC-15")
class DevicesAreReadInTheFirstApp(Credentials):
    """Looks for devices without a condition on their application."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_reading = request.method == "GET" and b"/deviceRegistrations" in request.path
        return in_the_first_app(caller, self.apps) if is_reading else caller


@mutant(breaks="SEC-16")
class DevicesAreRemovedInTheFirstApp(Credentials):
    """Removes devices without a condition on their application."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_removal = request.method == "DELETE" and b"/deviceRegistrations" in request.path
        return in_the_first_app(caller, self.apps) if is_removal else caller


@mutant(breaks="SEC-17")
class DevicesAreSavedInTheFirstApp(Credentials):
    """Saves a device over the one of that id in whatever application."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        return in_the_first_app(caller, self.apps) if request.method == "PUT" else caller


@mutant(breaks="SEC-18")
class SubscriptionsAreListedInTheFirstApp(Credentials):
    """Lists push subscriptions without a condition on their application."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_list = request.method == "GET" and request.path == b"/push/channelSubscriptions"
        return in_the_first_app(caller, self.apps) if is_list else caller


@mutant(breaks="SEC-18")
class PushChannelsAreListedInTheFirstApp(Credentials):
    """Lists channels with subscribers without a condition on their application."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        return in_the_first_app(caller, self.apps) if request.path == b"/push/channels" else caller


@mutant(breaks="SEC-19")
class SubscriptionsAreRemovedInTheFirstApp(Credentials):
    """Removes push subscriptions without a condition on their application."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_removal = request.method == "DELETE" and request.path == b"/push/channelSubscriptions"
        return in_the_first_app(caller, self.apps) if is_removal else caller


@mutant(breaks="SEC-20")
class DevicesAreSubscribedInTheFirstApp(Credentials):
    """Looks for the device of a subscription without a condition on its application."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        is_new = request.method == "POST" and request.path == b"/push/channelSubscriptions"
        return in_the_first_app(caller, self.apps) if is_new else caller


@mutant(breaks="SEC-21")
class TokensLeadToTheFirstApp(Credentials):
    """Knows what a token allows and not where."""

    def from_token(self, token: Token) -> Caller:
        return in_the_first_app(super().from_token(token), self.apps)


@mutant(breaks="SEC-22")
class AnyOwnerAsksForAnyToken(Tokens):
    """Issues the tokens of a key to the owner of any other, also of another application."""

    def require_basic(self, call: Call, key: Key) -> None:
        caller = self.credentials.identify(call.request)
        if caller is None or caller.means is not Means.BASIC:
            super().require_basic(call, key)


@mutant(breaks="SEC-23")
class AnyKeyThereIsSigns(Tokens):
    """Takes the mac of any key of any application."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        if asked.text("mac") not in {self.mac(asked, each) for each in all_keys(self.apps)}:
            super().require_mac(asked, key)


@mutant(breaks="SEC-24")
class AnyKeyThereIsSignsAJwt(Jwts):
    """Verifies a JWT with every key of every application."""

    def verified_claims(self, text: str, key: Key) -> Json:
        for each in all_keys(self.apps):
            try:
                return super().verified_claims(text, each)
            except Refusal:
                continue
        raise self.bad_jwt("no key has signed it")


@mutant(breaks="SEC-25")
class AnySecretThereIsWill(Credentials):
    """Looks for the secret among all keys of all applications."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if secret not in {each.secret for each in all_keys(self.apps)}:
            super().refuse_wrong_secret(key, secret, request)


@mutant(breaks="SEC-26")
class KeysAreKnownByTheirId(Apps):
    """Looks for a key by its own id among all applications."""

    def key(self, name: str) -> Key:
        id_ = name.partition(".")[2]
        return next((key for key in all_keys(self) if key.id == id_), None) or super().key(name)


@mutant(breaks="SEC-27")
class StatisticsAreOfTheFirstApp(Credentials):
    """Reads statistics without a condition on the application."""

    def caller(self, request: Request) -> Caller:
        caller = super().caller(request)
        return in_the_first_app(caller, self.apps) if request.path == b"/stats" else caller


# Secrecy -------------------------------------------------------------------------------------------------------------


@mutant(breaks="SEC-01", seen_by="AUT-10")
class WrongSecretsAreRepeated(Credentials):
    """Repeats in the error the secret that it refuses."""

    def refuse_wrong_secret(self, key: Key, secret: str, request: Request) -> None:
        if secret != key.secret:
            raise unauthorized(40101, f"{key.name}:{secret} is no key")


@mutant(breaks="SEC-02", seen_by="AUT-12")
class UnknownTokensAreRepeated(Credentials):
    """Repeats in the error the token that it refuses."""

    def known_token(self, text: str) -> Token:
        try:
            return super().known_token(text)
        except Refusal as refusal:
            raise unauthorized(refusal.code, f"{text} is no token") from None


@mutant(breaks="SEC-03", seen_by="AUT-10")
class ErrorsShowWhereTheyAreRaised(Errors):
    """Puts the place in the source into the message of an error."""

    def info(self, refusal: Refusal) -> Json:
        where = "/srv/frontend/credentials.py:88"
        return {**super().info(refusal), "message": f"{refusal.message} ({where})"}


@mutant(breaks="SEC-04", seen_by="AUT-10")
class NoSchemeIsNamed(Errors):
    """Refuses and does not say which credentials would do."""

    def challenge(self, refusal: Refusal) -> Headers:
        return ()


@mutant(breaks="SEC-31")
class StatusNamesTheKey(Channels):
    """Answers in the status of a channel which key has asked, with its secret."""

    def status(self, call: Call) -> Reply:
        reply = super().status(call)
        return replace(reply, body={**reply.body, "key": f"{call.caller.key.name}:{call.caller.key.secret}"})


@mutant(breaks="SEC-32")
class DetailsNameTheKey(Tokens):
    """Answers with a token the key that it was issued for, with its secret."""

    def details(self, token: Token) -> Json:
        return {**super().details(token), "keySecret": token.key.secret}
