"""Checks find every alteration of a valid response that the contract forbids."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from conformance.checks import Checks
from conformance.contract import Contract, load
from conformance.evidence import journal, records
from conformance.model import JSON, MSGPACK, Exchange
from conformance.paths import ROOT
from conformance.selftest.checks.altered_answers import WireMutant, derive


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load("all")


@pytest.fixture(scope="module")
def unmodified(tmp_path_factory) -> list[Exchange]:
    """The largest response of a short run for each operation, media type and first digit of the status."""
    folder = tmp_path_factory.mktemp("run")
    command = [sys.executable, "-m", "pytest", "-q", "-k", "GEN-05 or PRE or STT", "--examples", "4", "--seed", "7"]
    run = subprocess.run([*command, "--report-dir", folder], cwd=ROOT, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    found = journal.read([folder / "latest" / journal.WHOLE])
    largest: dict[tuple[str, str, int], Exchange] = {}
    for exchange in found.exchanges:
        response = exchange.response
        key = (exchange.operation, response.media_type, response.status // 100)
        if exchange.operation and len(response.body) < records.LONGEST_BODY:
            largest[key] = max(largest.get(key, exchange), exchange, key=lambda each: len(each.response.body))
    return list(largest.values())


@pytest.fixture(scope="module")
def mutants(unmodified, contract) -> list[WireMutant]:
    return [
        mutant
        for exchange in unmodified
        if exchange.response.media_type in {JSON, MSGPACK, ""}
        for mutant in derive(exchange, contract.operation(exchange.operation))
    ]


def test_unmodified_answers_have_no_findings(unmodified, contract):
    checks = Checks(contract)

    findings = [finding for exchange in unmodified for finding in checks.judge(exchange).findings]

    assert findings == []


def test_more_than_500_mutants_cover_every_operation(mutants, contract):
    per_operation = Counter(mutant.exchange.operation for mutant in mutants)

    assert set(per_operation) == {operation.label for operation in contract.operations}
    assert len(mutants) > 500


def test_every_wire_mutant_is_killed(mutants, contract):
    checks = Checks(contract)

    survivors = [mutant.fault for mutant in mutants if not checks.judge(mutant.exchange).findings]

    assert survivors == []
