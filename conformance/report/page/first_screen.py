"""Prepares the first screen of the page: how far each area is from conformant, and what to mend first.

Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance.model import MUST
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status
from conformance.report.analysis.worklist import Entry
from conformance.report.text.worklist import sentence, titles
from conformance.requirement import AREAS
from conformance.verdict.result import RequirementResult

_MOST_FIRST = 8
_UNKNOWN = (Status.ERROR, Status.INCONCLUSIVE, Status.NONE)


@dataclass(frozen=True, slots=True)
class AreaView:
    """The MUST requirements of one area in scope, by status."""

    area: str
    title: str
    tally: Counter[Status]

    @property
    def total(self) -> int:
        return sum(self.tally.values())

    @property
    def failed(self) -> int:
        return self.tally[Status.FAIL]

    @property
    def words(self) -> str:
        """An area without fails says what is not known, or that all of it passes."""
        if self.failed:
            return f"{self.failed} of {self.total} fail"
        unknown = sum(self.tally[each] for each in _UNKNOWN)
        if unknown:
            return f"{unknown} of {self.total} not judged"
        waived = self.tally[Status.WAIVED]
        return f"{waived} of {self.total} waived" if waived else f"all {self.total} pass"

    @property
    def status(self) -> Status:
        return min(self.tally, key=lambda each: each.rank)


@dataclass(frozen=True, slots=True)
class EntryView:
    """key: of the cause to read first. sentence: names are between backticks. solved, others: ids with titles."""

    key: str
    sentence: str
    is_must: bool
    solved: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FirstScreen:
    """first, later: the work list. solved: how many failed MUST requirements pass once the first entries are mended."""

    areas: tuple[AreaView, ...]
    first: tuple[EntryView, ...]
    later: tuple[EntryView, ...]
    solved: int
    failed: int


def first_screen(digest: Digest) -> FirstScreen:
    entries = digest.worklist
    views = tuple(map(_entry, entries))
    return FirstScreen(
        areas=tuple(sorted(_areas(digest), key=lambda each: (-each.failed / each.total, each.status.rank, each.title))),
        first=views[:_MOST_FIRST],
        later=views[_MOST_FIRST:],
        solved=sum(each.requirement.level is MUST for entry in entries[:_MOST_FIRST] for each in entry.solved),
        failed=digest.levels["must"][Status.FAIL],
    )


def _areas(digest: Digest) -> Iterator[AreaView]:
    tallies: dict[str, Counter[Status]] = {}
    for result in digest.results:
        status = digest.statuses_by_id[result.id]
        if result.requirement.level is MUST and status is not Status.OUT_OF_SCOPE:
            tallies.setdefault(result.requirement.area, Counter())[status] += 1
    for area, tally in tallies.items():
        yield AreaView(area, AREAS.get(area, area), tally)


def _lead_first(entry: Entry) -> Callable[[RequirementResult], tuple[bool, str]]:
    return lambda each: (each is not entry.lead.result, each.id)


def _entry(entry: Entry) -> EntryView:
    return EntryView(
        key=entry.lead.key,
        sentence=sentence(entry),
        is_must=entry.is_must,
        solved=tuple(titles(each.requirement for each in sorted(entry.solved, key=_lead_first(entry)))),
        others=tuple(titles(each.requirement for each in entry.others)),
    )
