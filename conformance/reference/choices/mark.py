"""The mark that makes a class a choice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

MARK = "__choice__"

T = TypeVar("T", bound=type)


@dataclass(frozen=True, slots=True)
class Mark:
    """permitted_by: the fact that leaves the choice. also: further parts that it is made for, beside its own.

    is_slow: it makes answers or their effects late, so that a run takes longer.
    """

    permitted_by: str
    also: tuple[str, ...] = ()
    is_slow: bool = False


def choice(*, permitted_by: str, also: tuple[str, ...] = (), is_slow: bool = False) -> Callable[[T], T]:
    """Says what permits the choice. It registers nothing: choices are found by looking."""

    def marked(cls: T) -> T:
        setattr(cls, MARK, Mark(permitted_by, also, is_slow))
        return cls

    return marked
