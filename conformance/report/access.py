"""Who was let in where: callers by operations, from what was answered and not from what was asked for.

Pure. A caller that was never sent to an operation says nothing about it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from conformance.model import Exchange
from conformance.report.digest import Digest

_AREAS = frozenset({"AUT", "TOK", "SEC"})


@dataclass(frozen=True, slots=True)
class Door:
    """One caller at one operation. deviates: a requirement on credentials failed on one of these exchanges."""

    let_in: int
    refused: int
    other: int
    deviates: bool

    @property
    def is_known(self) -> bool:
        return bool(self.let_in + self.refused + self.other)


@dataclass(frozen=True, slots=True)
class Access:
    callers: tuple[str, ...]
    doors: dict[str, tuple[Door, ...]]


def access(digest: Digest) -> Access:
    answers: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for exchange in digest.exchanges.values():
        answers[exchange.operation, _caller(exchange)][_answer(exchange)] += 1
    callers = tuple(sorted({caller for _, caller in answers}))
    wrong = _deviating(digest)
    doors = {
        operation.label: tuple(
            _door(answers[operation.label, caller], (operation.label, caller) in wrong) for caller in callers
        )
        for operation in digest.operations
    }
    return Access(callers, doors)


def _deviating(digest: Digest) -> set[tuple[str, str]]:
    return {
        (exchange.operation, _caller(exchange))
        for cause in digest.causes
        if cause.row.requirement.area in _AREAS
        for finding in cause.findings
        if (exchange := digest.exchanges.get(next(reversed(finding.exchanges), ""))) is not None
    }


def _door(answers: Counter[str], deviates: bool) -> Door:  # noqa: FBT001  a fact of the door, not a choice of what to do
    return Door(answers["let in"], answers["refused"], answers["other"], deviates)


def _caller(exchange: Exchange) -> str:
    """Who speaks "full as alice" is full: a client id proves nobody."""
    return (exchange.principal or "nobody").partition(" as ")[0]


def _answer(exchange: Exchange) -> str:
    status = exchange.response.status if exchange.response else 0
    if 200 <= status < 300:
        return "let in"
    return "refused" if status in {401, 403} else "other"
