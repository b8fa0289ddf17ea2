"""What is in scope of observed traffic, of recordings or of a load, and how it becomes a journal and a report."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from conformance import catalogue
from conformance.checks import requirements
from conformance.checks.generated import OF_GENERATED
from conformance.contract import Contract
from conformance.contract.clauses import objection
from conformance.evidence.journal import WHOLE, Journal, read
from conformance.model import Evidence, Requirement, RunHeader
from conformance.profile import Profile
from conformance.report import CONTRACT
from conformance.report.writing import write
from conformance.run.observation import Observation
from conformance.run.scope import out_of_scope
from conformance.target.limits import UNLIMITED, Limits
from conformance.verdict.judge import Judgement, judge

_PROVOKED = "observed traffic: only a scenario of the suite, which sends its requests itself, shows it"
_GENERATED = "observed traffic: it judges only requests that the suite generated"


def objection_to(contract: Contract, chosen: Profile, head: Requirement, limits: Limits = UNLIMITED) -> str:
    """Why a requirement is out of scope, or ""."""
    return objection(contract, head) or out_of_scope(head, chosen, limits)


def requirements_in(
    contract: Contract, chosen: Profile, seen: Collection[str], limits: Limits = UNLIMITED
) -> Iterator[tuple[Requirement, str]]:
    """Every requirement, each with why it is out of scope, or "". seen: those that the traffic shows."""
    of_checks = {head.id for head in requirements()}
    for head in catalogue.collect().values():
        reason = objection_to(contract, chosen, head, limits)
        if head.id not in of_checks and head.id not in seen:
            reason = reason or _PROVOKED
        elif head.id in OF_GENERATED - set(seen):
            reason = reason or _GENERATED
        yield head, reason


def write_observation(journal: Journal, header: RunHeader, observation: Observation, finished: float) -> None:
    """All secrets are known before the first line is written."""
    for exchange in observation.exchanges:
        observation.secrets.learn(exchange)
    journal.write_header(header)
    for exchange in observation.exchanges:
        journal.write_exchange(exchange)
    for finding in observation.findings:
        journal.write_finding(finding)
    journal.write_opportunities(observation.opportunities, observation.examples)
    journal.write_footer(finished, interrupted=False)


def clear(folder: Path) -> None:
    """Make it, without what would be left there of an earlier report."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "replay", ignore_errors=True)


def report(folder: Path, contract: Contract) -> tuple[Evidence, Judgement]:
    """Judge the whole journal of a folder, and write the report beside it. Raises OSError where it cannot."""
    evidence = read([folder / WHOLE])
    judgement = judge(evidence)
    if not contract.is_packed:  # a merged report needs it
        (folder / CONTRACT).write_text(contract.text, encoding="utf-8")
    write(evidence, judgement, folder, contract)
    return evidence, judgement
