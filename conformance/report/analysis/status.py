"""How a requirement stands for a reader: its verdict, with what a waiver or the scope adds to it.

Pure. "waived" and "out of scope" are no verdicts, and neither may look like one that was earned.
"""

from __future__ import annotations

from enum import Enum

from conformance.model import Finding, Verdict
from conformance.verdict.judge import Row
from conformance.verdict.waivers import forgives


class Standing(Enum):
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
        return list(Standing).index(self)


_OF_VERDICT = {
    Verdict.NONE: Standing.NONE,
    Verdict.PASS: Standing.PASS,
    Verdict.INCONCLUSIVE: Standing.INCONCLUSIVE,
    Verdict.FAIL: Standing.FAIL,
    Verdict.ERROR: Standing.ERROR,
}


def standing_of(row: Row) -> Standing:
    """An error of ours on one operation takes no deviation on another one back."""
    if Verdict.FAIL in row.by_operation.values() and not row.is_waived:
        return Standing.FAIL
    return _standing(row, row.verdict, is_waived=row.is_waived)


def standing_on(row: Row, operation: str) -> Standing:
    """On one operation: a waiver of that operation alone forgives there and nowhere else."""
    here = [each for each in row.findings if each.operation == operation]
    is_waived = bool(here) and all(is_forgiven(row, each) for each in here)
    return _standing(row, row.by_operation.get(operation, Verdict.NONE), is_waived=is_waived)


def _standing(row: Row, verdict: Verdict, *, is_waived: bool) -> Standing:
    if verdict is Verdict.FAIL and is_waived:
        return Standing.WAIVED
    if row.out_of_scope and verdict in {Verdict.NONE, Verdict.INCONCLUSIVE}:
        return Standing.OUT_OF_SCOPE
    return _OF_VERDICT[verdict]


def is_forgiven(row: Row, finding: Finding) -> bool:
    return any(forgives(waiver, finding) for waiver in row.waivers)
