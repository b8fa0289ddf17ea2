"""Finds for each passed requirement an example of the exchanges on which it rests.

Pure. A check rests on each exchange that it judged: the example is one that it passed. A test rests on its whole
sequence; of a property, which draws many, the last one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.model import Exchange, Verdict
from conformance.report.analysis.digest import Digest
from conformance.report.text.steps import step_end, step_name, trail

_MOST = 6
_LONGEST_TRAIL = 12


@dataclass(frozen=True, slots=True)
class Example:
    """steps: the sequence in one line, or its end. ids: of its last exchanges."""

    steps: str
    ids: tuple[str, ...]


def examples(digest: Digest) -> dict[str, Example]:
    """By requirement; none for a requirement of which no operation passed."""
    found: dict[str, Example] = {}
    by_sequence = _by_sequence(digest.exchanges.values())
    for outcome in digest.evidence.outcomes:
        sequence = by_sequence.get(outcome.test)
        if outcome.verdict is Verdict.PASS and sequence:
            found.setdefault(outcome.requirement, _example(sequence))
    for (requirement, _), id_ in sorted(digest.evidence.examples.items()):
        if id_ in digest.exchanges and requirement not in found:
            found[requirement] = _example([digest.exchanges[id_]])
    return found


def _by_sequence(exchanges: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    """The last sequence of each test."""
    found: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        known = found[exchange.test]
        if known and known[-1].sequence != exchange.sequence:
            known.clear()
        known.append(exchange)
    return found


def _example(exchanges: list[Exchange]) -> Example:
    if len(exchanges) == 1:
        return Example(f"{step_name(exchanges[0])} {step_end(exchanges[0])}", (exchanges[0].id,))
    left_out = len(exchanges) - _LONGEST_TRAIL
    steps = trail(exchanges[-_LONGEST_TRAIL:])
    return Example(
        f"{left_out} more | {steps}" if left_out > 0 else steps, tuple(each.id for each in exchanges[-_MOST:])
    )
