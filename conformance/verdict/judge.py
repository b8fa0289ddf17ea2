"""Derives one verdict per requirement, and one conclusion for the run, from findings, outcomes and waivers.

Pure: a function of the evidence. Waivers expire by the day on which the run started, in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import dataclass

from conformance.model import Evidence, Finding, Level, Outcome, ScopedRequirement, Verdict, Waiver
from conformance.verdict import edition, gate
from conformance.verdict.doubts import doubts
from conformance.verdict.result import Conclusion, Exit, RequirementResult, some
from conformance.verdict.under_load import answer_of
from conformance.verdict.unserved import advice
from conformance.verdict.waivers import covers, day_of, expired, needless, notes


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on the whole run. problems: sentences on stale waivers, on what could not be judged, and on resources
    that were left behind. under_load: from which rate on the contract does not hold, "" without a load.
    """

    conclusion: Conclusion
    sentence: str
    exit: Exit
    rows: tuple[RequirementResult, ...]
    problems: tuple[str, ...] = ()
    under_load: str = ""


def judge(evidence: Evidence) -> Judgement:
    waivers = evidence.header.waivers
    valid = [waiver for waiver in waivers if waiver.until >= day_of(evidence)]
    findings = _findings_by_requirement(evidence)
    rows = tuple(
        _row(evidence, scoped, findings.get(scoped.requirement.id, ()), valid)
        for scoped in evidence.header.requirements
    )
    problems = tuple(expired(evidence, waivers))
    if not evidence.header.selection:  # a selection may not reach what a waiver covers
        problems += tuple(needless(evidence, rows, waivers))
    found = tuple(doubts(evidence, rows))
    unjudged = tuple(each.what for each in found)
    broken = [row for row in rows if row.requirement.level is Level.MUST and row.has_failed]
    conclusion = _conclusion(evidence, broken or problems, found)
    reasons = (*problems, *unjudged)
    status, word = gate.decide(evidence.header.gate, rows, conclusion, has_problems=bool(problems), doubts=unjudged)
    if evidence.header.chosen.observed and not any(row.by_operation for row in rows):
        status, word = Exit.NOTHING_SELECTED, ""
    sentence = _sentence(conclusion, rows, broken, reasons, evidence) + word
    remarks = (
        *advice(evidence),
        *edition.notes(evidence, rows),
        *notes(evidence, rows, waivers),
        *(each.reason for each in evidence.outcomes if not each.requirement),
    )
    counting = {row.id for row in rows if row.has_failed and row.requirement.level in evidence.header.gate.levels}
    return Judgement(
        conclusion,
        sentence,
        status,
        rows,
        (*problems, *map(str, found), *remarks),
        answer_of(evidence.header.load, counting),
    )


def _conclusion(evidence: Evidence, against: Sized, doubts: Sized) -> Conclusion:
    """against: the failed musts, or the problems. Observed traffic in which nothing failed says nothing of the rest."""
    if against:
        return Conclusion.NOT_CONFORMANT
    if doubts:
        return Conclusion.INCONCLUSIVE
    return Conclusion.OBSERVED if evidence.header.chosen.is_observed else Conclusion.CONFORMANT


def _findings_by_requirement(evidence: Evidence) -> dict[str, tuple[Finding, ...]]:
    found: dict[str, list[Finding]] = {}
    for finding in evidence.findings:
        found.setdefault(finding.requirement, []).append(finding)
    return {id_: tuple(findings) for id_, findings in found.items()}


def _row(
    evidence: Evidence, scoped: ScopedRequirement, findings: tuple[Finding, ...], waivers: list[Waiver]
) -> RequirementResult:
    requirement = scoped.requirement
    told = [each for each in evidence.outcomes if each.requirement == requirement.id]
    outcomes = [each for each in told if not each.out_of_scope]
    forbidden = next((each.out_of_scope for each in told if each.out_of_scope), "")
    counts = {op: n for (id_, op), n in evidence.opportunities.items() if id_ == requirement.id}
    by_operation = _by_operation(findings, outcomes, counts)
    used = tuple(waiver for waiver in waivers if any(covers(waiver, finding) for finding in findings))
    return RequirementResult(
        requirement=requirement,
        verdict=max(by_operation.values(), default=Verdict.NONE),
        by_operation=by_operation,
        opportunities=sum(counts.values()) + len(outcomes),
        findings=findings,
        waivers=used,
        is_waived=bool(findings) and all(any(covers(waiver, each) for waiver in used) for each in findings),
        out_of_scope=scoped.out_of_scope or ("" if by_operation else forbidden),
        reason=next((each.reason for each in outcomes if each.verdict is not Verdict.PASS and each.reason), ""),
        file=scoped.file,
        seconds=_seconds(told),
    )


def _seconds(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """How long the tests of a requirement took, by operation; a test of several is shared out among them."""
    seconds: dict[str, float] = {}
    for outcome in outcomes:
        operations = outcome.operations or ("",)
        for operation in operations:
            seconds[operation] = seconds.get(operation, 0.0) + outcome.seconds / len(operations)
    return seconds


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


def _sentence(
    conclusion: Conclusion,
    rows: tuple[RequirementResult, ...],
    broken: list[RequirementResult],
    reasons: tuple[str, ...],
    evidence: Evidence,
) -> str:
    every = [row for row in rows if row.requirement.level is Level.MUST]
    musts = [row for row in every if not row.out_of_scope]
    if evidence.header.selection:
        musts = [row for row in musts if row.verdict is not Verdict.NONE]
    contract = evidence.header.contract
    judged_by = f", judged by {contract.name}" if contract.file else ""
    selected = f" ({evidence.header.selection})" if evidence.header.selection else ""
    tail = f", {sum(row.is_waived for row in musts)} waived{judged_by}{selected}"
    if conclusion is Conclusion.OBSERVED:
        passed = sum(row.verdict is Verdict.PASS for row in musts)
        return f"no fail observed: {passed} of {len(every)} musts were observed and passed{tail}"
    if conclusion is Conclusion.CONFORMANT:
        passed = sum(row.verdict is Verdict.PASS for row in musts)
        return f"conformant: {passed} of {len(musts)} musts passed{tail}"
    if broken and evidence.header.chosen.is_observed:
        seen = f"{len(broken)} of {len(musts)} musts that were observed failed"
        return f"not conformant: {seen} ({some([row.id for row in broken])}), of {len(every)} in all{tail}"
    if broken:
        return f"not conformant: {len(broken)} of {len(musts)} musts failed ({some([row.id for row in broken])}){tail}"
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{conclusion.value}: {reasons[0]}{more}{tail}"
