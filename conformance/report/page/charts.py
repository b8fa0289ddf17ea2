"""Computes the coordinates of the inline SVG charts: shares, histograms, timeline and trend.

Pure. Text beside each chart gives the same information.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from conformance.report.analysis.history import Run
from conformance.report.analysis.status import Status
from conformance.report.analysis.timing import Latency, Scale, Slice, step_of


@dataclass(frozen=True, slots=True)
class Bar:
    """kind: its class in the style sheet."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    text: str


_BAR_ORDER = (
    Status.PASS,
    Status.WAIVED,
    Status.NONE,
    Status.OUT_OF_SCOPE,
    Status.INCONCLUSIVE,
    Status.ERROR,
    Status.FAIL,
)
_LEAST = 0.02


def shares(tally: Mapping[Status, int], width: float, height: float) -> list[Bar]:
    """One bar divided by status. Each part has a minimum width, so that a few fails of hundreds stay visible."""
    total = sum(tally.values())
    parts = [(status, max(tally[status] / total, _LEAST)) for status in _BAR_ORDER if tally.get(status)]
    unit = width / (sum(share for _, share in parts) or 1)
    ends = list(accumulate((share * unit for _, share in parts), initial=0.0))
    return [
        Bar(round(start, 2), 0, round(share * unit, 2), height, status.key)
        for (status, share), start in zip(parts, ends, strict=False)
    ]


def histogram(latency: Latency, scale: Scale, width: float, height: float) -> list[Bar]:
    """One bar for each step. The tallest fills the height: the chart compares shapes, not amounts."""
    step = width / (scale.last - scale.first + 1)
    tallest = max(latency.histogram.values())
    return [
        bar
        for number, count in latency.histogram.items()
        for bar in _stack(
            (number - scale.first) * step, step - 0.5, height / tallest, height, [(max(count, 0.08 * tallest), "count")]
        )
    ]


def at_time(milliseconds: float, scale: Scale, width: float) -> float:
    return (step_of(milliseconds) - scale.first + 0.5) * width / (scale.last - scale.first + 1)


def decades(scale: Scale, width: float) -> list[Mark]:
    steps = scale.last - scale.first + 1
    return [Mark((number - scale.first) * width / steps, text) for number, text in scale.decades]


CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "none")
"""Classes of status, from the bottom of a stack to its top; "none" for no response."""


def timeline(slices: Sequence[Slice], width: float, height: float) -> list[Bar]:
    tallest = max((each.classes.total() for each in slices), default=0) or 1
    step = width / max(len(slices), 1)
    return [
        bar
        for number, each in enumerate(slices)
        for bar in _stack(
            number * step, step, height / tallest, height, [(each.classes[name], name) for name in CLASSES]
        )
    ]


def trend(runs: Sequence[Run], width: float, height: float) -> list[Bar]:
    """One stack for each run: its MUST requirements by status, those that pass at the bottom."""
    tallest = max((each.passed + each.waived + each.unknown + each.fail for each in runs), default=0) or 1
    step = min(width / max(len(runs), 1), 40.0)
    return [
        bar
        for number, run in enumerate(runs)
        for bar in _stack(
            number * step,
            step - 3,
            height / tallest,
            height,
            [(run.passed, "pass"), (run.waived, "waived"), (run.unknown, "none"), (run.fail, "fail")],
        )
    ]


def _stack(x: float, width: float, unit: float, height: float, parts: Iterable[tuple[float, str]]) -> Iterator[Bar]:
    top = height
    for count, kind in parts:
        if count:
            top -= count * unit
            yield Bar(round(x, 2), round(top, 2), round(width, 2), round(count * unit, 2), kind)
