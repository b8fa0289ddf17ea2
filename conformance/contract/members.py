"""The members that the schemas of an operation name, wherever they are nested.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.contract.document import Operation
from conformance.model import HTML, Json


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """place: "request application/json", or "response 2XX application/json"."""

    operation: str
    place: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} in {self.operation} {self.place}"


def members(operations: Iterable[Operation]) -> frozenset[Member]:
    """Of all bodies; one as HTML is a page for people, whatever its schema says."""
    return frozenset(
        Member(operation.label, place, name)
        for operation in operations
        for place, schema in _schemas(operation)
        for name in names_in(schema)
    )


def _schemas(operation: Operation) -> Iterator[tuple[str, Json]]:
    for media in operation.bodies:
        yield f"request {media.media_type}", media.schema
    for response in operation.responses:
        for media in response.content:
            if media.media_type != HTML:
                yield f"response {response.key} {media.media_type}", media.schema


def names_in(schema: Json) -> Iterator[str]:
    """The names of all properties of a schema, except those that it forbids."""
    if isinstance(schema, list):
        for each in schema:
            yield from names_in(each)
    elif isinstance(schema, dict):
        properties = schema.get("properties")
        own = properties if isinstance(properties, dict) else {}
        yield from (name for name, node in own.items() if node != {"not": {}})
        for key, node in schema.items():
            yield from names_in(list(own.values()) if key == "properties" else node)
