"""The gate: derives the exit status from the conclusion and the settings of the profile.

Pure. The gate decides which results fail the build. A baseline holds the fingerprints of known findings, which are
accepted; only new ones fail the build.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.model import Finding, GateSettings, Verdict
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

    has_problems: a stale waiver or another problem of the run itself, which always closes the gate. doubts: what was
    not judged, a sentence each; whatever the levels and the baseline say, only `inconclusive = "passes"` opens the gate
    over them.
    """
    rows = tuple(rows)
    baseline = frozenset(settings.baseline)
    failed = [row for row in rows if row.requirement.level in settings.levels and _fails(row)]
    new = [row for row in failed if not _is_known(row, baseline)]
    if new or has_problems:
        return Exit.NOT_CONFORMANT, _closed_by(new, conclusion, has_baseline=bool(baseline))
    if doubts and any(row.verdict is Verdict.ERROR for row in rows):
        return Exit.SUITE_ERROR, ""
    if doubts and settings.inconclusive != "passes":
        return Exit.INCONCLUSIVE, _closed_over(doubts, conclusion)
    opened = [] if conclusion is not Conclusion.NOT_CONFORMANT and not failed else [_known(failed)]
    opened += ["the profile lets an inconclusive run pass"] if doubts else []
    return Exit.CONFORMANT, f"; the gate is open: {', and '.join(opened)}" if opened else ""


def _fails(row: RequirementResult) -> bool:
    return Verdict.FAIL in row.by_operation.values() and not row.is_waived


def _is_known(row: RequirementResult, baseline: frozenset[str]) -> bool:
    """Whether all findings of a fail are in the baseline; a fail without findings never is."""
    found = list(_unwaived(row))
    return bool(found) and all(is_accepted(each, baseline) for each in found)


def _unwaived(row: RequirementResult) -> Iterable[Finding]:
    return (each for each in row.findings if not any(covers(waiver, each) for waiver in row.waivers))


def _closed_by(new: list[RequirementResult], conclusion: Conclusion, *, has_baseline: bool) -> str:
    """A baseline makes known fails unremarkable, so what is new beside them is named with its title."""
    if has_baseline and new:
        return f"; the gate is closed by what the baseline does not have: {_titles(new)}"
    return "" if conclusion is Conclusion.NOT_CONFORMANT else f"; the gate is closed by {_ids(new)}"


def _closed_over(doubts: Sequence[str], conclusion: Conclusion) -> str:
    if conclusion is Conclusion.INCONCLUSIVE:
        return ""
    more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
    return f"; the gate is closed, because not everything was judged: {doubts[0]}{more}"


def _known(failed: list[RequirementResult]) -> str:
    return f"the baseline accepts {_ids(failed)}" if failed else "its levels leave the fails out"


def _ids(rows: list[RequirementResult]) -> str:
    return ", ".join(row.id for row in rows)


def _titles(rows: list[RequirementResult], shown: int = 3) -> str:
    more = f" and {len(rows) - shown} more" if len(rows) > shown else ""
    return ", ".join(f"{row.id} ({row.requirement.title})" for row in rows[:shown]) + more
