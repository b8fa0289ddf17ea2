"""Tests one check with exchanges that pass, exchanges that fail, and exchanges that it does not judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from conformance.checks import Checks
from conformance.contract import load
from conformance.model import Exchange, Finding
from conformance.proof.readability import notations

BENCH = Checks(load("all"))
LITERAL = Checks(load("none"))


@dataclass(frozen=True)
class Trial:
    """The exchanges that one check is tested with.

    valid: exchanges that are opportunities and have no finding. altered: exchanges that differ from a valid one only in
    the fault that their key names. beside: exchanges that are no opportunity, for the reason that their key names.
    also: the other checks that find the same faults, each for at least one of them.
    """

    id: str
    valid: tuple[Exchange, ...]
    altered: Mapping[str, Exchange]
    beside: Mapping[str, Exchange] = field(default_factory=dict)
    also: frozenset[str] = frozenset()


def findings(exchange: Exchange, checks: Checks = BENCH) -> dict[str, list[Finding]]:
    """The findings of an exchange by requirement."""
    found: dict[str, list[Finding]] = {}
    for each in checks.judge(exchange).findings:
        found.setdefault(each.requirement, []).append(each)
    return found


def passes_valid_exchanges(trial: Trial) -> None:
    for exchange in trial.valid:
        judged = BENCH.judge(exchange)
        assert trial.id in judged.applicable
        assert judged.findings == ()


def finds_what_is_altered(trial: Trial) -> None:
    others: set[str] = set()
    for what, exchange in trial.altered.items():
        found = findings(exchange)
        assert trial.id in found, f"{trial.id} does not find: {what}"
        assert set(found) <= {trial.id} | trial.also, f"other checks also find: {what}"
        assert all(each.expected and each.received for each in found[trial.id])
        assert unreadable(each for listed in found.values() for each in listed) == []
        others |= set(found) - {trial.id}
    assert others == trial.also, "`also` names a check that finds none of the faults"


def unreadable(found: Iterable[Finding]) -> list[str]:
    """The texts of findings that are not plain words, each with the reason."""
    texts = (text for each in found for text in (each.expected, each.received))
    return [f"{text} ({reason})" for text in texts for reason in notations(text)]


def has_no_opportunity_beside(trial: Trial) -> None:
    for what, exchange in trial.beside.items():
        assert trial.id not in BENCH.judge(exchange).applicable, f"{trial.id} judges: {what}"


def each_of(trials: tuple[Trial, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("trial", trials, ids=lambda trial: trial.id)
