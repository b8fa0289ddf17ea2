"""Token revocation: POST /keys/{keyName}/revokeTokens, and the check whether a token is revoked."""

from conformance.reference.access import Caller, Means
from conformance.reference.call import Call
from conformance.reference.clock import Clock
from conformance.reference.errors import Errors, Refusal, bad_request, bad_value, unauthorized
from conformance.reference.state import App, Revocation, Token
from conformance.reference.wire import Json, Reply

MOST_TARGETS = 100
MOST_REVOCATIONS = 10_000
OLDEST = 3_600_000

# JS/batch: with allowReauthMargin, a revocation applies more than 30 s later.
REAUTH_MARGIN = 30_001

KINDS = ("clientId", "revocationKey", "channel")


class Revocations:
    def __init__(self, clock: Clock, errors: Errors) -> None:
        self.clock = clock
        self.errors = errors

    def revoke(self, call: Call) -> Reply:
        caller = call.caller
        self.require_revocable_key(caller, call.parameter("keyName"))
        body = call.object_body()
        targets = self.targets(body)
        results = [self.revoke_target(caller, target, body) for target in targets]
        return Reply(201, self.summary(results) if call.version >= 3 else results)

    def require_revocable_key(self, caller: Caller, key_name: str) -> None:
        if caller.means is not Means.BASIC:
            raise unauthorized(40162, "tokens must be revoked with the key, not with a token")
        if caller.key.name != key_name:
            raise unauthorized(40133, "the tokens of a key must be revoked with that key")
        if not caller.key.is_revocable:
            raise unauthorized(40163, "the tokens of this key are not revocable")

    def targets(self, body: Json) -> list[Json]:
        targets = body.get("targets")
        if not isinstance(targets, list) or not 0 < len(targets) <= MOST_TARGETS:
            raise bad_request(f"targets must be a list of 1 to {MOST_TARGETS} strings")
        return targets

    def revoke_target(self, caller: Caller, target: Json, body: Json) -> Json:
        try:
            revocation = self.revocation(caller, target, body)
        except Refusal as refusal:
            return {"target": target, "error": self.errors.info(refusal)}
        self.remember(caller.app, revocation)
        return {
            "target": target,
            "issuedBefore": revocation.issued_before,
            "appliesAt": revocation.applies_at,
        }

    def revocation(self, caller: Caller, target: Json, body: Json) -> Revocation:
        if not isinstance(target, str):
            raise bad_request("a target must be a string")
        kind, _, value = target.partition(":")
        if kind not in KINDS or not value:
            raise bad_request(f"a target must be one of {', '.join(KINDS)}, a colon and a value")
        now = self.clock.now()
        before = self.issued_before(body, now)
        return Revocation(caller.key.name, kind, value, before, self.applies_at(body, now))

    def issued_before(self, body: Json, now: int) -> int:
        before = body.get("issuedBefore")
        if before is None:
            return now
        if type(before) is not int or not now - OLDEST <= before <= now:
            raise bad_value("issuedBefore must be a time of the past hour")
        return before

    def applies_at(self, body: Json, now: int) -> int:
        return now + REAUTH_MARGIN if body.get("allowReauthMargin") is True else now

    def remember(self, app: App, revocation: Revocation) -> None:
        app.revocations.append(revocation)
        if len(app.revocations) > MOST_REVOCATIONS:
            app.revocations.popleft()

    def summary(self, results: list[Json]) -> Json:
        failures = sum("error" in result for result in results)
        return {"successCount": len(results) - failures, "failureCount": failures, "results": results}

    def is_revoked(self, app: App, token: Token) -> bool:
        now = self.clock.now()
        return any(
            revocation.applies_at <= now and token.issued <= revocation.issued_before
            for revocation in app.revocations
            if self.concerns(revocation, token)
        )

    def concerns(self, revocation: Revocation, token: Token) -> bool:
        if revocation.key_name != token.key.name:
            return False
        if revocation.kind == "clientId":
            return token.client_id == revocation.value
        if revocation.kind == "revocationKey":
            return token.revocation_key == revocation.value
        return revocation.value in token.capability
