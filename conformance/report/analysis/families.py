"""Stateful findings that pass through one suspect step become one family: likely one fault, seen from many sides.

Pure. Whether the step is at fault is likely and not certain, so the others are folded beneath one and never left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from conformance.report.analysis.causes import Cause, Cluster, urgency, weight
from conformance.report.analysis.suspects import Step, Suspect

_FEW = 4
"""Operations. A requirement that names more is about how they play together, and explains no single one."""


def families_of(
    clusters: Iterable[Cluster], steps: dict[str, Step], suspects: Iterable[Suspect]
) -> tuple[Cluster, ...]:
    """Each cluster joins the likeliest step that its example passes through and another one, too."""
    left, families = list(clusters), []
    taken = {cluster.lead.key: _taken(cluster.lead, steps) for cluster in left}
    for suspect in suspects:
        related = [each for each in left if suspect.step in taken[each.lead.key]]
        if len(related) > 1:
            families.append(_family(suspect, related))
            left = [each for each in left if each not in related]
    return tuple(sorted([*families, *left], key=_reach))


def _taken(cause: Cause, steps: dict[str, Step]) -> frozenset[Step]:
    """What led to the smallest example. What a check found has its place on the wire, and no story behind it; a waived
    cause is nobody's kin.
    """
    if cause.is_waived or cause.first.at:
        return frozenset()
    return frozenset(steps[id_] for id_ in cause.first.exchanges if id_ in steps)


def _family(suspect: Suspect, related: list[Cluster]) -> Cluster:
    head = min(related, key=lambda each: _leadership(each.lead, suspect.step.operation))
    others = (cause for each in related if each is not head for cause in (each.lead, *each.companions))
    return replace(head, suspect=suspect, related=tuple(others))


def _leadership(cause: Cause, operation: str) -> tuple[object, ...]:
    """Nothing hides beneath what binds less; then who speaks of the step, and not of everything, leads."""
    named = cause.row.requirement.operations
    return (weight(cause), len(named) > _FEW, operation not in named, len(cause.first.exchanges), cause.row.id)


def _reach(cluster: Cluster) -> tuple[object, ...]:
    """As causes are ordered, but the more causes an entry has the further it reaches."""
    return (weight(cluster.lead), -max(len(cluster.lead.operations), 1 + len(cluster.folded)), urgency(cluster.lead))
