"""The contract as operations, as published and as corrected by the errata.

Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.contract.difference import NONE, Difference
from conformance.contract.errata import Erratum
from conformance.contract.pointers import at, escaped, follow, has, parts_of, pointer, pointer_into
from conformance.contract.templates import covers, is_variable
from conformance.errors import ForbiddenError, SuiteError, nearest
from conformance.model import Clause, Json

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    location: str
    required: bool
    schema: Json
    pointer: str


@dataclass(frozen=True, slots=True)
class MediaSpec:
    """One entry of `content`. schema: with every $ref resolved in place."""

    media_type: str
    schema: Json
    pointer: str
    example: Json = None


@dataclass(frozen=True, slots=True)
class HeaderSpec:
    name: str
    required: bool
    schema: Json
    pointer: str


@dataclass(frozen=True, slots=True)
class ResponseSpec:
    """The response documented under one key: a status, a range such as "2XX", or "default"."""

    key: str
    pointer: str
    headers: tuple[HeaderSpec, ...]
    content: tuple[MediaSpec, ...]

    def media(self, media_type: str) -> MediaSpec | None:
        return next((each for each in self.content if each.media_type == media_type), None)


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """A method and a path template. Compared and hashed by identity, since schemas cannot be hashed."""

    label: str
    method: str
    path: str
    operation_id: str
    pointer: str
    parameters: tuple[Parameter, ...]
    bodies: tuple[MediaSpec, ...]
    needs_body: bool
    responses: tuple[ResponseSpec, ...]
    is_public: bool

    def response(self, status: int) -> ResponseSpec | None:
        """The most specific entry for a status."""
        listed = {each.key.upper(): each for each in self.responses}
        keys = (str(status), f"{status // 100}XX", "DEFAULT")
        return next((listed[key] for key in keys if key in listed), None)

    def body(self, media_type: str) -> MediaSpec | None:
        return next((each for each in self.bodies if each.media_type == media_type), None)

    def parameter(self, name: str) -> Parameter | None:
        return next((each for each in self.parameters if each.name == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """document: corrected by the errata of the mode; published: word for word. errata: those applied.

    file, text: the name and the content of the file. difference: to the contract that the suite was written for.
    is_packed: whether it is the contract that the suite was written for.
    unapplied: a sentence for each action of an erratum that has nothing to correct in this contract.
    """

    file: str
    text: str
    title: str
    version: str
    sha256: str
    mode: str
    document: dict[str, Json]
    published: dict[str, Json]
    errata: tuple[Erratum, ...]
    operations: tuple[Operation, ...]
    published_operations: tuple[Operation, ...]
    lines: Mapping[str, int]
    is_packed: bool = True
    difference: Difference = NONE
    unapplied: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For a sentence: "moved.yaml (Platform API 1.2.0)"."""
        return f"{self.file} ({self.title} {self.version})"

    def operation(self, label: str) -> Operation:
        """Raises ForbiddenError for an operation that only the contract has that the suite was written for."""
        for operation in self.operations:
            if operation.label == label:
                return operation
        if label in self.difference.gone:
            raise ForbiddenError(f"{self.name} has no {label}")
        raise SuiteError(
            f"{label!r} is not an operation of the contract", nearest(label, (each.label for each in self.operations))
        )

    def match(self, method: str, raw_path: str) -> Operation | None:
        """The operation of a percent-encoded request path; each template parameter matches exactly one segment."""
        candidates = [
            operation
            for operation in self.operations
            if operation.method == method and covers(operation.path, raw_path)
        ]
        # Literal segments come before parameters, compared from the left.
        return min(candidates, key=lambda each: [is_variable(part) for part in each.path.split("/")], default=None)

    def resolve(self, pointer: str) -> Json:
        """The value at a pointer into the published contract. Raises SuiteError when there is none."""
        try:
            return at(self.published, pointer)
        except LookupError:
            raise SuiteError(f"The contract has nothing at {pointer}", self._nearest(pointer)) from None

    def _nearest(self, pointer: str) -> str:
        """Where a dead pointer ends, and what is there instead of its next step."""
        here, _, step = pointer.rpartition("/")
        while here not in self.lines and "/" in here:
            here, _, step = here.rpartition("/")
        children = {each.rpartition("/")[2] for each in self.lines if each.rpartition("/")[0] == here}
        return f"There is {here}, without {step!r}; {nearest(step, children)}"

    def has(self, pointer: str) -> bool:
        return has(self.published, pointer)

    def holds(self, clause: Clause) -> bool:
        """Whether the words of a clause are found at its pointer: in a text, in the subtree as JSON, or as its name."""
        if not self.has(clause.pointer):
            return False
        found = at(self.published, clause.pointer)
        shown = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
        return clause.text in shown or clause.text in parts_of(clause.pointer)[-1]

    def line(self, pointer: str) -> int:
        """The line of the file where a pointer, or its nearest known ancestor, begins."""
        while pointer not in self.lines and "/" in pointer:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)

    def clause_line(self, pointer: str) -> int:
        """The line of a clause, which may belong to another document: then 0."""
        return self.line(pointer) if pointer.startswith("#/") else 0


def operations_of(document: Json) -> tuple[Operation, ...]:
    """Every operation of an OpenAPI document, in its order."""
    return tuple(
        _operation(document, path, method)
        for path, item in document["paths"].items()
        for method in item
        if method in _METHODS
    )


# Reading operations --------------------------------------------------------------------------------------------------


def _operation(document: Json, path: str, method: str) -> Operation:
    node = document["paths"][path][method]
    here = pointer(("paths", path, method))
    body, body_pointer = follow(document, node.get("requestBody", {}), f"{here}/requestBody")
    return Operation(
        label=f"{method.upper()} {path}",
        method=method.upper(),
        path=path,
        operation_id=node.get("operationId", ""),
        pointer=here,
        parameters=tuple(_parameters(document, path, method)),
        bodies=tuple(_content(document, body, body_pointer)),
        needs_body=body.get("required", False),
        responses=tuple(_response(document, key, f"{here}/responses/{key}") for key in node["responses"]),
        is_public=node.get("security") == [],
    )


def _parameters(document: Json, path: str, method: str) -> Iterator[Parameter]:
    """Parameters of the operation override those of the path item (OpenAPI 3.0, path item object)."""
    merged: dict[tuple[str, str], Parameter] = {}
    for holder in (("paths", path), ("paths", path, method)):
        here = pointer(holder)
        for index, listed in enumerate(at(document, here).get("parameters", [])):
            node, found = follow(document, listed, pointer_into(document, (*holder, "parameters", index)))
            schema = inline(document, node.get("schema", {}))
            parameter = Parameter(node["name"], node["in"], node.get("required", False), schema, found)
            merged[parameter.name, parameter.location] = parameter
    return iter(merged.values())


def _response(document: Json, key: str, here: str) -> ResponseSpec:
    node, concrete = follow(document, at(document, here), here)
    headers = tuple(_header(document, name, concrete) for name in node.get("headers", {}))
    return ResponseSpec(key, here, headers, tuple(_content(document, node, concrete)))


def _header(document: Json, name: str, response: str) -> HeaderSpec:
    here = f"{response}/headers/{name}"
    node, here = follow(document, at(document, here), here)
    return HeaderSpec(name, node.get("required", False), inline(document, node.get("schema", {})), here)


def _content(document: Json, node: Json, here: str) -> Iterator[MediaSpec]:
    for media_type, entry in node.get("content", {}).items():
        schema = inline(document, entry.get("schema", {}))
        yield MediaSpec(media_type, schema, f"{here}/content/{escaped(media_type)}", entry.get("example"))


def inline(document: Json, node: Json, within: tuple[str, ...] = ()) -> Json:
    """A copy with every $ref replaced by its target; one that leads back into itself allows anything from there on.

    within: the $refs that led here.
    """
    if isinstance(node, list):
        return [inline(document, each, within) for each in node]
    if not isinstance(node, dict):
        return node
    if isinstance(reference := node.get("$ref"), str):
        return {} if reference in within else inline(document, at(document, reference), (*within, reference))
    return {name: inline(document, value, within) for name, value in node.items()}
