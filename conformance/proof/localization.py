"""Measures how one fault spreads through the report of a whole run, and which entry holds its cause.

    ably-conformance spread              the twenty mutants of SAMPLE
    ably-conformance spread WORD ...     those of an area, of a requirement, or by name

Each mutant is judged by the whole suite under the default profile. The entry with the requirement that it breaks has to
be near the top, or the first one of its area: tests are folded only within an area, so a fault that reaches many areas
makes an entry in each.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from conformance.model import Json, Verdict
from conformance.paths import ROOT, SUITE
from conformance.proof.mutants import SEED, run_quietly, workers
from conformance.reference.mutants import MUTANTS

PAGE = ROOT / "docs" / "spread.md"
NEAR_THE_TOP = 3
SAMPLE = (
    "writers-need-no-secret",
    "ids-come-from-the-clock",
    "unregister-keeps-subscriptions",
    "post-saves-nothing",
    "status-code-is-the-code",
    "pages-break-off",
    "links-are-left-out",
    "pages-overlap",
    "saving-again-forgets-subscriptions",
    "links-have-no-brackets",
    "members-lose-their-encoding",
    "client-pushes-reach-one-device",
    "absent-data-is-empty-text",
    "message-pack-is-the-default",
    "members-are-cached-by-channel",
    "status-is-of-the-first-channel",
    "months-are-days",
    "subscriptions-are-counted",
    "time-in-seconds",
    "tokens-are-forgotten",
)
"""One mutant of each area and two of the devices, among them those that break most requirements."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How one mutant appears in the report of a whole run.

    fell: every requirement that failed. findings: single deviations. entries: what the report lists under Findings.
    place: of the entry with the requirement that the mutant breaks, 1 for the first and 0 for none. place_in_area: the
    same, counted among the entries that are named by a requirement of the lead's area. lead: the requirement that this
    entry is named by. suspect: the step where findings meet, "" where none stands out.
    """

    mutant: str
    fault: str
    breaks: str
    fell: tuple[str, ...]
    findings: int
    entries: int
    place: int
    place_in_area: int
    lead: str
    suspect: str


def judge_all(names: Iterable[str]) -> Iterator[Spread]:
    """In the order in which they finish; one at a time for each core."""
    with workers(os.cpu_count() or 1) as pool:
        for each in as_completed([pool.submit(judge, name) for name in names]):
            yield each.result()


def judge(name: str) -> Spread:
    """Run all of the suite against one mutant, as `pytest --mutant NAME` does."""
    with tempfile.TemporaryDirectory() as folder:
        run_quietly([str(SUITE), "--profile=reference", f"--mutant={name}", f"--seed={SEED}", "--report-dir", folder])
        report = json.loads((Path(folder) / "latest" / "report.json").read_text(encoding="utf-8"))
    return spread_of(name, report)


def spread_of(name: str, report: Json) -> Spread:
    """report: a report.json as read."""
    mutant = MUTANTS[name]
    entries = list(_entries(report["causes"]))
    place = next((number for number, ids in enumerate(entries, 1) if mutant.breaks in ids), 0)
    lead = entries[place - 1][0] if place else ""
    return Spread(
        name,
        mutant.fault,
        mutant.breaks,
        fell=tuple(each["id"] for each in report["requirements"] if each["verdict"] == str(Verdict.FAIL)),
        findings=report["counts"]["findings"],
        entries=len(entries),
        place=place,
        place_in_area=sum(_area(ids[0]) == _area(lead) for ids in entries[:place]),
        lead=lead,
        suspect=next((each["step"] for each in report["suspects"]), ""),
    )


def _entries(causes: Iterable[Json]) -> Iterator[list[str]]:
    """The requirements of each entry; the first one names it."""
    entries: dict[str, list[str]] = {}
    for cause in causes:
        entries.setdefault(cause["under"] or cause["key"], []).append(cause["requirement"])
    yield from entries.values()


def _area(requirement: str) -> str:
    return requirement.partition("-")[0]


def gaps(spreads: Iterable[Spread]) -> Iterator[str]:
    """A sentence for each mutant whose requirement is not near the top of its report."""
    for each in spreads:
        if not each.place:
            yield f"{each.mutant} survives {each.breaks} in a whole run: sharpen the requirement or the fault"
        elif each.place > NEAR_THE_TOP and each.place_in_area > 1:
            yield (
                f"{each.mutant}: {each.breaks} is entry {each.place} of {each.entries}, led by {each.lead}, "
                f"and entry {each.place_in_area} of its area"
            )


def write(spreads: Sequence[Spread], folder: Path) -> None:
    """spread.json beside the matrix."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {"seed": SEED, "mutants": [asdict(each) for each in spreads]}
    (folder / "spread.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def render(spreads: Sequence[Spread]) -> str:
    """docs/spread.md."""
    rows = (
        f"| {each.fault} | {each.breaks} | {len(each.fell)} | {each.findings:,} | {each.entries} | {_place(each)} "
        f"| {each.place_in_area or 'none'} | {f'`{each.suspect}`' if each.suspect else '-'} |"
        for each in spreads
    )
    lines = [
        "# How one fault spreads through a report",
        "",
        "A fault seldom breaks one requirement alone. Each row is a mutant, judged by the whole suite under the",
        "default profile: how many requirements failed, in how many single findings, how many entries the report makes",
        "of them, which of these holds the requirement that the mutant breaks, among all and among those of its area,",
        "and the step that the report names as the place where findings meet. `pytest --mutant NAME` makes such a",
        "report; `ably-conformance mutants` lists the names.",
        "",
        f"Written by `ably-conformance spread --write`, seed {SEED}. The command fails when the requirement is neither",
        f"in the first {NEAR_THE_TOP} entries nor in the first one of its area.",
        "",
        "| fault | breaks | requirements | findings | entries | entry | of its area | where findings meet |",
        "|---|---|--:|--:|--:|---|--:|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def _place(each: Spread) -> str:
    if not each.place:
        return "none"
    return str(each.place) if each.lead == each.breaks else f"{each.place}, under {each.lead}"
