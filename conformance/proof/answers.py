"""Proof against false alarms: recorded answers of the real service, judged by all checks.

    ably-conformance answers [FILE.jsonl ...]

No MUST may fail on an answer that the real service gave, except those listed with a reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.checks import Checks, requirements
from conformance.contract import Contract, load
from conformance.model import MUST, Finding, Level
from conformance.paths import PACKAGE
from conformance.proof.recordings import Recording, exchanges, read

ANSWERS = PACKAGE / "selftest" / "answers" / "real-answers.jsonl"
EXCEPTIONS = ANSWERS.with_name("exceptions.json")

RIGHT_ALARMS = frozenset({"ERR-06"})
"""Requirements whose fail is no false alarm, whoever answers: a 5xx status was a fault of the service on that day."""


@dataclass(frozen=True, slots=True)
class AcceptedFail:
    """A MUST that a genuine answer breaks, and why that is right. answer: the id of the recording."""

    answer: str
    requirement: str
    reason: str


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """What the checks found. checks: how many judged the answer. unjudged: why none did, a sentence, else ""."""

    recording: Recording
    findings: tuple[Finding, ...] = ()
    checks: int = 0
    unjudged: str = ""


def judge_file(path: Path = ANSWERS) -> tuple[JudgedAnswer, ...]:
    contract = load()
    checks = Checks(contract)
    return tuple(judge(recording, contract, checks) for recording in read(path))


def judge(recording: Recording, contract: Contract, checks: Checks) -> JudgedAnswer:
    """Judge one answer as that of each operation that it speaks of; equal findings count once."""
    if recording.is_empty:
        return JudgedAnswer(recording, unjudged="nothing of the answer was recorded but a note")
    found: dict[tuple[str, str, str], Finding] = {}
    applicable: set[str] = set()
    unjudged: list[str] = []
    for exchange in exchanges(recording, contract):
        result = checks.judge(exchange)
        applicable.update(result.applicable)
        unjudged += [exchange.interference] if exchange.interference else []
        found.update({(each.requirement, each.expected, each.received): each for each in result.findings})
    return JudgedAnswer(
        recording, tuple(found.values()), len(applicable), unjudged[0] if unjudged and not applicable else ""
    )


def levels() -> Mapping[str, Level]:
    return {head.id: head.level for head in requirements()}


def accepted_fails() -> tuple[AcceptedFail, ...]:
    return tuple(AcceptedFail(**each) for each in json.loads(EXCEPTIONS.read_text(encoding="utf-8")))


def gaps(judged: Sequence[JudgedAnswer], accepted: Sequence[AcceptedFail] = ()) -> Iterator[str]:
    """What contradicts the claim, a sentence each: false alarms, and exceptions that no longer apply."""
    level = levels()
    failed = {
        (each.recording.id, finding.requirement): finding
        for each in judged
        for finding in each.findings
        if each.recording.is_genuine and level[finding.requirement] is MUST and finding.requirement not in RIGHT_ALARMS
    }
    listed = {(each.answer, each.requirement) for each in accepted}
    for (answer, requirement), finding in failed.items():
        if (answer, requirement) not in listed:
            yield f"{answer} breaks {requirement}: expected {finding.expected}, received {finding.received}"
    for answer, requirement in sorted(listed - failed.keys()):
        yield f"the exception for {answer} and {requirement} no longer applies"


def lines(judged: JudgedAnswer, level: Mapping[str, Level]) -> Iterator[str]:
    """What to print of one answer: one line for it, and one for each finding."""
    recording = judged.recording
    status = "status unrecorded" if recording.status is None else f"status {recording.status}"
    verdict = f"not judged: {judged.unjudged}" if judged.unjudged else f"{judged.checks} checks"
    genuine = "" if recording.is_genuine else f", {recording.genuine}"
    yield f"{recording.id}: {recording.operation}, {status}{genuine}: {verdict}"
    for each in sorted(judged.findings, key=lambda found: list(Level).index(level[found.requirement])):
        name = level[each.requirement].value.upper()
        yield f"    {name:6} {each.requirement}: expected {each.expected}, received {each.received}"
