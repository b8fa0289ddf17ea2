"""How a check is tried: it passes what is honest, finds what is altered and nothing else, and is silent beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from conformance.checks import Checks
from conformance.contract import load
from conformance.model import Exchange, Finding

BENCH = Checks(load("all"))
LITERAL = Checks(load("none"))


@dataclass(frozen=True)
class Trial:
    """valid: exchanges in which the check meets what it speaks of. altered: by what is wrong with them, exchanges that
    differ from an honest one in nothing else. beside: by what is missing, exchanges that are no opportunity.
    also: other checks that rightly find the same fault.
    """

    id: str
    valid: tuple[Exchange, ...]
    altered: Mapping[str, Exchange]
    beside: Mapping[str, Exchange] = field(default_factory=dict)
    also: frozenset[str] = frozenset()


def findings(exchange: Exchange, checks: Checks = BENCH) -> dict[str, list[Finding]]:
    """By requirement."""
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
        assert set(found) <= {trial.id} | trial.also, f"others find, too: {what}"
        assert all(each.expected and each.received for each in found[trial.id])
        others |= set(found) - {trial.id}
    assert others == trial.also, "an excuse that nothing needs"


def has_no_opportunity_beside(trial: Trial) -> None:
    for what, exchange in trial.beside.items():
        assert trial.id not in BENCH.judge(exchange).applicable, f"{trial.id} speaks of: {what}"


def each_of(trials: tuple[Trial, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("trial", trials, ids=lambda trial: trial.id)
