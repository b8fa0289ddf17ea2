"""Computes everything that the formats of a report share, once, from the evidence and the judgement.

Pure: no clock, no files. The same journals give the same digest, in the same order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.contract import Contract
from conformance.model import JSON, MSGPACK, Evidence, Exchange, Finding, OperationFacts, RunHeader
from conformance.report.analysis.causes import Cause, Cluster, causes_of, clusters_of, failed_tests
from conformance.report.analysis.coverage import Tally, coverage
from conformance.report.analysis.families import families_of, in_order
from conformance.report.analysis.status import Status, status_of
from conformance.report.analysis.suspects import Suspect, judged_tests, steps_of, suspects
from conformance.report.analysis.timing import Timing, timing
from conformance.report.analysis.worklist import Entry, worklist
from conformance.report.text.reproduction import Reproduction, reproduction
from conformance.verdict.baseline import is_accepted
from conformance.verdict.judge import Judgement
from conformance.verdict.result import RequirementResult

LEVELS = ("must", "should", "may")
_MOST_SUSPECTS = 3


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract with the counts of its exchanges.

    answered, unanswered: exchanges with and without a response. statuses, sent, received: how often each status and
    media type occurred. successes: the 2xx responses, by media type.
    """

    label: str
    pointer: str
    line: int
    summary: str
    answered: int
    unanswered: int
    statuses: Counter[int]
    sent: Counter[str]
    received: Counter[str]
    successes: Counter[str]

    @property
    def is_covered(self) -> bool:
        """Whether at least one 2xx response was judged."""
        return bool(self.successes)

    @property
    def json_successes(self) -> int:
        return self.successes[JSON]

    @property
    def msgpack_successes(self) -> int:
        return self.successes[MSGPACK]


@dataclass(frozen=True, slots=True)
class Digest:
    """contract: with the errata of the run. exchanges: by id. levels: the number of requirements of each status, by
    level.
    """

    evidence: Evidence
    judgement: Judgement
    contract: Contract
    exchanges: dict[str, Exchange]
    statuses_by_id: dict[str, Status]
    levels: dict[str, Counter[Status]]
    causes: tuple[Cause, ...]
    clusters: tuple[Cluster, ...]
    worklist: tuple[Entry, ...]
    suspects: tuple[Suspect, ...]
    operations: tuple[Operation, ...]
    coverage: tuple[Tally, ...]
    timing: Timing
    reproduction: Reproduction

    @property
    def header(self) -> RunHeader:
        return self.evidence.header

    @property
    def duration(self) -> float:
        return float(max(self.evidence.finished - self.header.started, 0.0))

    @property
    def baseline(self) -> frozenset[str]:
        """Fingerprints of the known findings, which do not fail the build."""
        return frozenset(self.header.gate.baseline)

    @property
    def is_complete(self) -> bool:
        return not self.evidence.cut

    @property
    def results(self) -> tuple[RequirementResult, ...]:
        return self.judgement.rows

    @property
    def unanswered(self) -> int:
        return sum(exchange.response is None for exchange in self.exchanges.values())

    @property
    def has_judged(self) -> bool:
        """Whether any requirement was exercised; otherwise the absence of findings means nothing."""
        return any(result.by_operation for result in self.results)

    def clause_line(self, result: RequirementResult) -> int:
        """The line of a requirement's clause in openapi.yaml, 0 if the clause is in another document."""
        return self.contract.clause_line(result.requirement.clause.pointer)

    def finding_line(self, finding: Finding, result: RequirementResult) -> int:
        """The line of a finding's own clause, or else of the clause of its requirement."""
        return self.contract.clause_line(finding.pointer) or self.clause_line(result)

    def exchanges_of(self, finding: Finding) -> list[Exchange]:
        """Without the exchanges that a cut journal has lost."""
        return [self.exchanges[id_] for id_ in finding.exchanges if id_ in self.exchanges]

    def is_known(self, cause: Cause) -> bool:
        """Whether every finding of a cause is in the baseline."""
        return all(is_accepted(finding, self.baseline) for finding in cause.findings)

    @property
    def is_partial(self) -> bool:
        """Whether the user, or a plugin, left a part of the suite out."""
        return bool(self.header.selection)


def digest(evidence: Evidence, judgement: Judgement, contract: Contract) -> Digest:
    """contract: with the errata of the run applied."""
    exchanges = {exchange.id: exchange for exchange in evidence.exchanges}
    statuses_by_id = {result.id: status_of(result) for result in judgement.rows}
    started = evidence.header.started
    causes = causes_of(evidence, judgement.rows)
    steps = steps_of(evidence.exchanges)
    clusters = clusters_of(causes, evidence.exchanges)
    tests = judged_tests(evidence.outcomes, failed_tests(causes))
    suspected = suspects(evidence.exchanges, steps, tests)
    families = families_of(clusters, evidence.exchanges, steps, tests)
    return Digest(
        evidence=evidence,
        judgement=judgement,
        contract=contract,
        exchanges=exchanges,
        statuses_by_id=statuses_by_id,
        levels=_levels(judgement.rows, statuses_by_id),
        causes=causes,
        clusters=in_order(families, suspected),
        worklist=worklist(causes),
        suspects=suspected[:_MOST_SUSPECTS],
        operations=tuple(_operations(evidence)),
        coverage=coverage(contract, evidence.exchanges),
        timing=timing(evidence.exchanges, started, evidence.finished - started),
        reproduction=reproduction(evidence.header, evidence.outcomes),
    )


def _levels(results: Iterable[RequirementResult], statuses_by_id: dict[str, Status]) -> dict[str, Counter[Status]]:
    levels: dict[str, Counter[Status]] = {level: Counter() for level in LEVELS}
    for result in results:
        levels[result.requirement.level.value][statuses_by_id[result.id]] += 1
    return levels


def _operations(evidence: Evidence) -> Iterator[Operation]:
    by_label = defaultdict(list)
    for exchange in evidence.exchanges:
        by_label[exchange.operation].append(exchange)
    for record in evidence.header.operations:
        yield _operation(record, by_label[record.label])


def _operation(record: OperationFacts, exchanges: list[Exchange]) -> Operation:
    answers = [exchange.response for exchange in exchanges if exchange.response]
    return Operation(
        label=record.label,
        pointer=record.pointer,
        line=record.line,
        summary=record.summary,
        answered=len(answers),
        unanswered=len(exchanges) - len(answers),
        statuses=Counter(answer.status for answer in answers),
        sent=Counter(filter(None, (each.request.media_type for each in exchanges if each.request.body))),
        received=Counter(filter(None, (answer.media_type for answer in answers))),
        successes=Counter(answer.media_type for answer in answers if 200 <= answer.status < 300),
    )
