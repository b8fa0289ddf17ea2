"""The language of capabilities: what one grants, and what two of them grant together.

Pure. It predicts the answers of a target and shares no code with the reference server, which an oracle must not do. The
rules are those of Ably's documentation: a capability maps resources to operations; `*` among the operations is every
one of them; a resource is a name of segments between colons, where `*` stands for a whole segment and, at the end, for
any number of them; `[queue]` and `[meta]` before a name are worlds of their own, which only `[*]` joins.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

Capability = Mapping[str, Sequence[str]]

EVERY = "*"
ALL_CHANNELS = "*"
ALL_WORLDS = "[*]"


def allows(capability: Capability, operation: str, resource: str) -> bool:
    """Whether a caller may do this to the resource. An operation of the whole application is done to `*`."""
    return any(
        (EVERY in operations or operation in operations) and covers(pattern, resource)
        for pattern, operations in capability.items()
    )


def covers(pattern: str, resource: str) -> bool:
    """Whether every channel that `resource` names, itself a pattern perhaps, is one that `pattern` names."""
    case_fixtures, name = _split(pattern)
    other_world, other_name = _split(resource)
    return case_fixtures in {other_world, ALL_WORLDS} and _covers(name.split(":"), other_name.split(":"))


def _covers(pattern: Sequence[str], name: Sequence[str]) -> bool:
    if not pattern or not name:
        return not pattern and not name
    if _is_open(pattern):
        return True
    if _is_open(name):
        return False  # any number of segments is more than a pattern with something before its end names
    return pattern[0] in {EVERY, name[0]} and _covers(pattern[1:], name[1:])


def _is_open(segments: Sequence[str]) -> bool:
    return list(segments) == [EVERY]


def _split(resource: str) -> tuple[str, str]:
    """The world of a resource, "" for that of channels, and its name there."""
    if not resource.startswith("["):
        return "", resource
    case_fixtures, _, name = resource.partition("]")
    return f"{case_fixtures}]", name


def intersection(asked: Capability, granted: Capability) -> dict[str, list[str]]:
    """What a token may do that asks for one capability with a key that has the other; {} when that is nothing.

    Of two overlapping resources the narrower one stays. Two that overlap without one holding the other are left out:
    no document says what becomes of them.
    """
    shared: dict[str, set[str]] = {}
    for one, operations in asked.items():
        for other, others in granted.items():
            both = _common(operations, others)
            if both and (covers(one, other) or covers(other, one)):
                narrower = other if covers(one, other) else one
                shared[narrower] = shared.get(narrower, set()) | both
    return {resource: [EVERY] if EVERY in found else sorted(found) for resource, found in sorted(shared.items())}


def _common(some: Sequence[str], others: Sequence[str]) -> set[str]:
    if EVERY in some:
        return set(others)
    return set(some) if EVERY in others else set(some) & set(others)


def canonical(capability: Capability) -> str:
    """Its text as the service writes it: resources and operations in order, no blanks."""
    ordered = {resource: sorted(operations) for resource, operations in sorted(capability.items())}
    return json.dumps(ordered, separators=(",", ":"), ensure_ascii=False)
