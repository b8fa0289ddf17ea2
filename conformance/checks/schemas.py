"""Judges bodies, headers and parameters by the schemas of an OpenAPI document, with openapi-core.

Pure, and the only module that imports openapi-core. Its own response validator stops at the first fault, and writing
its messages can raise an exception for binary bodies. So its schema validators and casters are called one by one,
compiled once, and findings have texts of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import Protocol, TypeVar

from jsonschema_path import SchemaPath
from openapi_core.casting.schemas import oas30_read_schema_casters_factory as answers
from openapi_core.casting.schemas import oas30_write_schema_casters_factory as requests
from openapi_core.casting.schemas.casters import SchemaCaster
from openapi_core.casting.schemas.exceptions import CastError
from openapi_core.casting.schemas.factories import SchemaCastersFactory

from conformance.contract import Operation
from conformance.contract.document import HeaderSpec, MediaSpec, Parameter, operations_of
from conformance.contract.pointers import clause_of, pointer
from conformance.model import MSGPACK, Finding, Headers, Json, lines_of

LONGEST = 200
"""Characters of a received value that a finding shows."""

_MOST_BYTES = 16

REFUSED = "x-refused"
"""The member of a document's info that lists the constraints which Ably documents as enforced on requests.

Other constraints on requests only limit generated requests to what every correct server accepts; a server that accepts
more is not at fault.
"""


class Judge:
    """Makes findings about values by the schemas of one OpenAPI document.

    published: the document that the pointers of findings refer to, by default the same one. An operation may be from
    another version of the document, because it is looked up by its label.
    """

    def __init__(self, document: dict[str, Json], published: dict[str, Json] | None = None) -> None:
        self._operations = {operation.label: operation for operation in operations_of(document)}
        self._document = document
        self._published = document if published is None else published
        self._compiled: dict[tuple[str, bool], SchemaCaster] = {}
        self._texts: dict[tuple[str, bool, str], tuple[Fault, ...]] = {}
        self._bodies: dict[tuple[str, str], tuple[Fault, ...]] = {}

    def operation(self, label: str) -> Operation | None:
        return self._operations.get(label)

    def body_findings(self, operation: Operation, status: int, media_type: str, value: Json) -> tuple[Finding, ...]:
        """The deviations of a decoded body; none if the contract lists no such body."""
        response = self._operations[operation.label].response(status)
        media = response.media(media_type) if response else None
        return self._findings(media, self._body_faults(media, answers, value))

    def request_findings(self, operation: Operation, media_type: str, value: Json) -> tuple[Finding, ...]:
        """The deviations of a request body."""
        media = self._operations[operation.label].body(media_type)
        return self._findings(media, self._request_faults(media, value))

    def request_refusals(self, operation: Operation, media_type: str, value: Json) -> tuple[Finding, ...]:
        """The deviations of a request body from constraints that are documented as enforced.

        Members that are null or empty count as absent, because some servers treat them so.
        """
        media = self._operations[operation.label].body(media_type)
        return self._findings(media, self._refused(media, self._request_faults(media, _present(value))))

    def header_findings(self, operation: Operation, status: int, name: str, line: str) -> tuple[Finding, ...]:
        """The deviations of one line of a header."""
        listed = self._headers(operation, status)
        header = next((each for each in listed if each.name.lower() == name.lower()), None)
        return self._findings(header, self._text_faults(header, answers, _without_middle(line)))

    def missing_headers(self, operation: Operation, status: int, headers: Headers) -> tuple[Finding, ...]:
        """One finding for each required header that is missing."""
        missing = (each for each in self._headers(operation, status) if each.required)
        return tuple(
            Finding(
                "this header",
                f"no header {header.name}",
                clause_of(self._published, f"{header.pointer}/required"),
                header.name,
            )
            for header in missing
            if not lines_of(headers, header.name)
        )

    def parameter_findings(self, operation: Operation, name: str, text: str) -> tuple[Finding, ...]:
        """The deviations of a parameter, given as text; none if the contract lists no such parameter."""
        parameter = self._operations[operation.label].parameter(name)
        return self._findings(parameter, self._text_faults(parameter, requests, text))

    def parameter_refusals(self, operation: Operation, name: str, text: str) -> tuple[Finding, ...]:
        """The deviations of a parameter from constraints that are documented as enforced."""
        parameter = self._operations[operation.label].parameter(name)
        return self._findings(parameter, self._refused(parameter, self._text_faults(parameter, requests, text)))

    def _headers(self, operation: Operation, status: int) -> tuple[HeaderSpec, ...]:
        response = self._operations[operation.label].response(status)
        return response.headers if response else ()

    def _body_faults(self, media: MediaSpec | None, side: SchemaCastersFactory, value: Json) -> tuple[Fault, ...]:
        if media is None:
            return ()
        caster = self._caster(media, side)
        return _faults(caster, value, _is_payload if media.media_type == MSGPACK else _is_nothing)

    def _request_faults(self, media: MediaSpec | None, value: Json) -> tuple[Fault, ...]:
        """Remembered, because two checks ask, and a case is sent for each format of an answer."""
        if media is None:
            return ()
        try:
            key = (media.pointer, repr(value))  # tells 1 from true, and a text from bytes
        except RecursionError:
            return self._body_faults(media, requests, value)
        return _remembered(self._bodies, key, _MOST_BODIES, lambda: self._body_faults(media, requests, value))

    def _text_faults(
        self, place: HeaderSpec | Parameter | None, side: SchemaCastersFactory, text: str
    ) -> tuple[Fault, ...]:
        """Remembered, because many answers have the same lines."""
        if place is None:
            return ()
        key = (place.pointer, side is answers, text)
        return _remembered(self._texts, key, _MOST_TEXTS, lambda: self._faults_of_text(place, side, text))

    def _faults_of_text(
        self, place: HeaderSpec | Parameter, side: SchemaCastersFactory, text: str
    ) -> tuple[Fault, ...]:
        caster = self._caster(place, side)
        try:
            return _faults(caster, _cast(caster, place.schema, text), _is_nothing)
        except CastError:
            return (Fault("type", place.schema["type"], text, "", (), ("type",)),)

    def _caster(self, place: _Place, side: SchemaCastersFactory) -> SchemaCaster:
        key = (place.pointer, side is answers)
        if key not in self._compiled:
            path = SchemaPath.from_dict(place.schema)
            self._compiled[key] = side.create(path, path)
        return self._compiled[key]

    def _refused(self, place: _Place | None, faults: Iterable[Fault]) -> Iterator[Fault]:
        refused = tuple(self._document["info"].get(REFUSED, ()))
        base = f"{place.pointer}/schema" if place else ""
        return (each for each in faults if clause_of(self._document, base, each.steps).startswith(refused))

    def _findings(self, place: _Place | None, faults: Iterable[Fault]) -> tuple[Finding, ...]:
        found = (self._finding(place, fault) for fault in faults) if place else ()
        return tuple(dict.fromkeys(found))

    def _finding(self, place: _Place, fault: Fault) -> Finding:
        clause = clause_of(self._published, f"{place.pointer}/schema", fault.steps)
        at = place.name if isinstance(place, HeaderSpec | Parameter) else pointer(fault.path)[1:]
        return Finding(_expectation(fault), f"{shown(fault.value)} {_place_in_words(place, at)}", clause, at)


MOST_FAULTS = 1_000
"""Deviations of one value from its schema that are looked at."""

MOST_SHOWN = 100_000

_MOST_TEXTS = 4_096
"""Lines of headers and values of parameters whose deviations are remembered."""

_MOST_BODIES = 16
"""Of requests: those of one case follow each other."""

_Place = HeaderSpec | MediaSpec | Parameter
Key = TypeVar("Key", bound=Hashable)


# Faults --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """A violation of one keyword of a schema. path: of the value in the body; steps: of the keyword in the schema."""

    keyword: str
    limit: Json
    value: Json
    missing: str
    path: tuple[str | int, ...]
    steps: tuple[str | int, ...]


class _Error(Protocol):
    """The attributes of openapi-core's errors that are used; their text is not."""

    validator: str
    validator_value: Json
    instance: Json
    message: str
    context: Sequence[_Error]
    relative_schema_path: Sequence[str | int]
    absolute_path: Iterable[str | int]
    absolute_schema_path: Iterable[str | int]


_Excuse = Callable[["_Error"], bool]


def _remembered(
    memory: dict[Key, tuple[Fault, ...]], key: Key, most: int, make: Callable[[], tuple[Fault, ...]]
) -> tuple[Fault, ...]:
    if key not in memory:
        if len(memory) >= most:
            memory.clear()
        memory[key] = make()
    return memory[key]


def _faults(caster: SchemaCaster, value: Json, is_excused: _Excuse) -> tuple[Fault, ...]:
    try:
        return _validated(caster, value, is_excused)
    except RecursionError:  # some versions of Python write no value that is nested so deeply into an error
        found = _validated(caster, _pruned(value, _DEEPEST), is_excused)
        return tuple(replace(fault, value=_part(value, fault.path)) for fault in found)


def _validated(caster: SchemaCaster, value: Json, is_excused: _Excuse) -> tuple[Fault, ...]:
    """At most MOST_FAULTS errors are looked at; `validate` would collect all of them before it raises."""
    errors = caster.schema_validator.validator.iter_errors(value)
    return tuple(fault for error in islice(errors, MOST_FAULTS) for fault in _leaves(error, is_excused))


LONGEST_LINE = 4096
"""Characters of a header line that a pattern is held against: the published one takes the square of the length."""


def _without_middle(line: str) -> str:
    """The line, or its beginning and its end, where a link has what the pattern asks for."""
    half = LONGEST_LINE // 2
    return line if len(line) <= LONGEST_LINE else line[:half] + line[-half:]


_DEEPEST = 64
"""Levels of a value that are judged where it has too many; no schema has as many."""


def _pruned(value: Json, levels: int) -> Json:
    """The value without what is nested deeper: an array or an object there is empty."""
    if isinstance(value, dict):
        return {name: _pruned(each, levels - 1) for name, each in value.items()} if levels else {}
    if isinstance(value, list):
        return [_pruned(each, levels - 1) for each in value] if levels else []
    return value


def _part(value: Json, path: Iterable[str | int]) -> Json:
    for step in path:
        value = value[step]
    return value


def _leaves(error: _Error, is_excused: _Excuse) -> list[Fault]:
    """The faults of an error; for a failed oneOf or anyOf, those of the branch that fits best."""
    if is_excused(error):
        return []
    if not error.context:
        return [_fault(error)]
    ordered = sorted(error.context, key=_branch)
    branches = [
        [fault for each in errors for fault in _leaves(each, is_excused)] for _, errors in groupby(ordered, key=_branch)
    ]
    return min(branches, key=lambda faults: _distance(faults, tuple(error.absolute_path)))


def _branch(error: _Error) -> int:
    return int(error.relative_schema_path[0])


def _distance(faults: Sequence[Fault], root: tuple[str | int, ...]) -> tuple[bool, int]:
    """How badly a branch fits: any branch of the wrong type fits worse than all branches of the right type."""
    return any(fault.keyword == "type" and fault.path == root for fault in faults), len(faults)


def _fault(error: _Error) -> Fault:
    keyword = error.validator
    required = error.validator_value if keyword == "required" else ()
    return Fault(
        keyword=keyword,
        limit=error.validator_value,
        value=error.instance,
        # There is one error for each missing member, and only its text has the name of the member.
        missing=next((name for name in required if error.message.startswith(repr(name))), ""),
        path=tuple(error.absolute_path),
        steps=tuple(error.absolute_schema_path),
    )


def _present(value: Json) -> Json:
    """The value without members that are null or empty; the same object where it has none."""
    if isinstance(value, dict):
        kept = {name: _present(each) for name, each in value.items() if each is not None and each != ""}
        return value if len(kept) == len(value) and all(kept[name] is value[name] for name in value) else kept
    if isinstance(value, list):
        found = [_present(each) for each in value]
        return value if all(new is old for new, old in zip(found, value, strict=True)) else found
    return value


def _is_payload(error: _Error) -> bool:
    """Whether the error is that a member `data` has bytes: MessagePack has bin there, where JSON has text."""
    path = tuple(error.absolute_path)
    if not isinstance(error.instance, bytes) or path[-1:] != ("data",):
        return False
    return any(each.validator == "type" and each.validator_value == "string" for each in (error, *error.context))


def _is_nothing(_: _Error) -> bool:
    return False


_INTEGER = re.compile(r"-?[0-9]+", re.ASCII)


def _cast(caster: SchemaCaster, schema: Json, text: str) -> Json:
    """The value of a header or parameter by its schema. Python's int() alone would accept " 1_000 "."""
    if schema.get("type") == "integer" and not _INTEGER.fullmatch(text):
        raise CastError(text, "integer")
    return caster.cast(text)


# Findings in words ---------------------------------------------------------------------------------------------------

_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
}

_WORDS: dict[str, Callable[[Json], str]] = {
    "type": lambda limit: _TYPES[limit],
    "enum": lambda limit: f"one of {', '.join(map(shown, limit))}",
    "pattern": lambda limit: f"text that matches {limit}",
    "format": lambda limit: f"a value of the format {limit}",
    "minimum": lambda limit: f"at least {limit}",
    "maximum": lambda limit: f"at most {limit}",
    "minLength": lambda limit: f"at least {limit} characters",
    "maxLength": lambda limit: f"at most {limit} characters",
    "minItems": lambda limit: f"at least {limit} items",
    "maxItems": lambda limit: f"at most {limit} items",
    "minProperties": lambda limit: f"at least {limit} members",
    "maxProperties": lambda limit: f"at most {limit} members",
    "additionalProperties": lambda _: "no members but those that the schema names",
    "readOnly": lambda _: "no such member: it is read-only",
    "not": lambda _: "no such member",
    "writeOnly": lambda _: "no such member: it is write-only",
    "oneOf": lambda limit: f"exactly one of {len(limit)} shapes",
}


def _expectation(fault: Fault) -> str:
    if fault.keyword == "required":
        return f'the member "{fault.missing}"'
    word = _WORDS.get(fault.keyword)
    return word(fault.limit) if word else f"what {fault.keyword} {shown(fault.limit)} allows"


def _place_in_words(place: _Place, at: str) -> str:
    if isinstance(place, HeaderSpec):
        return f"in the header {at}"
    if isinstance(place, Parameter):
        return f"in the parameter {at}"
    return f"at {at}" if at else "as the body"


def shown(value: Json) -> str:
    """A received value as JSON, in words where JSON has no notation for it; a long one is cut to LONGEST characters.

    Of a value that is much longer only the beginning is written out.
    """
    if _is_large(value):
        return f"{_encoded(_beginning(value))[:LONGEST]}... (the beginning of a large value)"
    text = _encoded(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def _is_large(value: Json) -> bool:
    """Whether it has more than MOST_SHOWN values or characters."""
    left, open_values = MOST_SHOWN, [value]
    while open_values and left > 0:
        each = open_values.pop()
        left -= len(each) + 1 if isinstance(each, str | bytes | list | dict) else 1
        if isinstance(each, list | dict) and left > 0:
            open_values += each if isinstance(each, list) else each.values()
    return left <= 0


def _beginning(value: Json, depth: int = 0) -> Json:
    """The first items of a value and of its items."""
    if isinstance(value, str | bytes):
        return value[:LONGEST]
    if isinstance(value, list):
        return [_beginning(each, depth + 1) for each in value[:_WIDEST]] if depth < _DEEPEST else []
    if isinstance(value, dict):
        first = islice(value.items(), _WIDEST if depth < _DEEPEST else 0)
        return {_key(name)[:LONGEST]: _beginning(each, depth + 1) for name, each in first}
    return value


_WIDEST, _DEEPEST = 8, 5


def _encoded(value: Json) -> str:
    return _text(value).encode("utf-8", "backslashreplace").decode()


def _text(value: Json) -> str:
    if isinstance(value, bytes):
        return _not_json(value)
    try:
        return json.dumps(_with_text_keys(value), ensure_ascii=False, default=_not_json)
    except RecursionError:
        kind = _TYPES["array"] if isinstance(value, list) else _TYPES["object"]
        return f"{kind} nested too deeply to be shown"


def _with_text_keys(value: Json) -> Json:
    """The value with text as keys, where MessagePack may have other types, such as bytes."""
    if isinstance(value, dict):
        return {_key(name): _with_text_keys(each) for name, each in value.items()}
    return [_with_text_keys(each) for each in value] if isinstance(value, list) else value


def _key(name: Json) -> str:
    return name if isinstance(name, str) else _text(name)


def _not_json(value: Json) -> str:
    if not isinstance(value, bytes):
        return "a value that JSON does not have"
    return f"binary data {value[:_MOST_BYTES].hex(' ')}" + (" ..." if len(value) > _MOST_BYTES else "")
