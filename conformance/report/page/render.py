"""Renders report.html: one file that opens from disk, loads nothing, and is readable without its script.

Text from the target passes `legible` and the escaping of the template; only our own style and script are marked as
safe, and the Content-Security-Policy allows exactly these two by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.model import ErratumFacts, Json
from conformance.report.analysis.causes import Cause
from conformance.report.analysis.comparison import Comparison, by_cause
from conformance.report.analysis.digest import LEVELS, Digest
from conformance.report.analysis.history import Run
from conformance.report.analysis.status import Status, status_on
from conformance.report.page import charts
from conformance.report.page.access import access
from conformance.report.page.archive import archive
from conformance.report.page.body_view import hex_lines
from conformance.report.page.examples import examples
from conformance.report.page.findings import cluster_views
from conformance.report.page.first_screen import first_screen
from conformance.report.page.glossary import GLOSSARY
from conformance.report.page.highlight import pieces
from conformance.report.page.matrix import ASPECTS, matrix
from conformance.report.text.dates import day_and_time, duration, instant, milliseconds
from conformance.report.text.finding import contract_words
from conformance.report.text.load_table import HEADINGS, cells
from conformance.report.text.safe_text import legible, shortened
from conformance.report.text.steps import operation_name
from conformance.requirement import AREAS
from conformance.verdict.result import Conclusion, RequirementResult

_HERE = Path(__file__).parent
_ID = re.compile(r"\b([A-Z]{3}-\d{2,3})\b")
_VALUE = re.compile(r"""[\[{("'<]|-?\d+$""")
"""The start of a text that is a value and not words; the page sets it in a monospaced font."""

_NOT_JUDGED = frozenset({Status.NONE, Status.OUT_OF_SCOPE, Status.INCONCLUSIVE, Status.ERROR})
_TONES = {
    Conclusion.CONFORMANT: Status.PASS,
    Conclusion.NOT_CONFORMANT: Status.FAIL,
    Conclusion.INCONCLUSIVE: Status.INCONCLUSIVE,
    Conclusion.OBSERVED: Status.NONE,
}


@dataclass(frozen=True, slots=True)
class Past:
    """Earlier runs. comparison: with one of them. trend: runs of the same target and profile, this one last."""

    comparison: Comparison | None = None
    trend: tuple[Run, ...] = ()


def render(digest: Digest, past: Past, contract_text: str) -> str:
    """contract_text: openapi.yaml as published."""
    sentence = digest.judgement.sentence
    claim = sentence.partition(": ")[2] or sentence  # the heading has the conclusion already
    areas = groupby(digest.results, key=lambda result: result.requirement.area)
    template = _environment().get_template("page.html.j2")
    return template.render(
        digest=digest,
        header=digest.header,
        judgement=digest.judgement,
        tone=_TONES[digest.judgement.conclusion],
        claim=_ID.split(f"{claim[:1].upper()}{claim[1:]}".rstrip(".") + "."),
        areas=[(area, AREAS.get(area, area), list(results)) for area, results in areas],
        screen=first_screen(digest),
        clusters=cluster_views(digest),
        causes_of=_causes_by_requirement(digest),
        examples=examples(digest),
        matrix=matrix(digest),
        access=access(digest),
        past=past,
        archive=archive(digest.evidence.exchanges),
        untested=[result for result in digest.results if digest.statuses_by_id[result.id] in _NOT_JUDGED],
        contract_lines=list(_contract_lines(digest, contract_text)),
        operation_numbers=_operation_numbers(digest),
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
        finalize=_without_controls,
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
    environment.globals.update(_globals())
    environment.tests["web_address"] = lambda text: text.startswith(("https://", "http://"))
    environment.tests["value"] = lambda text: bool(_VALUE.match(text))
    return environment


def _globals() -> dict[str, object]:
    style, script = (Markup((_HERE / name).read_text(encoding="utf-8")) for name in ("page.css", "page.js"))  # noqa: S704  our own files, never the target's text
    return {
        "operation_name": operation_name,
        "operations_by_status": _operations_by_status,
        "hex_lines": hex_lines,
        "chart": charts,
        "by_cause": by_cause,
        "contract_words": contract_words,
        "load_headings": HEADINGS,
        "load_cells": cells,
        "Status": Status,
        "levels": LEVELS,
        "aspects": ASPECTS,
        "glossary": GLOSSARY,
        "css": style,
        "js": script,
        "policy": (
            f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'"
        ),
    }


def _without_controls(value: Json) -> Json:
    """Applied last to every expression of the template."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else legible(value)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def anchor(text: str) -> str:
    """A fragment for any label: "GET /push/channels" is at #get-push-channels."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split()) or "target"


def _operations_by_status(result: RequirementResult) -> list[tuple[Status, list[str]]]:
    """The operations on which a requirement was exercised, by status; the status that needs attention most first."""
    found: dict[Status, list[str]] = defaultdict(list)
    for operation in result.by_operation:
        found[status_on(result, operation)].append(operation_name(operation))
    return sorted(found.items(), key=lambda each: each[0].rank)


def _operation_numbers(digest: Digest) -> Callable[[RequirementResult], str]:
    """The operations of a requirement by their number in the contract: their labels would be a third of the page."""
    numbers = {operation.label: number for number, operation in enumerate(digest.operations)}

    def operation_numbers(result: RequirementResult) -> str:
        labels = result.by_operation or result.requirement.operations
        return " ".join(str(numbers[label]) for label in labels if label in numbers)

    return operation_numbers


def _causes_by_requirement(digest: Digest) -> dict[str, list[Cause]]:
    found: dict[str, list[Cause]] = defaultdict(list)
    for cause in digest.causes:
        found[cause.result.id].append(cause)
    return found


@dataclass(frozen=True, slots=True)
class ContractLine:
    """One line of openapi.yaml, with the errata that correct it and the ids of the requirements derived from it."""

    number: int
    text: str
    errata: tuple[ErratumFacts, ...]
    requirements: tuple[str, ...]


def _contract_lines(digest: Digest, contract_text: str) -> Iterator[ContractLine]:
    requirements: dict[int, list[str]] = {}
    for result in digest.results:
        requirements.setdefault(digest.clause_line(result), []).append(result.id)
    for number, text in enumerate(contract_text.splitlines(), 1):
        errata = tuple(erratum for erratum in digest.header.errata if number in erratum.lines)
        yield ContractLine(number, text, errata, tuple(requirements.get(number, ())))
