"""What a journal states beside one run: the rounds of a soak, and the rates of a load.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadStep:
    """One rate of a load, with what all workers counted at it.

    asked: requests a second; reached: answers of the target itself a second. seconds: how long the step lasted. sent:
    requests; judged: answers; refused: by a rate limit or a gateway; failed: without a response. median, p95: ms.
    findings: how many, by requirement. late: ms that the requests of a worker began after their time, in the
    mean. is_whole: whether it lasted as long as it was to.
    """

    asked: float
    reached: float
    seconds: float
    sent: int
    judged: int
    refused: int = 0
    failed: int = 0
    median: float = 0.0
    p95: float = 0.0
    findings: tuple[tuple[str, int], ...] = ()
    late: float = 0.0
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Recurrence:
    """In how many rounds of a soak something failed, and the seed of the first one.

    subject: a requirement, or the fingerprint of a finding.
    """

    subject: str
    rounds: int
    seed: int


@dataclass(frozen=True, slots=True)
class Soak:
    """Several rounds in one journal, each a run with a seed of its own. command: of one round, without its seed."""

    rounds: int
    command: str
    failed: tuple[Recurrence, ...] = ()
