"""Prepares the findings for the page: one view for each cause, with its smallest example and the ways to repeat it.

Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from conformance.model import Exchange, Finding
from conformance.report.analysis.causes import Cause, Pattern
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.replay_plan import ReplaySource
from conformance.report.analysis.status import Status
from conformance.report.analysis.symptoms import Kind, symptoms_of
from conformance.report.formats import replay
from conformance.report.page.exchange_view import ExchangeView, exchange_view
from conformance.report.page.sequence import Diagram, diagram
from conformance.report.text import curl, waiver
from conformance.report.text.finding import contract_words, published_words
from conformance.report.text.steps import runs, trail

_MOST_SHOWN = 40
"""Causes whose smallest example is in the page itself; for the others the script unpacks the exchanges."""
_MOST_STEPS = 12
_MOST_LINKED = 3


@dataclass(frozen=True, slots=True)
class Occurrences:
    """The findings of a cause on one operation. received: the first text, and `other_received` counts different ones.
    exchanges: ids of the first few, the last exchange of each finding.
    """

    operation: str
    count: int
    received: str
    other_received: int
    exchanges: tuple[str, ...]
    fingerprints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberedExchange:
    number: int
    exchange: ExchangeView


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause with its texts and its smallest example. exchanges: those shown of it; length: how many it has.

    header: the response header that is missing, where the title of the requirement does not name it.
    """

    cause: Cause
    status: Status
    header: str
    contract: str
    line: int
    published: str
    occurrences: tuple[Occurrences, ...]
    exchanges: tuple[NumberedExchange, ...]
    length: int
    trail: str
    diagram: Diagram | None
    rounds: str
    pytest: str
    curl: str
    replay: str
    waiver: str


@dataclass(frozen=True, slots=True)
class ClusterView:
    lead: CauseView
    companions: tuple[CauseView, ...]
    pattern: Pattern | None
    related: tuple[CauseView, ...]


def cluster_views(digest: Digest) -> list[ClusterView]:
    """In the order of the clusters. The examples of leads come into the page before those of other causes."""
    leads = [cluster.lead for cluster in digest.clusters]
    source = ReplaySource(digest.evidence)
    order = [*leads, *(each for cluster in digest.clusters for each in cluster.grouped)]
    views = {cause.key: _cause_view(digest, source, cause, is_shown=n < _MOST_SHOWN) for n, cause in enumerate(order)}
    return [
        ClusterView(
            views[cluster.lead.key],
            tuple(views[each.key] for each in cluster.companions),
            cluster.pattern,
            tuple(views[each.key] for each in cluster.related),
        )
        for cluster in digest.clusters
    ]


def _cause_view(digest: Digest, source: ReplaySource, cause: Cause, *, is_shown: bool) -> CauseView:
    first = cause.first
    line = digest.finding_line(first, cause.result)
    pointer = first.pointer or cause.result.requirement.clause.pointer
    exchanges = digest.exchanges_of(first)
    return CauseView(
        cause=cause,
        status=Status.WAIVED if cause.is_waived else Status.FAIL,
        header=_header(cause),
        contract=contract_words(pointer, digest.header.contract.document, line),
        line=line,
        published=published_words(first),
        occurrences=tuple(_occurrences(cause)),
        exchanges=tuple(_shown(exchanges, first.at)) if is_shown else (),
        length=len(exchanges),
        trail=trail(exchanges),
        diagram=diagram(exchanges) if len(exchanges) > 1 and is_shown else None,
        rounds=digest.reproduction.rounds_of(first.fingerprint),
        pytest=digest.reproduction.of_finding(first),
        curl=curl.command(exchanges[0].request) if len(exchanges) == 1 else "",
        replay=replay.script(cause, source) if len(exchanges) > 1 else "",
        waiver=waiver.stanza(cause.result.id, cause.findings, digest.header.started),
    )


def _header(cause: Cause) -> str:
    """A check of many headers has a title that names none of them."""
    symptom = symptoms_of(cause.first)[0]
    is_named = symptom.name.lower() in cause.result.requirement.title.lower()
    return symptom.name if symptom.kind is Kind.NO_HEADER and not is_named else ""


def _occurrences(cause: Cause) -> Iterator[Occurrences]:
    """One entry for each operation, the one with most findings first."""
    by_operation: dict[str, list[Finding]] = defaultdict(list)
    for finding in cause.findings:
        by_operation[finding.operation].append(finding)
    for operation, findings in sorted(by_operation.items(), key=lambda each: (-len(each[1]), each[0])):
        yield Occurrences(
            operation,
            len(findings),
            findings[0].received,
            len({each.received for each in findings}) - 1,
            tuple(dict.fromkeys(each.exchanges[-1] for each in findings if each.exchanges))[:_MOST_LINKED],
            tuple(dict.fromkeys(each.fingerprint for each in findings)),
        )


def _shown(exchanges: list[Exchange], at: str) -> Iterator[NumberedExchange]:
    """The last of each run of equal steps, and of these the last few, because the end of a sequence deviates."""
    numbers = list(accumulate(map(len, runs(exchanges))))
    for number in numbers[-_MOST_STEPS:]:
        yield NumberedExchange(number, exchange_view(exchanges[number - 1], at if number == len(exchanges) else ""))
