"""Mutants of the ttl, nonce and expiry of tokens."""

from conformance.reference.credentials import Credentials
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import App, Key, Token
from conformance.reference.tokens import TokenRequest, Tokens


@mutant(breaks="TOK-06")
class TtlIsTakenForSeconds(Tokens):
    """Reads the ttl of a token request as seconds instead of milliseconds."""

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        return super().ttl(asked, key) * 1000


@mutant(breaks="TOK-08")
class NonceMayBeReused(Tokens):
    """Issues a second token for a replayed token request."""

    def refuse_replay(self, app: App, asked: TokenRequest) -> None:
        pass


@mutant(breaks="AUT-14")
class ExpiredTokensStillWork(Credentials):
    """Accepts expired tokens."""

    def refuse_expired(self, token: Token) -> None:
        pass
