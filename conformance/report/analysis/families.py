"""Groups stateful findings whose exchanges share a suspect step, because they probably have one fault in common.

Pure. That the step is at fault is probable and not certain, so the other causes are shown under one and never left
out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from conformance.report.analysis.causes import Cause, Cluster, urgency, weight
from conformance.report.analysis.suspects import Step, Suspect

_FEW = 4
"""Operations. A requirement that names more is about their interaction and says little about any single one."""


def families_of(
    clusters: Iterable[Cluster], steps: dict[str, Step], suspects: Iterable[Suspect]
) -> tuple[Cluster, ...]:
    """Merge the clusters whose smallest example includes the same suspect step, the most suspicious step first."""
    left, families = list(clusters), []
    taken = {cluster.lead.key: _taken(cluster.lead, steps) for cluster in left}
    for suspect in suspects:
        related = [each for each in left if suspect.step in taken[each.lead.key]]
        if len(related) > 1:
            families.append(_family(suspect, related))
            left = [each for each in left if each not in related]
    return tuple(sorted([*families, *left], key=_cluster_urgency))


def _taken(cause: Cause, steps: dict[str, Step]) -> frozenset[Step]:
    """The steps of the smallest example; none for a waived cause, and none for a deviation within one response, which
    needs no earlier step to explain it.
    """
    if cause.is_waived or cause.first.at:
        return frozenset()
    return frozenset(steps[id_] for id_ in cause.first.exchanges if id_ in steps)


def _family(suspect: Suspect, related: list[Cluster]) -> Cluster:
    head = min(related, key=lambda each: _leadership(each.lead, suspect.step.operation))
    others = (cause for each in related if each is not head for cause in (each.lead, *each.companions))
    return replace(head, suspect=suspect, related=tuple(others))


def _leadership(cause: Cause, operation: str) -> tuple[object, ...]:
    """The strictest requirement leads; among equals, the one that names the suspect operation and few others."""
    named = cause.result.requirement.operations
    return (weight(cause), len(named) > _FEW, operation not in named, len(cause.first.exchanges), cause.result.id)


def _cluster_urgency(cluster: Cluster) -> tuple[object, ...]:
    """The urgency of the lead, where many grouped causes count like many operations."""
    return (weight(cluster.lead), -max(len(cluster.lead.operations), 1 + len(cluster.grouped)), urgency(cluster.lead))
