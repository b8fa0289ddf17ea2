"""A message that this target rejects. Servers differ in what they reject, so several flaws are tried."""

from __future__ import annotations

from conformance.errors import Inconclusive
from conformance.model import Json
from conformance.suite.steps.answers import is_rejected
from conformance.suite.steps.messages import channel_of, publish
from conformance.target.client import Target

FLAWS: tuple[Json, ...] = (
    {"extras": {"somethingElse": {"key": "value"}}},
    {"connectionKey": "should.be.wrong"},
    {"extras": "no object"},
    {"name": {"no": "text"}},
    {"clientId": {"no": "text"}},
    {"data": "x" * 100_000},
)
"""Members for which documents of Ably's have a message rejected; the last one exceeds the size of a message."""


def rejected_flaw(target: Target) -> Json:
    """Set-up: the first of FLAWS for which the target rejects a message. Raises Inconclusive when it accepts all."""
    channel = channel_of(target)
    with target.arranging():
        for flaw in FLAWS:
            if is_rejected(publish(target, channel, {"data": "flawed", **flaw})):
                return flaw
    raise Inconclusive(f"none of {len(FLAWS)} flawed messages was rejected, so no rejected publish can be tested")
