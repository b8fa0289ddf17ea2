"""Requests tokens and signs JWTs with one API key, by the target's clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.errors import ForbiddenError, Inconclusive
from conformance.model import Json
from conformance.run.worker import Worker
from conformance.suite.steps.answers import status_in_words
from conformance.suite.steps.endpoints import TOKENS
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, Key, Principal, basic, bearer, is_sendable, json_web_token, sign

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
SHORT = 100
"""ms: the ttl that the SDK suites request for a token that expires during the test."""

SIGNATURE = Principal("a signature instead of credentials")
"""The principal of signed token requests; it sends no Authorization header."""

UNAUTHORIZED = {40100, 40101}
"""Error codes for invalid or missing credentials; SDK suites of different years assert one or the other."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Requests the tokens of one key. name: the principal of the key. skew: the target's clock minus ours, in ms.

    signs_jwts: whether the target takes a JWT for a token.
    """

    target: Target
    name: str
    key: Key
    skew: int
    signs_jwts: bool = True

    @property
    def now(self) -> int:
        return int(self.target.clock.time() * 1000) + self.skew

    @property
    def owner(self) -> Principal:
        """The principal that authenticates with the key itself."""
        return self.target.principals[self.name]

    def request(self, **members: Json) -> dict[str, Json]:
        """An unsigned token request. Members that are None are left out."""
        nonce = self.target.names.fresh("nonce").ljust(16, "0")
        body = {"keyName": self.key.name, "timestamp": self.now, "nonce": nonce, **members}
        return {name: value for name, value in body.items() if value is not None}

    def signed(self, **members: Json) -> dict[str, Json]:
        return sign(self.request(**members), self.key)

    def ask(self, body: Json, principal: Principal | None = None, **how: Json) -> Answer:
        """Send a token request as the owner of the key or as another principal."""
        return self.target.post(TOKENS, body, principal=principal or self.owner, keyName=self.key.name, **how)

    def ask_signed(self, body: Json, **how: Json) -> Answer:
        """Send a signed token request, which needs no credentials."""
        return self.ask(body, SIGNATURE, **how)

    def ask_as_nobody(self, body: Json, **how: Json) -> Answer:
        return self.ask(body, NOBODY, **how)

    def issue(self, **members: Json) -> Json:
        """Set-up: the details of a new token. Raises Inconclusive when the target issues none."""
        with self.target.arranging():
            answer = arranged(self.ask(self.request(**members)))
        if not is_issued(answer):
            raise Inconclusive("set-up got no token: the answer to a token request has none that a header can hold")
        return answer.body

    def bearer(self, name: str, **members: Json) -> Principal:
        """Set-up: a principal with a new token. name: its phrase in reports. members: of the token request."""
        return bearer(name, self.issue(**members)["token"])

    def jwt(self, claims: Mapping[str, Json] | None = None, *, lasts: int = 3600, **header: str) -> str:
        """A JWT issued now. lasts: seconds until it expires. Claims that are None are left out.

        Raises ForbiddenError where the profile does not offer JWTs.
        """
        if not self.signs_jwts:
            raise ForbiddenError("the profile does not offer jwt")
        issued = self.now // SECOND
        whole = {"iat": issued, "exp": issued + lasts, **(claims or {})}
        return json_web_token({name: value for name, value in whole.items() if value is not None}, self.key, **header)


def issuer_of(worker: Worker, principal: str) -> Issuer:
    run_config = worker.run_config
    signs_jwts = "jwt" in run_config.profile.target.offers
    return Issuer(worker.target, principal, run_config.keys[principal], run_config.skew, signs_jwts)


def wrong_secret_key(key: Key) -> Principal:
    return basic("a key with a wrong secret", Key(key.name, f"not-{key.secret}"))


def invalid_token(key: Key) -> Principal:
    """A principal with a token of the right form, for the application of the key, that the target did not issue."""
    return bearer("an invalid token", f"{key.app}.{'forged' * 8}")


def capability(resource: str, *operations: str) -> str:
    """The JSON text of a capability for one resource."""
    return json.dumps({resource: operations}, separators=(",", ":"))


def is_issued(answer: Answer) -> bool:
    """Whether a token request was accepted and its answer has a token."""
    return answer.status in {200, 201} and bool(token_of(answer.body))


def issue_in_words(answer: Answer) -> str:
    """The answer to a token request, for the message of an assertion."""
    return status_in_words(answer) + ("" if token_of(answer.body) else " and no token")


def token_of(details: Json) -> str:
    """The token in the details of a token, or "" where they have none that a header can hold."""
    token = details.get("token") if isinstance(details, dict) else None
    return token if isinstance(token, str) and is_sendable(token) else ""


def lifetime_in_ms(details: Json) -> Json:
    """The time between issued and expires in the details of a token; None when one of them is missing."""
    is_complete = isinstance(details, dict) and {"issued", "expires"} <= details.keys()
    return details["expires"] - details["issued"] if is_complete else None


def is_jwt(token: str) -> bool:
    """Whether a token is a JWT, which has three parts (RFC 7519)."""
    return token.count(".") == 2


def is_token_error(answer: Answer) -> bool:
    """Whether an SDK would request a new token and retry: 401 with a code from 40140 to 40149 (FEAT RSA4b)."""
    return answer.status == 401 and answer.error_code in range(40140, 40150)
