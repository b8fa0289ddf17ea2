"""report.sarif, SARIF 2.1.0: a result for each deviation, at the line of openapi.yaml that it deviates from.

A code scanning page then shows the findings in the contract itself. The fingerprint is the finding's own, so that an
alert stays one alert from run to run; a waiver is a suppression, with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from conformance.model import Finding, Json
from conformance.report.analysis.digest import Digest
from conformance.report.text.dates import instant
from conformance.report.text.finding import clause_words
from conformance.report.text.safe_text import legible, shortened
from conformance.report.text.steps import trail
from conformance.verdict.result import RequirementResult
from conformance.verdict.waivers import covers

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "CONTRACT"
_FILE = "openapi.yaml"
_MOST_RESULTS = 5_000
"""GitHub shows no more of a run, and refuses a file of more than 25,000."""
_LEVELS = {"must": "error", "should": "warning", "may": "note"}


def render(digest: Digest) -> str:
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(digest)]}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _run(digest: Digest) -> Json:
    header = digest.header
    return {
        "tool": {
            "driver": {
                "name": "ably-conformance",
                "semanticVersion": header.suite,
                "rules": [_rule(digest, row) for row in digest.rows],
            }
        },
        "invocations": [_invocation(digest)],
        "artifacts": [{"location": _location_of_file(), "hashes": {"sha-256": header.contract.sha256}}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that holds the published contract."}}},
        "automationDetails": {"id": f"ably-conformance/{legible(header.profile.name)}/{header.run}"},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(digest)),
    }


def _invocation(digest: Digest) -> Json:
    return {
        "commandLine": legible(digest.header.reproduce),
        "executionSuccessful": digest.is_complete,
        "exitCode": digest.judgement.exit.value,
        "startTimeUtc": instant(digest.header.started),
        "endTimeUtc": instant(digest.evidence.finished),
        "toolExecutionNotifications": [
            {"level": "warning", "message": {"text": legible(problem)}} for problem in digest.judgement.problems
        ],
    }


def _rule(digest: Digest, row: RequirementResult) -> Json:
    requirement = row.requirement
    return {
        "id": requirement.id,
        "shortDescription": {"text": requirement.title},
        "fullDescription": {"text": _clause(row)},
        "defaultConfiguration": {"level": _LEVELS[requirement.level.value]},
        "properties": {
            "level": requirement.level.value,
            "standing": digest.statuses_by_id[row.id].word,
            "tags": [requirement.area],
        },
    }


def _clause(row: RequirementResult) -> str:
    clause = row.requirement.clause
    return f"{clause.pointer}: {clause_words(clause)}" if clause.text else clause.pointer


def _results(digest: Digest) -> Iterator[Json]:
    """One result a deviation: the same one seen again is a number, not an alert."""
    numbers = {row.id: number for number, row in enumerate(digest.rows)}
    seen = 0
    for cause in digest.causes:
        for finding, times in _distinct(cause.findings):
            if seen < _MOST_RESULTS:
                yield _result(digest, cause.row, finding, times, numbers[cause.row.id])
            seen += 1


def _distinct(findings: tuple[Finding, ...]) -> Iterator[tuple[Finding, int]]:
    """The smallest example of each fingerprint, and how many there are."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.fingerprint, []).append(finding)
    for group in groups.values():
        yield group[0], len(group)


def _result(digest: Digest, row: RequirementResult, finding: Finding, times: int, number: int) -> Json:
    result = {
        "ruleId": row.id,
        "ruleIndex": number,
        "level": _LEVELS[row.requirement.level.value],
        "kind": "fail",
        "message": {"text": _words(row, finding)},
        "locations": [_location(digest, row, finding)],
        "partialFingerprints": {"ablyConformance/v1": finding.fingerprint},
        "occurrenceCount": times,
        "properties": {
            "operation": legible(finding.operation),
            "at": legible(finding.at),
            "as published": finding.as_published,
            "exchanges": legible(trail(digest.exchanges_of(finding))),
            "reproduce": legible(digest.reproduce(row.id)),
        },
    }
    return {**result, "suppressions": _suppressions(row, finding)}


def _words(row: RequirementResult, finding: Finding) -> str:
    parts = (
        f"{row.requirement.title}.",
        f"{finding.operation}: " if finding.operation else "",
        f"expected {shortened(finding.expected, 500)}; received {shortened(finding.received, 500)}",
    )
    return legible(" ".join(part.strip() for part in parts if part))


def _location(digest: Digest, row: RequirementResult, finding: Finding) -> Json:
    """A clause of a document of Ably's has no line here; the operation that deviates has one."""
    labels = {operation.label: operation.line for operation in digest.operations}
    line = digest.finding_line(finding, row) or labels.get(finding.operation, 0) or 1
    pointer = finding.pointer or row.requirement.clause.pointer
    return {
        "physicalLocation": {"artifactLocation": _location_of_file(), "region": {"startLine": line}},
        "logicalLocations": [{"fullyQualifiedName": legible(pointer)}],
    }


def _location_of_file() -> Json:
    return {"uri": _FILE, "uriBaseId": _ROOT}


def _suppressions(row: RequirementResult, finding: Finding) -> list[Json]:
    """An empty list says that nothing was suppressed; no list would say that nobody looked."""
    return [
        {
            "kind": "external",
            "status": "accepted",
            "justification": legible(f"until {waiver.until}: {waiver.reason} ({waiver.issue})"),
        }
        for waiver in row.waivers
        if covers(waiver, finding)
    ]
