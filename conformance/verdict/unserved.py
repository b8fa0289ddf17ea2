"""Operations that a target evidently does not serve, and the lines of a profile that leave them out.

Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from conformance.model import Evidence, Exchange, Json
from conformance.wire.codec import decode

_PUBSUB = {"/channels", "/keys", "/time"}
"""The paths of the profile pubsub."""

_LEAST = 2
"""Requests of an operation, below which their answers say nothing about the operation itself."""

_UNKNOWN_PATH = {40400, None}


def unserved(exchanges: Iterable[Exchange]) -> dict[str, bool]:
    """Each operation that was asked often enough, and whether every answer was 404 with error code 40400 or none."""
    answers: dict[str, list[bool]] = {}
    for exchange in exchanges:
        if exchange.operation and exchange.response and not exchange.interference:
            is_unknown = exchange.response.status == 404 and _error_code(exchange) in _UNKNOWN_PATH
            answers.setdefault(exchange.operation, []).append(is_unknown)
    return {operation: all(found) for operation, found in answers.items() if len(found) >= _LEAST}


def advice(evidence: Evidence) -> Iterator[str]:
    """A sentence on what the target does not serve, with a [scope] that fits it."""
    asked = unserved(evidence.exchanges)
    missing = sorted(operation for operation, is_missing in asked.items() if is_missing)
    if not missing or len(missing) == len(asked):
        return
    families = {_family(operation) for operation in asked}
    served = sorted(family for family in families if any(_family(each) == family for each in set(asked) - set(missing)))
    whole = sorted(families - set(served))
    rest = [operation for operation in missing if _family(operation) in served]
    if whole:
        line = f"paths = {json.dumps(served)} under [scope]"
        profile = "--profile pubsub or " if set(served) <= _PUBSUB else ""
        yield (
            f"this target answers 404 to every request below {_listed(whole)}; "
            f"if it does not serve that, leave it out with {profile}{line}"
        )
    if rest:
        yield f"this target answers 404 to every request of {_listed(rest)}"


def _family(operation: str) -> str:
    """The first segment of its path: "/push"."""
    return f"/{operation.partition(' ')[2].split('/')[1]}"


def _error_code(exchange: Exchange) -> Json:
    response = exchange.response
    body = decode(response.media_type, response.body).value if response else None
    error = body.get("error") if isinstance(body, dict) else None
    return error.get("code") if isinstance(error, dict) else None


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
