"""What is in scope of observed traffic, and how it is written to a journal: that of recordings, and that of a load."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from conformance import catalogue
from conformance.checks import requirements
from conformance.checks.generated import OF_GENERATED
from conformance.contract import Contract
from conformance.contract.clauses import objection
from conformance.evidence.journal import Journal
from conformance.model import Requirement, RunHeader
from conformance.profile import Profile
from conformance.run.observation import Observation
from conformance.run.scope import out_of_scope
from conformance.target.limits import UNLIMITED, Limits

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
