"""What another version of the contract than the suite was written for left out of a run, or worded anew.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.model import Evidence
from conformance.verdict.result import RequirementResult


def notes(evidence: Evidence, rows: Iterable[RequirementResult]) -> Iterator[str]:
    """A sentence each; none for a run by the contract that the suite was written for."""
    contract = evidence.header.contract
    if not contract.file:
        return
    listed = tuple(rows)
    by_reason: dict[str, list[str]] = {}
    for row in listed:
        if row.out_of_scope.startswith(contract.name):
            by_reason.setdefault(row.out_of_scope, []).append(row.id)
    for reason, ids in by_reason.items():
        yield f"out of scope, {', '.join(ids)}: {reason}"
    reworded = [row.id for row in listed if not row.requirement.clause.is_found and not row.out_of_scope]
    if reworded:
        yield (
            f"the clauses of {', '.join(reworded)} are worded otherwise in {contract.file}: "
            "they are judged, and told without quotation marks"
        )
