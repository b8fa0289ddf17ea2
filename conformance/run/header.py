"""The header of a journal, made from what a run is configured with and the contract it judges by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from conformance.catalogue import places
from conformance.contract import Contract
from conformance.contract.clauses import as_found
from conformance.contract.errata import Erratum
from conformance.evidence.selection import words_of
from conformance.model import (
    ContractFacts,
    ErratumFacts,
    GateSettings,
    Level,
    OperationFacts,
    ProfileFacts,
    Requirement,
    RouteFacts,
    RunHeader,
    ScopedRequirement,
    Selection,
)
from conformance.paths import PACKAGE
from conformance.profile import Profile
from conformance.run.config import RunConfig

WHOLE_SUITE = Selection()


def header_for(
    config: RunConfig,
    contract: Contract,
    *,
    worker: str,
    workers: tuple[str, ...],
    chosen: Selection = WHOLE_SUITE,
    requirements: Iterable[tuple[Requirement, str]] = (),
    tests: tuple[str, ...] = (),
    deselected: tuple[str, ...] = (),
    catalogue: int = 0,
) -> RunHeader:
    """requirements: each with why it is out of scope, or "". All others: as in `RunHeader`."""
    return RunHeader(
        run=config.run,
        worker=worker,
        workers=workers,
        suite=version("ably-conformance"),
        started=config.started,
        url=config.url,
        profile=_profile(config),
        contract=_contract(contract),
        errata=tuple(_erratum(each) for each in contract.errata),
        seed=config.seed,
        selection=words_of(chosen, len(tests), len(deselected)),
        chosen=chosen,
        labels=config.labels,
        blockers=config.blockers,
        operations=tuple(_operation(contract, each.label) for each in contract.operations),
        requirements=tuple(_scoped(contract, each, reason) for each, reason in requirements),
        gate=_gate(config.profile, config.baseline),
        waivers=config.profile.waivers,
        reproduce=config.reproduce,
        tests=tests,
        deselected=deselected,
        catalogue=catalogue,
        circumstances=config.circumstances,
        route=RouteFacts(
            config.profile.target.ca_file,
            config.profile.target.cert,
            config.profile.target.cert_key,
            config.profile.target.proxy,
            tuple((each.name, each.value, each.variable) for each in config.profile.target.headers),
        ),
    )


def _profile(config: RunConfig) -> ProfileFacts:
    profile = config.profile
    return ProfileFacts(
        name=profile.name,
        description=profile.description,
        errata=profile.contract.errata.value,
        blast_radius=profile.target.blast_radius.value,
        offers=profile.target.offers,
        examples=config.examples,
    )


def _contract(contract: Contract) -> ContractFacts:
    file = "" if contract.is_packed else contract.file
    return ContractFacts(contract.title, contract.version, contract.sha256, file)


def _erratum(erratum: Erratum) -> ErratumFacts:
    return ErratumFacts(
        erratum.id, erratum.effect, erratum.reason, erratum.evidence, tuple(erratum.subject), tuple(erratum.lines)
    )


def _operation(contract: Contract, label: str) -> OperationFacts:
    operation = contract.operation(label)
    summary = contract.resolve(operation.pointer).get("summary", "")
    return OperationFacts(label, operation.pointer, contract.line(operation.pointer), summary)


def _scoped(contract: Contract, requirement: Requirement, out_of_scope: str) -> ScopedRequirement:
    clause = as_found(contract, requirement.clause)
    line = contract.line(clause.pointer) if clause.is_in_contract else 0
    found = replace(requirement, clause=clause)
    return ScopedRequirement(found, line, out_of_scope, _file_of(requirement))


def _file_of(requirement: Requirement) -> str:
    """The module of its test or check, from the package on, or "" for one that no module of the suite declares."""
    path = places().get(requirement.id, "").partition("::")[0]
    return Path(path).relative_to(PACKAGE.parent).as_posix() if path else ""


def _gate(profile: Profile, baseline: tuple[str, ...]) -> GateSettings:
    levels = tuple(Level(word) for word in profile.gate.levels)
    return GateSettings(levels, profile.gate.inconclusive.value, baseline)
