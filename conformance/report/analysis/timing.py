"""Measures how long responses took, for information only: no requirement and no verdict depends on it. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.model import Exchange

_MOST_SLOW = 10
_SLICES = 120
"""Slices of the timeline of the run."""
_STEPS = 12
"""Steps of a histogram per power of ten: each is about a fifth longer than the one before."""


@dataclass(frozen=True, slots=True)
class Latency:
    """The latency of one operation in ms. histogram: the number of responses in each logarithmic step; see `Scale`."""

    operation: str
    count: int
    least: float
    median: float
    p90: float
    p99: float
    most: float
    histogram: dict[int, int]


@dataclass(frozen=True, slots=True)
class Scale:
    """The steps that all histograms share. first, last: step numbers; decades: (step, its label)."""

    first: int
    last: int
    decades: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the run: the number of responses in it by class: "2xx", "4xx", ..., "none" for no response."""

    start: float
    classes: Counter[str]


@dataclass(frozen=True, slots=True)
class Timing:
    latencies: tuple[Latency, ...]
    scale: Scale
    slowest: tuple[Exchange, ...]
    slices: tuple[Slice, ...]


def timing(exchanges: Sequence[Exchange], started: float, took: float) -> Timing:
    by_operation: dict[str, list[float]] = defaultdict(list)
    answered = [exchange for exchange in exchanges if exchange.response]
    for exchange in answered:
        by_operation[exchange.operation].append(exchange.elapsed)
    latencies = tuple(_latency(operation, sorted(times)) for operation, times in by_operation.items() if operation)
    slowest = sorted(answered, key=lambda each: (-each.elapsed, each.id))[:_MOST_SLOW]
    return Timing(latencies, _scale(latencies), tuple(slowest), _slices(exchanges, started, took))


def step_of(milliseconds: float) -> int:
    return math.floor(math.log10(max(milliseconds, 0.01)) * _STEPS)


def _latency(operation: str, times: Sequence[float]) -> Latency:
    return Latency(
        operation=operation,
        count=len(times),
        least=times[0],
        median=_quantile(times, 0.5),
        p90=_quantile(times, 0.9),
        p99=_quantile(times, 0.99),
        most=times[-1],
        histogram=dict(sorted(Counter(map(step_of, times)).items())),
    )


def _quantile(times: Sequence[float], share: float) -> float:
    """A measured value, never an interpolated one."""
    return times[min(math.ceil(share * len(times)) - 1, len(times) - 1)] if share else times[0]


def _scale(latencies: Iterable[Latency]) -> Scale:
    steps = [step for latency in latencies for step in latency.histogram]
    if not steps:
        return Scale(0, 0, ())
    first, last = min(steps), max(steps)
    decades = range(math.ceil(first / _STEPS), math.floor(last / _STEPS) + 1)
    return Scale(first, last, tuple((decade * _STEPS, _axis_label(10.0**decade)) for decade in decades))


def _axis_label(milliseconds: float) -> str:
    return f"{milliseconds / 1000:g} s" if milliseconds >= 1000 else f"{milliseconds:g} ms"


def _slices(exchanges: Iterable[Exchange], started: float, took: float) -> tuple[Slice, ...]:
    length = max(took, 0.001) / _SLICES
    counts: list[Counter[str]] = [Counter() for _ in range(_SLICES)]
    for exchange in exchanges:
        number = int((exchange.started - started) / length)
        counts[min(max(number, 0), _SLICES - 1)][
            f"{exchange.response.status // 100}xx" if exchange.response else "none"
        ] += 1
    return tuple(Slice(number * length, each) for number, each in enumerate(counts))
