"""What a run asks a target before its first test: the time, what its key may do, and whether push is enabled."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from conformance.errors import ForbiddenError, Inconclusive
from conformance.model import JSON, Call, Json, Origin
from conformance.profile import Blast, Profile
from conformance.target.answer import Answer
from conformance.target.capability import Capability, parsed
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, Key, Principal
from conformance.target.limits import UNLIMITED, Limits, limiting


def clock_skew(target: Target) -> int | None:
    """The target's clock less ours, in ms, None where its answer is no time. Raises Inconclusive when the target does
    not answer.
    """
    answer = _get(target, "/time", NOBODY)
    if answer.exchange.response is None:
        raise Inconclusive(f"the target {target.url} cannot be reached: {answer.exchange.failure}")
    with suppress(Inconclusive):  # an answer that cannot be read is for the tests to judge
        body = answer.body
        if isinstance(body, list) and len(body) == 1 and _is_time(body[0]):
            return int(body[0]) - int(target.clock.time() * 1000)
    return None


def _is_time(value: Json) -> bool:
    """Whether a value is ms since the epoch in this or in the next century."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _END_OF_TIME


_END_OF_TIME = 7_258_118_400_000
"""The year 2200, in ms since the epoch."""


def require_accepted_key(target: Target) -> None:
    """Raises Inconclusive when two operations refuse the key: one of them alone may be broken."""
    channel = f"/channels/{target.names.fresh('channel')}"
    answers = [_get(target, path) for path in (f"{channel}/messages", channel)]
    if all(each.status in {401, 403, 404} and each.error_code != 40160 for each in answers):
        status, code = answers[0].status, answers[0].error_code
        words = f"{status} with error code {code}" if code else str(status)
        raise Inconclusive(f"the key is rejected by {target.url}: {words}")


def capability_of_key(target: Target, key: Key, skew: int) -> Capability | None:
    """What the key may do, as a token says that is asked for with it; None when the target does not tell.

    skew: the target's clock less ours, in ms.
    """
    nonce = target.names.fresh("nonce").ljust(16, "0")
    body = {"keyName": key.name, "timestamp": int(target.clock.time() * 1000) + skew, "nonce": nonce}
    answer = _post(target, f"/keys/{key.name}/requestToken", body)
    details = answer.body if answer.exchange.response and answer.status in {200, 201} else None
    return parsed(details.get("capability")) if isinstance(details, dict) else None


PUSH_PROBE = (
    "GET /push/deviceRegistrations",
    "POST /push/channelSubscriptions",
    "DELETE /push/channelSubscriptions",
)
"""The operations with which the pre-flight looks whether push is enabled."""


def lacks_push(target: Target) -> bool:
    """Whether the target refuses a subscription because the namespace of its channel has no push enabled.

    It answers 401 then, also to a caller that may administer push (ably-ruby spec/acceptance/rest/push_admin_spec).
    """
    client = target.names.fresh("client")
    subscription = {"channel": target.names.push_channel(), "clientId": client}
    try:
        is_administrator = _get(target, "/push/deviceRegistrations", clientId=client).status == 200
        answer = _post(target, "/push/channelSubscriptions", subscription)
    except ForbiddenError:  # the key may not administer push
        return False
    if answer.status in {200, 201}:
        target.delete("/push/channelSubscriptions", query=subscription)
    return is_administrator and answer.status == 401


@dataclass(frozen=True, slots=True)
class Allowed:
    """What key and application of the user allow. capability: as the target told it, or None."""

    limits: Limits = UNLIMITED
    capability: Capability | None = None


def allowed_to(key: Key, chosen: Profile, skew: int, target: Callable[[Limits], Target]) -> Allowed:
    """target: opens the target within limits. skew: its clock less ours, in ms. What it does not tell is taken as if it
    allowed everything.
    """
    found = Allowed()
    with suppress(Inconclusive):
        if "credentials" in chosen.target.offers:
            capability = capability_of_key(target(UNLIMITED), key, skew)
            found = Allowed(Limits(limiting(capability)), capability)
        if _may_probe_push(chosen) and lacks_push(target(found.limits)):
            found = replace(found, limits=replace(found.limits, no_push=chosen.world.push))
    return found


def _may_probe_push(chosen: Profile) -> bool:
    """The probe saves a subscription and removes it, which the profile has to allow."""
    is_writing = chosen.target.blast_radius is not Blast.READ_ONLY
    is_offered = {"push", "state"} <= set(chosen.target.offers)
    return is_writing and is_offered and all(map(chosen.serves, PUSH_PROBE))


def _get(target: Target, path: str, principal: Principal | str = "full", **query: str) -> Answer:
    call = Call("GET", path, query=tuple(query.items()), headers=(("Accept", JSON),), origin=Origin.SETUP)
    return target.send(call, principal)


def _post(target: Target, path: str, body: Json) -> Answer:
    headers = (("Accept", JSON), ("Content-Type", JSON))
    return target.send(Call("POST", path, headers=headers, body=json.dumps(body).encode(), origin=Origin.SETUP))
