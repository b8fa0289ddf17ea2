"""The rows of the table: every parameter, request member and response member of the contract.

Pure. A member is named by the members above it; the items of a list have the name of the list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from conformance.contract import Contract, Operation
from conformance.model import Json

OTHER = "(any other)"
"""A parameter or member that the contract does not declare."""

WHOLE = "(whole)"
"""A body itself, and not one of its members."""

_BRANCHES = ("allOf", "oneOf", "anyOf")


class Place(Enum):
    PATH = "path"
    HEADER = "header"
    QUERY = "query"
    BODY = "body"
    ANSWER = "answer"
    ANSWER_HEADER = "answer-header"
    ERROR = "error"
    ERROR_HEADER = "error-header"

    @property
    def conditions(self) -> tuple[str, ...]:
        return ASKED if self in _SENT else ANSWERED


_SENT = (Place.PATH, Place.HEADER, Place.QUERY, Place.BODY)

ASKED = ("absent", "empty", "wrong type", "at a limit", "beyond a limit", "at odds: path", "at odds: caller", "unknown")
"""The conditions of what a request holds. unknown: a value that names nothing, or an undeclared member within it."""

ANSWERED = ("absent", "empty", "zero", "of another item", "stale")
"""The conditions of what a response holds: faults, each with the requirement that forbids it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A row. kind: "string", "integer", "boolean", "object", "list", "enum" or "any"."""

    operation: str
    place: Place
    name: str
    kind: str
    is_required: bool = False

    def __str__(self) -> str:
        """What the patterns of rules.toml are matched with."""
        return f"{self.operation} {self.place.value} {self.name} ({self.kind}{', required' * self.is_required})"


def subjects(contract: Contract) -> Iterator[Subject]:
    for operation in contract.operations:
        yield from _asked(operation)
        yield from _answered(operation)


def _asked(operation: Operation) -> Iterator[Subject]:
    for parameter in (each for each in operation.parameters if each.location != "cookie"):  # the service reads none
        kind = _kind(parameter.schema)
        yield Subject(operation.label, Place(parameter.location), parameter.name, kind, parameter.required)
    yield Subject(operation.label, Place.QUERY, OTHER, "any")
    yield from _body(operation, Place.BODY, (media.schema for media in operation.bodies))


def _answered(operation: Operation) -> Iterator[Subject]:
    for response in operation.responses:
        failed = response.key == "default"
        for header in response.headers:
            place = Place.ERROR_HEADER if failed else Place.ANSWER_HEADER
            yield Subject(operation.label, place, header.name.lower(), _kind(header.schema), header.required)
        place = Place.ERROR if failed else Place.ANSWER
        yield from _body(operation, place, (media.schema for media in response.content))


def _body(operation: Operation, place: Place, schemas: Iterator[Json]) -> Iterator[Subject]:
    """The body and its members, each once, as the first schema that declares it has it."""
    found: dict[str, Subject] = {}
    for schema in schemas:
        whole = Subject(operation.label, place, WHOLE, _kind(schema))
        for each in (whole, *_members(replace(whole, name=""), schema)):
            found.setdefault(each.name, each)
    yield from found.values()


def _members(owner: Subject, schema: Json) -> Iterator[Subject]:
    required = schema.get("required", ())
    for name, node in schema.get("properties", {}).items():
        if node == {"not": {}}:  # erratum: a member that the generator is not to send
            continue
        path = f"{owner.name}.{name}" if owner.name else name
        member = replace(owner, name=path, kind=_kind(node), is_required=name in required)
        yield member
        yield from _members(member, node)
    for word in _BRANCHES:
        for branch in schema.get(word, ()):
            yield from _members(owner, branch)
    if "items" in schema:
        yield from _members(owner, schema["items"])


def _kind(schema: Json) -> str:
    if len(schema.get("enum", ())) > 1:
        return "enum"
    branches = [each for word in _BRANCHES for each in schema.get(word, ())]
    listed = {"array": "list"}.get(schema.get("type", ""), schema.get("type", ""))
    return listed or next((kind for kind in map(_kind, branches) if kind != "any"), "any")
