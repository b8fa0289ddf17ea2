"""Lies about asking for tokens."""

# ruff: noqa: ARG002  a lie often ignores what it is told

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
    """Issues a token and does not write it down."""

    def remember(self, app: App, token: Token) -> None:
        pass


@mutant(breaks="TOK-02")
class TimesOfATokenAreTexts(Tokens):
    """Answers the times of a token as texts."""

    def details(self, token: Token) -> Json:
        details = super().details(token)
        return {**details, "issued": str(details["issued"]), "expires": str(details["expires"])}


@mutant(breaks="TOK-03")
class TokensHideTheirApplication(Names):
    """Makes tokens that do not begin with the id of their application."""

    def token(self, app_id: str) -> str:
        return self.random(48)


@mutant(breaks="TOK-04")
class TokensTellTheirTimesInSeconds(Tokens):
    """Answers the times of a token in seconds."""

    def details(self, token: Token) -> Json:
        details = super().details(token)
        return {**details, "issued": details["issued"] // 1000, "expires": details["expires"] // 1000}


@mutant(breaks="TOK-05")
class TokensLastADay(Tokens):
    """Takes the longest ttl for the default one."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        return super().ttl(asked, key) if asked.get("ttl") else self.longest_ttl(key)


@mutant(breaks="TOK-06")
class TtlIsOverlooked(Tokens):
    """Gives every token the default ttl."""

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
    """Has no longest ttl."""

    def longest_ttl(self, key: Key) -> int:
        return 10**15


@mutant(breaks="TOK-07")
class LongTtlIsShortened(Tokens):
    """Shortens a ttl that is too long and says nothing of it."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        ttl = asked.get("ttl")
        is_long = isinstance(ttl, int) and ttl > self.longest_ttl(key)
        return self.longest_ttl(key) if is_long else super().ttl(asked, key)


@mutant(breaks="TOK-09")
class NegativeTtlIsTheDefault(Tokens):
    """Takes a negative ttl for none."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        ttl = asked.get("ttl")
        return DEFAULT_TTL if isinstance(ttl, int) and ttl < 0 else super().ttl(asked, key)


@mutant(breaks="TOK-10")
class UnreadableTtlIsTheDefault(Tokens):
    """Takes a ttl that it cannot read for none."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        return DEFAULT_TTL if isinstance(asked.get("ttl"), str) else super().ttl(asked, key)


@mutant(breaks="TOK-11")
class NoTimeIsNoTime(Tokens):
    """Issues a token that has expired already when 0 is asked for."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        return 0 if asked.get("ttl") == 0 else super().ttl(asked, key)


@mutant(breaks="TOK-12")
class NumbersAreNeverTexts(Tokens):
    """Refuses a ttl of digits in quotes."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        if isinstance(asked.get("ttl"), str):
            raise bad_value("ttl is a number")
        return super().ttl(asked, key)


@mutant(breaks="TOK-13")
class DetailsKeepTheClient(Tokens):
    """Leaves the clientId out of the details of a token."""

    def details(self, token: Token) -> Json:
        return super().details(replace(token, client_id=None))


@mutant(breaks="TOK-13")
class AnyClientIsNoClient(Tokens):
    """Issues an anonymous token when one for any client is asked for."""

    def client_id(self, asked: TokenRequest) -> str | None:
        client = super().client_id(asked)
        return None if client == "*" else client


@mutant(breaks="TOK-14")
class NoClientIsAnyClient(Tokens):
    """Issues a token for any client when none is named."""

    def client_id(self, asked: TokenRequest) -> str | None:
        return super().client_id(asked) or "*"


@mutant(breaks="TOK-15")
class NullIsAValue(Tokens):
    """Takes a ttl of null for one that is no number."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        if asked.members.get("ttl", 0) is None:
            raise bad_value("ttl is a number")
        return super().ttl(asked, key)


@mutant(breaks="TOK-16")
class TokensAreAskedForInJsonOnly(Tokens):
    """Refuses a token request in MessagePack."""

    def request(self, call: Call) -> Reply:
        if is_messagepack(call):
            raise Refusal(415, 40000, "a token request is JSON")
        return super().request(call)


@mutant(breaks="TOK-17")
class UnknownKeyIsABadRequest(Apps):
    """Answers 400 to who names a key that does not exist."""

    def key(self, name: str) -> Key:
        try:
            return super().key(name)
        except Refusal:
            raise bad_request("no such key") from None


@mutant(breaks="TOK-18")
class AnyKeyOfTheAppAsksForAnother(Tokens):
    """Issues the tokens of a key to the owner of any other of the application."""

    def require_basic(self, call: Call, key: Key) -> None:
        caller = self.credentials.identify(call.request)
        if caller is None or caller.means is not Means.BASIC or caller.app.id != key.app_id:
            super().require_basic(call, key)


@mutant(breaks="TOK-19")
class KeyNameIsNotCompared(Tokens):
    """Never compares keyName with the key of the path."""

    def require_key_name(self, asked: TokenRequest, key: Key) -> None:
        pass


@mutant(breaks="TOK-20")
class OneTokenAtATime(Tokens):
    """Forgets the last token of a key when it issues the next."""

    def remember(self, app: App, token: Token) -> None:
        for text in [text for text, known in app.tokens.items() if known.key == token.key]:
            del app.tokens[text]
        super().remember(app, token)


@mutant(breaks="TOK-21")
class TokensAreAllAlike(Names):
    """Makes the same token for everybody of an application."""

    def token(self, app_id: str) -> str:
        return f"{app_id}.{'A' * 48}"


@mutant(breaks="TOK-22")
class EmptyClientIsNone(Tokens):
    """Takes an empty clientId for none."""

    def client_id(self, asked: TokenRequest) -> str | None:
        return super().client_id(without(asked, "clientId") if asked.get("clientId") is None else asked)


@mutant(breaks="TOK-23")
class RevocationsAreFiledAway(Revocations):
    """Confirms a revocation and never looks at it again."""

    def is_revoked(self, app: App, token: Token) -> bool:
        return False


@mutant(breaks="TOK-24")
class AWholeDayIsTooLong(Tokens):
    """Compares with the longest ttl as if that were too long itself."""

    def longest_ttl(self, key: Key) -> int:
        return super().longest_ttl(key) - 1


# Signed -------------------------------------------------------------------------------------------------------------


@mutant(breaks="TOK-41")
class SignaturesAreNotEnough(Tokens):
    """Wants credentials also of who sends a signed token request."""

    def authenticate(self, call: Call, asked: TokenRequest, key: Key) -> None:
        self.require_basic(call, key)
        super().authenticate(call, asked, key)


@mutant(breaks="TOK-42")
class SignedClientIsOverlooked(Tokens):
    """Issues an anonymous token for a signed token request."""

    def client_id(self, asked: TokenRequest) -> str | None:
        return None if asked.is_signed else super().client_id(asked)


@mutant(breaks="TOK-42")
class MacIsOverLatin1(Tokens):
    """Signs a text in the encoding of old browsers."""

    def mac(self, asked: TokenRequest, key: Key) -> str:
        signed = "".join(f"{asked.text(name)}\n" for name in SIGNED_MEMBERS)
        return b64encode(digest(key.secret.encode(), signed.encode("latin-1", "replace"), "sha256")).decode("ascii")


@mutant(breaks="TOK-43")
class AnyMacWill(Tokens):
    """Is content when there is a mac."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        pass


@mutant(breaks="TOK-43")
class MacIsComparedByItsBeginning(Tokens):
    """Compares as much of the mac as was sent."""

    def mac(self, asked: TokenRequest, key: Key) -> str:
        return super().mac(asked, key)[: len(asked.text("mac"))]


@mutant(breaks="TOK-43")
class WrongMacIsABadRequest(Tokens):
    """Answers 400 to a mac that is wrong."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        if asked.text("mac") != self.mac(asked, key):
            raise bad_request("the mac does not sign this token request")


@mutant(breaks="TOK-44")
class MacIsNotComparedForANarrowToken(Tokens):
    """Looks at the mac only where a token may do everything."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        if asked.get("capability") is None:
            super().require_mac(asked, key)


@mutant(breaks="TOK-45")
class MacNeedNotCoverTheRest(Tokens):
    """Takes a mac that signs the request without ttl, capability and clientId."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        core = without(asked, "ttl", "capability", "clientId")
        super().require_mac(core if self.mac(core, key) == asked.text("mac") else asked, key)


@mutant(breaks="TOK-46")
class AnySecretSigns(Tokens):
    """Is content with a mac of the right length."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        if len(asked.text("mac")) != len(self.mac(asked, key)):
            super().require_mac(asked, key)


@mutant(breaks="TOK-47")
class AnyKeyOfTheAppSigns(Tokens):
    """Takes the mac of any key of the application."""

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        keys = self.apps.by_id[key.app_id].keys.values()
        if asked.text("mac") not in {self.mac(asked, each) for each in keys}:
            super().require_mac(asked, key)


@mutant(breaks="TOK-08")
class ReplayIsTheTokenAgain(Tokens):
    """Calls a token request that was used before a bad request."""

    def refuse_replay(self, app: App, asked: TokenRequest) -> None:
        if self.nonce(asked) in app.nonces:
            raise bad_request("the token request was used before")


@mutant(breaks="TOK-48")
class OneTokenRequestAMoment(Tokens):
    """Knows a token request by its timestamp alone."""

    def nonce(self, asked: TokenRequest) -> tuple[str, str, str]:
        return asked.text("keyName"), "", asked.text("timestamp")


@mutant(breaks="TOK-49")
class TimestampsAreNotCompared(Tokens):
    """Takes a token request of any time."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        pass


@mutant(breaks="TOK-49")
class TheFutureIsNow(Tokens):
    """Refuses the token requests of the past only."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        timestamp = asked.get("timestamp")
        if not isinstance(timestamp, int) or timestamp < self.clock.now():
            super().require_timestamp(asked)


@mutant(breaks="TOK-49")
class OldTimestampIsABadMac(Tokens):
    """Answers an old token request with the code of a wrong mac."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        try:
            super().require_timestamp(asked)
        except Refusal:
            raise unauthorized(40101, "not acceptable") from None


@mutant(breaks="TOK-50")
class ClocksAgreeToTheSecond(Tokens):
    """Allows the clock of a token request ten seconds."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        super().require_timestamp(asked)
        if abs(int(asked.get("timestamp")) - self.clock.now()) > 10_000:
            raise unauthorized(40104, "the timestamp is too far from now")


@mutant(breaks="TOK-51")
class CapabilityIsTidiedBeforeItIsSigned(Tokens):
    """Computes the mac over the canonical text of the capability."""

    def mac(self, asked: TokenRequest, key: Key) -> str:
        text = asked.get("capability")
        tidy = self.capabilities.text(self.capabilities.read(text)) if text else ""
        return super().mac(TokenRequest({**asked.members, "capability": tidy}), key)


@mutant(breaks="TOK-52")
class NullIsSignedAsAWord(Tokens):
    """Puts the word null where a signed member is null."""

    def mac(self, asked: TokenRequest, key: Key) -> str:
        return super().mac(TokenRequest({name: "null" if v is None else v for name, v in asked.members.items()}), key)


@mutant(breaks="TOK-53")
class SignaturesAreOverJsonOnly(Tokens):
    """Takes a signed token request in MessagePack for an unsigned one."""

    def authenticate(self, call: Call, asked: TokenRequest, key: Key) -> None:
        super().authenticate(call, without(asked, "mac") if is_messagepack(call) else asked, key)


@mutant(breaks="TOK-54")
class NoTimestampIsNow(Tokens):
    """Takes a token request without timestamp for one of now."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        if asked.get("timestamp") is not None:
            super().require_timestamp(asked)
