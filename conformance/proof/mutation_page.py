"""reports/mutants/index.html: which requirement detects which mutant, in how many requests.

Pure. The mutants are ours, so nothing here comes from a target; it is escaped all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from conformance.model import Requirement

_HERE = Path(__file__).parent


class Kill(Protocol):
    """The result of one mutant, as in `mutants.Kill`."""

    @property
    def mutant(self) -> str: ...
    @property
    def fault(self) -> str: ...
    @property
    def breaks(self) -> str: ...
    @property
    def fell(self) -> tuple[str, ...]: ...
    @property
    def requests(self) -> int: ...
    @property
    def is_killed(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Line:
    requirement: Requirement
    kills: tuple[Kill, ...]


def render(kills: Iterable[Kill], catalogue: dict[str, Requirement]) -> str:
    """A table of the requirements that were tried, and of those without a mutant."""
    by_requirement = sorted(kills, key=lambda each: (each.breaks, each.mutant))
    tried = {id_: tuple(each) for id_, each in groupby(by_requirement, key=lambda each: each.breaks)}
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("mutation.html.j2").render(
        lines=[Line(catalogue[id_], found) for id_, found in tried.items() if id_ in catalogue],
        alive=[each for each in by_requirement if not each.is_killed],
        killed=sum(each.is_killed for each in by_requirement),
        total=len(by_requirement),
        requests=sum(each.requests for each in by_requirement),
    )
