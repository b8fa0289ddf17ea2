"""Renders report.sarif (SARIF 2.1.0): one result for each finding, at its line of the contract.

A code scanning page then shows the findings within the contract. The fingerprint is the finding's own, so that an alert
stays the same alert from run to run; a waiver becomes a suppression with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from urllib.parse import quote

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
_MOST_RESULTS = 5_000
"""GitHub shows at most this many results of a run, and rejects a file of more than 25,000."""
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
                "rules": [_rule(digest, result) for result in digest.results],
            }
        },
        "invocations": [_invocation(digest)],
        "artifacts": [{"location": _file(digest), "hashes": {"sha-256": header.contract.sha256}}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that holds the published contract."}}},
        "automationDetails": {"id": _category(digest)},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(digest)),
    }


def _category(digest: Digest) -> str:
    """An upload closes the alerts of its category that it lacks, so a partial run has a category of its own."""
    part = "partial/" if digest.is_partial else ""
    return f"ably-conformance/{legible(digest.header.profile.name)}/{part}{digest.header.run}"


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


def _rule(digest: Digest, result: RequirementResult) -> Json:
    requirement, clause = result.requirement, result.requirement.clause
    return {
        "id": requirement.id,
        "shortDescription": {"text": requirement.title},
        "fullDescription": {"text": f"{clause.pointer}: {clause_words(clause)}" if clause.text else clause.pointer},
        "defaultConfiguration": {"level": _LEVELS[requirement.level.value]},
        "properties": {
            "level": requirement.level.value,
            "status": digest.statuses_by_id[result.id].word,
            "tags": [requirement.area],
        },
    }


def _results(digest: Digest) -> Iterator[Json]:
    """One result for each fingerprint; repeated findings are a count, not further alerts."""
    numbers = {result.id: number for number, result in enumerate(digest.results)}
    distinct = ((cause.result, *each) for cause in digest.causes for each in _distinct(cause.findings))
    for result, finding, times in islice(distinct, _MOST_RESULTS):
        yield _result(digest, result, finding, times, numbers[result.id])


def _distinct(findings: tuple[Finding, ...]) -> Iterator[tuple[Finding, int]]:
    """The smallest example of each fingerprint, and the number of its findings."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.fingerprint, []).append(finding)
    for group in groups.values():
        yield group[0], len(group)


def _result(digest: Digest, result: RequirementResult, finding: Finding, times: int, number: int) -> Json:
    return {
        "ruleId": result.id,
        "ruleIndex": number,
        "level": _LEVELS[result.requirement.level.value],
        "kind": "fail",
        "message": {"text": _words(result, finding)},
        "locations": [_location(digest, result, finding)],
        "partialFingerprints": {"ablyConformance/v1": finding.fingerprint},
        "occurrenceCount": times,
        "properties": {
            "operation": legible(finding.operation),
            "at": legible(finding.at),
            "as published": finding.as_published,
            "exchanges": legible(trail(digest.exchanges_of(finding))),
            "reproduce": legible(digest.reproduction.of_finding(finding)),
        },
        "suppressions": _suppressions(result, finding),
    }


def _words(result: RequirementResult, finding: Finding) -> str:
    parts = (
        f"{result.requirement.title}.",
        f"{finding.operation}:" if finding.operation else "",
        f"expected {shortened(finding.expected, 500)}; received {shortened(finding.received, 500)}",
    )
    return legible(" ".join(filter(None, parts)))


def _file(digest: Digest) -> Json:
    return {"uri": quote(digest.header.contract.document), "uriBaseId": _ROOT}


def _location(digest: Digest, result: RequirementResult, finding: Finding) -> Json:
    """The line of the clause, or that of the operation if the clause is in another document."""
    labels = {operation.label: operation.line for operation in digest.operations}
    line = digest.finding_line(finding, result) or labels.get(finding.operation, 0) or 1
    pointer = finding.pointer or result.requirement.clause.pointer
    return {
        "physicalLocation": {"artifactLocation": _file(digest), "region": {"startLine": line}},
        "logicalLocations": [{"fullyQualifiedName": legible(pointer)}],
    }


def _suppressions(result: RequirementResult, finding: Finding) -> list[Json]:
    """The waivers of a finding; in SARIF an empty list means not suppressed, a missing one unknown."""
    return [
        {
            "kind": "external",
            "status": "accepted",
            "justification": legible(f"until {waiver.until}: {waiver.reason} ({waiver.issue})"),
        }
        for waiver in result.waivers
        if covers(waiver, finding)
    ]
