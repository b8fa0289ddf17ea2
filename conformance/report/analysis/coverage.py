"""What of the contract was seen on the wire, and above all what never was.

Pure. The contract is taken as corrected, because that is what the target was judged by; a line is that of the
published text, or of the nearest thing around it that was published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl, urlsplit

from conformance.contract import Contract, Operation
from conformance.contract.document import Parameter, ResponseSpec
from conformance.model import Exchange, lines_of
from conformance.report.analysis.schema_members import declared, seen
from conformance.report.analysis.source import Source


class Kind(Enum):
    """What a contract promises, in the order in which a reader looks for it."""

    OPERATION = "operations"
    PARAMETER = "parameters"
    ENUM = "enum values"
    STATUS = "statuses"
    SENT = "media types sent"
    RECEIVED = "media types received"
    HEADER = "response headers"
    MEMBER_SENT = "members sent"
    MEMBER_RECEIVED = "members received"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that the contract declares. owner: the operation or the schema that it belongs to."""

    kind: Kind
    owner: str
    name: str
    line: int
    count: int


@dataclass(frozen=True, slots=True)
class Tally:
    """All of one kind."""

    kind: Kind
    items: tuple[Item, ...]

    @property
    def covered(self) -> int:
        return sum(item.count > 0 for item in self.items)

    @property
    def missed(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.count)


_Key = tuple[Kind, str, str]


def coverage(contract: Contract, source: Source, exchanges: Iterable[Exchange]) -> tuple[Tally, ...]:
    places = dict(_declared(contract))
    counts: Counter[_Key] = Counter()
    operations = {operation.label: operation for operation in contract.operations}
    for exchange in exchanges:
        if exchange.response and exchange.operation in operations:
            counts.update(_occurring(contract, operations[exchange.operation], exchange))
    items = [Item(*key, line=source.line(pointer), count=counts[key]) for key, pointer in places.items()]
    return tuple(Tally(kind, tuple(item for item in items if item.kind is kind)) for kind in Kind)


def _declared(contract: Contract) -> Iterator[tuple[_Key, str]]:
    """Everything that could be seen, with its pointer."""
    for operation in contract.operations:
        yield (Kind.OPERATION, operation.label, ""), operation.pointer
        yield from _declared_input(operation)
        for response in operation.responses:
            yield from _declared_output(operation, response)
    for member in declared(contract):
        kind = Kind.MEMBER_SENT if member.is_sent else Kind.MEMBER_RECEIVED
        yield (Kind.ENUM if member.is_choice else kind, member.owner, member.name), member.pointer


def _declared_input(operation: Operation) -> Iterator[tuple[_Key, str]]:
    for parameter in operation.parameters:
        yield (Kind.PARAMETER, operation.label, parameter.name), parameter.pointer
        for choice in _choices(parameter):
            yield (Kind.ENUM, operation.label, f"{parameter.name} = {choice}"), f"{parameter.pointer}/schema/enum"
    for body in operation.bodies:
        yield (Kind.SENT, operation.label, body.media_type), body.pointer


def _declared_output(operation: Operation, response: ResponseSpec) -> Iterator[tuple[_Key, str]]:
    yield (Kind.STATUS, operation.label, response.key), response.pointer
    for media in response.content:
        yield (Kind.RECEIVED, operation.label, f"{response.key} {media.media_type}"), media.pointer
    for header in response.headers:
        yield (Kind.HEADER, operation.label, f"{response.key} {header.name}"), header.pointer


def _choices(parameter: Parameter) -> list[str]:
    return [str(choice) for choice in parameter.schema.get("enum", [])]


def _occurring(contract: Contract, operation: Operation, exchange: Exchange) -> set[_Key]:
    """What one exchange shows, each thing once."""
    return {
        (Kind.OPERATION, operation.label, ""),
        *_input(operation, exchange),
        *_output(operation, exchange),
        *_members(contract, operation, exchange),
    }


def _input(operation: Operation, exchange: Exchange) -> Iterator[_Key]:
    values = _values(exchange)
    for parameter in operation.parameters:
        given = values.get((parameter.location, parameter.name.lower()), [])
        if given or parameter.location == "path":
            yield Kind.PARAMETER, operation.label, parameter.name
        for choice in set(_choices(parameter)) & set(given):
            yield Kind.ENUM, operation.label, f"{parameter.name} = {choice}"
    for stated in lines_of(exchange.request.headers, "content-type") if exchange.request.body else ():
        yield Kind.SENT, operation.label, stated.partition(";")[0].strip().lower()


def _values(exchange: Exchange) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for name, value in parse_qsl(urlsplit(exchange.request.url).query, keep_blank_values=True):
        found.setdefault(("query", name.lower()), []).append(value)
    for name, value in exchange.request.headers:
        found.setdefault(("header", name.lower()), []).append(value)
    return found


def _output(operation: Operation, exchange: Exchange) -> Iterator[_Key]:
    answer = exchange.response
    spec = operation.response(answer.status) if answer else None
    if answer is None or spec is None:
        return
    yield Kind.STATUS, operation.label, spec.key
    yield Kind.RECEIVED, operation.label, f"{spec.key} {answer.media_type}"
    for header in spec.headers:
        if answer.lines(header.name):
            yield Kind.HEADER, operation.label, f"{spec.key} {header.name}"


def _members(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[_Key]:
    for member in seen(contract, operation, exchange):
        kind = Kind.MEMBER_SENT if member.is_sent else Kind.MEMBER_RECEIVED
        yield (Kind.ENUM if member.is_choice else kind), member.owner, member.name
