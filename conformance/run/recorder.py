"""The evidence of the running test: its exchanges are stamped, judged by all checks and written to the journal."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace

from conformance.checks import Checks
from conformance.evidence.journal import Journal
from conformance.evidence.records import shortened
from conformance.model import Exchange, Finding
from conformance.names import without_made_names

_MOST_EXCHANGES = 40


@dataclass(frozen=True, slots=True)
class Comparison:
    """The last comparison of an assertion that failed, as pytest hands it over."""

    operator: str
    left: object
    right: object


@dataclass(slots=True)
class Running:
    """The test that runs, and the exchanges that it made so far.

    earlier: the comparison that failed in an earlier example, for a fail that did not happen again. asked: how many
    requests it sent. failed: the requirements with findings.
    """

    test: str = ""
    sequence: int = 0
    exchanges: tuple[Exchange, ...] = ()
    comparison: Comparison | None = None
    earlier: Comparison | None = None
    asked: int = 0
    failed: set[str] = field(default_factory=set)
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return round(time.perf_counter() - self.began, 3)


class Recorder:
    def __init__(self, checks: Checks, journal: Journal) -> None:
        self.running = Running()
        self.opportunities: Counter[tuple[str, str]] = Counter()
        self.examples: dict[tuple[str, str], str] = {}
        self._checks = checks
        self._journal = journal
        self._one_at_a_time = threading.Lock()

    def begin_test(self, test: str) -> None:
        self.running = Running(test=test, sequence=self.running.sequence + 1)

    def begin_example(self) -> None:
        """A property draws another example: only the exchanges of its last one are the evidence of a finding."""
        self.running.sequence += 1
        self.running.exchanges = ()
        self.running.earlier = self.running.comparison or self.running.earlier
        self.running.comparison = None

    def observe(self, exchange: Exchange) -> None:
        """Judge one exchange and write it down; scenarios that send from several threads take turns."""
        with self._one_at_a_time:
            self._record(exchange)

    def _record(self, exchange: Exchange) -> None:
        running = self.running
        exchange = replace(exchange, test=running.test, sequence=running.sequence)
        result = self._checks.judge(exchange)
        self._journal.write_exchange(exchange)
        for finding in result.findings:
            self._journal.write_finding(_in_words(finding))
        failed = {finding.requirement for finding in result.findings}
        running.asked += 1
        running.failed |= failed
        for requirement in result.applicable:
            self.opportunities[requirement, exchange.operation] += 1
            if requirement not in failed:
                self.examples.setdefault((requirement, exchange.operation), exchange.id)
        running.exchanges = (*running.exchanges[-_MOST_EXCHANGES:], shortened(exchange))


def _in_words(finding: Finding) -> Finding:
    """`expected` stays: it is part of the fingerprint, and takes names of the run out by itself."""
    (received,) = without_made_names(finding.received)
    return replace(finding, received=received)
