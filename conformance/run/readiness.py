"""What the pre-flight of a run found out, for the lines that say what is about to happen.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from conformance.model import Exchange
from conformance.target.capability import Capability
from conformance.wire.tls import Tls


@dataclass(frozen=True, slots=True)
class Readiness:
    """skew: the target's clock less ours, in ms, None where it does not tell the time. accuracy: the time of that
    request, in ms. capability: of the given key, None where the target does not tell it. server: its x-ably-serverid,
    or "". latency: the median time of a response in ms, None where there was none. tls: None without a handshake.
    """

    skew: int | None = None
    accuracy: float = 0.0
    capability: Capability | None = None
    tls: Tls | None = None
    server: str = ""
    latency: float | None = None


def server_of(exchanges: Iterable[Exchange]) -> str:
    """The x-ably-serverid of the first response that has one, or ""."""
    responses = (each.response for each in exchanges if each.response)
    return next((line for response in responses for line in response.lines("x-ably-serverid")), "")


def latency_of(exchanges: Iterable[Exchange]) -> float | None:
    """The median time of a response, in ms, or None where there was none."""
    times = [each.elapsed for each in exchanges if each.response]
    return median(times) if times else None
