"""Computes the sequence diagram of a stateful finding: callers, requests and responses, from top to bottom.

Pure numbers for the template; the same steps are beside the drawing as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.model import Exchange
from conformance.report.text.callers import caller_in_words
from conformance.report.text.safe_text import shortened
from conformance.report.text.steps import runs, step_end, step_name

_TOP = 44
_STEP = 44
_FIRST_LANE, _LANE, _TARGET = 70, 110, 690
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Step:
    """A request and its response, or several equal ones in a row. x: the lane of the caller."""

    number: int
    x: int
    y: int
    request: str
    response: str
    times: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """One vertical line. caller: the credentials of its requests in words, "" for the target."""

    x: int
    name: str
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Diagram:
    lanes: tuple[Lane, ...]
    steps: tuple[Step, ...]

    @property
    def height(self) -> int:
        return _TOP + _STEP * len(self.steps) + 16


def diagram(exchanges: Iterable[Exchange]) -> Diagram:
    known = list(exchanges)
    principals = list(dict.fromkeys(each.principal for each in known))
    lanes = {
        principal: Lane(_FIRST_LANE + _LANE * number, f"caller {number + 1}", caller_in_words(principal))
        for number, principal in enumerate(principals)
    }
    return Diagram((*lanes.values(), Lane(_TARGET, "target")), tuple(_steps(known, lanes)))


def _steps(exchanges: list[Exchange], lanes: dict[str, Lane]) -> Iterator[Step]:
    groups = runs(exchanges)
    for number, group in enumerate(groups):
        yield Step(
            number=1 + sum(map(len, groups[:number])),
            x=lanes[group[0].principal].x,
            y=_TOP + _STEP * number,
            request=shortened(step_name(group[0]), _LONGEST),
            response=step_end(group[0]),
            times=len(group),
            is_last=group is groups[-1],
        )
