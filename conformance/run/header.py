"""The header of a journal: the facts of a run."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version

from conformance.contract import Contract
from conformance.contract.errata import Erratum
from conformance.model import Json
from conformance.profile import Waiver
from conformance.requirement import Requirement
from conformance.run.config import Situation


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
