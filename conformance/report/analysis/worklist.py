"""The work list: what to mend, the mistake that reaches furthest first.

Pure. An entry is one symptom with all the causes that show it. A requirement passes when every symptom of its findings
is gone, so the order is chosen step by step: next is the symptom that reaches furthest in what is left after those
before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.model import MUST, Finding
from conformance.report.analysis.causes import Cause
from conformance.report.analysis.symptoms import Kind, Symptom, operation_of, symptoms_of
from conformance.verdict.result import RequirementResult

_Showing = tuple[Cause, Finding, Symptom]
_Shown = dict[Symptom, list[_Showing]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to mend.

    lead: the cause to read first. names: the headers or members concerned. operations: on which it shows, those with
    most answers first. answers: how many different responses show it. solved: the requirements that no other symptom
    is known of once this entry and those before it are mended. others: the requirements that later entries touch too.
    """

    symptom: Symptom
    lead: Cause
    names: tuple[str, ...]
    operations: tuple[str, ...]
    answers: int
    solved: tuple[RequirementResult, ...]
    others: tuple[RequirementResult, ...]

    @property
    def is_must(self) -> bool:
        """Whether the run is not conformant because of it."""
        return any(each.requirement.level is MUST for each in (*self.solved, *self.others))


def worklist(causes: Iterable[Cause]) -> tuple[Entry, ...]:
    """What to mend first comes first; what waivers cover is left out."""
    shown: _Shown = defaultdict(list)
    symptoms: dict[str, set[Symptom]] = defaultdict(set)
    results: dict[str, RequirementResult] = {}
    for cause in causes:
        if not cause.is_waived:
            results[cause.result.id] = cause.result
            for finding in cause.findings:
                for symptom in symptoms_of(finding):
                    shown[symptom].append((cause, finding, symptom))
                    symptoms[cause.result.id].add(symptom)
    return tuple(_in_order(shown, symptoms, results))


def _in_order(
    shown: _Shown, symptoms: dict[str, set[Symptom]], results: dict[str, RequirementResult]
) -> Iterator[Entry]:
    touched: dict[Symptom, list[str]] = defaultdict(list)
    for id_, found in symptoms.items():
        for symptom in found:
            touched[symptom].append(id_)
    left = {id_: set(found) for id_, found in symptoms.items()}
    operations = {each: len({operation_of(finding) for _, finding, _ in shown[each]}) for each in shown}
    open_ = sorted(shown, key=lambda each: (each.kind.value, each.key))
    while open_:
        following = max(open_, key=lambda each: _urgency(touched[each], left, results, operations[each]))
        open_.remove(following)
        for id_ in touched[following]:
            left[id_].discard(following)
        solved = [id_ for id_ in sorted(touched[following]) if id_ in left and not left[id_]]
        others = [id_ for id_ in sorted(touched[following]) if left.get(id_)]
        for id_ in solved:
            del left[id_]
        yield _entry(shown[following], [results[each] for each in solved], [results[each] for each in others])


def _urgency(
    ids: Iterable[str], left: dict[str, set[Symptom]], results: dict[str, RequirementResult], operations: int
) -> tuple[bool, float]:
    """Whether a MUST fails by a symptom, and how far it reaches.

    Each MUST requirement that still fails counts as the share that the symptom has in it, and each operation on which
    it shows as a quarter of a requirement.
    """
    musts = [id_ for id_ in ids if id_ in left and results[id_].requirement.level is MUST]
    return bool(musts), sum(1 / len(left[id_]) for id_ in musts) + operations / 4


def _entry(
    shown: list[_Showing],
    solved: list[RequirementResult],
    others: list[RequirementResult],
) -> Entry:
    answers: dict[str, set[str]] = defaultdict(set)
    names: dict[str, None] = {}
    for _, finding, each in shown:
        answers[operation_of(finding)].add(finding.exchanges[-1] if finding.exchanges else "")
        names.setdefault(each.name)
    symptom = min({cause.key: each for cause, _, each in reversed(shown)}.values(), key=_length)
    return Entry(
        symptom=symptom,
        lead=min(
            {cause.key: cause for cause, *_ in shown}.values(), key=lambda each: _readability(each, symptom, solved)
        ),
        names=tuple(filter(None, names)),
        operations=tuple(sorted(answers, key=lambda each: (not each, -len(answers[each]), each))),
        answers=len(set().union(*answers.values())),
        solved=tuple(solved),
        others=tuple(others),
    )


def _length(symptom: Symptom) -> int:
    """The shortest words say it best."""
    return len(symptom.expected) + len(symptom.received)


def _readability(cause: Cause, symptom: Symptom, solved: list[RequirementResult]) -> tuple[object, ...]:
    """The cause that shows the symptom alone, at the strictest level, whose title names the status that is expected, in
    the shortest example.
    """
    requirement = cause.result.requirement
    level = ("must", "should", "may").index(requirement.level.value)
    is_named = symptom.kind is Kind.STATUS and symptom.expected in requirement.title
    length = len(cause.first.exchanges)
    return (cause.result not in solved, level, not is_named, length, -len(cause.operations), requirement.id)
