"""Capabilities: operations allowed per resource, matching of resources, and the intersection of two capabilities."""

import json
from collections.abc import Iterable
from re import compile as pattern

from conformance.reference.decoding import DEEPEST, inspect
from conformance.reference.encoding import json_text
from conformance.reference.errors import bad_request
from conformance.reference.state import Capability
from conformance.reference.wire import Json

FULL: Capability = {"*": ("*",)}

OPERATION = pattern(
    r"\*|publish|subscribe|presence|history|stats|channel-metadata|push-subscribe|push-admin|privileged-headers"
    r"|object-(publish|subscribe)|annotation-(publish|subscribe)|message-(update|delete)-(own|any)"
)

MOST_RESOURCES = 1000


class Capabilities:
    """Parses, matches, intersects and formats capabilities."""

    def read(self, value: Json) -> Capability:
        """Parses the capability of a token request: JSON text, or an object as in the contract."""
        tree = self.parsed(value)
        capability = {resource: self.operations(tree[resource]) for resource in tree}
        for operation in self.all_operations(capability):
            if not OPERATION.fullmatch(operation):
                raise bad_request(f"the capability contains an unknown operation: {operation}")
        return capability

    def read_of_key(self, value: Json) -> Capability:
        """Parses the capability of a new key, which may contain operations unknown to this server."""
        tree = self.parsed(value)
        return {resource: self.operations(tree[resource]) for resource in tree}

    def parsed(self, value: Json) -> Json:
        tree = parse(value) if isinstance(value, str) else value
        if not isinstance(tree, dict) or len(tree) > MOST_RESOURCES:
            raise bad_request("a capability must be an object of resources with their operations")
        return tree

    def operations(self, value: Json) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise bad_request("the operations of a capability must be a list of at least one string")
        if "*" in value and len(value) > 1:
            raise bad_request("the operation * must be the only one")
        return tuple(sorted(set(value)))

    def all_operations(self, capability: Capability) -> Iterable[str]:
        return {operation for operations in capability.values() for operation in operations}

    def text(self, capability: Capability) -> str:
        """The canonical text: resources and operations sorted, without white space."""
        return json_text({resource: sorted(capability[resource]) for resource in sorted(capability)})

    def allows(self, capability: Capability, operation: str, resource: str) -> bool:
        return any(
            ("*" in operations or operation in operations) and self.covers(granted, resource)
            for granted, operations in capability.items()
        )

    def allows_anywhere(self, capability: Capability, operation: str) -> bool:
        return any("*" in operations or operation in operations for operations in capability.values())

    def covers(self, granted: str, resource: str) -> bool:
        return granted == resource or self.meet(granted, resource) == resource

    def intersection(self, asked: Capability, granted: Capability) -> Capability:
        met: dict[str, tuple[str, ...]] = {}
        for resource, operations in asked.items():
            for other, others in granted.items():
                shared = self.meet(resource, other)
                both = self.shared_operations(operations, others)
                if shared is not None and both:
                    met[shared] = self.united(met.get(shared, ()), both)
        return met

    def shared_operations(self, asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in asked:
            return granted
        if "*" in granted:
            return asked
        return tuple(sorted(set(asked) & set(granted)))

    def united(self, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
        operations = set(one) | set(other)
        return ("*",) if "*" in operations else tuple(sorted(operations))

    def meet(self, one: str, other: str) -> str | None:
        """The resource that covers exactly the channels covered by both resources, or None."""
        qualifier, name = split(one)
        other_qualifier, other_name = split(other)
        shared = self.meet_qualifiers(qualifier, other_qualifier)
        if shared is None:
            return None
        segments = self.meet_segments(name.split(":"), other_name.split(":"))
        return None if segments is None else shared + ":".join(segments)

    def meet_qualifiers(self, one: str, other: str) -> str | None:
        # `[*]*` covers everything; `*` covers ordinary channels only, not queues and metachannels.
        if one == "[*]":
            return other
        if other in {"[*]", one}:
            return one
        return None

    def meet_segments(self, one: list[str], other: list[str]) -> list[str] | None:
        """A trailing * matches any number of segments, an interior * one; `foo*` is a literal."""
        met: list[str] = []
        for index, (left, right) in enumerate(zip(one, other, strict=False)):
            if self.is_open_end(one, index):
                return met + other[index:]
            if self.is_open_end(other, index):
                return met + one[index:]
            shared = self.meet_segment(left, right)
            if shared is None:
                return None
            met.append(shared)
        return met if len(one) == len(other) else None

    def is_open_end(self, segments: list[str], index: int) -> bool:
        return segments[index] == "*" and index == len(segments) - 1

    def meet_segment(self, one: str, other: str) -> str | None:
        if one == "*":
            return other
        return one if other in {"*", one} else None


def split(resource: str) -> tuple[str, str]:
    """Splits a resource into its qualifier, including the brackets, and its name."""
    qualifier, bracket, name = resource.partition("]")
    return (qualifier + bracket, name) if bracket and resource.startswith("[") else ("", resource)


def parse(text: str) -> Json:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        raise bad_request("the capability is not valid JSON") from None
    inspect(tree, DEEPEST)
    return tree
