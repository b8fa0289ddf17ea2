"""Tokens as the scenarios ask for them: with one key, by the target's clock."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.model import Json
from conformance.run.worker import Worker
from conformance.suite.steps.endpoints import TOKENS
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, Key, Principal, basic, bearer, json_web_token, sign

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
SHORT = 100
"""ms, as the SDK suites ask for when they want a token to expire before their eyes."""

UNAUTHORIZED = {40100, 40101}
"""Both mean that the credentials prove nobody; the SDK suites of several years assert one or the other."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Asks for the tokens of one key. name: the principal that has it. skew: the target's clock less ours, ms."""

    target: Target
    name: str
    key: Key
    skew: int

    @property
    def now(self) -> int:
        return int(time.time() * 1000) + self.skew

    @property
    def owner(self) -> Principal:
        """Who has the key itself, and not a token of it."""
        return self.target.principals[self.name]

    def request(self, **members: Json) -> dict[str, Json]:
        """An unsigned token request. Members that are None are left out."""
        nonce = self.target.names.fresh("nonce").ljust(16, "0")
        body = {"keyName": self.key.name, "timestamp": self.now, "nonce": nonce, **members}
        return {name: value for name, value in body.items() if value is not None}

    def signed(self, **members: Json) -> dict[str, Json]:
        return sign(self.request(**members), self.key)

    def ask(self, body: Json, principal: Principal | None = None, **how: Json) -> Answer:
        """Send a token request as the owner of the key, or as somebody else."""
        return self.target.post(TOKENS, body, principal=principal or self.owner, keyName=self.key.name, **how)

    def ask_as_nobody(self, body: Json, **how: Json) -> Answer:
        return self.ask(body, NOBODY, **how)

    def issue(self, **members: Json) -> Json:
        """Set-up: the details of a token, or nothing was judged."""
        with self.target.arranging():
            return arranged(self.ask(self.request(**members))).body

    def bearer(self, name: str, **members: Json) -> Principal:
        """Set-up: who has a token with these members. name: how reports call this caller."""
        return bearer(name, self.issue(**members)["token"])

    def jwt(self, claims: Mapping[str, Json] | None = None, *, lasts: int = 3600, **header: str) -> str:
        """A JWT that was issued just now and lasts so many seconds. Claims that are None are left out."""
        issued = self.now // SECOND
        whole = {"iat": issued, "exp": issued + lasts, **(claims or {})}
        return json_web_token({name: value for name, value in whole.items() if value is not None}, self.key, **header)


def issuer_of(worker: Worker, principal: str) -> Issuer:
    run_config = worker.run_config
    return Issuer(worker.target, principal, run_config.keys[principal], run_config.skew)


def wrong_secret_key(key: Key) -> Principal:
    return basic("wrong secret", Key(key.name, f"not-{key.secret}"))


def forged(key: Key) -> Principal:
    """Looks like a token of the application, and is none."""
    return bearer("forged token", f"{key.app}.{'forged' * 8}")


def capability(resource: str, *operations: str) -> str:
    """The text of a capability for one resource."""
    return json.dumps({resource: operations}, separators=(",", ":"))


def is_renewable(answer: Answer) -> bool:
    """Whether an SDK would ask for a new token and try again: 401 with a code of the 40140 family (FEAT RSA4b)."""
    return answer.status == 401 and answer.error_code in range(40140, 40150)
