"""Operations by aspects: where the target was looked at, how often, and how it stood.

Pure. A cell without opportunities is `none` whatever its neighbours are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from conformance.model import HTML, JAVASCRIPT, JSON, MSGPACK, Exchange, Finding, Origin, Verdict
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status, is_covered_by_waiver, status_on
from conformance.verdict.result import RequirementResult

_Concern = Callable[[Exchange, Finding], bool]


@dataclass(frozen=True, slots=True)
class Aspect:
    """One column. An exchange counts when `counts` says so, and a finding on it when `concerns` does; one with areas
    is counted by the opportunities of the requirements of these areas instead.
    """

    name: str
    meaning: str
    terms: str
    areas: frozenset[str] = frozenset()
    counts: Callable[[Exchange], bool] = lambda _: False
    concerns: _Concern = lambda _, __: True

    def behind(self, operation: str) -> str:
        """Where in the page stands what a cell counts."""
        section = "requirements" if self.areas else "exchanges"
        return f'{section}?{self.terms} op:"{operation}"'


@dataclass(frozen=True, slots=True)
class Cell:
    """causes: keys of what deviates here."""

    aspect: Aspect
    status: Status
    count: int
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    operation: str
    cells: tuple[Cell, ...]


def _answers_in(*media_types: str) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.response is not None and exchange.response.media_type in media_types


def _made_for(*origins: Origin) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.response is not None and exchange.origin in origins


def _is_answered(exchange: Exchange) -> bool:
    return exchange.response is not None


def _is_refusal(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.status >= 400


def _is_in_body(_: Exchange, finding: Finding) -> bool:
    """A finding that names no place speaks of the body when its requirement does, as those on answers do."""
    return finding.at.startswith(("/", "#", "body")) or (not finding.at and finding.requirement.startswith("RSP"))


def _is_status(_: Exchange, finding: Finding) -> bool:
    return finding.at == "status"


ASPECTS = (
    Aspect("status", "the status of every answer", "", counts=_is_answered, concerns=_is_status),
    Aspect("headers", "headers and links of every answer", "area:hdr area:pag", frozenset({"HDR", "PAG"})),
    Aspect("JSON", "bodies of answers in JSON", "media:json", counts=_answers_in(JSON), concerns=_is_in_body),
    Aspect(
        "MessagePack",
        "bodies of answers in MessagePack",
        "media:msgpack",
        counts=_answers_in(MSGPACK),
        concerns=_is_in_body,
    ),
    Aspect(
        "HTML, JSONP",
        "answers in HTML and JSONP",
        "media:html media:javascript",
        counts=_answers_in(HTML, JAVASCRIPT),
        concerns=_is_in_body,
    ),
    Aspect("errors", "answers with a status of 400 or more", "class:4xx class:5xx", counts=_is_refusal),
    Aspect("auth", "who may do what, and tokens", "area:aut area:tok area:sec", frozenset({"AUT", "TOK", "SEC"})),
    Aspect(
        "valid",
        "generated requests that keep to the contract",
        "origin:examples origin:coverage origin:valid",
        counts=_made_for(Origin.EXAMPLES, Origin.COVERAGE, Origin.VALID),
    ),
    Aspect("invalid", "generated requests that break the contract", "origin:invalid", counts=_made_for(Origin.INVALID)),
    Aspect("scenarios", "exchanges with state between them", "origin:scenario", counts=_made_for(Origin.SCENARIO)),
)


def matrix(digest: Digest) -> tuple[Line, ...]:
    tables = [_tabulate(digest, aspect) for aspect in ASPECTS]
    return tuple(
        Line(operation.label, tuple(table.cell(operation.label) for table in tables)) for operation in digest.operations
    )


@dataclass(slots=True)
class _Table:
    """One column as it is filled."""

    aspect: Aspect
    counts: Counter[str]
    statuses_by_id: dict[str, set[Status]]
    causes: dict[str, set[str]]

    def cell(self, operation: str) -> Cell:
        count = self.counts[operation]
        statuses_by_id = self.statuses_by_id.get(operation, set())
        usual = Status.PASS if count else Status.NONE
        worst = min(statuses_by_id | {usual}, key=lambda each: each.rank)
        return Cell(self.aspect, worst, count, tuple(sorted(self.causes.get(operation, ()))))


def _tabulate(digest: Digest, aspect: Aspect) -> _Table:
    table = _Table(aspect, Counter(), {}, {})
    if aspect.areas:
        _count_areas(digest, table)
    else:
        table.counts.update(each.operation for each in digest.exchanges.values() if aspect.counts(each))
    for cause_key, row, finding in _findings(digest):
        if _belongs(digest, aspect, row, finding):
            status = Status.WAIVED if is_covered_by_waiver(row, finding) else Status.FAIL
            table.statuses_by_id.setdefault(finding.operation, set()).add(status)
            table.causes.setdefault(finding.operation, set()).add(cause_key)
    return table


def _count_areas(digest: Digest, table: _Table) -> None:
    rows = [row for row in digest.rows if row.requirement.area in table.aspect.areas]
    ids = {row.id for row in rows}
    for (requirement, operation), count in digest.evidence.opportunities.items():
        table.counts[operation] += count if requirement in ids else 0
    for outcome in digest.evidence.outcomes:
        table.counts.update(outcome.operations if outcome.requirement in ids else ())
    for row, operation, verdict in _verdicts(rows):
        if verdict is not Verdict.PASS:
            table.statuses_by_id.setdefault(operation, set()).add(status_on(row, operation))


def _verdicts(rows: Iterable[RequirementResult]) -> Iterator[tuple[RequirementResult, str, Verdict]]:
    for row in rows:
        for operation, verdict in row.by_operation.items():
            yield row, operation, verdict


def _findings(digest: Digest) -> Iterator[tuple[str, RequirementResult, Finding]]:
    for cause in digest.causes:
        for finding in cause.findings:
            yield cause.key, cause.row, finding


def _belongs(digest: Digest, aspect: Aspect, row: RequirementResult, finding: Finding) -> bool:
    """The last exchange is the one that deviates; those before it only led there."""
    if aspect.areas:
        return row.requirement.area in aspect.areas
    exchanges = digest.exchanges_of(finding)
    return bool(exchanges) and aspect.counts(exchanges[-1]) and aspect.concerns(exchanges[-1], finding)
