"""Who was let in where: callers and operations, from what was answered and not from what was asked for.

Pure. A caller that was never sent to an operation says nothing about it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from conformance.model import Exchange, generalise
from conformance.report.analysis.digest import Digest

_AREAS = frozenset({"AUT", "TOK", "SEC"})


@dataclass(frozen=True, slots=True)
class AccessCell:
    """One caller at one operation. deviates: a requirement on credentials failed on one of these exchanges."""

    let_in: int
    refused: int
    other: int
    deviates: bool

    @property
    def kind(self) -> str:
        """A class of the style sheet."""
        if self.deviates:
            return "fail"
        if self.let_in:
            return "mixed" if self.refused else "in"
        return "out" if self.refused else "none"


@dataclass(frozen=True, slots=True)
class Access:
    """doors: a row for each caller, the busiest first, with a door for each operation."""

    operations: tuple[str, ...]
    cells: dict[str, tuple[AccessCell, ...]]


def access(digest: Digest) -> Access:
    answers: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    busy: Counter[str] = Counter()
    for exchange in digest.exchanges.values():
        answers[exchange.operation, _caller(exchange)][_answer(exchange)] += 1
        busy[_caller(exchange)] += 1
    wrong = _deviating(digest)
    operations = tuple(operation.label for operation in digest.operations)
    cells = {
        caller: tuple(_cell(answers[label, caller], (label, caller) in wrong) for label in operations)
        for caller in sorted(busy, key=lambda each: (-busy[each], each))
    }
    return Access(operations, cells)


def _deviating(digest: Digest) -> set[tuple[str, str]]:
    return {
        (exchange.operation, _caller(exchange))
        for cause in digest.causes
        if cause.row.requirement.area in _AREAS
        for finding in cause.findings
        if (exchange := digest.exchanges.get(next(reversed(finding.exchanges), ""))) is not None
    }


def _cell(answers: Counter[str], deviates: bool) -> AccessCell:  # noqa: FBT001  a fact of the door, not a choice of what to do
    return AccessCell(answers["let in"], answers["refused"], answers["other"], deviates)


def _caller(exchange: Exchange) -> str:
    """Who speaks "full as alice" is full: a client id proves nobody. Names that a run makes up are one caller."""
    name = (exchange.principal or "nobody").partition(" as ")[0]
    return "made for the run" if generalise(name).startswith("#") else name


def _answer(exchange: Exchange) -> str:
    status = exchange.response.status if exchange.response else 0
    if 200 <= status < 300:
        return "let in"
    return "refused" if status in {401, 403} else "other"
