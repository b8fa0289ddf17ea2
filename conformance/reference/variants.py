"""Functions that mutants and choices share: both replace a part by a class with a name and a docstring.

Both are discovered by scanning the modules of their package for marked classes.
"""

import dataclasses
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from re import compile as pattern
from types import ModuleType
from typing import Protocol, TypeVar

from conformance.reference.parts import UNMODIFIED

WORD = pattern(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Named(Protocol):
    @property
    def name(self) -> str: ...


Variant = TypeVar("Variant", bound=Named)


def modules_of(package: str, paths: Iterable[str]) -> tuple[ModuleType, ...]:
    """The modules of a package with variants in them. paths: the `__path__` of the package."""
    names = (each.name for each in pkgutil.iter_modules(paths) if each.name not in {"__main__", "mark"})
    return tuple(import_module(f"{package}.{name}") for name in names)


def collect(modules: Iterable[ModuleType], mark: str, describe: Callable[[type], Variant]) -> Mapping[str, Variant]:
    """The described classes that have a mark, by name. Raises ValueError for a duplicate name."""
    found: dict[str, Variant] = {}
    for cls in (value for module in modules for value in vars(module).values() if isinstance(value, type)):
        if mark in vars(cls):
            item = describe(cls)
            if item.name in found:
                raise ValueError(f"two variants are named {item.name}")
            found[item.name] = item
    return found


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
