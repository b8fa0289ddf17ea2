"""The status of a requirement as reports show it: its verdict, a waiver, or that it is out of scope.

Pure. "waived" and "out of scope" are not verdicts, and are never shown as a pass.
"""

from __future__ import annotations

from enum import Enum

from conformance.model import Finding, Verdict
from conformance.verdict.result import RequirementResult
from conformance.verdict.waivers import covers


class Status(Enum):
    """(word, sign, meaning), the status that needs attention most first."""

    FAIL = ("fail", "✕", "The target deviates from the clause.")
    ERROR = ("error", "!", "The suite itself failed here, so nothing is known about the target.")
    INCONCLUSIVE = ("inconclusive", "?", "Could not be judged: the set-up failed or there was no response.")
    WAIVED = ("waived", "◐", "The target deviates, and a waiver accepts the deviation until its end date.")
    NONE = ("none", "○", "In scope, but not exercised by this run, so nothing is known.")
    OUT_OF_SCOPE = ("out of scope", "⊘", "Left out of this run by its profile or its selection of tests.")
    PASS = ("pass", "✓", "Exercised, and no deviation was found.")

    def __init__(self, word: str, sign: str, meaning: str) -> None:
        self.word = word
        self.sign = sign
        self.meaning = meaning

    @property
    def key(self) -> str:
        """The word as an identifier: a class of the style sheet, a term of the filter."""
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


def status_of(result: RequirementResult) -> Status:
    """A deviation on one operation counts even if the suite itself failed on another."""
    if Verdict.FAIL in result.by_operation.values() and not result.is_waived:
        return Status.FAIL
    return _status(result, result.verdict, is_waived=result.is_waived)


def status_on(result: RequirementResult, operation: str) -> Status:
    """The status on one operation; a waiver of another operation has no effect here."""
    here = [each for each in result.findings if each.operation == operation]
    is_waived = bool(here) and all(is_covered_by_waiver(result, each) for each in here)
    return _status(result, result.by_operation.get(operation, Verdict.NONE), is_waived=is_waived)


def _status(result: RequirementResult, verdict: Verdict, *, is_waived: bool) -> Status:
    if verdict is Verdict.FAIL and is_waived:
        return Status.WAIVED
    if result.out_of_scope and verdict in {Verdict.NONE, Verdict.INCONCLUSIVE}:
        return Status.OUT_OF_SCOPE
    return _OF_VERDICT[verdict]


def is_covered_by_waiver(result: RequirementResult, finding: Finding) -> bool:
    return any(covers(waiver, finding) for waiver in result.waivers)
