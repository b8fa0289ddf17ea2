"""The result of one requirement, the conclusion of a run and its exit status. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from conformance.model import Finding, Requirement, Verdict, Waiver


class Conclusion(Enum):
    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    INCONCLUSIVE = "inconclusive"
    OBSERVED = "no fail observed"  # of recordings and loads, which are never the whole


class Exit(Enum):
    """The exit status of the process."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    INTERRUPTED = 2
    SUITE_ERROR = 3
    USAGE = 4
    NOTHING_SELECTED = 5
    INCONCLUSIVE = 6


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """One requirement and its verdict.

    by_operation: the verdict for each operation on which it was exercised. opportunities: how often it was exercised.
    waivers: those that cover findings of it. is_waived: whether they cover all of its findings. out_of_scope: why the
    profile leaves it out, "" when it is in scope. reason: why it was not judged. file: the module of its test or check.
    seconds: how long its tests took, by operation; a check judges what tests send, and takes no time of its own.
    """

    requirement: Requirement
    verdict: Verdict
    by_operation: dict[str, Verdict]
    opportunities: int
    findings: tuple[Finding, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    is_waived: bool = False
    out_of_scope: str = ""
    reason: str = ""
    file: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def duration(self) -> float:
        return sum(self.seconds.values())

    @property
    def id(self) -> str:
        return self.requirement.id

    @property
    def has_failed(self) -> bool:
        """Whether it failed anywhere and is not waived, even if the suite itself failed on another occasion."""
        has_finding = bool(self.findings) or Verdict.FAIL in self.by_operation.values()
        return has_finding and not self.is_waived


def some(ids: list[str], shown: int = 6) -> str:
    """The first of them, and how many more there are."""
    rest = f" and {len(ids) - shown} more" if len(ids) > shown else ""
    return ", ".join(ids[:shown]) + rest
