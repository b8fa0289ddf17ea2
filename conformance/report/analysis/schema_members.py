"""Finds the members that the schemas of a contract declare, and those that occur in a body.

Pure. A member belongs to the component that declares it, or to the operation for an inline schema, so that a component
that ten operations share is counted once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

from conformance.contract import Contract, Operation
from conformance.contract.document import MediaSpec
from conformance.contract.pointers import at, escaped, parts_of
from conformance.model import FORM, Exchange, Json
from conformance.wire.codec import NOTHING, decode

_COMPONENTS = "#/components/"
_BRANCHES = ("allOf", "oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class Member:
    """is_sent: in a request, not in a response. is_choice: a value of an enum, not a member."""

    owner: str
    name: str
    pointer: str
    is_sent: bool
    is_choice: bool = False


@dataclass(frozen=True)
class _Place:
    """A schema and the path to it. owner: component or operation; path: member names from the owner, with dots.

    What it holds is found once, because the bodies of thousands of exchanges are held against it.
    """

    document: Json
    node: Json
    pointer: str
    owner: str
    path: str
    is_sent: bool

    def step(self, node: Json, *steps: str) -> _Place:
        pointer = "/".join([self.pointer, *map(escaped, steps)])
        return _Place(self.document, node, pointer, self.owner, self.path, self.is_sent).followed()

    def named(self, name: str, node: Json) -> _Place:
        path = f"{self.path}.{name}" if self.path else name
        pointer = f"{self.pointer}/properties/{escaped(name)}"
        return _Place(self.document, node, pointer, self.owner, path, self.is_sent)

    def followed(self) -> _Place:
        """The place that a chain of $ref leads to; the path starts anew at a component."""
        place = self
        while isinstance(place.node, dict) and "$ref" in place.node:
            pointer = place.node["$ref"]
            owner, path = (parts_of(pointer)[-1], "") if pointer.startswith(_COMPONENTS) else (place.owner, place.path)
            place = _Place(place.document, at(place.document, pointer), pointer, owner, path, place.is_sent)
        return place

    def member(self) -> Member:
        return Member(self.owner, self.path, self.pointer, self.is_sent)

    @cached_property
    def choices(self) -> tuple[tuple[Json, Member], ...]:
        return tuple(
            (value, Member(self.owner, f"{self.path} = {value}", f"{self.pointer}/enum", self.is_sent, True))
            for value in self.node.get("enum", ())
        )

    @cached_property
    def members(self) -> tuple[tuple[str, Member, _Place], ...]:
        """The members that are allowed in this direction, by readOnly and writeOnly, each with what it leads to."""
        excluded = "readOnly" if self.is_sent else "writeOnly"
        listed = self.node.get("properties", {}).items()
        places = [(name, self.named(name, node)) for name, node in listed if not node.get(excluded)]
        return tuple((name, place.member(), place.followed()) for name, place in places)

    @cached_property
    def branches(self) -> tuple[_Place, ...]:
        return tuple(
            self.step(node, word, str(index))
            for word in _BRANCHES
            for index, node in enumerate(self.node.get(word, ()))
        )

    @cached_property
    def items(self) -> _Place | None:
        return self.step(self.node["items"], "items") if "items" in self.node else None


def declared(contract: Contract) -> Iterator[Member]:
    for operation in contract.operations:
        for place in _places(contract, operation):
            yield from _all(place)


class Bodies:
    """Finds the declared members in the bodies of exchanges."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._places: dict[tuple[str, bool], _Place] = {}

    def seen(self, operation: Operation, exchange: Exchange) -> set[Member]:
        """The members in one exchange, each once."""
        found: set[Member] = set()
        for media, value, is_sent in _values(operation, exchange):
            _hold(self._place(operation, media, is_sent=is_sent), value, found)
        return found

    def _place(self, operation: Operation, media: MediaSpec, *, is_sent: bool) -> _Place:
        key = (media.pointer, is_sent)
        if key not in self._places:
            self._places[key] = _place(self._contract, operation, media, is_sent=is_sent)
        return self._places[key]


def _places(contract: Contract, operation: Operation) -> Iterator[_Place]:
    for media in operation.bodies:
        yield _place(contract, operation, media, is_sent=True)
    for response in operation.responses:
        for media in response.content:
            yield _place(contract, operation, media, is_sent=False)


def _place(contract: Contract, operation: Operation, media: MediaSpec, *, is_sent: bool) -> _Place:
    pointer = f"{media.pointer}/schema"
    try:
        node = at(contract.document, pointer)
    except LookupError:
        node = {}
    return _Place(contract.document, node, pointer, operation.label, "", is_sent).followed()


def _all(place: _Place) -> Iterator[Member]:
    for _, choice in place.choices:
        yield choice
    for _, member, inner in place.members:
        yield member
        yield from _all(inner)
    for branch in place.branches:
        yield from _all(branch)
    if place.items:
        yield from _all(place.items)


def _hold(place: _Place, value: Json, found: set[Member]) -> None:
    found.update(member for choice, member in place.choices if value == choice)
    if isinstance(value, dict):
        for name, member, inner in place.members:
            if name in value:
                found.add(member)
                _hold(inner, value[name], found)
    for branch in place.branches:
        _hold(branch, value, found)
    if isinstance(value, list) and place.items:
        for item in value:
            _hold(place.items, item, found)


def _values(operation: Operation, exchange: Exchange) -> Iterator[tuple[MediaSpec, Json, bool]]:
    """Both bodies, if the contract lists their media type and they can be decoded."""
    request = exchange.request
    media = operation.body(request.media_type)
    if media and request.body:
        yield media, _value(request.media_type, request.body), True
    answer = exchange.response
    spec = operation.response(answer.status) if answer else None
    listed = spec.media(answer.media_type) if spec and answer else None
    if listed and answer and answer.body:
        yield listed, _value(answer.media_type, answer.body), False


def _value(media_type: str, body: bytes) -> Json:
    if media_type == FORM:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    value = decode(media_type, body).value
    return None if value is NOTHING else value
