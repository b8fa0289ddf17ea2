"""Mutants of token requests, unsigned and signed."""

# ruff: noqa: ARG002  an override often ignores an argument

from base64 import b64encode
from dataclasses import replace
from hmac import digest

from conformance.reference.access import Means
from conformance.reference.apps import Apps
from conformance.reference.call import Call
from conformance.reference.clock import Names
from conformance.reference.errors import Refusal, bad_request, bad_value, unauthorized
from conformance.reference.mutants.mark import mutant
from conformance.reference.revocations import Revocations
from conformance.reference.state import App, Key, Token
from conformance.reference.tokens import DEFAULT_TTL, SIGNED_MEMBERS, TokenRequest, Tokens
from conformance.reference.wire import Json, Reply


def is_messagepack(call: Call) -> bool:
    return "msgpack" in call.request.header(b"content-type")


def without(asked: TokenRequest, *names: str) -> TokenRequest:
    return TokenRequest({name: value for name, value in asked.members.items() if name not in names})


@mutant(breaks="TOK-01")
class TokensAreForgotten(Tokens):
    """Issues a token and does not store it."""

    def remember(self, app: App, token: Token) -> None:
        pass


@mutant(breaks="TOK-02")
class TimesOfATokenAreTexts(Tokens):
    """Writes issued and expires of a token as strings."""

    def details(self, token: Token) -> Json:
        details = super().details(token)
        return {**details, "issued": str(details["issued"]), "expires": str(details["expires"])}


@mutant(breaks="TOK-03")
class TokensNameOnlyTheirApplication(Tokens):
    """Writes the application id as the keyName of a token."""

    def details(self, token: Token) -> Json:
        return {**super().details(token), "keyName": token.key.app_id}


@mutant(breaks="TOK-113")
class TokensHideTheirApplication(Names):
    """Issues tokens that do not begin with the application id."""

    def token(self, app_id: str) -> str:
        return self.random(48)


@mutant(breaks="TOK-04")
class TokensTellTheirTimesInSeconds(Tokens):
    """Writes issued and expires of a token in seconds instead of milliseconds."""

    def details(self, token: Token) -> Json:
        details = super().details(token)
        return {**details, "issued": details["issued"] // 1000, "expires": details["expires"] // 1000}


@mutant(breaks="TOK-05")
class TokensLastADay(Tokens):
    """Uses the longest allowed ttl as the default."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        return super().ttl(asked, key) if asked.get("ttl") else self.longest_ttl(key)


@mutant(breaks="TOK-06")
class TtlIsOverlooked(Tokens):
    """Ignores the ttl of a token request and uses the default."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        super().ttl(asked, key)
        return DEFAULT_TTL


@mutant(breaks="TOK-06")
class TtlIsRounded(Tokens):
    """Rounds a ttl up to whole seconds."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        return -(-super().ttl(asked, key) // 1000) * 1000


@mutant(breaks="TOK-07")
class TokensLastForever(Tokens):
    """Does not limit the ttl of a token."""

    def longest_ttl(self, key: Key) -> int:
        return 10**15


@mutant(breaks="TOK-07")
class LongTtlIsShortened(Tokens):
    """Reduces a ttl above the limit to the limit instead of rejecting it."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        ttl = asked.get("ttl")
        is_long = isinstance(ttl, int) and ttl > self.longest_ttl(key)
        return self.longest_ttl(key) if is_long else super().ttl(asked, key)


@mutant(breaks="TOK-09")
class NegativeTtlIsTheDefault(Tokens):
    """Treats a negative ttl as absent instead of rejecting it."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        ttl = asked.get("ttl")
        return DEFAULT_TTL if isinstance(ttl, int) and ttl < 0 else super().ttl(asked, key)


@mutant(breaks="TOK-10")
class UnreadableTtlIsTheDefault(Tokens):
    """Treats a ttl that is a string as absent, even if it is not a number."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        return DEFAULT_TTL if isinstance(asked.get("ttl"), str) else super().ttl(asked, key)


@mutant(breaks="TOK-11")
class NoTimeIsNoTime(Tokens):
    """Issues an already expired token for a ttl of 0 instead of using the default."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        return 0 if asked.get("ttl") == 0 else super().ttl(asked, key)


@mutant(breaks="TOK-12")
class NumbersAreNeverTexts(Tokens):
    """Rejects a ttl given as a string of digits."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        if isinstance(asked.get("ttl"), str):
            raise bad_value("ttl must be a number")
        return super().ttl(asked, key)


@mutant(breaks="TOK-13")
class DetailsKeepTheClient(Tokens):
    """Omits the clientId from the details of a token."""

    def details(self, token: Token) -> Json:
        return super().details(replace(token, client_id=None))


@mutant(breaks="TOK-13")
class AnyClientIsNoClient(Tokens):
    """Issues a token without a clientId when one with the clientId `*` is requested."""

    def client_id(self, asked: TokenRequest) -> str | None:
        client = super().client_id(asked)
        return None if client == "*" else client


@mutant(breaks="TOK-14")
class NoClientIsAnyClient(Tokens):
    """Issues a token for any client when the request names none."""

    def client_id(self, asked: TokenRequest) -> str | None:
        return super().client_id(asked) or "*"


@mutant(breaks="TOK-15")
class NullIsAValue(Tokens):
    """Rejects a ttl of null instead of treating it as absent."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        if asked.members.get("ttl", 0) is None:
            raise bad_value("ttl must be a number")
        return super().ttl(asked, key)


@mutant(breaks="TOK-16")
class TokensAreAskedForInJsonOnly(Tokens):
    """Rejects a token request in MessagePack."""

    def request(self, call: Call) -> Reply:
        if is_messagepack(call):
            raise Refusal(415, 40000, "a token request must be JSON")
        return super().request(call)


@mutant(breaks="TOK-17")
class UnknownKeyIsABadRequest(Apps):
    """Answers an unknown key with 400 instead of 404."""

    def key(self, name: str) -> Key:
        try:
            return super().key(name)
        except Refusal:
            raise bad_request("no such key") from None


@mutant(breaks="TOK-18")
class AnyKeyOfTheAppAsksForAnother(Tokens):
    """Issues tokens of a key to a caller with another key of the same application."""

    def require_basic(self, call: Call, key: Key) -> None:
        caller = self.credentials.identify(call.request)
        if caller is None or caller.means is not Means.BASIC or caller.app.id != key.app_id:
            super().require_basic(call, key)


@mutant(breaks="TOK-19")
class KeyNameIsNotCompared(Tokens):
    """Ignores a keyName that differs from the key in the path."""

    def require_key_name(self, asked: TokenRequest, key: Key) -> None:
        pass


@mutant(breaks="TOK-20")
class OneTokenAtATime(Tokens):
    """Invalidates the earlier tokens of a key when it issues a new one."""

    def remember(self, app: App, token: Token) -> None:
        for text in [text for text, known in app.tokens.items() if known.key == token.key]:
            del app.tokens[text]
        super().remember(app, token)


@mutant(breaks="TOK-21")
class TokensAreAllAlike(Names):
    """Issues the same token for all requests of an application."""

    def token(self, app_id: str) -> str:
        return f"{app_id}.{'A' * 48}"


@mutant(breaks="TOK-22")
class EmptyClientIsNone(Tokens):
    """Treats an empty clientId as absent instead of rejecting it."""

    def client_id(self, asked: TokenRequest) -> str | None:
        return super().client_id(without(asked, "clientId") if asked.get("clientId") is None else asked)


@mutant(breaks="TOK-23")
class RevocationsAreFiledAway(Revocations):
    """Answers a revocation with success and does not revoke any token."""

    def is_revoked(self, app: App, token: Token) -> bool:
        return False


@mutant(breaks="TOK-24")
class AWholeDayIsTooLong(Tokens):
    """Rejects a ttl of exactly the longest allowed value."""

    def longest_ttl(self, key: Key) -> int:
        return super().longest_ttl(key) - 1


@mutant(breaks="TOK-41")
class SignaturesAreNotEnough(Tokens):
    """Requires credentials for a signed token request too."""

    def authenticate(self, call: Call, asked: TokenRequest, key: Key) -> None:
        self.require_basic(call, key)
        super().authenticate(call, asked, key)


@mutant(breaks="TOK-42")
class SignedClientIsOverlooked(Tokens):
    """Ignores the clientId of a signed token request."""

    def client_id(self, asked: TokenRequest) -> str | None:
        return None if asked.is_signed else super().client_id(asked)


@mutant(breaks="TOK-42")
class MacIsOverLatin1(Tokens):
    """Computes the mac over Latin-1 text instead of UTF-8."""

    def mac(self, asked: TokenRequest, key: Key) -> str:
        signed = "".join(f"{asked.text(name)}\n" for name in SIGNED_MEMBERS)
        return b64encode(digest(key.secret.encode(), signed.encode("latin-1", "replace"), "sha256")).decode("ascii")


@mutant(breaks="TOK-43")
class AnyMacWill(Tokens):
    """Does not verify the mac of a token request."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        pass


@mutant(breaks="TOK-43")
class MacIsComparedByItsBeginning(Tokens):
    """Accepts a prefix of the correct mac."""

    def mac(self, asked: TokenRequest, key: Key) -> str:
        return super().mac(asked, key)[: len(asked.text("mac"))]


@mutant(breaks="TOK-43")
class WrongMacIsABadRequest(Tokens):
    """Answers a wrong mac with 400 instead of 401."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        if asked.text("mac") != self.mac(asked, key):
            raise bad_request("the mac of the token request is wrong")


@mutant(breaks="TOK-44")
class MacIsNotComparedForANarrowToken(Tokens):
    """Does not verify the mac when the token request names a capability."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        if asked.get("capability") is None:
            super().require_mac(asked, key)


@mutant(breaks="TOK-45")
class MacNeedNotCoverTheRest(Tokens):
    """Accepts a mac that does not cover ttl, capability and clientId."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        core = without(asked, "ttl", "capability", "clientId")
        super().require_mac(core if self.mac(core, key) == asked.text("mac") else asked, key)


@mutant(breaks="TOK-46")
class AnySecretSigns(Tokens):
    """Accepts any mac of the right length."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        if len(asked.text("mac")) != len(self.mac(asked, key)):
            super().require_mac(asked, key)


@mutant(breaks="TOK-47")
class AnyKeyOfTheAppSigns(Tokens):
    """Accepts a mac made with any key of the application."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        keys = self.apps.by_id[key.app_id].keys.values()
        if asked.text("mac") not in {self.mac(asked, each) for each in keys}:
            super().require_mac(asked, key)


@mutant(breaks="TOK-08")
class ReplayIsTheTokenAgain(Tokens):
    """Answers a replayed token request with 400 instead of 401."""

    def refuse_replay(self, app: App, asked: TokenRequest) -> None:
        if self.nonce(asked) in app.nonces:
            raise bad_request("the token request was used before")


@mutant(breaks="TOK-48")
class OneTokenRequestAMoment(Tokens):
    """Rejects a second token request with the same timestamp although its nonce differs."""

    def nonce(self, asked: TokenRequest) -> tuple[str, str, str]:
        return asked.text("keyName"), "", asked.text("timestamp")


@mutant(breaks="TOK-49")
class TimestampsAreNotCompared(Tokens):
    """Does not check the timestamp of a token request."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        pass


@mutant(breaks="TOK-49")
class TheFutureIsNow(Tokens):
    """Accepts a token request with a timestamp in the future."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        timestamp = asked.get("timestamp")
        if not isinstance(timestamp, int) or timestamp < self.clock.now():
            super().require_timestamp(asked)


@mutant(breaks="TOK-49")
class OldTimestampIsABadMac(Tokens):
    """Answers an outdated token request with 40101, the code of a wrong mac."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        try:
            super().require_timestamp(asked)
        except Refusal:
            raise unauthorized(40101, "not acceptable") from None


@mutant(breaks="TOK-50")
class ClocksAgreeToTheSecond(Tokens):
    """Rejects a token request whose timestamp differs from now by more than ten seconds."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        super().require_timestamp(asked)
        if abs(int(asked.get("timestamp")) - self.clock.now()) > 10_000:
            raise unauthorized(40104, "the timestamp is too far from now")


@mutant(breaks="TOK-51")
class CapabilityIsTidiedBeforeItIsSigned(Tokens):
    """Computes the mac over the canonical text of the capability instead of the text sent."""

    def mac(self, asked: TokenRequest, key: Key) -> str:
        text = asked.get("capability")
        tidy = self.capabilities.text(self.capabilities.read(text)) if text else ""
        return super().mac(TokenRequest({**asked.members, "capability": tidy}), key)


@mutant(breaks="TOK-52")
class NullIsSignedAsAWord(Tokens):
    """Computes the mac with the word null for a member that is null."""

    def mac(self, asked: TokenRequest, key: Key) -> str:
        return super().mac(TokenRequest({name: "null" if v is None else v for name, v in asked.members.items()}), key)


@mutant(breaks="TOK-53")
class SignaturesAreOverJsonOnly(Tokens):
    """Ignores the mac of a token request in MessagePack."""

    def authenticate(self, call: Call, asked: TokenRequest, key: Key) -> None:
        super().authenticate(call, without(asked, "mac") if is_messagepack(call) else asked, key)


@mutant(breaks="TOK-54")
class NoTimestampIsNow(Tokens):
    """Accepts a token request without a timestamp."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        if asked.get("timestamp") is not None:
            super().require_timestamp(asked)


@mutant(breaks="TOK-105")
class CredentialsBeatTheSignature(Tokens):
    """Issues a token of the key in the Authorization header, whatever key signed the token request."""

    def request(self, call: Call) -> Reply:
        reply = super().request(call)
        caller = self.credentials.identify(call.request)
        if caller is None:
            return reply
        details = {"keyName": caller.key.name, "capability": self.capabilities.text(caller.key.capability)}
        return replace(reply, body={**reply.body, **details})


@mutant(breaks="TOK-106")
class SignaturesWantNoCompany(Tokens):
    """Rejects a signed token request that carries an Authorization header."""

    def authenticate(self, call: Call, asked: TokenRequest, key: Key) -> None:
        super().authenticate(call, asked, key)
        if asked.is_signed and call.request.header(b"authorization"):
            raise bad_request("a signed token request must not carry credentials")
