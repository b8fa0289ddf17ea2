"""What two versions of a contract let requests and responses hold, compared: as published, and under the errata.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from conformance.contract import Contract
from conformance.contract.document import Operation
from conformance.contract.errata import Erratum
from conformance.contract.members import Member, members
from conformance.contract.pointers import at
from conformance.model import Json
from conformance.proof.coverage.subjects import WHOLE, Place, Subject, subjects

_IN_WORDS = {
    Place.PATH: "parameter {} of the path",
    Place.HEADER: "header {}",
    Place.QUERY: "parameter {} of the query",
    Place.BODY: "member {} of the request",
    Place.ANSWER: "member {} of the response",
    Place.ANSWER_HEADER: "header {} of the response",
    Place.ERROR: "member {} of the error",
    Place.ERROR_HEADER: "header {} of the error",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the table of coverage in two versions of the contract; None where a version does not have it."""

    before: Subject | None
    after: Subject | None

    @property
    def subject(self) -> Subject:
        found = self.before or self.after
        assert found
        return found

    def __str__(self) -> str:
        return _IN_WORDS[self.subject.place].format(self.subject.name)


def changes(before: Contract, after: Contract) -> Iterator[Change]:
    """Of the operations that both versions have."""
    old, new = _rows(before), _rows(after)
    shared = {each.label for each in before.operations} & {each.label for each in after.operations}
    for key in dict.fromkeys((*old, *new)):
        if key[0] in shared and old.get(key) != new.get(key):
            yield Change(old.get(key), new.get(key))


def _rows(contract: Contract) -> dict[tuple[str, Place, str], Subject]:
    return {(each.operation, each.place, each.name): each for each in subjects(contract) if each.name != WHOLE}


# Under errata --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A member that only one of two documents has. erratum: that which touches its schema last, or ""."""

    name: str
    operation: str
    side: str
    erratum: str


def hidden(before: Contract, after: Contract) -> Iterator[Difference]:
    """Published members that errata take out of a schema of `after`, and that `before` did not have."""
    return _differences(after, _lost(after) - _lost(before))


def left_behind(before: Contract, after: Contract) -> Iterator[Difference]:
    """Members that errata keep in a schema of `after`, and that are no longer published there."""
    return _differences(after, _added(after) - _added(before))


def _lost(contract: Contract) -> frozenset[Member]:
    return _published(contract) - members(contract.operations)


def _added(contract: Contract) -> frozenset[Member]:
    return members(contract.operations) - _published(contract)


def _published(contract: Contract) -> frozenset[Member]:
    return members(contract.published_operations)


def _differences(contract: Contract, found: Iterable[Member]) -> Iterator[Difference]:
    operations = {each.label: each for each in contract.operations}
    sides = sorted({(each.name, each.operation, each.place.partition(" ")[0]) for each in found})
    for (name, label, side), _ in groupby(sides):
        if label not in contract.difference.new:
            yield Difference(name, label, side, _last(contract, operations[label], side))


def _last(contract: Contract, operation: Operation, side: str) -> str:
    root = f"{operation.pointer}/{'requestBody' if side == 'request' else 'responses'}"
    places = (root, *_references(contract.published, at(contract.published, root)))
    return next((each.id for each in reversed(contract.errata) if _touches(each, places)), "")


def _touches(erratum: Erratum, places: tuple[str, ...]) -> bool:
    return any(subject == place or subject.startswith(f"{place}/") for subject in erratum.subject for place in places)


def _references(document: Json, node: Json, within: tuple[str, ...] = ()) -> Iterator[str]:
    """The pointers of all components that a node refers to, directly or not."""
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        if isinstance(each, str) and each.startswith("#/") and each not in within:
            yield each
            yield from _references(document, at(document, each), (*within, each))
        else:
            yield from _references(document, each, within)
