"""What a run is about, decided once before its first test and handed to every worker.

Plain data, so that it travels to the workers of pytest-xdist; it holds the keys and is never written down.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Self

from conformance.contract import Contract
from conformance.errata import Erratum
from conformance.model import Json
from conformance.principals import NOBODY, Key, Principal, basic
from conformance.profile import Blast, Profile, Waiver
from conformance.reach import is_safe
from conformance.requirement import Requirement


@dataclass(frozen=True, slots=True)
class Situation:
    """run: names everything that the run makes. started: seconds since the epoch. keys: by principal.
    trouble: why nothing can be judged, a sentence each. now: the target's clock less ours, ms.
    """

    run: str
    profile: Profile
    url: str
    seed: int
    examples: int
    folder: Path
    started: float
    reproduce: str
    keys: dict[str, Key]
    presence_channel: str = ""
    trouble: tuple[str, ...] = ()
    skew: int = 0
    baseline: tuple[str, ...] = ()

    @property
    def principals(self) -> dict[str, Principal]:
        return {"nobody": NOBODY, **{name: basic(name, key) for name, key in self.keys.items()}}

    def without_hope(self, reason: str) -> Self:
        return replace(self, trouble=(*self.trouble, reason))


def header(
    situation: Situation, contract: Contract, requirements: list[tuple[Requirement, str]], worker: str, selection: str
) -> Json:
    """The facts of the run as the journal states them. requirements: each with why it is out of scope, or ""."""
    profile = situation.profile
    return {
        "run": situation.run,
        "worker": worker,
        "suite": version("ably-conformance"),
        "started": situation.started,
        "target": {"url": situation.url},
        "profile": {
            "name": profile.name,
            "description": profile.description,
            "errata": profile.contract.errata.value,
            "blast_radius": profile.target.blast_radius.value,
            "offers": list(profile.target.offers),
            "examples": situation.examples,
        },
        "contract": {"title": contract.title, "version": contract.version, "sha256": contract.sha256},
        "errata": [_erratum(each) for each in contract.errata],
        "seed": situation.seed,
        "selection": selection,
        "trouble": list(situation.trouble),
        "operations": [_operation(contract, each.label) for each in contract.operations],
        "requirements": [_requirement(contract, each, reason) for each, reason in requirements],
        "gate": {
            "levels": list(profile.gate.levels),
            "inconclusive": profile.gate.inconclusive.value,
            "baseline": list(situation.baseline),
        },
        "waivers": [_waiver(each) for each in profile.waivers],
        "reproduce": situation.reproduce,
    }


def _erratum(erratum: Erratum) -> Json:
    return {
        "id": erratum.id,
        "effect": erratum.effect,
        "reason": erratum.reason,
        "evidence": erratum.evidence,
        "subject": list(erratum.subject),
        "lines": list(erratum.lines),
    }


def _operation(contract: Contract, label: str) -> Json:
    operation = contract.operation(label)
    summary = contract.resolve(operation.pointer).get("summary", "")
    line = contract.line(operation.pointer)
    return {"label": label, "pointer": operation.pointer, "line": line, "summary": summary}


def _requirement(contract: Contract, requirement: Requirement, out_of_scope: str) -> Json:
    clause = requirement.clause
    line = contract.line(clause.pointer) if clause.is_in_contract else 0
    return {
        "id": requirement.id,
        "level": requirement.level.value,
        "title": requirement.title,
        "clause": {"pointer": clause.pointer, "quote": clause.quote, "line": line},
        "operations": list(requirement.operations),
        "out_of_scope": out_of_scope,
    }


def _waiver(waiver: Waiver) -> Json:
    return {**asdict(waiver), "until": waiver.until.isoformat()}


def run_folder(parent: Path, run: str, started: float) -> Path:
    moment = datetime.fromtimestamp(started, UTC)
    return parent / f"{moment:%Y%m%dT%H%M%SZ}-{run}"


def may_ask(operation: str, profile: Profile) -> bool:
    """Whether a profile lets an operation be asked at all. operation: a label of the contract."""
    method, _, path = operation.partition(" ")
    return profile.scope.serves(operation) and (
        profile.target.blast_radius is not Blast.READ_ONLY or is_safe(method, path)
    )


def out_of_scope(requirement: Requirement, profile: Profile) -> str:
    """Why a profile leaves a requirement out, or ""."""
    words = {requirement.id, requirement.area}
    scope = profile.scope
    if words & set(scope.without) or (scope.only and not words & set(scope.only)):
        return f"the profile {profile.name} leaves it out"
    if requirement.operations and not any(may_ask(each, profile) for each in requirement.operations):
        return f"the profile {profile.name} lets none of its operations be asked"
    needs = set(requirement.needs)
    if not (requirement.clause.is_in_contract or requirement.clause.pointer.startswith("RFC")):
        needs.add("documentation")
    missing = sorted(needs - set(profile.target.offers))
    return f"the profile {profile.name} does not offer {', '.join(missing)}" if missing else ""
