"""Renders report.json; its schema is report.schema.json beside this module.

Adding a member is a minor change of the schema; renaming a member or changing its type raises FORMAT.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from conformance.evidence.header import clause_record, waiver_record
from conformance.model import Finding, Json
from conformance.report.analysis.causes import Cause, cause_key
from conformance.report.analysis.coverage import Tally
from conformance.report.analysis.digest import Digest, Operation
from conformance.report.analysis.status import Status, is_covered_by_waiver
from conformance.report.analysis.suspects import Suspect
from conformance.report.analysis.timing import Latency
from conformance.report.text.dates import instant
from conformance.report.text.safe_text import encodable
from conformance.verdict.baseline import is_accepted
from conformance.verdict.result import RequirementResult

FORMAT = 2


def render(digest: Digest) -> str:
    return encodable(json.dumps(document(digest), ensure_ascii=False, indent=1, allow_nan=False)) + "\n"


def document(digest: Digest) -> Json:
    header, judgement = digest.header, digest.judgement
    return {
        "format": FORMAT,
        "conclusion": judgement.conclusion.value,
        "sentence": judgement.sentence,
        "exit": judgement.exit.value,
        "complete": digest.is_complete,
        "problems": list(judgement.problems),
        "circumstances": list(header.circumstances),
        "target": {
            "url": header.url,
            "commit": dict(header.labels).get("commit", ""),
            "labels": dict(header.labels),
        },
        "profile": asdict(header.profile),
        "seed": header.seed,
        "selection": header.selection,
        "selected": {
            **asdict(header.chosen),
            "tests": len(header.tests),
            "of": len(header.tests) + len(header.deselected),
        },
        "run": header.run,
        "suite": header.suite,
        "contract": asdict(header.contract),
        "started": instant(header.started),
        "finished": instant(digest.evidence.finished),
        "duration": round(digest.duration, 3),
        "reproduce": header.reproduce,
        "soak": {"rounds": header.soak.rounds, "command": header.soak.command} if header.soak else None,
        "gate": _gate(digest),
        "counts": counts(digest),
        "causes": list(_causes(digest)),
        "suspects": [_suspect(each) for each in digest.suspects],
        "requirements": [_requirement(digest, result) for result in digest.results],
        "operations": [_operation(digest, operation) for operation in digest.operations],
        "coverage": {tally.kind.value: _coverage(tally) for tally in digest.coverage},
        "load": _load(digest),
        "errata": [asdict(erratum) for erratum in header.errata],
        "waivers": [waiver_record(waiver) for waiver in header.waivers],
    }


def _load(digest: Digest) -> Json:
    rates = [{**asdict(step), "findings": dict(step.findings)} for step in digest.header.load]
    return {"answer": digest.judgement.under_load, "rates": rates}


def counts(digest: Digest) -> Json:
    """The numbers of the run. Each requirement is counted once, by its status; a waived fail only as waived."""
    total = sum(digest.levels.values(), start=type(digest.levels["must"])())
    return {
        **_tally(total),
        "levels": {level: _tally(tally) for level, tally in digest.levels.items()},
        "findings": len(digest.evidence.findings),
        "causes": len(digest.causes),
        "exchanges": len(digest.exchanges),
        "unanswered": digest.unanswered,
        "operations": len(digest.operations),
        "operations_covered": sum(operation.is_covered for operation in digest.operations),
    }


def _gate(digest: Digest) -> Json:
    """The gate, with the size of the baseline; its fingerprints are in the journal."""
    gate = digest.header.gate
    return {
        "levels": [level.value for level in gate.levels],
        "inconclusive": gate.inconclusive,
        "baseline": len(gate.baseline),
    }


def _tally(by_status: dict[Status, int]) -> Json:
    return {status.word.replace(" ", "_"): by_status.get(status, 0) for status in Status}


def _causes(digest: Digest) -> Iterator[Json]:
    """In the order of the page: the most urgent lead first, each followed by the causes grouped under it."""
    for cluster in digest.clusters:
        yield _cause(cluster.lead, None)
        yield from (_cause(each, cluster.lead.key) for each in cluster.grouped)


def _cause(cause: Cause, under: str | None) -> Json:
    return {
        "key": cause.key,
        "under": under,
        "requirement": cause.result.id,
        "level": cause.result.requirement.level.value,
        "operations": list(cause.operations),
        "findings": len(cause.findings),
        "example": cause.first.fingerprint,
        "waived": cause.is_waived,
    }


def _suspect(suspect: Suspect) -> Json:
    return {
        "step": str(suspect.step),
        "failed": suspect.failed,
        "taken": suspect.taken,
        "likeness": round(suspect.likeness, 3),
    }


def _requirement(digest: Digest, result: RequirementResult) -> Json:
    return {
        "id": result.id,
        "level": result.requirement.level.value,
        "title": result.requirement.title,
        "verdict": str(result.verdict),
        "waived": result.is_waived,
        "out_of_scope": result.out_of_scope,
        "reason": result.reason,
        "opportunities": result.opportunities,
        "duration": round(result.duration, 3),
        "rounds": _rounds(digest, result.id),
        "clause": clause_record(result.requirement.clause, digest.clause_line(result)),
        "operations": {operation: str(verdict) for operation, verdict in result.by_operation.items()},
        "findings": [_finding(digest, result, finding) for finding in result.findings],
    }


def _finding(digest: Digest, result: RequirementResult, finding: Finding) -> Json:
    return {
        "fingerprint": finding.fingerprint,
        "cause": cause_key(finding),
        "operation": finding.operation,
        "expected": finding.expected,
        "received": finding.received,
        "pointer": finding.pointer,
        "line": digest.finding_line(finding, result),
        "at": finding.at,
        "as_published": finding.as_published,
        "exchanges": list(finding.exchanges),
        "test": finding.test,
        "rounds": _rounds(digest, finding.fingerprint),
        "waived": is_covered_by_waiver(result, finding),
        "in_baseline": is_accepted(finding, digest.baseline),
    }


def _rounds(digest: Digest, subject: str) -> Json:
    """Of a soak: in how many rounds a requirement failed, or a finding was made."""
    found = digest.reproduction.recurrences.get(subject)
    return {"failed": found.rounds, "seed": found.seed} if found else None


def _operation(digest: Digest, operation: Operation) -> Json:
    latencies = {latency.operation: latency for latency in digest.timing.latencies}
    return {
        "label": operation.label,
        "pointer": operation.pointer,
        "line": operation.line,
        "summary": operation.summary,
        "exchanges": operation.answered,
        "unanswered": operation.unanswered,
        "statuses": {str(status): count for status, count in sorted(operation.statuses.items())},
        "sent": dict(sorted(operation.sent.items())),
        "received": dict(sorted(operation.received.items())),
        "successes": {
            "all": sum(operation.successes.values()),
            "json": operation.json_successes,
            "msgpack": operation.msgpack_successes,
        },
        "latency": _latency(latencies.get(operation.label)),
    }


def _coverage(tally: Tally) -> Json:
    missed = [{"owner": item.owner, "name": item.name, "line": item.line} for item in tally.missed]
    return {"declared": len(tally.items), "seen": tally.covered, "never_seen": missed}


def _latency(latency: Latency | None) -> Json:
    if latency is None:
        return None
    return {name: round(getattr(latency, name), 3) for name in ("least", "median", "p90", "p99", "most")}
