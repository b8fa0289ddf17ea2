"""Which requirements stand in another version of the contract, and how their clauses are told there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract.document import Contract
from conformance.contract.loading import load
from conformance.contract.pointers import at
from conformance.model import Clause, Json, Requirement

_PROSE = ("description", "summary", "title")


def objection(contract: Contract, requirement: Requirement) -> str:
    """Why a requirement does not apply to a contract, or "".

    A sentence that was reworded may say the same, so its requirement is judged; a keyword with another value is another
    rule.
    """
    gone = contract.difference.gone
    if requirement.operations and all(label in gone for label in requirement.operations):
        return f"{contract.name} has none of its operations"
    clause = requirement.clause
    if not clause.is_in_contract or contract.holds(clause):
        return ""
    if not contract.has(clause.pointer):
        return f"{contract.name} has nothing at {clause.pointer}, its clause"
    return "" if is_prose(clause) else f"{contract.name} says something else at {clause.pointer}, its clause"


def as_found(contract: Contract, clause: Clause) -> Clause:
    """The clause as a report of a run by this contract tells it: never as a quotation of words that are not there."""
    if not clause.is_in_contract or contract.holds(clause):
        return clause
    words = f"{contract.name} no longer has these words of {load('none').version}: {clause.text}"
    return replace(clause, text=words, is_found=False)


def is_prose(clause: Clause) -> bool:
    """Whether the words are a sentence of the packed contract, and not the value of a keyword."""
    found = at(load("none").published, clause.pointer)
    if isinstance(found, str):
        return clause.pointer.rpartition("/")[2] in _PROSE
    return any(clause.text in sentence for sentence in _sentences(found))


def _sentences(node: Json) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (node[name] for name in _PROSE if isinstance(node.get(name), str))
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _sentences(each)
