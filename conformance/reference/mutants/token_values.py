"""Mutants of token requests: single members that are read in another way."""

from dataclasses import replace

from conformance.reference.mutants.mark import mutant
from conformance.reference.state import App, Capability, Key, Token
from conformance.reference.tokens import TokenRequest, Tokens, read_number
from conformance.reference.wire import Json


@mutant(breaks="TOK-141")
class TokensLastASecondMore(Tokens):
    """Accepts a ttl of up to one second more than the maximum."""

    def longest_ttl(self, key: Key) -> int:
        return super().longest_ttl(key) + 1000


@mutant(breaks="TOK-142")
class TimestampsAreOptional(Tokens):
    """Accepts a token request without a timestamp."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        if asked.get("timestamp") is not None:
            super().require_timestamp(asked)


@mutant(breaks="TOK-142")
class KeyNamesAreOptional(Tokens):
    """Takes the key of the path for a token request without a keyName."""

    def require_key_name(self, asked: TokenRequest, key: Key) -> None:
        if asked.get("keyName") is not None:
            super().require_key_name(asked, key)


@mutant(breaks="TOK-143")
class OnlySignedTimestampsAreChecked(Tokens):
    """Accepts any timestamp in an unsigned token request."""

    def require_timestamp(self, asked: TokenRequest) -> None:
        if asked.is_signed:
            super().require_timestamp(asked)


@mutant(breaks="TOK-144")
class EmptyCapabilitiesAreAbsent(Tokens):
    """Gives a token the capability of its key when the requested capability is empty."""

    def capability(self, asked: TokenRequest, key: Key) -> Capability:
        return key.capability if asked.get("capability") == "{}" else super().capability(asked, key)


@mutant(breaks="TOK-145")
class ClientsOfTokensMayBeNumbers(Tokens):
    """Gives a token the text of a clientId that is a number."""

    def client_id(self, asked: TokenRequest) -> str | None:
        client_id = asked.get("clientId")
        return str(client_id) if isinstance(client_id, int) else super().client_id(asked)


@mutant(breaks="TOK-146")
class ReplaysForgetTheNonce(Tokens):
    """Forgets a nonce when its replay is rejected, so that the next replay is accepted."""

    def refuse_replay(self, app: App, asked: TokenRequest) -> None:
        try:
            super().refuse_replay(app, asked)
        finally:
            app.nonces.pop(self.nonce(asked), None)


@mutant(breaks="TOK-147")
class RevocableTokensLastADay(Tokens):
    """Accepts a ttl of up to 24 hours for a key with revocable tokens."""

    def longest_ttl(self, key: Key) -> int:
        return super().longest_ttl(replace(key, is_revocable=False))


@mutant(breaks="TOK-148")
class TokensAreIssuedAtTheTimestamp(Tokens):
    """Takes the timestamp of a token request for the time of issue."""

    def token(self, asked: TokenRequest, key: Key) -> Token:
        token = super().token(asked, key)
        issued = read_number(asked.get("timestamp"), "timestamp") or token.issued
        return replace(token, issued=issued, expires=issued + self.ttl(asked, key))


@mutant(breaks="TOK-41")
class TokensAreNumbers(Tokens):
    """Answers a token request with a number as the token."""

    def details(self, token: Token) -> Json:
        return {**super().details(token), "token": 7}
