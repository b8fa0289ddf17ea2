"""The gate: derives the exit status from the conclusion and the settings of the profile.

Pure. The gate decides which results fail the build. A baseline holds the fingerprints of known findings, which are
accepted; only new ones fail the build.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.model import Finding, GateSettings, Verdict
from conformance.verdict.baseline import is_accepted
from conformance.verdict.result import Conclusion, Exit, RequirementResult
from conformance.verdict.waivers import covers


def decide(
    settings: GateSettings, rows: Iterable[RequirementResult], conclusion: Conclusion, *, has_problems: bool
) -> tuple[Exit, str]:
    """The exit status, and the half sentence that explains it where the conclusion alone does not.

    has_problems: a stale waiver or another problem of the run itself, which always closes the gate.
    """
    baseline = frozenset(settings.baseline)
    rows = tuple(rows)
    failed = [row for row in rows if row.requirement.level in settings.levels and _fails(row)]
    closing = [row for row in failed if not _is_known(row, baseline)]
    if closing or has_problems:
        return Exit.NOT_CONFORMANT, _closed_by(closing, conclusion)
    if conclusion is Conclusion.NOT_CONFORMANT:
        return Exit.CONFORMANT, f"; the gate is open: {_known(failed)}"
    if any(row.verdict is Verdict.ERROR for row in rows) and conclusion is Conclusion.INCONCLUSIVE:
        return Exit.SUITE_ERROR, ""
    if conclusion is Conclusion.INCONCLUSIVE and settings.inconclusive == "passes":
        return Exit.CONFORMANT, "; the gate is open: the profile lets an inconclusive run pass"
    return Exit[conclusion.name], f"; the gate is open: {_known(failed)}" if failed else ""


def _fails(row: RequirementResult) -> bool:
    return Verdict.FAIL in row.by_operation.values() and not row.is_waived


def _is_known(row: RequirementResult, baseline: frozenset[str]) -> bool:
    """Whether all findings of a fail are in the baseline; a fail without findings never is."""
    found = list(_unwaived(row))
    return bool(found) and all(is_accepted(each, baseline) for each in found)


def _unwaived(row: RequirementResult) -> Iterable[Finding]:
    return (each for each in row.findings if not any(covers(waiver, each) for waiver in row.waivers))


def _closed_by(closing: list[RequirementResult], conclusion: Conclusion) -> str:
    if conclusion is Conclusion.NOT_CONFORMANT:
        return ""
    return f"; the gate is closed by {', '.join(row.id for row in closing)}"


def _known(failed: list[RequirementResult]) -> str:
    return f"the baseline knows {', '.join(row.id for row in failed)}" if failed else "its levels leave the fails out"
