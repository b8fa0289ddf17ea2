"""Tabulates the run by operation and aspect: how much was judged, and the worst status.

Pure. A cell without opportunities has the status none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from conformance.model import HTML, JAVASCRIPT, JSON, MSGPACK, MUST, Exchange, Finding, Origin, Response, Verdict
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status, is_covered_by_waiver, status_on
from conformance.report.page.archive import case_of


@dataclass(frozen=True, slots=True)
class Aspect:
    """One column. counts, concerns: whether an exchange with a response, or a finding on it, belongs to the column.
    areas: the column counts the opportunities of the requirements in these areas instead of exchanges. terms: the
    filter of the page that lists what the column counts.
    """

    name: str
    meaning: str
    terms: str
    areas: frozenset[str] = frozenset()
    counts: Callable[[Exchange, Response], bool] = lambda _, __: False
    concerns: Callable[[Finding], bool] = lambda _: True

    def filter_on(self, operation: str) -> str:
        """The fragment of the page that lists what a cell counts."""
        section = "requirements" if self.areas else "exchanges"
        return f'{section}?{self.terms} op:"{operation}"'


@dataclass(frozen=True, slots=True)
class Cell:
    """causes: the keys of the causes with a finding in this cell. is_must: whether a MUST requirement fails in it."""

    aspect: Aspect
    status: Status
    count: int
    causes: tuple[str, ...] = ()
    is_must: bool = False

    @property
    def tone(self) -> str:
        """A class of the style sheet; only a failed MUST is red."""
        return "lenient" if self.status is Status.FAIL and not self.is_must else self.status.key

    @property
    def words(self) -> str:
        return "fail of no must" if self.tone == "lenient" else self.status.word


@dataclass(frozen=True, slots=True)
class Line:
    operation: str
    cells: tuple[Cell, ...]

    @property
    def is_asked(self) -> bool:
        return any(cell.count or cell.causes for cell in self.cells)


def _is_in_body(finding: Finding) -> bool:
    """Whether a finding is about the body. Without a place, a finding of an RSP requirement is."""
    return finding.at.startswith(("/", "#", "body")) or (not finding.at and finding.requirement.startswith("RSP"))


ASPECTS = (
    Aspect(
        "status",
        "Status code of every response",
        "",
        counts=lambda *_: True,
        concerns=lambda finding: finding.at == "status",
    ),
    Aspect("headers", "Headers and links of every response", "area:hdr area:pag", frozenset({"HDR", "PAG"})),
    Aspect(
        "JSON",
        "Response bodies in JSON",
        "media:json",
        counts=lambda _, response: response.media_type == JSON,
        concerns=_is_in_body,
    ),
    Aspect(
        "MessagePack",
        "Response bodies in MessagePack",
        "media:msgpack",
        counts=lambda _, response: response.media_type == MSGPACK,
        concerns=_is_in_body,
    ),
    Aspect(
        "HTML, JSONP",
        "Responses in HTML and JSONP",
        "media:html media:javascript",
        counts=lambda _, response: response.media_type in {HTML, JAVASCRIPT},
        concerns=_is_in_body,
    ),
    Aspect(
        "errors",
        "Responses with a status of 400 or higher",
        "class:4xx class:5xx",
        counts=lambda _, response: response.status >= 400,
    ),
    Aspect(
        "auth",
        "Authentication, authorization and tokens",
        "area:aut area:tok area:sec",
        frozenset({"AUT", "TOK", "SEC"}),
    ),
    Aspect(
        "valid",
        "Generated requests that are valid by the contract",
        "case:valid",
        counts=lambda exchange, _: case_of(exchange) == "valid",
    ),
    Aspect(
        "invalid",
        "Generated requests that are invalid by the contract",
        "case:invalid",
        counts=lambda exchange, _: case_of(exchange) == "invalid",
    ),
    Aspect(
        "scenarios",
        "Requests of hand-written tests",
        "origin:scenario",
        counts=lambda exchange, _: exchange.origin is Origin.SCENARIO,
    ),
)


def matrix(digest: Digest) -> tuple[Line, ...]:
    tables = [_tabulate(digest, aspect) for aspect in ASPECTS]
    return tuple(
        Line(operation.label, tuple(table.cell(operation.label) for table in tables)) for operation in digest.operations
    )


@dataclass(slots=True)
class _Table:
    """One column while it is filled. statuses, causes: by operation. musts: operations with a failed MUST."""

    aspect: Aspect
    counts: Counter[str]
    statuses: dict[str, set[Status]]
    causes: dict[str, set[str]]
    musts: set[str]

    def cell(self, operation: str) -> Cell:
        count = self.counts[operation]
        usual = Status.PASS if count else Status.NONE
        worst = min(self.statuses.get(operation, set()) | {usual}, key=lambda each: each.rank)
        return Cell(self.aspect, worst, count, tuple(sorted(self.causes.get(operation, ()))), operation in self.musts)


def _tabulate(digest: Digest, aspect: Aspect) -> _Table:
    table = _Table(aspect, Counter(), {}, {}, set())
    if aspect.areas:
        _count_areas(digest, table)
    else:
        table.counts.update(
            each.operation for each in digest.exchanges.values() if each.response and aspect.counts(each, each.response)
        )
    for cause in digest.causes:
        for finding in cause.findings:
            if _belongs(digest, aspect, finding):
                status = Status.WAIVED if is_covered_by_waiver(cause.result, finding) else Status.FAIL
                table.statuses.setdefault(finding.operation, set()).add(status)
                table.causes.setdefault(finding.operation, set()).add(cause.key)
                if status is Status.FAIL and cause.result.requirement.level is MUST:
                    table.musts.add(finding.operation)
    return table


def _count_areas(digest: Digest, table: _Table) -> None:
    results = [result for result in digest.results if result.requirement.area in table.aspect.areas]
    ids = {result.id for result in results}
    for (requirement, operation), count in digest.evidence.opportunities.items():
        table.counts[operation] += count if requirement in ids else 0
    for outcome in digest.evidence.outcomes:
        table.counts.update(outcome.operations if outcome.requirement in ids else ())
    for result in results:
        for operation, verdict in result.by_operation.items():
            if verdict is not Verdict.PASS:
                table.statuses.setdefault(operation, set()).add(status_on(result, operation))


def _belongs(digest: Digest, aspect: Aspect, finding: Finding) -> bool:
    """Whether a finding belongs to a column, by its last exchange: the one that deviates."""
    if aspect.areas:
        return finding.requirement.partition("-")[0] in aspect.areas
    exchanges = digest.exchanges_of(finding)
    response = exchanges[-1].response if exchanges else None
    return response is not None and aspect.counts(exchanges[-1], response) and aspect.concerns(finding)
