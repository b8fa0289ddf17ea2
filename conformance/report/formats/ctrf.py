"""Renders ctrf-report.json, the Common Test Report Format, for tools that read it.

The format has five words for a result. Waived, not exercised and out-of-scope requirements are "skipped"; inconclusive
ones and errors of the suite are "other". Only a pass is "passed".
"""

from __future__ import annotations

import json

from conformance.model import Json
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status
from conformance.report.text.finding import received_instead
from conformance.report.text.safe_text import legible
from conformance.verdict.result import RequirementResult

_WORDS = {
    Status.PASS: "passed",
    Status.FAIL: "failed",
    Status.WAIVED: "skipped",
    Status.NONE: "skipped",
    Status.OUT_OF_SCOPE: "skipped",
    Status.INCONCLUSIVE: "other",
    Status.ERROR: "other",
}


def render(digest: Digest) -> str:
    return json.dumps(_document(digest), ensure_ascii=False, indent=1) + "\n"


def _document(digest: Digest) -> Json:
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "generatedBy": f"ably-conformance {digest.header.suite}",
        "results": {
            "tool": {"name": "ably-conformance", "version": digest.header.suite},
            "summary": _summary(digest),
            "tests": [_test(digest, result) for result in digest.results],
            "environment": _environment(digest),
        },
        "extra": {"conclusion": digest.judgement.conclusion.value, "sentence": legible(digest.judgement.sentence)},
    }


def _environment(digest: Digest) -> Json:
    labels = {legible(name): legible(value) for name, value in digest.header.labels}
    facts = {"testEnvironment": legible(digest.header.profile.name), "commit": labels.get("commit", "")}
    extra = {"target": legible(digest.header.url), "labels": labels}
    return {**{name: value for name, value in facts.items() if value}, "extra": extra}


def _summary(digest: Digest) -> Json:
    words = [_WORDS[status] for status in digest.statuses_by_id.values()]
    counts = {word: words.count(word) for word in ("passed", "failed", "pending", "skipped", "other")}
    return {
        "tests": len(words),
        **counts,
        "start": round(digest.header.started * 1000),
        "stop": round(digest.evidence.finished * 1000),
    }


def _test(digest: Digest, result: RequirementResult) -> Json:
    status = digest.statuses_by_id[result.id]
    message = received_instead(result.findings[0]) if result.findings else result.out_of_scope or result.reason
    return {
        "name": f"{result.id} {result.requirement.title}",
        "status": _WORDS[status],
        "duration": round(result.duration * 1000),
        "rawStatus": status.word,
        "suite": [result.requirement.area],
        **({"filePath": result.file} if result.file else {}),
        "tags": [result.requirement.level.value],
        "message": legible(message),
        "extra": {"level": result.requirement.level.value, "pointer": result.requirement.clause.pointer},
    }
