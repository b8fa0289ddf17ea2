"""Functions that mutants and choices share: both replace a part by a class with a name and a docstring."""

import dataclasses
from re import compile as pattern

from conformance.reference.parts import UNMODIFIED

WORD = pattern(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def part_of(cls: type) -> str:
    """The field of `Parts` whose unmodified class is the nearest base of `cls`."""
    names = {getattr(UNMODIFIED, field.name): field.name for field in dataclasses.fields(UNMODIFIED)}
    for base in cls.__mro__:
        if base in names:
            return names[base]
    raise ValueError(f"{cls.__name__} is no subclass of a part")


def kebab(name: str) -> str:
    return WORD.sub("-", name).lower()


def first_sentence(text: str) -> str:
    return " ".join(text.split()).partition(". ")[0].rstrip(".") + "."
