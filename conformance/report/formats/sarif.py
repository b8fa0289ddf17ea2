"""Renders report.sarif (SARIF 2.1.0): one result for each finding, at its line of the contract.

A code scanning page then shows the findings within the contract. The fingerprint is the finding's own, so that an alert
stays the same alert from run to run. GitHub tells alerts apart by `primaryLocationLineHash`, and makes one of the text
of the line where a file has none: twenty findings at one line would be one alert. It does not read suppressions, so a
waived finding is no result; the notifications name it with its waiver.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from urllib.parse import quote

from conformance.evidence.selection import words_of
from conformance.model import Finding, Json
from conformance.report.analysis.causes import Cause
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import is_covered_by_waiver
from conformance.report.formats.markdown import escaped
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
_SEVERITIES = {"must": "error", "should": "warning", "may": "recommendation"}
"""GitHub's words, by which its page filters."""


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
        "properties": {"selection": digest.header.selection, "labels": dict(digest.header.labels)},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(digest)),
    }


def _category(digest: Digest) -> str:
    """An upload closes the alerts of its category that it lacks, so each selection has a category of its own.

    GitHub takes what follows the last "/" for the name of the run.
    """
    chosen = replace(digest.header.chosen, shards=())
    typed = words_of(chosen, 0, 0) or "partial"
    words = re.sub(r"[^A-Za-z0-9]+", "-", typed).strip("-")[:40]
    mark = hashlib.sha256(typed.encode("utf-8", "surrogatepass")).hexdigest()[
        :6
    ]  # words may differ in their signs only
    part = f"{words}-{mark}/" if digest.is_partial else ""
    return f"ably-conformance/{legible(digest.header.profile.name)}/{part}{digest.header.run}"


def _invocation(digest: Digest) -> Json:
    notes = [*digest.judgement.problems, *_waived(digest)]
    return {
        "commandLine": legible(digest.header.reproduce),
        "executionSuccessful": digest.is_complete and digest.has_judged and not digest.header.blockers,
        "exitCode": digest.judgement.exit.value,
        "startTimeUtc": instant(digest.header.started),
        "endTimeUtc": instant(digest.evidence.finished),
        "toolExecutionNotifications": [{"level": "warning", "message": {"text": legible(note)}} for note in notes],
    }


def _waived(digest: Digest) -> Iterator[str]:
    for result in digest.results:
        for waiver in result.waivers:
            count = sum(covers(waiver, finding) for finding in result.findings)
            found = f"{count} finding{'' if count == 1 else 's'}"
            yield f"{found} of {result.id} waived until {waiver.until}: {waiver.reason} ({waiver.issue})"


def _rule(digest: Digest, result: RequirementResult) -> Json:
    requirement, clause = result.requirement, result.requirement.clause
    return {
        "id": requirement.id,
        "shortDescription": {"text": requirement.title},
        "fullDescription": {"text": f"{clause.pointer}: {clause_words(clause)}" if clause.text else clause.pointer},
        "help": _help(digest, result),
        "defaultConfiguration": {"level": _LEVELS[requirement.level.value]},
        "properties": {
            "level": requirement.level.value,
            "status": digest.statuses_by_id[result.id].word,
            "tags": [requirement.area],
            "precision": "very-high",
            "problem.severity": _SEVERITIES[requirement.level.value],
        },
    }


def _help(digest: Digest, result: RequirementResult) -> Json:
    """What a code scanning page shows beside an alert: where the rule comes from, and how to see its result again."""
    requirement, clause = result.requirement, result.requirement.clause
    line = digest.clause_line(result)
    where = f"openapi.yaml, line {line} ({clause.pointer})" if line else clause.pointer
    words = clause_words(clause) if clause.text else ""
    command = digest.reproduction.of_requirement(result.id)
    title = f"{requirement.id} ({requirement.level.value.upper()}): {requirement.title}"
    text = "\n\n".join(filter(None, (title, where, words, f"Reproduce: {command}")))
    markdown = "\n\n".join(filter(None, (f"**{escaped(title)}**", escaped(where, 400), escaped(words, 2_000))))
    return {"text": legible(text), "markdown": f"{markdown}\n\n```\n{legible(command)}\n```\n"}


def _results(digest: Digest) -> Iterator[Json]:
    """One result for each fingerprint; repeated findings are a count, not further alerts."""
    numbers = {result.id: number for number, result in enumerate(digest.results)}
    distinct = ((cause.result, *each) for cause in digest.causes for each in _distinct(cause))
    for result, finding, times in islice(distinct, _MOST_RESULTS):
        yield _result(digest, result, finding, times, numbers[result.id])


def _distinct(cause: Cause) -> Iterator[tuple[Finding, int]]:
    """The smallest example of each fingerprint that no waiver covers, and the number of its findings."""
    groups: dict[str, list[Finding]] = {}
    for finding in cause.findings:
        if not is_covered_by_waiver(cause.result, finding):
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
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
            "ablyConformance/v1": finding.fingerprint,
        },
        "occurrenceCount": times,
        "properties": {
            "operation": legible(finding.operation),
            "at": legible(finding.at),
            "as published": finding.as_published,
            "exchanges": legible(trail(digest.exchanges_of(finding))),
            "reproduce": legible(digest.reproduction.of_finding(finding)),
            **({"rounds": rounds} if (rounds := digest.reproduction.rounds_of(finding.fingerprint)) else {}),
        },
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
