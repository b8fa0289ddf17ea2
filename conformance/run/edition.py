"""What a run by another version of the contract says of it, before its first request.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.cases.binding import unfilled
from conformance.contract import Contract
from conformance.profile import Profile

_MOST = 12
"""Sentences of one kind; `ably-conformance contract check` has them all."""


def circumstances(contract: Contract, profile: Profile) -> Iterator[str]:
    """A sentence each; none for the contract that the suite was written for."""
    if contract.is_packed:
        return
    difference, filled = contract.difference, dict(profile.path_values)
    yield f"the run is judged by {contract.name}, another contract than the one that the suite was written for"
    for label in difference.new:
        missing = unfilled(label, filled)
        yield missing or f"{label} is new in {contract.file}: generated requests ask it, and checks judge the answers"
    for label in difference.gone:
        yield f"{contract.file} has no {label}: what needs it is out of scope"
    for label, _, name in difference.parameters:
        yield f"{contract.file} has no parameter {name} for {label}: what sends it is out of scope"
    yield from contract.unapplied[:_MOST]
    if len(contract.unapplied) > _MOST:
        rest = len(contract.unapplied) - _MOST
        yield f"{rest} more corrections have nothing to correct; `ably-conformance contract check` lists them"
