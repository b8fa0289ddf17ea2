"""Serializes the header of a journal, and reads it back, also from a journal of format 1.

Pure.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date

from conformance.model import (
    Clause,
    ContractFacts,
    ErratumFacts,
    GateSettings,
    Json,
    Level,
    OperationFacts,
    ProfileFacts,
    Requirement,
    RouteFacts,
    RunHeader,
    ScopedRequirement,
    Selection,
    Waiver,
)
from conformance.series import LoadStep, Recurrence, Soak


def record_of(header: RunHeader) -> Json:
    """The header as the journal holds it; the groups (profile, contract, gate) are objects of their own."""
    facts = asdict(header)
    return {
        **{name: facts[name] for name in facts if name != "url"},
        "target": {"url": header.url},
        "labels": dict(header.labels),
        "requirements": [_requirement_record(each) for each in header.requirements],
        "gate": {**asdict(header.gate), "levels": [level.value for level in header.gate.levels]},
        "waivers": [waiver_record(each) for each in header.waivers],
    }


def waiver_record(waiver: Waiver) -> Json:
    return {**asdict(waiver), "until": waiver.until.isoformat()}


def _requirement_record(scoped: ScopedRequirement) -> Json:
    requirement = scoped.requirement
    return {
        "id": requirement.id,
        "level": requirement.level.value,
        "title": requirement.title,
        "clause": clause_record(requirement.clause, scoped.line),
        "operations": list(requirement.operations),
        "out_of_scope": scoped.out_of_scope,
        "file": scoped.file,
    }


def clause_record(clause: Clause, line: int) -> Json:
    """line: of the clause in openapi.yaml, 0 for another document."""
    return {"pointer": clause.pointer, "text": clause.text, "is_verbatim": clause.is_verbatim, "line": line}


def header_of(record: Json) -> RunHeader:
    """record: the first line of a journal. Raises KeyError or TypeError when it is none."""
    return RunHeader(
        run=record.get("run", ""),
        worker=record["worker"],
        workers=tuple(record.get("workers", ())),
        suite=record.get("suite", ""),
        started=record["started"],
        url=record["target"]["url"],
        profile=ProfileFacts(**{**record["profile"], "offers": tuple(record["profile"].get("offers", ()))}),
        contract=ContractFacts(**{each.name: record["contract"].get(each.name, "") for each in fields(ContractFacts)}),
        errata=tuple(_erratum(each) for each in record.get("errata", ())),
        seed=record.get("seed", 0),
        selection=record.get("selection", ""),
        blockers=tuple(record.get("blockers", record.get("trouble", ()))),  # "trouble" in format 1
        operations=tuple(OperationFacts(**each) for each in record.get("operations", ())),
        requirements=tuple(_scoped(each) for each in record.get("requirements", ())),
        gate=_gate(record.get("gate", {})),
        waivers=tuple(_waiver(each) for each in record.get("waivers", ())),
        reproduce=record.get("reproduce", ""),
        tests=tuple(record.get("tests", ())),
        deselected=tuple(record.get("deselected", ())),
        catalogue=record.get("catalogue", 0),
        circumstances=tuple(record.get("circumstances", ())),
        chosen=_selection(record.get("chosen", {})),
        labels=tuple(record.get("labels", {}).items()),
        route=_route(record.get("route", {})),
        soak=_soak(record["soak"]) if record.get("soak") else None,
        load=tuple(_load_step(each) for each in record.get("load", ())),
    )


def _load_step(record: Json) -> LoadStep:
    return LoadStep(**{**record, "findings": tuple((name, count) for name, count in record["findings"])})


def _route(record: Json) -> RouteFacts:
    return RouteFacts(**{**record, "headers": tuple(tuple(each) for each in record.get("headers", ()))})


def _soak(record: Json) -> Soak:
    return Soak(**{**record, "failed": tuple(Recurrence(**each) for each in record["failed"])})


def _erratum(record: Json) -> ErratumFacts:
    return ErratumFacts(**{**record, "subject": tuple(record["subject"]), "lines": tuple(record["lines"])})


def _scoped(record: Json) -> ScopedRequirement:
    clause = record["clause"]
    text = clause.get("text", clause.get("quote", ""))  # "quote" in format 1
    return ScopedRequirement(
        Requirement(
            record["id"],
            Level(record["level"]),
            record["title"],
            Clause(clause["pointer"], text, _is_found(clause)),
            tuple(record["operations"]),
        ),
        clause.get("line", 0),
        record["out_of_scope"],
        record.get("file", ""),
    )


def _selection(record: Json) -> Selection:
    return Selection(
        record.get("keyword", ""),
        record.get("markers", ""),
        tuple(record.get("only", ())),
        tuple(record.get("without", ())),
        tuple(record.get("shards", ())),
        tuple(record.get("observed", ())),
        tuple(record.get("rates", ())),
    )


def _is_found(clause: Json) -> bool:
    return bool(clause.get("is_verbatim", True)) or not Clause(clause["pointer"], "").is_in_contract


def _gate(record: Json) -> GateSettings:
    return GateSettings(
        tuple(Level(word) for word in record.get("levels", ["must"])),
        record.get("inconclusive", "fails"),
        tuple(record.get("baseline", ())),
    )


def _waiver(record: Json) -> Waiver:
    return Waiver(**{**record, "until": date.fromisoformat(record["until"])})
