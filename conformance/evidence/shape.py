"""Checks that an object made from a file has values of the types that its class declares.

Pure. A dataclass takes any value; a wrong one would raise much later, where nothing tells the line that it came from.
"""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Shaped = TypeVar("Shaped")


def verified(value: Shaped) -> Shaped:
    """The same dataclass. Raises TypeError with the first member that is not as declared."""
    cls: Any = type(value)
    for name, hint in _hints(cls):
        _verify(getattr(value, name), hint, name)
    return value


@cache
def _hints(cls: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(cls)
    return tuple((field.name, hints[field.name]) for field in fields(cls))


def _verify(value: Any, hint: Any, name: str) -> None:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return
    if origin in {Union, UnionType}:
        if value is not None:
            _verify(value, next(each for each in arguments if each is not type(None)), name)
    elif origin in {tuple, frozenset}:
        _verify_items(value, origin, arguments, name)
    elif hint is float:
        _verify_number(value, name)
    elif not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise TypeError(f"the member {name} has a value of another type")
    elif is_dataclass(value):
        verified(value)


def _verify_items(value: Any, kind: Any, arguments: tuple[Any, ...], name: str) -> None:
    """A tuple with `...` and a frozenset have any number of items of one type; another tuple is a row."""
    if not isinstance(value, tuple | frozenset) or not isinstance(value, kind):
        raise TypeError(f"the member {name} is not a list")
    hints = [arguments[0]] * len(value) if kind is frozenset or Ellipsis in arguments else list(arguments)
    if len(value) != len(hints):
        raise TypeError(f"the member {name} has a row of another length")
    for each, hint in zip(value, hints, strict=True):
        _verify(each, hint, name)


_LATEST = 253_402_300_799
"""The last second of the year 9999, in seconds since the epoch."""


def _verify_number(value: Any, name: str) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= _LATEST:
        raise TypeError(f"the member {name} is not a number that a run can have")
