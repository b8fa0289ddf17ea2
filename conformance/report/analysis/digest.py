"""What every writer of a report needs to know, worked out once from the evidence and the judgement.

Pure: no clock, no files. The same journals give the same digest, in the same order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.contract import Contract
from conformance.model import JSON, MSGPACK, Evidence, Exchange, Finding, OperationFacts, RunHeader, lines_of
from conformance.report.analysis.causes import Cause, Cluster, causes_of, clusters_of
from conformance.report.analysis.coverage import Tally, coverage
from conformance.report.analysis.families import families_of
from conformance.report.analysis.source import Source
from conformance.report.analysis.status import Status, status_of
from conformance.report.analysis.suspects import Suspect, steps_of, suspects
from conformance.report.analysis.timing import Timing, timing
from conformance.verdict.judge import Judgement
from conformance.verdict.result import RequirementResult

LEVELS = ("must", "should", "may")
_MOST_SUSPECTS = 3


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation and what was seen of it.

    answered, unanswered: exchanges with and without a response. statuses, sent, received: how often each status and
    media type occurred. successes: the 2xx among the answers, by media type.
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
        """A 2xx answer was judged, in JSON and in MessagePack or with nothing in it to be formatted."""
        return bool(self.successes)

    @property
    def json_successes(self) -> int:
        return self.successes[JSON]

    @property
    def msgpack_successes(self) -> int:
        return self.successes[MSGPACK]


@dataclass(frozen=True, slots=True)
class Digest:
    """exchanges: by id. standings: by requirement id. levels: how many requirements stand how, level by level."""

    evidence: Evidence
    judgement: Judgement
    source: Source
    exchanges: dict[str, Exchange]
    statuses_by_id: dict[str, Status]
    levels: dict[str, Counter[Status]]
    causes: tuple[Cause, ...]
    clusters: tuple[Cluster, ...]
    suspects: tuple[Suspect, ...]
    operations: tuple[Operation, ...]
    coverage: tuple[Tally, ...]
    timing: Timing

    @property
    def header(self) -> RunHeader:
        return self.evidence.header

    @property
    def duration(self) -> float:
        return float(max(self.evidence.finished - self.header.started, 0.0))

    @property
    def baseline(self) -> frozenset[str]:
        """Fingerprints of what was there when the gate was put up."""
        return frozenset(self.header.gate.baseline)

    @property
    def is_complete(self) -> bool:
        return not self.evidence.cut

    @property
    def rows(self) -> tuple[RequirementResult, ...]:
        return self.judgement.rows

    @property
    def unanswered(self) -> int:
        return sum(exchange.response is None for exchange in self.exchanges.values())

    @property
    def has_judged(self) -> bool:
        """Whether anything was: no findings mean nothing where nobody looked."""
        return any(row.by_operation for row in self.rows)

    def clause_line(self, row: RequirementResult) -> int:
        """The line of a requirement's clause in openapi.yaml, 0 when it stands on a document of Ably's."""
        return self.source.line(row.requirement.clause.pointer)

    def finding_line(self, finding: Finding, row: RequirementResult) -> int:
        """The line of the narrowest pointer that is known of a finding."""
        return self.source.line(finding.pointer) or self.clause_line(row)

    def exchanges_of(self, finding: Finding) -> list[Exchange]:
        """Those that the evidence still holds: a cut journal may have lost some."""
        return [self.exchanges[id_] for id_ in finding.exchanges if id_ in self.exchanges]

    def is_known(self, cause: Cause) -> bool:
        """All of it was there when the gate was put up."""
        return {finding.fingerprint for finding in cause.findings} <= self.baseline

    def reproduce(self, requirement: str) -> str:
        return f"{self.header.reproduce} -k {requirement}"


def digest(evidence: Evidence, judgement: Judgement, contract: Contract, contract_text: str) -> Digest:
    """contract: as corrected for the run. contract_text: openapi.yaml, as published."""
    exchanges = {exchange.id: exchange for exchange in evidence.exchanges}
    statuses_by_id = {row.id: status_of(row) for row in judgement.rows}
    text = Source(contract_text, contract.lines)
    started = evidence.header.started
    causes = causes_of(judgement.rows, exchanges)
    answered = sum(exchange.response is not None for exchange in evidence.exchanges)
    steps = steps_of(evidence.exchanges)
    suspected = suspects(evidence.exchanges, steps, _failed_tests(causes))
    return Digest(
        evidence=evidence,
        judgement=judgement,
        source=text,
        exchanges=exchanges,
        statuses_by_id=statuses_by_id,
        levels=_levels(judgement.rows, statuses_by_id),
        causes=causes,
        clusters=families_of(clusters_of(causes, answered), steps, suspected),
        suspects=suspected[:_MOST_SUSPECTS],
        operations=tuple(_operations(evidence)),
        coverage=coverage(contract, text, evidence.exchanges),
        timing=timing(evidence.exchanges, started, evidence.finished - started),
    )


def _failed_tests(causes: Iterable[Cause]) -> frozenset[str]:
    return frozenset(finding.test for cause in causes if not cause.is_waived for finding in cause.findings)


def _levels(rows: Iterable[RequirementResult], statuses_by_id: dict[str, Status]) -> dict[str, Counter[Status]]:
    levels: dict[str, Counter[Status]] = {level: Counter() for level in LEVELS}
    for row in rows:
        levels[row.requirement.level.value][statuses_by_id[row.id]] += 1
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
        sent=Counter(filter(None, map(_sent, exchanges))),
        received=Counter(filter(None, (answer.media_type for answer in answers))),
        successes=Counter(answer.media_type for answer in answers if 200 <= answer.status < 300),
    )


def _sent(exchange: Exchange) -> str:
    """The media type of the request's body, "" when it has none."""
    stated = next(iter(lines_of(exchange.request.headers, "content-type")), "")
    return stated.partition(";")[0].strip().lower() if exchange.request.body else ""
