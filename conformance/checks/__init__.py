"""Checks: requirements that every exchange of a run is judged by, whichever test made it.

Pure: no wire, no pytest, no clock, no files. A check is a function from a reading to findings, with one requirement
attached. `when` is its antecedent: only an exchange that satisfies it is an opportunity for the check, and a check
without opportunities has the verdict `none`, never `pass`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import islice
from pkgutil import iter_modules
from types import ModuleType

from conformance.checks.reading import Antecedent, Check, Reader, Reading, antecedent_of
from conformance.contract import Contract
from conformance.errors import UnrecordedError
from conformance.model import Exchange, Finding, Part, Requirement
from conformance.requirement import head_of

AREAS: tuple[ModuleType, ...] = tuple(import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__))
"""The modules of this package; a check is discovered by the requirement that is attached to it."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The findings of one exchange. applicable: the requirements whose antecedent the exchange satisfies."""

    findings: tuple[Finding, ...]
    applicable: tuple[str, ...]


class Checks:
    """The checks in scope, for one contract."""

    def __init__(self, contract: Contract, in_scope: Callable[[Requirement], bool] = lambda _: True) -> None:
        self._reader = Reader(contract)
        self._checks = [attached for attached in _attached(AREAS) if in_scope(attached[0])]

    def judge(self, exchange: Exchange) -> CheckResult:
        if exchange.response is None or exchange.interference:
            return CheckResult((), ())
        reading = self._reader.read(exchange)
        asked = [each for each in self._checks if not (reading.is_new and each[0].operations)]
        results = [(head, _ask(check, when, reading)) for head, check, when in asked]
        return CheckResult(
            tuple(_bind(finding, head, exchange) for head, found in results for finding in found or ()),
            tuple(head.id for head, found in results if found is not None),
        )


def _ask(check: Check, when: Antecedent, reading: Reading) -> tuple[Finding, ...] | None:
    """The findings of one check; None where it does not apply, or would judge by what a recording lacks."""
    try:
        found = tuple(_counted(check(reading))) if when(reading) else None
    except UnrecordedError:
        return None
    is_struck = Part.CREDENTIALS in reading.exchange.unrecorded
    return None if is_struck and any(_STRUCK.search(each.received) for each in found or ()) else found


_STRUCK = re.compile(r"<secret:|<[^<>]+>\*")
"""What stands for a secret in a recording: its form says nothing of the secret."""


MOST_FINDINGS = 20
"""Findings of one check in one answer: the first ones say what is wrong."""

_MOST_COUNTED = 10_000


def _counted(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The first findings; the last of them says how many more there are."""
    rest = iter(findings)
    first = list(islice(rest, MOST_FINDINGS))
    more = sum(1 for _ in islice(rest, _MOST_COUNTED))
    yield from first[:-1] if more else first
    if more:
        words = f"at least {more:,} more" if more == _MOST_COUNTED else f"{more:,} more"
        yield replace(first[-1], received=f"{first[-1].received or 'an empty text'}, and {words} in this answer")


def requirements() -> tuple[Requirement, ...]:
    """The requirements of all checks."""
    return tuple(head for head, _, _ in _attached(AREAS))


def _attached(areas: Iterable[ModuleType]) -> Iterator[tuple[Requirement, Check, Antecedent]]:
    for area in areas:
        for member in vars(area).values():
            head = head_of(member)
            if head is not None and getattr(member, "__module__", "") == area.__name__:
                yield (head, member, antecedent_of(member))


def _bind(finding: Finding, head: Requirement, exchange: Exchange) -> Finding:
    return replace(
        finding,
        requirement=head.id,
        received=finding.received or "an empty text",
        operation=exchange.operation,
        exchanges=(exchange.id,),
        test=exchange.test,
        pointer=finding.pointer or (head.clause.pointer if head.clause.is_in_contract else ""),
    )
