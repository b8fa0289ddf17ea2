"""Checks: what every exchange has to satisfy, whoever made it.

Pure: no wire, no pytest, no clock, no files. A check is a function from a reading to findings and wears the head of
one requirement. `when` is its antecedent: an exchange that does not satisfy it was no opportunity, and a check without
opportunities is `none`, never `pass`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType

from conformance.checks import errors, generated, headers, pagination, responses, secrecy
from conformance.checks.reading import Antecedent, Check, Reader, antecedent_of
from conformance.contract import Contract
from conformance.model import Exchange, Finding, Requirement
from conformance.requirement import head_of

AREAS: tuple[ModuleType, ...] = (responses, headers, errors, pagination, generated, secrecy)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one exchange showed. met: the requirements whose antecedent it satisfied."""

    findings: tuple[Finding, ...]
    applicable: tuple[str, ...]


class Checks:
    """All checks that are in scope, over one contract."""

    def __init__(self, contract: Contract, in_scope: Callable[[Requirement], bool] = lambda _: True) -> None:
        self._reader = Reader(contract)
        self._checks = [attached for attached in _attached(AREAS) if in_scope(attached[0])]

    def judge(self, exchange: Exchange) -> CheckResult:
        if exchange.response is None:
            return CheckResult((), ())
        reading = self._reader.read(exchange)
        applicable = [(head, check) for head, check, when in self._checks if when(reading)]
        findings = [_bind(finding, head, exchange) for head, check in applicable for finding in check(reading)]
        return CheckResult(tuple(findings), tuple(head.id for head, _ in applicable))


def requirements() -> tuple[Requirement, ...]:
    """The heads of all checks."""
    return tuple(head for head, _, _ in _attached(AREAS))


def _attached(areas: Iterable[ModuleType]) -> Iterator[tuple[Requirement, Check, Antecedent]]:
    for area in areas:
        for thing in vars(area).values():
            head = head_of(thing)
            if head is not None and getattr(thing, "__module__", "") == area.__name__:
                yield (head, thing, antecedent_of(thing))


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
