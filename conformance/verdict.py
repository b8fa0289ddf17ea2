"""Findings, outcomes and waivers become verdicts, and verdicts one conclusion.

Pure: a function of the evidence. The date that waivers are held against is the day on which the run started, in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum

from conformance.model import Clause, Evidence, Finding, Json, Level, Outcome, Verdict
from conformance.profile import Waiver
from conformance.requirement import Requirement


class Conclusion(Enum):
    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    INCONCLUSIVE = "inconclusive"


class Exit(Enum):
    """What the process answers to its caller."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    INTERRUPTED = 2
    SUITE_ERROR = 3
    USAGE = 4
    NOTHING_SELECTED = 5
    INCONCLUSIVE = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement and how it stands.

    by_operation: the verdict for each operation on which it was exercised. opportunities: how often that was.
    waivers: those that forgive its findings; they are all of its findings or `is_waived` is false.
    out_of_scope: why the profile leaves it out, "" when it is in scope. reason: why it was not judged.
    """

    requirement: Requirement
    verdict: Verdict
    by_operation: dict[str, Verdict]
    opportunities: int
    findings: tuple[Finding, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    is_waived: bool = False
    out_of_scope: str = ""
    reason: str = ""

    @property
    def id(self) -> str:
        return self.requirement.id


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on the whole run. problems: what besides requirements keeps it from being conformant, and what it
    left behind.
    """

    conclusion: Conclusion
    sentence: str
    exit: Exit
    rows: tuple[Row, ...]
    problems: tuple[str, ...] = ()


def judge(evidence: Evidence) -> Judgement:
    rows = tuple(_rows(evidence))
    problems = tuple(_stale_waivers(evidence, rows))
    doubts = tuple(_doubts(evidence, rows))
    broken = [row for row in rows if _is_broken(row)]
    conclusion = _conclude(bool(broken or problems), bool(doubts))
    sentence = _sentence(conclusion, rows, broken, (*problems, *doubts), evidence)
    notes = tuple(each.reason for each in evidence.outcomes if not each.requirement)
    return Judgement(conclusion, sentence, _exit(conclusion, rows), rows, (*problems, *doubts, *notes))


def _conclude(has_failed: bool, is_doubtful: bool) -> Conclusion:  # noqa: FBT001  the two facts are the truth table
    if has_failed:
        return Conclusion.NOT_CONFORMANT
    return Conclusion.INCONCLUSIVE if is_doubtful else Conclusion.CONFORMANT


def _exit(conclusion: Conclusion, rows: Iterable[Row]) -> Exit:
    if conclusion is Conclusion.INCONCLUSIVE and any(row.verdict is Verdict.ERROR for row in rows):
        return Exit.SUITE_ERROR
    return Exit[conclusion.name]


def _is_broken(row: Row) -> bool:
    """On any operation: an error of ours on another one takes no deviation back."""
    has_failed = Verdict.FAIL in row.by_operation.values()
    return row.requirement.level is Level.MUST and has_failed and not row.is_waived


def _rows(evidence: Evidence) -> Iterator[Row]:
    waivers = [_waiver(record) for record in evidence.header["waivers"]]
    today = datetime.fromtimestamp(evidence.header["started"], UTC).date()
    valid = [waiver for waiver in waivers if waiver.until >= today]
    for record in evidence.header["requirements"]:
        yield _row(evidence, _requirement(record), record["out_of_scope"], valid)


def _row(evidence: Evidence, requirement: Requirement, out_of_scope: str, waivers: list[Waiver]) -> Row:
    findings = tuple(each for each in evidence.findings if each.requirement == requirement.id)
    outcomes = [each for each in evidence.outcomes if each.requirement == requirement.id]
    counts = {op: n for (id_, op), n in evidence.opportunities.items() if id_ == requirement.id}
    by_operation = _by_operation(findings, outcomes, counts)
    used = tuple(waiver for waiver in waivers if any(_forgives(waiver, finding) for finding in findings))
    return Row(
        requirement=requirement,
        verdict=max(by_operation.values(), default=Verdict.NONE),
        by_operation=by_operation,
        opportunities=sum(counts.values()) + len(outcomes),
        findings=findings,
        waivers=used,
        is_waived=bool(findings) and all(any(_forgives(waiver, each) for waiver in used) for each in findings),
        out_of_scope=out_of_scope,
        reason=next((each.reason for each in outcomes if each.verdict is not Verdict.PASS and each.reason), ""),
    )


def _by_operation(
    findings: Iterable[Finding], outcomes: Iterable[Outcome], counts: dict[str, int]
) -> dict[str, Verdict]:
    verdicts = {operation: Verdict.PASS for operation, count in counts.items() if count}
    for outcome in outcomes:
        for operation in outcome.operations or ("",):
            verdicts[operation] = max(verdicts.get(operation, Verdict.NONE), outcome.verdict)
    for finding in findings:
        verdicts[finding.operation] = max(verdicts.get(finding.operation, Verdict.NONE), Verdict.FAIL)
    return dict(sorted(verdicts.items()))


def _forgives(waiver: Waiver, finding: Finding) -> bool:
    return waiver.requirement == finding.requirement and waiver.operation in {"", finding.operation}


def _stale_waivers(evidence: Evidence, rows: Iterable[Row]) -> Iterator[str]:
    """A waiver that has run out, or whose requirement was reached and passed, fails the run: excuses only grow."""
    today = datetime.fromtimestamp(evidence.header["started"], UTC).date()
    by_id = {row.id: row for row in rows}
    for record in evidence.header["waivers"]:
        waiver = _waiver(record)
        if waiver.until < today:
            yield f"the waiver of {waiver.requirement} ran out on {waiver.until}"
        elif not evidence.header.get("selection"):  # a part of the suite does not show what the whole would
            yield from _needless(waiver, by_id.get(waiver.requirement), evidence)


def _needless(waiver: Waiver, row: Row | None, evidence: Evidence) -> Iterator[str]:
    operations = {record["label"] for record in evidence.header["operations"]}
    if row is None:
        yield f"a waiver names {waiver.requirement}, which is no requirement"
    elif waiver.operation and waiver.operation not in operations:
        yield f"the waiver of {waiver.requirement} names {waiver.operation}, which is no operation"
    elif _verdict_under(waiver, row) is Verdict.PASS:
        yield f"the waiver of {waiver.requirement} is no longer needed: it was reached and passed"


def _verdict_under(waiver: Waiver, row: Row) -> Verdict:
    return row.by_operation.get(waiver.operation, Verdict.NONE) if waiver.operation else row.verdict


def _doubts(evidence: Evidence, rows: Iterable[Row]) -> Iterator[str]:
    if evidence.header.get("trouble"):  # nothing was judged, and this is why: no need to say so of each requirement
        yield from evidence.header["trouble"]
        return
    yield from evidence.cut
    if not evidence.opportunities and not any(each.requirement for each in evidence.outcomes):
        yield "nothing was judged"
    unexercised = set() if evidence.header.get("selection") else {Verdict.NONE}
    doubtful = {Verdict.INCONCLUSIVE, Verdict.ERROR} | unexercised
    for row in rows:
        found = doubtful & (set(row.by_operation.values()) or {Verdict.NONE})
        if row.requirement.level is Level.MUST and not row.out_of_scope and found:
            yield f"{row.id} is {max(found)}" + (f": {row.reason}" if row.reason else "")


def _sentence(
    conclusion: Conclusion, rows: tuple[Row, ...], broken: list[Row], reasons: tuple[str, ...], evidence: Evidence
) -> str:
    musts = [row for row in rows if row.requirement.level is Level.MUST and not row.out_of_scope]
    if evidence.header.get("selection"):
        musts = [row for row in musts if row.verdict is not Verdict.NONE]
    waived = sum(row.is_waived for row in rows)
    tail = f", {waived} waived" + (f" ({evidence.header['selection']})" if evidence.header.get("selection") else "")
    if conclusion is Conclusion.CONFORMANT:
        return f"conformant: {_passed(musts)} of {len(musts)} musts passed{tail}"
    if broken:
        return f"not conformant: {len(broken)} of {len(musts)} musts failed ({_ids(broken)}){tail}"
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{conclusion.value}: {reasons[0]}{more}{tail}"


def _passed(musts: Iterable[Row]) -> int:
    return sum(row.verdict is Verdict.PASS or row.is_waived for row in musts)


def _ids(rows: list[Row], shown: int = 6) -> str:
    rest = f" and {len(rows) - shown} more" if len(rows) > shown else ""
    return ", ".join(row.id for row in rows[:shown]) + rest


def _waiver(record: Json) -> Waiver:
    return Waiver(**{**record, "until": date.fromisoformat(record["until"])})


def _requirement(record: Json) -> Requirement:
    clause = Clause(record["clause"]["pointer"], record["clause"]["quote"])
    return Requirement(record["id"], Level(record["level"]), record["title"], clause, tuple(record["operations"]))
