"""Whether the suite is sound for another version of the contract, and what to mend: one list of problems, by id.

A problem has the id of the erratum, the requirement or the operation that it concerns. Nothing here stops at the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.cases.binding import unfilled
from conformance.catalogue import collect
from conformance.checks.schemas import Judge
from conformance.contract import Contract, load
from conformance.contract.errata import REPAIRS
from conformance.contract.loading import overlay
from conformance.contract.pointers import has
from conformance.errors import SuiteError
from conformance.model import Clause, Json
from conformance.proof import probes
from conformance.proof.contents import changes, hidden, left_behind
from conformance.proof.coverage.rules import table
from conformance.proof.coverage.subjects import Subject
from conformance.reference.mutants import MUTANTS
from conformance.reference.routing import ROUTES
from conformance.report.text.safe_text import shortened

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Problem:
    id: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.id}: {self.sentence}"


def problems(path: Path) -> tuple[Problem, ...]:
    """Everything that a maintainer has to mend for the contract in a file. Raises ContractError for no contract."""
    contract, repaired, published = (load(mode, path) for mode in ("all", "repairs", "none"))
    found = [
        *_idle(contract),
        *_repaired_upstream(contract, repaired, published),
        *_dead_references(contract),
        *_clauses(contract),
        *_operations(contract),
        *_contents(published),
        *_replaced(contract),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (_rank(each.id), each.id)))


def _rank(id_: str) -> int:
    """Errata first, then requirements, then operations."""
    return 2 if " " in id_ else int(not id_.startswith("E-"))


# Errata --------------------------------------------------------------------------------------------------------------


def _idle(contract: Contract) -> Iterator[Problem]:
    for sentence in contract.unapplied:
        id_, _, rest = sentence.partition(" ")
        yield Problem(id_, rest)


def _repaired_upstream(contract: Contract, repaired: Contract, published: Contract) -> Iterator[Problem]:
    """Errata whose probe is judged as if they had always been applied, or as if they were not."""
    with_all, with_repairs, without = (Judge(each.document) for each in (contract, repaired, published))
    for erratum in load().errata:
        if "document" in erratum.probe:
            continue
        before = without if erratum.effect == REPAIRS else with_repairs
        wanted = erratum.probe["after"]
        try:
            verdicts = tuple(probes.verdict(each, erratum.probe) for each in (before, with_all))
        except LookupError as missing:
            yield Problem(erratum.id, f"its probe asks for {missing}, which the contract lacks")
            continue
        if verdicts[0] == wanted:
            yield Problem(erratum.id, f"is not needed any more: its probe {wanted} without it. Delete the erratum")
        if verdicts[1] != wanted:
            yield Problem(erratum.id, f"does not do its work: its probe {verdicts[1]} with it")


def _dead_references(contract: Contract) -> Iterator[Problem]:
    """Pointers of errata.yaml into the published contract, and into the corrected one."""
    for component, pointer in overlay()["x-published"].items():
        if not contract.has(pointer):
            yield Problem(_creator(component), f"{component} stands for {pointer}, which is not there")
    for erratum in load().errata:
        for pointer in (each for action in erratum.actions for each in _refused(action.update)):
            if not has(contract.document, pointer):
                yield Problem(erratum.id, f"x-refused names {pointer}, which is not there")


def _creator(component: str) -> str:
    """The id of the erratum that adds a component."""
    return next(
        erratum.id
        for erratum in load().errata
        for action in erratum.actions
        if action.target == "$.components.schemas" and component in (action.update or {})
    )


def _refused(update: Json) -> list[str]:
    return update.get("x-refused", []) if isinstance(update, dict) else []


# Requirements --------------------------------------------------------------------------------------------------------


def _clauses(contract: Contract) -> Iterator[Problem]:
    for head in collect().values():
        clause = head.clause
        if clause.is_in_contract and not contract.holds(clause):
            yield Problem(head.id, _loss(contract, clause))
        for label in head.operations:
            if label in contract.difference.gone:
                yield Problem(head.id, f"speaks of {label}, which is gone")


def _loss(contract: Contract, clause: Clause) -> str:
    """How a clause is lost: with its place, or its words alone."""
    try:
        there = contract.resolve(clause.pointer)
    except SuiteError as dead:
        return f"its clause is dead. {dead}"
    shown = shortened(there if isinstance(there, str) else json.dumps(there), _LONGEST)
    return f'quotes "{clause.text}", which is gone from {clause.pointer}; there is now: {shown}'


# Operations ----------------------------------------------------------------------------------------------------------


def _operations(contract: Contract) -> Iterator[Problem]:
    for label in contract.difference.gone:
        yield Problem(label, "is gone")
    for operation in contract.operations:
        if operation.label in contract.difference.new:
            yield Problem(operation.label, "is new")
        missing = list(_missing(operation.label))
        if missing:
            yield Problem(operation.label, f"has {' and '.join(missing)}")
        if reason := unfilled(operation.label, {}):
            yield Problem(operation.label, reason.partition(": ")[2])


def _missing(label: str) -> Iterator[str]:
    named = {head.id for head in collect().values() if label in head.operations}
    if not named:
        yield "no requirement that names it"
    if _shape(label) not in {_shape(f"{route.method} {route.path}") for route in ROUTES}:
        yield "no route of the reference server"
    if not any(mutant.breaks in named for mutant in MUTANTS.values()):
        yield "no mutant"


def _shape(label: str) -> tuple[str, ...]:
    """A label without the names of its path parameters."""
    return tuple("{}" if part.startswith("{") else part for part in label.split("/"))


# Parameters and members ----------------------------------------------------------------------------------------------


def _contents(published: Contract) -> Iterator[Problem]:
    """What the published contract gained, lost and changed in the operations that both versions have."""
    for change in changes(load("none"), published):
        label, before, after = change.subject.operation, change.before, change.after
        if before is None:
            yield Problem(label, f"has the new {change}, which no requirement decides")
        elif after is None:
            users = _users(before)
            still = f", and the suite still has it, for {', '.join(users)}" if users else ""
            yield Problem(label, f"has no {change} any more{still}")
        else:
            yield Problem(label, f"has another {change}: {_nature(before)} before, {_nature(after)} now")


def _nature(subject: Subject) -> str:
    return f"{subject.kind}, {'required' if subject.is_required else 'optional'}"


def _users(subject: Subject) -> list[str]:
    """The requirements that docs/coverage.md names for a parameter or a member, and that name its operation."""
    heads = collect()
    row = (subject.operation, subject.place, subject.name)
    cells = (each for each in table() if (each.subject.operation, each.subject.place, each.subject.name) == row)
    return sorted({id_ for cell in cells for id_ in cell.requirements if heads[id_].operations})


# Replaced schemas ----------------------------------------------------------------------------------------------------


def _replaced(contract: Contract) -> Iterator[Problem]:
    """What errata take out of a schema, or keep in it, as they were not written to."""
    for each in hidden(load(), contract):
        where = f"{each.name}, which the {each.side} of {each.operation} gained"
        yield Problem(each.erratum or each.operation, f"replaces a schema without {where}")
    for each in left_behind(load(), contract):
        where = f"{each.name}, which the {each.side} of {each.operation} lost"
        yield Problem(each.erratum or each.operation, f"still has {where}")
