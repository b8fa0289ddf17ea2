"""How a requirement stands for a reader: its verdict, with what a waiver or the scope adds to it.

Pure. "waived" and "out of scope" are no verdicts, and neither may look like one that was earned.
"""

from __future__ import annotations

from enum import Enum

from conformance.model import Finding, Verdict
from conformance.verdict.result import RequirementResult
from conformance.verdict.waivers import covers


class Status(Enum):
    """(word, sign, what it means). The order is that of attention: what needs it most comes first."""

    FAIL = ("fail", "✕", "the target deviates from the clause")
    ERROR = ("error", "!", "the suite itself is wrong here; nothing is said about the target")
    INCONCLUSIVE = ("inconclusive", "?", "the circumstances did not let us look")
    WAIVED = ("waived", "◐", "the target deviates, and a waiver accepts that until its date")
    NONE = ("none", "○", "in scope, and never exercised: nothing is known")
    OUT_OF_SCOPE = ("out of scope", "⊘", "left out by the profile, with the reason")
    PASS = ("pass", "✓", "exercised, and no deviation was seen")

    def __init__(self, word: str, sign: str, meaning: str) -> None:
        self.word = word
        self.sign = sign
        self.meaning = meaning

    @property
    def key(self) -> str:
        """The word as an identifier."""
        return self.word.replace(" ", "-")

    @property
    def rank(self) -> int:
        return list(Status).index(self)


_OF_VERDICT = {
    Verdict.NONE: Status.NONE,
    Verdict.PASS: Status.PASS,
    Verdict.INCONCLUSIVE: Status.INCONCLUSIVE,
    Verdict.FAIL: Status.FAIL,
    Verdict.ERROR: Status.ERROR,
}


def status_of(row: RequirementResult) -> Status:
    """An error of ours on one operation takes no deviation on another one back."""
    if Verdict.FAIL in row.by_operation.values() and not row.is_waived:
        return Status.FAIL
    return _standing(row, row.verdict, is_waived=row.is_waived)


def status_on(row: RequirementResult, operation: str) -> Status:
    """On one operation: a waiver of that operation alone forgives there and nowhere else."""
    here = [each for each in row.findings if each.operation == operation]
    is_waived = bool(here) and all(is_covered_by_waiver(row, each) for each in here)
    return _standing(row, row.by_operation.get(operation, Verdict.NONE), is_waived=is_waived)


def _standing(row: RequirementResult, verdict: Verdict, *, is_waived: bool) -> Status:
    if verdict is Verdict.FAIL and is_waived:
        return Status.WAIVED
    if row.out_of_scope and verdict in {Verdict.NONE, Verdict.INCONCLUSIVE}:
        return Status.OUT_OF_SCOPE
    return _OF_VERDICT[verdict]


def is_covered_by_waiver(row: RequirementResult, finding: Finding) -> bool:
    return any(covers(waiver, finding) for waiver in row.waivers)
