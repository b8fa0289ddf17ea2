"""The rates of a load as a table: what was asked and reached, what was judged and found, and how long answers took.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from conformance.series import LoadStep

HEADINGS = ("asked/s", "reached/s", "requests", "judged", "findings", "refused", "failed", "median ms", "p95 ms")
_MOST_NAMED = 6


def cells(step: LoadStep) -> tuple[str, ...]:
    """One row, a text for each of the headings."""
    return (
        f"{step.asked:g}",
        f"{step.reached:,.1f}",
        f"{step.sent:,}",
        f"{step.judged:,}",
        findings_in_words(step.findings),
        f"{step.refused:,}",
        f"{step.failed:,}",
        f"{step.median:g}",
        f"{step.p95:g}",
    )


def findings_in_words(findings: Sequence[tuple[str, int]]) -> str:
    """The requirements with the most findings: "RSP-03 (12), HDR-01 (1)", or "none"."""
    most = sorted(findings, key=lambda each: (-each[1], each[0]))
    named = [f"{id_} ({count:,})" for id_, count in most[:_MOST_NAMED]]
    more = [f"and {len(most) - _MOST_NAMED} more"] if len(most) > _MOST_NAMED else []
    return ", ".join([*named, *more]) or "none"


def lines(steps: Iterable[LoadStep]) -> Iterator[str]:
    """The table for a terminal; nothing without steps."""
    rows = [cells(step) for step in steps]
    if not rows:
        return
    table = [HEADINGS, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADINGS))]
    for row in table:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
