"""Derives faulty responses from the contract: each is a valid response, altered in one thing that the contract defines.

Pure. Checks are pure too, so they judge the altered responses without a server.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import msgpack

from conformance.contract import Operation
from conformance.contract.document import ResponseSpec
from conformance.model import JSON, MSGPACK, Exchange, Json, Response
from conformance.wire.codec import decode

OTHER_TYPES = {"string": 1, "integer": "1", "number": "1", "boolean": "true", "object": [], "array": {}}
"""For each type of a schema, a value of another type."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class WireMutant:
    fault: str
    exchange: Exchange


def derive(exchange: Exchange, operation: Operation) -> Iterator[WireMutant]:
    """One mutant for each thing that the contract says of the response."""
    response = exchange.response
    spec = operation.response(response.status)
    for fault, altered in _faults(response, spec):
        yield WireMutant(
            f"{operation.label} {response.status} {response.media_type}: {fault}", replace(exchange, response=altered)
        )


def _faults(response: Response, spec: ResponseSpec) -> Iterator[tuple[str, Response]]:
    yield from _about_headers(response, spec)
    yield from _about_status(response)
    if response.body and response.media_type in {JSON, MSGPACK}:
        yield from _about_the_body(response)
        yield from _about_members(response, spec)


def _about_headers(response: Response, spec: ResponseSpec) -> Iterator[tuple[str, Response]]:
    for header in spec.headers:
        if header.required and response.lines(header.name):
            yield f"drops {header.name}", _with_headers(response, header.name, lambda _: None)
        if "pattern" in header.schema or header.schema.get("type") == "integer":
            yield f"malforms {header.name}", _with_headers(response, header.name, lambda _: "string")


def _with_headers(response: Response, name: str, change: Callable[[str], str | None]) -> Response:
    """Change or drop a header; of a repeated one the last line, because some validators read only the first."""
    lines = list(response.headers)
    places = [place for place, (key, _) in enumerate(lines) if key.lower() == name.lower()]
    if not places:
        return replace(response, headers=(*lines, (name, "string")))
    altered = change(lines[places[-1]][1])
    if altered is None:
        return replace(response, headers=tuple(line for place, line in enumerate(lines) if place not in places))
    lines[places[-1]] = (lines[places[-1]][0], altered)
    return replace(response, headers=tuple(lines))


def _about_status(response: Response) -> Iterator[tuple[str, Response]]:
    if response.status < 300:
        yield "answers an undocumented success", replace(response, status=206)
    yield "answers a server error", replace(response, status=500)


def _about_the_body(response: Response) -> Iterator[tuple[str, Response]]:
    yield "cuts the body short", replace(response, body=response.body[:-1])
    yield "adds bytes behind the body", replace(response, body=response.body + b"\x00")
    yield "sends no body", replace(response, body=b"")
    for wrong in ("text/plain", MSGPACK if response.media_type == JSON else JSON):
        yield f"calls it {wrong}", _with_headers(response, "content-type", lambda _, wrong=wrong: wrong)
    yield "adds a charset", _with_headers(response, "content-type", lambda line: f"{line}; charset=utf-8")


def _about_members(response: Response, spec: ResponseSpec) -> Iterator[tuple[str, Response]]:
    media = spec.media(response.media_type)
    value = decode(response.media_type, response.body).value
    for path, schema in _places(media.schema, value, ()) if media else ():
        for name in schema.get("required", ()):
            if name in _at(value, path):
                yield f"leaves out {_spoken((*path, name))}", _with_body(response, _without(value, (*path, name)))
        if schema.get("type") in OTHER_TYPES:
            wrong = OTHER_TYPES[schema["type"]]
            yield f"sends {_spoken(path) or 'the body'} as {wrong!r}", _with_body(response, _put(value, path, wrong))


def _places(schema: Json, value: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    """Each schema without alternatives, with the path of its value; of a list, only the first item."""
    if "oneOf" in schema or "anyOf" in schema:
        return
    for part in schema.get("allOf", ()):
        yield from _places(part, value, path)
    if not (isinstance(value, bytes) and path[-1:] == ("data",)):
        yield path, schema
    if isinstance(value, dict):
        for name in schema.get("properties", {}).keys() & value.keys():
            yield from _places(schema["properties"][name], value[name], (*path, name))
    if isinstance(value, list) and value and "items" in schema:
        yield from _places(schema["items"], value[0], (*path, 0))


def _at(value: Json, path: Path) -> Json:
    for step in path:
        value = value[step]
    return value if isinstance(value, dict) else {}


def _without(value: Json, path: Path) -> Json:
    altered = copy.deepcopy(value)
    del _at(altered, path[:-1])[path[-1]]
    return altered


def _put(value: Json, path: Path, wrong: Json) -> Json:
    if not path:
        return wrong
    altered = copy.deepcopy(value)
    place = altered
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = wrong
    return altered


def _with_body(response: Response, value: Json) -> Response:
    packed = msgpack.packb(value) if response.media_type == MSGPACK else json.dumps(value).encode()
    return replace(response, body=packed)


def _spoken(path: Path) -> str:
    return "/".join(map(str, path))
