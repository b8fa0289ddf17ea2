"""ctrf-report.json, the Common Test Report Format: a thin export for the tools that read it.

It has five words for a result. What was waived, never exercised or left out is "skipped"; what could not be judged,
by circumstances or by our own fault, is "other". Nothing but a pass is passed.
"""

from __future__ import annotations

import json

from conformance.model import Json
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status
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
            "tests": [_test(digest, row) for row in digest.rows],
        },
        "extra": {"conclusion": digest.judgement.conclusion.value, "sentence": legible(digest.judgement.sentence)},
    }


def _summary(digest: Digest) -> Json:
    words = [_WORDS[status] for status in digest.statuses_by_id.values()]
    counts = {word: words.count(word) for word in ("passed", "failed", "pending", "skipped", "other")}
    return {
        "tests": len(words),
        **counts,
        "start": round(digest.header.started * 1000),
        "stop": round(digest.evidence.finished * 1000),
    }


def _test(digest: Digest, row: RequirementResult) -> Json:
    status = digest.statuses_by_id[row.id]
    return {
        "name": f"{row.id} {row.requirement.title}",
        "status": _WORDS[status],
        "duration": 0,
        "rawStatus": status.word,
        "suite": [row.requirement.area],
        "tags": [row.requirement.level.value],
        "message": legible(_message(row)),
        "extra": {"level": row.requirement.level.value, "pointer": row.requirement.clause.pointer},
    }


def _message(row: RequirementResult) -> str:
    if row.findings:
        return f"expected {row.findings[0].expected}; received {row.findings[0].received}"
    return row.out_of_scope or row.reason
