"""Counts which parts of the contract occurred in exchanges, to show the parts that never did.

Pure. The contract is taken with its errata applied, because the target was judged by it; lines are those of the
published text, for an added component those of its nearest published ancestor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl, urlsplit

from conformance.contract import Contract, Operation
from conformance.contract.document import Parameter, ResponseSpec
from conformance.model import Exchange
from conformance.report.analysis.schema_members import Bodies, declared


class Kind(Enum):
    """The kinds of things that a contract declares, in the order of the report."""

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
    """One thing that the contract declares. owner: its operation or schema. count: exchanges in which it occurred."""

    kind: Kind
    owner: str
    name: str
    line: int
    count: int


@dataclass(frozen=True, slots=True)
class Tally:
    """All items of one kind."""

    kind: Kind
    items: tuple[Item, ...]

    @property
    def covered(self) -> int:
        return sum(item.count > 0 for item in self.items)

    @property
    def missed(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.count)


Key = tuple[Kind, str, str]


def coverage(contract: Contract, exchanges: Iterable[Exchange]) -> tuple[Tally, ...]:
    pointers = dict(_declared(contract))
    occurring = Occurring(contract)
    counts = Counter(key for exchange in exchanges for key in occurring.keys_of(exchange))
    items = [Item(*key, line=contract.clause_line(pointer), count=counts[key]) for key, pointer in pointers.items()]
    return tuple(Tally(kind, tuple(item for item in items if item.kind is kind)) for kind in Kind)


def _declared(contract: Contract) -> Iterator[tuple[Key, str]]:
    """Every item with its pointer."""
    for operation in contract.operations:
        yield (Kind.OPERATION, operation.label, ""), operation.pointer
        yield from _declared_input(operation)
        for response in operation.responses:
            yield from _declared_output(operation, response)
    for member in declared(contract):
        kind = Kind.MEMBER_SENT if member.is_sent else Kind.MEMBER_RECEIVED
        yield (Kind.ENUM if member.is_choice else kind, member.owner, member.name), member.pointer


def _declared_input(operation: Operation) -> Iterator[tuple[Key, str]]:
    for parameter in operation.parameters:
        yield (Kind.PARAMETER, operation.label, parameter.name), parameter.pointer
        for choice in _choices(parameter):
            yield (Kind.ENUM, operation.label, f"{parameter.name} = {choice}"), f"{parameter.pointer}/schema/enum"
    for body in operation.bodies:
        yield (Kind.SENT, operation.label, body.media_type), body.pointer


def _declared_output(operation: Operation, response: ResponseSpec) -> Iterator[tuple[Key, str]]:
    yield (Kind.STATUS, operation.label, response.key), response.pointer
    for media in response.content:
        yield (Kind.RECEIVED, operation.label, f"{response.key} {media.media_type}"), media.pointer
    for header in response.headers:
        yield (Kind.HEADER, operation.label, f"{response.key} {header.name}"), header.pointer


def _choices(parameter: Parameter) -> list[str]:
    return [str(choice) for choice in parameter.schema.get("enum", [])]


class Occurring:
    """The items of a contract that occur in exchanges; where they stand in the contract is found once."""

    def __init__(self, contract: Contract) -> None:
        self._operations = {operation.label: operation for operation in contract.operations}
        self._bodies = Bodies(contract)

    def keys_of(self, exchange: Exchange) -> set[Key]:
        """Each item once; none without an operation or a response."""
        operation = self._operations.get(exchange.operation)
        return _occurring(self._bodies, operation, exchange) if operation and exchange.response else set()


def _occurring(bodies: Bodies, operation: Operation, exchange: Exchange) -> set[Key]:
    return {
        (Kind.OPERATION, operation.label, ""),
        *_input(operation, exchange),
        *_output(operation, exchange),
        *_members(bodies, operation, exchange),
    }


def _input(operation: Operation, exchange: Exchange) -> Iterator[Key]:
    values = _values(exchange)
    for parameter in operation.parameters:
        given = values.get((parameter.location, parameter.name.lower()), [])
        if given or parameter.location == "path":
            yield Kind.PARAMETER, operation.label, parameter.name
        for choice in set(_choices(parameter)) & set(given):
            yield Kind.ENUM, operation.label, f"{parameter.name} = {choice}"
    if exchange.request.body:
        yield Kind.SENT, operation.label, exchange.request.media_type


def _values(exchange: Exchange) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for name, value in parse_qsl(urlsplit(exchange.request.url).query, keep_blank_values=True):
        found.setdefault(("query", name.lower()), []).append(value)
    for name, value in exchange.request.headers:
        found.setdefault(("header", name.lower()), []).append(value)
    return found


def _output(operation: Operation, exchange: Exchange) -> Iterator[Key]:
    answer = exchange.response
    spec = operation.response(answer.status) if answer else None
    if answer is None or spec is None:
        return
    yield Kind.STATUS, operation.label, spec.key
    yield Kind.RECEIVED, operation.label, f"{spec.key} {answer.media_type}"
    for header in spec.headers:
        if answer.lines(header.name):
            yield Kind.HEADER, operation.label, f"{spec.key} {header.name}"


def _members(bodies: Bodies, operation: Operation, exchange: Exchange) -> Iterator[Key]:
    for member in bodies.seen(operation, exchange):
        kind = Kind.MEMBER_SENT if member.is_sent else Kind.MEMBER_RECEIVED
        yield (Kind.ENUM if member.is_choice else kind), member.owner, member.name
