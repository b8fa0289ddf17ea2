"""Checks that an object made from a file has values of the types that its class declares.

Pure. A dataclass takes any value; a wrong one would raise much later, where nothing tells the line that it came from.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache, partial
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Shaped = TypeVar("Shaped")

_Test = Callable[[Any, str], None]
"""Raises TypeError for a value that is not of its type; the text is the name of the member."""


def verified(value: Shaped) -> Shaped:
    """The same dataclass. Raises TypeError with the first member that is not as declared."""
    cls: Any = type(value)
    for name, test in _tests(cls):
        test(getattr(value, name), name)
    return value


@cache
def _tests(cls: Any) -> tuple[tuple[str, _Test], ...]:
    hints = get_type_hints(cls)
    return tuple((field.name, _test_of(hints[field.name])) for field in fields(cls))


@cache
def _test_of(hint: Any) -> _Test:
    """Made once for each type: a journal has a hundred thousand members of the same few types."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return _anything
    if origin in {Union, UnionType}:
        return partial(_optional, _test_of(next(each for each in arguments if each is not type(None))))
    if origin is frozenset or Ellipsis in arguments:
        return partial(_list, origin, _test_of(arguments[0]))
    if origin is tuple:
        return partial(_row, tuple(_test_of(each) for each in arguments))
    if hint is float:
        return _number
    return partial(_instance, hint, is_dataclass(hint))


def _anything(_value: Any, _name: str) -> None:
    return


def _optional(test: _Test, value: Any, name: str) -> None:
    if value is not None:
        test(value, name)


def _list(kind: Any, test: _Test, value: Any, name: str) -> None:
    """A tuple with `...` and a frozenset have any number of items of one type."""
    if not isinstance(value, kind):
        raise TypeError(f"the member {name} is not a list")
    for each in value:
        test(each, name)


def _row(tests: tuple[_Test, ...], value: Any, name: str) -> None:
    if not isinstance(value, tuple):
        raise TypeError(f"the member {name} is not a list")
    if len(value) != len(tests):
        raise TypeError(f"the member {name} has a row of another length")
    for each, test in zip(value, tests, strict=True):
        test(each, name)


def _instance(kind: Any, has_members: bool, value: Any, name: str) -> None:  # noqa: FBT001  bound once
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"the member {name} has a value of another type")
    if has_members:
        verified(value)


_LATEST = 253_402_300_799
"""The last second of the year 9999, in seconds since the epoch."""


def _number(value: Any, name: str) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= _LATEST:
        raise TypeError(f"the member {name} is not a number that a run can have")
