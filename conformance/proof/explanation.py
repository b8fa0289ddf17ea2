"""A requirement in full, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import Contract
from conformance.declared import declared
from conformance.model import Requirement
from conformance.paths import PACKAGE
from conformance.reference.mutants import MUTANTS


def explanation(head: Requirement, contract: Contract) -> Iterator[str]:
    """Lines: title, level, source, operations, what a profile has to offer, where it stands, and its mutants."""
    yield f"{head.id} ({head.level.value}) {head.title}"
    for name, values in _facts(head, contract):
        for number, value in enumerate(values):
            yield f"  {'' if number else name:<10}{value}"
    yield ""


def _facts(head: Requirement, contract: Contract) -> Iterator[tuple[str, list[str]]]:
    yield "source", [_source(head, contract), f'"{head.clause.text}"' if head.clause.is_verbatim else head.clause.text]
    yield "asks", list(head.operations) or ["every operation of the contract"]
    if head.needs:
        yield "needs", [f"a target that offers {', '.join(sorted(head.needs))}"]
    place = declared()[head.id]
    yield "stands in", [f"{place.file.relative_to(PACKAGE.parent).as_posix()}::{place.function}"]
    kills = [each for each in MUTANTS.values() if each.breaks == head.id]
    yield "kills", [f"{each.name}: {each.fault}" for each in kills]
    yield "run it", [f"ably-conformance run -k {head.id}"]
    if kills:
        yield "see it", [f"ably-conformance run -k {head.id} --mutant {kills[0].name}"]


def _source(head: Requirement, contract: Contract) -> str:
    if not head.clause.is_in_contract:
        return f"{head.clause.pointer}, in our words"
    line = contract.clause_line(head.clause.pointer)
    return f"openapi.yaml:{line} {head.clause.pointer}" if line else head.clause.pointer
