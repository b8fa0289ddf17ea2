"""Tabulates which caller had access to which operation, from the responses of the run.

Pure. A caller is a set of credentials, or none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from conformance.model import Exchange, generalise
from conformance.report.analysis.digest import Digest
from conformance.report.text.callers import caller_in_words

_AREAS = frozenset({"AUT", "TOK", "SEC"})


@dataclass(frozen=True, slots=True)
class AccessCell:
    """The responses of one operation to one caller, counted as "allowed", "rejected" and "other".

    deviates: one of them has a finding on access.
    """

    responses: Counter[str]
    deviates: bool

    @property
    def kind(self) -> str:
        """A class of the style sheet."""
        if self.deviates:
            return "fail"
        if self.responses["allowed"]:
            return "mixed" if self.responses["rejected"] else "allowed"
        return "rejected" if self.responses["rejected"] else "none"


@dataclass(frozen=True, slots=True)
class Access:
    """cells: for each caller, those with most exchanges first, one cell for each operation."""

    operations: tuple[str, ...]
    cells: dict[str, tuple[AccessCell, ...]]


def access(digest: Digest) -> Access:
    responses: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    totals: Counter[str] = Counter()
    for exchange in digest.exchanges.values():
        responses[exchange.operation, _caller(exchange)][_outcome(exchange)] += 1
        totals[_caller(exchange)] += 1
    deviating = _deviating(digest)
    operations = tuple(operation.label for operation in digest.operations)
    cells = {
        caller: tuple(AccessCell(responses[label, caller], (label, caller) in deviating) for label in operations)
        for caller in sorted(totals, key=lambda each: (-totals[each], each))
    }
    return Access(operations, cells)


def _deviating(digest: Digest) -> set[tuple[str, str]]:
    """Operation and caller of the exchanges on which a requirement on access failed."""
    return {
        (exchange.operation, _caller(exchange))
        for cause in digest.causes
        if cause.result.requirement.area in _AREAS
        for finding in cause.findings
        if (exchange := digest.exchanges.get(next(reversed(finding.exchanges), ""))) is not None
    }


def _caller(exchange: Exchange) -> str:
    """The credentials of a request in words. A client id does not change them, and names made by the run count as one
    caller.
    """
    name = exchange.principal.partition(" as ")[0]
    return "credentials created by the run" if generalise(name).startswith("#") else caller_in_words(name)


def _outcome(exchange: Exchange) -> str:
    status = exchange.response.status if exchange.response else 0
    if 200 <= status < 300:
        return "allowed"
    return "rejected" if status in {401, 403} else "other"
