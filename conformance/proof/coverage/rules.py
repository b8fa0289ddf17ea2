"""What decides each cell of the table: requirements, or a reason, from rules.toml.

A rule holds cells for the rows that match one of its patterns; a later rule goes before an earlier one, so that a
default stands above its exceptions.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from conformance.catalogue import collect
from conformance.contract import load
from conformance.proof.coverage.subjects import Place, Subject, subjects
from conformance.reference.mutants import MUTANTS

RULES = Path(__file__).with_name("rules.toml")

_IDS = re.compile(r"[A-Z]{3}-\d+(?: [A-Z]{3}-\d+)*")

EVERY = "*"

NOT_APPLICABLE = "Does not apply: "
"""How the reason of a cell begins that has no meaning for its row; any other reason is why no document decides."""


@dataclass(frozen=True, slots=True)
class Rule:
    """where: patterns of rows. cells: condition to requirement ids or to a sentence."""

    where: tuple[str, ...]
    cells: dict[str, str]

    def matches(self, subject: Subject) -> bool:
        return any(fnmatchcase(str(subject), pattern) for pattern in self.where)


@dataclass(frozen=True, slots=True)
class Cell:
    """A row under one condition. requirements: ids; reason: why there is none. Without either the cell is empty."""

    subject: Subject
    condition: str
    requirements: tuple[str, ...] = ()
    reason: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.requirements and not self.reason

    @property
    def is_applicable(self) -> bool:
        return not self.reason.startswith(NOT_APPLICABLE)

    def __str__(self) -> str:
        return f"{self.subject}, {self.condition}"


@cache
def rules() -> tuple[Rule, ...]:
    found = tomllib.loads(RULES.read_text(encoding="utf-8"))["rule"]
    return tuple(Rule(tuple(each.pop("where")), each) for each in found)


@cache
def table() -> tuple[Cell, ...]:
    """Every cell, in the order of the contract."""
    rows = (*subjects(load("all")), *documented())
    order = [operation.label for operation in load("all").operations]
    places = list(Place)
    rows = tuple(sorted(rows, key=lambda each: (order.index(each.operation), places.index(each.place))))
    return tuple(_cell(subject, condition, rules()) for subject in rows for condition in subject.place.conditions)


def documented() -> Iterator[Subject]:
    """Rows for what other documents than the contract declare, as rules.toml lists them."""
    labels = [operation.label for operation in load("all").operations]
    for operation, place, name, kind in tomllib.loads(RULES.read_text(encoding="utf-8"))["documented"]:
        for label in labels if operation == EVERY else [operation]:
            yield Subject(label, Place(place), name, kind)


def _cell(subject: Subject, condition: str, rules: Iterable[Rule]) -> Cell:
    said = ""
    for rule in rules:
        if condition in rule.cells and rule.matches(subject):
            said = rule.cells[condition]
    if _IDS.fullmatch(said):
        return Cell(subject, condition, requirements=tuple(said.split()))
    return Cell(subject, condition, reason=said)


def mutants_of(requirement: str) -> list[str]:
    return sorted(mutant.name for mutant in MUTANTS.values() if mutant.breaks == requirement)


def gaps(cells: Iterable[Cell]) -> Iterator[str]:
    """A sentence for each cell that decides nothing, or whose requirement cannot decide it."""
    catalogue = collect()
    for cell in cells:
        if cell.is_empty:
            yield f"{cell}: name a requirement, or say why no document decides it"
        if cell.reason and not (cell.reason[0].isupper() and cell.reason.endswith(".")):
            yield f"{cell}: the reason is no sentence: {cell.reason}"
        for id_ in cell.requirements:
            head = catalogue.get(id_)
            if head is None:
                yield f"{cell}: {id_} is not a requirement"
            elif head.operations and cell.subject.operation not in head.operations:
                yield f"{cell}: {id_} does not speak of {cell.subject.operation}"
            elif not mutants_of(id_):
                yield f"{cell}: {id_} has no mutant"


def idle_rules() -> Iterator[str]:
    """A sentence for each pattern and each condition in rules.toml that decides no cell."""
    cells = table()
    conditions = {cell.condition for cell in cells}
    rows = {cell.subject for cell in cells}
    for rule in rules():
        for pattern in rule.where:
            if not any(fnmatchcase(str(row), pattern) for row in rows):
                yield f"rules.toml: no row matches {pattern}"
        for condition in rule.cells.keys() - conditions:
            yield f"rules.toml: {condition} is not a condition"
