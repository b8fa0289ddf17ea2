"""report.html: one file that opens from disk, fetches nothing, and reads without its script.

Whatever came from the target passes `legible` and the template's escaping; nothing is marked safe but our own style
and script, and the Content-Security-Policy admits exactly these two by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.model import ErratumFacts, Exchange, Finding, Json
from conformance.report.analysis.causes import Cause
from conformance.report.analysis.comparison import Comparison, by_cause
from conformance.report.analysis.digest import LEVELS, Digest
from conformance.report.analysis.history import Run
from conformance.report.analysis.status import Status, status_on
from conformance.report.analysis.suspects import Suspect
from conformance.report.formats import replay
from conformance.report.page import charts
from conformance.report.page.access import access
from conformance.report.page.archive import archive
from conformance.report.page.body_view import hex_lines
from conformance.report.page.exchange_view import ExchangeView, exchange_view
from conformance.report.page.highlight import pieces
from conformance.report.page.matrix import ASPECTS, matrix
from conformance.report.page.sequence import Diagram, diagram
from conformance.report.text import curl
from conformance.report.text.dates import day_and_time, duration, instant, milliseconds
from conformance.report.text.finding import contract_words, published_words
from conformance.report.text.safe_text import legible, shortened
from conformance.report.text.steps import runs, trail
from conformance.requirement import AREAS
from conformance.verdict.result import Conclusion, RequirementResult

_HERE = Path(__file__).parent
_MOST_SHOWN = 40
"""Causes whose first example is in the page itself; the others name exchanges that the script unpacks."""
_ID = re.compile(r"\b([A-Z]{3}-\d{2,3})\b")
_VALUE = re.compile(r"""[\[{("'<\d]""")
_MOST_STEPS = 12
_MOST_PLACES = 200

_UNTESTED = {Status.NONE, Status.OUT_OF_SCOPE, Status.INCONCLUSIVE, Status.ERROR}
_TONES = {
    Conclusion.CONFORMANT: Status.PASS,
    Conclusion.NOT_CONFORMANT: Status.FAIL,
    Conclusion.INCONCLUSIVE: Status.INCONCLUSIVE,
}


@dataclass(frozen=True, slots=True)
class Past:
    """What a report knows beside its own evidence. trend: runs of the same target and profile, this one last."""

    comparison: Comparison | None = None
    trend: tuple[Run, ...] = ()


def render(digest: Digest, past: Past) -> str:
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            digest=digest,
            header=digest.header,
            judgement=digest.judgement,
            tone=_TONES[digest.judgement.conclusion],
            claim=_claim(digest),
            areas=list(_areas(digest)),
            clusters=_clusters(digest),
            causes_by_row=_causes_by_row(digest),
            matrix=matrix(digest),
            access=access(digest),
            past=past,
            archive=archive(digest.evidence.exchanges, digest.header.started),
            contract_lines=list(_contract_lines(digest)),
            numbers_of=_numbers(digest),
            untested={id_ for id_, status in digest.statuses_by_id.items() if status in _UNTESTED},
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_made_legible,
    )
    environment.filters.update(
        day_and_time=day_and_time,
        duration=duration,
        milliseconds=milliseconds,
        instant=instant,
        pieces=pieces,
        anchor=anchor,
        grouped=lambda number: f"{number:,}",
        shortened=shortened,
        unbroken=lambda label: label.replace(" ", "\u00a0"),
    )
    environment.globals.update(
        stands=_stands,
        hex_lines=hex_lines,
        chart=charts,
        by_cause=by_cause,
        Status=Status,
        levels=LEVELS,
        aspects=ASPECTS,
        policy=_policy(),
        css=_own("page.css"),
        js=_own("page.js"),
    )
    environment.tests["web_address"] = _is_web_address
    environment.tests["value"] = lambda text: bool(_VALUE.match(text))
    return environment


def _made_legible(value: Json) -> Json:
    """The last thing that happens to every expression of the template."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else legible(value)


def _is_web_address(text: str) -> bool:
    """Nothing else becomes a link: a waiver's issue may be any text, and javascript: is one."""
    return text.startswith(("https://", "http://"))


@cache
def _own(name: str) -> Markup:
    return Markup((_HERE / name).read_text(encoding="utf-8"))  # noqa: S704  our own file, never the target's text


def _policy() -> str:
    style, script = (_hash(_own(name)) for name in ("page.css", "page.js"))
    return f"default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def anchor(text: str) -> str:
    """A fragment for any label: "GET /push/channels" is at #get-push-channels."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split()) or "target"


def _claim(digest: Digest) -> list[str]:
    """The sentence behind the conclusion's own words, which the heading already says; every second piece is an id."""
    text = digest.judgement.sentence.partition(": ")[2] or digest.judgement.sentence
    return _ID.split(f"{text[:1].upper()}{text[1:]}".rstrip(".") + ".")


@dataclass(frozen=True, slots=True)
class Area:
    name: str
    title: str
    rows: tuple[RequirementResult, ...]


def _areas(digest: Digest) -> Iterator[Area]:
    for name, rows in groupby(digest.rows, key=lambda row: row.requirement.area):
        yield Area(name, AREAS.get(name, name), tuple(rows))


@dataclass(frozen=True, slots=True)
class ClusterView:
    lead: CauseView
    companions: tuple[CauseView, ...]
    suspect: Suspect | None
    related: tuple[CauseView, ...]

    @property
    def folded(self) -> int:
        return len(self.companions) + len(self.related)


@dataclass(frozen=True, slots=True)
class Numbered:
    number: int
    exchange_view: ExchangeView


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause with its words and its first example, ready for the template."""

    cause: Cause
    status: Status
    contract: str
    line: int
    published: str
    places: tuple[Finding, ...]
    more_places: int
    exchange_views: tuple[Numbered, ...]
    steps: int
    trail: str
    diagram: Diagram | None
    pytest: str
    curl: str
    replay: str
    waiver: str


def _clusters(digest: Digest) -> list[ClusterView]:
    """Leads have their examples in the page before any companion has."""
    leads = [cluster.lead for cluster in digest.clusters]
    order = [*leads, *(each for cluster in digest.clusters for each in cluster.folded)]
    views = {cause.key: _cause(digest, number, cause) for number, cause in enumerate(order)}
    return [
        ClusterView(
            views[cluster.lead.key],
            tuple(views[each.key] for each in cluster.companions),
            cluster.suspect,
            tuple(views[each.key] for each in cluster.related),
        )
        for cluster in digest.clusters
    ]


def _stands(row: RequirementResult) -> list[tuple[Status, list[str]]]:
    """The operations on which a requirement was met, by how it stood there; what needs attention first."""
    found: dict[Status, list[str]] = defaultdict(list)
    for operation in row.by_operation:
        found[status_on(row, operation)].append(operation or "the target as a whole")
    return sorted(found.items(), key=lambda each: each[0].rank)


def _numbers(digest: Digest) -> Callable[[RequirementResult], str]:
    """Operations by their place in the contract: labels in full, hundreds of times, would be a third of the page."""
    places = {operation.label: number for number, operation in enumerate(digest.operations)}

    def numbers_of(row: RequirementResult) -> str:
        labels = row.by_operation or row.requirement.operations
        return " ".join(str(places[label]) for label in labels if label in places)

    return numbers_of


def _causes_by_row(digest: Digest) -> dict[str, list[Cause]]:
    found: dict[str, list[Cause]] = defaultdict(list)
    for cause in digest.causes:
        found[cause.row.id].append(cause)
    return found


def _numbered(exchanges: list[Exchange], at: str) -> Iterator[Numbered]:
    """The last of each run of equal steps, and of these the last few: the end of a sequence is where it failed."""
    numbers = list(accumulate(map(len, runs(exchanges))))
    for number in numbers[-_MOST_STEPS:]:
        yield Numbered(number, exchange_view(exchanges[number - 1], at if number == len(exchanges) else ""))


def _cause(digest: Digest, number: int, cause: Cause) -> CauseView:
    first = cause.first
    line = digest.finding_line(first, cause.row)
    exchanges = digest.exchanges_of(first)
    is_shown = number < _MOST_SHOWN
    return CauseView(
        cause=cause,
        status=Status.WAIVED if cause.is_waived else Status.FAIL,
        contract=contract_words(first.pointer or cause.row.requirement.clause.pointer, line),
        line=line,
        published=published_words(first),
        places=cause.findings[:_MOST_PLACES],
        more_places=max(len(cause.findings) - _MOST_PLACES, 0),
        exchange_views=tuple(_numbered(exchanges, first.at)) if is_shown else (),
        steps=len(exchanges),
        trail=trail(exchanges),
        diagram=diagram(exchanges) if len(exchanges) > 1 and is_shown else None,
        pytest=digest.reproduce(cause.row.id),
        curl=curl.command(exchanges[0].request) if len(exchanges) == 1 else "",
        replay=replay.script(cause, exchanges, digest.header.url) if len(exchanges) > 1 else "",
        waiver=_waiver(cause),
    )


def _waiver(cause: Cause) -> str:
    """A stanza for the profile that is refused until somebody has filled it in."""
    operations, prints = cause.operations, {finding.fingerprint for finding in cause.findings}
    narrow = [f'operation = "{operations[0]}"'] if len(operations) == 1 and operations[0] else []
    narrow += [f'fingerprint = "{cause.first.fingerprint}"'] if len(prints) == 1 else []
    lines = [f'requirement = "{cause.row.id}"', *narrow, 'reason = ""', 'issue = "https://"', "until = ", 'owner = ""']
    return "\n".join(["[[waiver]]", *lines])


@dataclass(frozen=True, slots=True)
class ContractLine:
    """One line of openapi.yaml with what was said about it."""

    number: int
    text: str
    errata: tuple[ErratumFacts, ...]
    requirements: tuple[str, ...]


def _contract_lines(digest: Digest) -> Iterator[ContractLine]:
    clauses: dict[int, list[str]] = {}
    for row in digest.rows:
        clauses.setdefault(digest.clause_line(row), []).append(row.id)
    for number, text in enumerate(digest.source.text.splitlines(), 1):
        errata = tuple(record for record in digest.header.errata if number in record.lines)
        yield ContractLine(number, text, errata, tuple(clauses.get(number, ())))
