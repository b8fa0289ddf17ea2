"""Evaluates capabilities: whether one allows an operation, and the intersection of two of them.

Pure. An oracle for the answers of a target, so it shares no code with the reference server. The rules are those of
Ably's documentation: a capability maps resources to operations; the operation `*` is every operation; a resource is a
name of segments separated by colons, in which `*` stands for one whole segment and, at the end, for one or more; before
a name, `[queue]` and `[meta]` select queues and metachannels, and `[*]` selects these and channels.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from conformance.model import Json

Capability = Mapping[str, Sequence[str]]

EVERY = "*"
ALL_QUALIFIERS = "[*]"


def allows(capability: Capability, operation: str, resource: str) -> bool:
    """Whether a capability includes an operation on a resource; `*` is the resource of the whole application."""
    return any(
        (EVERY in operations or operation in operations) and covers(pattern, resource)
        for pattern, operations in capability.items()
    )


def covers(pattern: str, resource: str) -> bool:
    """Whether `pattern` matches every name that `resource` matches; `resource` may be a pattern too."""
    qualifier, name = _split(pattern)
    other_qualifier, other_name = _split(resource)
    return qualifier in {other_qualifier, ALL_QUALIFIERS} and _covers(name.split(":"), other_name.split(":"))


def _covers(pattern: Sequence[str], name: Sequence[str]) -> bool:
    if not pattern or not name:
        return not pattern and not name
    if _matches_any_rest(pattern):
        return True
    if _matches_any_rest(name):
        return False  # the name stands for any segments, and the pattern requires particular ones
    return pattern[0] in {EVERY, name[0]} and _covers(pattern[1:], name[1:])


def _matches_any_rest(segments: Sequence[str]) -> bool:
    return list(segments) == [EVERY]


def _split(resource: str) -> tuple[str, str]:
    """The qualifier of a resource, "" for channels, and the name after it."""
    if not resource.startswith("["):
        return "", resource
    qualifier, _, name = resource.partition("]")
    return f"{qualifier}]", name


def intersection(asked: Capability, granted: Capability) -> dict[str, list[str]]:
    """The capability of a token: what was requested and the key has; {} when they have nothing in common.

    Of two overlapping resources the narrower one is kept. Two that overlap without one covering the other are left
    out: no document defines their intersection.
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


def granted(details: Json) -> Json:
    """The capability in the details of a token, as `in_order` has it; a text that is no capability as it is.

    Clients parse the text, so that its spaces and the order of its operations mean nothing.
    """
    text = details.get("capability")
    if not isinstance(text, str):
        return None
    capability = parsed(text)
    return text if capability is None else in_order(capability)


def parsed(value: Json) -> Capability | None:
    """A capability as a table, from that or from its JSON text; None for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    is_table = isinstance(value, dict) and all(
        isinstance(each, list) and all(isinstance(word, str) for word in each) for each in value.values()
    )
    return value if is_table else None


def in_order(capability: Json) -> Json:
    """The capability with sorted operations, whose order means nothing."""
    return {resource: sorted(operations) for resource, operations in capability.items()}


def canonical(capability: Capability) -> str:
    """Its JSON text as the service writes it: resources and operations sorted, without whitespace."""
    ordered = {resource: sorted(operations) for resource, operations in sorted(capability.items())}
    return json.dumps(ordered, separators=(",", ":"), ensure_ascii=False)
