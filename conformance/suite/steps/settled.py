"""Reads that are compared with each other, taken when they have settled."""

from __future__ import annotations

from collections.abc import Callable

from conformance.model import Json
from conformance.target.client import Target

Pair = tuple[Json, Json]


def settled(target: Target, read: Callable[[], Pair]) -> Pair:
    """Two reads, repeated until both are the same or patience ends.

    One of them can reach a server of the target that has not seen the latest writes (ably-cocoa issue 2249).
    """
    return target.repeat(read, until=lambda pair: pair[0] == pair[1])
