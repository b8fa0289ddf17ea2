"""The sequence diagram of a stateful failure: who asked the target what, and how it answered, from top to bottom.

Pure numbers for the template; the same steps stand beside the drawing as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.model import Exchange
from conformance.report.text.safe_text import shortened
from conformance.report.text.steps import runs, step_end, step_name

WIDTH = 760
_TOP = 44
_STEP = 44
_FIRST_LANE, _LANE, _TARGET = 70, 110, 690
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Step:
    """One question and its answer, or several equal ones in a row. x: the lane of who asked."""

    number: int
    x: int
    y: int
    asks: str
    answer: str
    times: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Lane:
    x: int
    name: str


@dataclass(frozen=True, slots=True)
class Diagram:
    lanes: tuple[Lane, ...]
    steps: tuple[Step, ...]

    @property
    def height(self) -> int:
        return _TOP + _STEP * len(self.steps) + 16


def diagram(exchanges: Iterable[Exchange]) -> Diagram:
    known = list(exchanges)
    callers = list(dict.fromkeys(each.principal or "nobody" for each in known))
    lanes = {name: _FIRST_LANE + _LANE * number for number, name in enumerate(callers)}
    return Diagram(
        (*(Lane(x, shortened(name, 16)) for name, x in lanes.items()), Lane(_TARGET, "target")),
        tuple(_steps(known, lanes)),
    )


def _steps(exchanges: list[Exchange], lanes: dict[str, int]) -> Iterator[Step]:
    groups = runs(exchanges)
    for number, group in enumerate(groups):
        yield Step(
            number=1 + sum(map(len, groups[:number])),
            x=lanes[group[0].principal or "nobody"],
            y=_TOP + _STEP * number,
            asks=shortened(step_name(group[0]), _LONGEST),
            answer=step_end(group[0]),
            times=len(group),
            is_last=group is groups[-1],
        )
