"""The gate: derives the exit status from the conclusion and the settings of the profile.

Pure. The gate decides which results fail the build. A baseline holds the fingerprints of known findings, which are
accepted; only new ones fail the build.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.model import MUST, Finding, GateSettings, Verdict
from conformance.verdict.baseline import is_accepted
from conformance.verdict.result import Conclusion, Exit, RequirementResult
from conformance.verdict.waivers import covers


def decide(
    settings: GateSettings,
    rows: Iterable[RequirementResult],
    conclusion: Conclusion,
    *,
    has_problems: bool,
    doubts: Sequence[str] = (),
) -> tuple[Exit, str]:
    """The exit status, and the half sentence that explains it where the conclusion alone does not.

    has_problems: a stale waiver or another problem of the run itself, which always closes the gate. doubts: sentences
    on what was not judged; levels and baseline do not open the gate over them, only `inconclusive = "passes"` does.
    """
    rows = tuple(rows)
    baseline = frozenset(settings.baseline)
    failed = [row for row in rows if row.requirement.level in settings.levels and row.has_failed]
    new = [row for row in failed if not _is_known(row, baseline)]
    if new or has_problems:
        return Exit.NOT_CONFORMANT, _closed_by(new, conclusion, has_baseline=bool(baseline))
    if doubts and any(row.verdict is Verdict.ERROR for row in rows):
        return Exit.SUITE_ERROR, ""
    if doubts and settings.inconclusive != "passes":
        return Exit.INCONCLUSIVE, _closed_over(doubts, conclusion)
    return Exit.CONFORMANT, _opened_by(failed, doubts, conclusion)


def closes(settings: GateSettings, row: RequirementResult, operation: str) -> bool:
    """Whether what was found on one operation fails the build by itself."""
    verdict = row.by_operation.get(operation, Verdict.NONE)
    if verdict is Verdict.FAIL:
        here = [each for each in row.findings if each.operation == operation]
        is_known = _are_known(here, row, frozenset(settings.baseline))
        return row.requirement.level in settings.levels and not is_known
    is_doubt = verdict in {Verdict.INCONCLUSIVE, Verdict.ERROR} and not row.out_of_scope
    is_let_go = settings.inconclusive == "passes" and verdict is Verdict.INCONCLUSIVE
    return is_doubt and row.requirement.level is MUST and not is_let_go


def _is_known(row: RequirementResult, baseline: frozenset[str]) -> bool:
    return _are_known(row.findings, row, baseline)


def _are_known(findings: Iterable[Finding], row: RequirementResult, baseline: frozenset[str]) -> bool:
    """Whether all findings of a fail are in the baseline or waived; a fail without findings never is."""
    unwaived = [each for each in findings if not any(covers(waiver, each) for waiver in row.waivers)]
    return bool(unwaived) and all(is_accepted(each, baseline) for each in unwaived)


def _closed_by(new: list[RequirementResult], conclusion: Conclusion, *, has_baseline: bool) -> str:
    """With a baseline, the new fails are named with their titles; the conclusion names known and new ones alike."""
    if has_baseline and new:
        more = f" and {len(new) - 3} more" if len(new) > 3 else ""
        titles = ", ".join(f"{row.id} ({row.requirement.title})" for row in new[:3])
        return f"; the gate is closed by what the baseline does not have: {titles}{more}"
    return "" if conclusion is Conclusion.NOT_CONFORMANT else f"; the gate is closed by {_ids(new)}"


def _closed_over(doubts: Sequence[str], conclusion: Conclusion) -> str:
    if conclusion is Conclusion.INCONCLUSIVE:
        return ""
    more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
    return f"; the gate is closed, because not everything was judged: {doubts[0]}{more}"


def _opened_by(failed: list[RequirementResult], doubts: Sequence[str], conclusion: Conclusion) -> str:
    reasons = []
    if failed:
        reasons.append(f"the baseline accepts {_ids(failed)}")
    elif conclusion is Conclusion.NOT_CONFORMANT:
        reasons.append("its levels leave the fails out")
    if doubts:
        reasons.append("the profile lets an inconclusive run pass")
    return f"; the gate is open: {', and '.join(reasons)}" if reasons else ""


def _ids(rows: list[RequirementResult]) -> str:
    return ", ".join(row.id for row in rows)
