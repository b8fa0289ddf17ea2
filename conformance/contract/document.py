"""Reads `openapi.yaml` into operations, as published and as corrected by the errata.

No I/O except reading these two files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from conformance.contract.errata import Erratum, effects, read_errata
from conformance.contract.overlay import apply
from conformance.contract.pointers import at, escaped, follow, pointer, pointer_into
from conformance.contract.source import parse, read
from conformance.contract.templates import covers, is_variable
from conformance.errors import SuiteError, nearest
from conformance.model import Json
from conformance.paths import OPENAPI

ERRATA = Path(__file__).with_name("errata.yaml")

_SCHEMAS = "#/components/schemas"

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
    """document: corrected by the errata of the mode; published: word for word. errata: those applied."""

    title: str
    version: str
    sha256: str
    mode: str
    document: dict[str, Json]
    published: dict[str, Json]
    errata: tuple[Erratum, ...]
    operations: tuple[Operation, ...]
    lines: Mapping[str, int]

    def operation(self, label: str) -> Operation:
        for operation in self.operations:
            if operation.label == label:
                return operation
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
            raise SuiteError(f"The contract has nothing at {pointer}", nearest(pointer, self.lines)) from None

    def line(self, pointer: str) -> int:
        """The line of openapi.yaml where a pointer, or its nearest known ancestor, begins."""
        while pointer not in self.lines and "/" in pointer:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)

    def clause_line(self, pointer: str) -> int:
        """The line of a clause, which may belong to another document: then 0."""
        return self.line(pointer) if pointer.startswith("#/") else 0


@cache
def load(errata: str = "all", path: Path = OPENAPI) -> Contract:
    """Read the contract and apply the errata of a mode: "all", "repairs" or "none".

    The result is shared by all callers and never modified.
    """
    wanted = effects(errata)
    source = read(path)
    published, lines = parse(source, path)
    overlay, _ = parse(read(ERRATA), ERRATA)
    chosen = tuple(erratum for erratum in read_errata(overlay) if erratum.effect in wanted)
    document = deepcopy(published)
    applied = tuple(_correct(document, erratum, overlay.get("x-published", {}), lines) for erratum in chosen)
    return Contract(
        title=published["info"]["title"],
        version=published["info"]["version"],
        sha256=hashlib.sha256(source).hexdigest(),
        mode=errata,
        document=document,
        published=published,
        errata=applied,
        operations=operations_of(document),
        lines=lines,
    )


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
    return HeaderSpec(name, node.get("required", False), inline(document, node["schema"]), here)


def _content(document: Json, node: Json, here: str) -> Iterator[MediaSpec]:
    for media_type, entry in node.get("content", {}).items():
        schema = inline(document, entry.get("schema", {}))
        yield MediaSpec(media_type, schema, f"{here}/content/{escaped(media_type)}", entry.get("example"))


def inline(document: Json, node: Json) -> Json:
    """A copy with every $ref replaced by its target. The contract has no recursive schema."""
    if isinstance(node, list):
        return [inline(document, each) for each in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return inline(document, at(document, node["$ref"]))
    return {name: inline(document, value) for name, value in node.items()}


# Correcting ----------------------------------------------------------------------------------------------------------


def _correct(document: Json, erratum: Erratum, origins: Mapping[str, str], lines: Mapping[str, int]) -> Erratum:
    """Apply one erratum to the document; return it with the places in the published contract that it corrects."""
    touched = [place for action in erratum.actions for place in apply(document, action)]
    published = dict.fromkeys(_published(place, origins, lines) for place in touched)
    # Added components have no published location; the places that reference them are listed instead.
    listed = [place for place in published if place not in {_SCHEMAS, "#/info"}]
    subject = tuple(place for place in listed if not any(place.startswith(f"{other}/") for other in listed))
    return replace(erratum, subject=subject, lines=tuple(lines[place] for place in subject))


def _published(place: str, origins: Mapping[str, str], lines: Mapping[str, int]) -> str:
    """The published pointer of a place: itself, what an added component replaces, or the nearest ancestor."""
    head, _, rest = place.removeprefix(f"{_SCHEMAS}/").partition("/")
    if place.startswith(f"{_SCHEMAS}/") and head in origins:
        place = f"{origins[head]}/{rest}"
    while place not in lines:
        place = place.rpartition("/")[0]
    return place
