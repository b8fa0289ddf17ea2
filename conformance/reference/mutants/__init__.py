"""Mutants: variants of the reference server with one fault on purpose, each of which breaks one requirement.

A mutant is a subclass of one of the classes in `Parts` that overrides a method; the first sentence of its docstring
states the fault.
"""

import dataclasses
from difflib import get_close_matches

from conformance.reference.mutants.mark import MARK, Mark
from conformance.reference.parts import UNMODIFIED, Parts
from conformance.reference.variants import collect, first_sentence, kebab, modules_of, part_of

MODULES = modules_of(__name__, __path__)


@dataclasses.dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    breaks: str
    fault: str
    part: str
    cls: type
    seen_by: str = ""

    @property
    def parts(self) -> Parts:
        return dataclasses.replace(UNMODIFIED, **{self.part: self.cls})


def describe(cls: type) -> Mutant:
    mark: Mark = vars(cls)[MARK]
    if not cls.__doc__:
        raise ValueError(f"{cls.__name__} has no docstring that states its fault")
    return Mutant(kebab(cls.__name__), mark.breaks, first_sentence(cls.__doc__), part_of(cls), cls, mark.seen_by)


MUTANTS = collect(MODULES, MARK, describe)


def parts_of(name: str) -> Parts:
    """The parts of a server with this mutant. Raises LookupError, which suggests the nearest name."""
    if name not in MUTANTS:
        nearest = get_close_matches(name, MUTANTS, n=1, cutoff=0.0)
        raise LookupError(f"unknown mutant {name}; the nearest is {''.join(nearest)}")
    return MUTANTS[name].parts
