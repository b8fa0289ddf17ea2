"""The mark that makes a class a mutant."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

MARK = "__mutant__"

T = TypeVar("T", bound=type)


@dataclass(frozen=True, slots=True)
class Mark:
    breaks: str


def mutant(*, breaks: str) -> Callable[[T], T]:
    """Says which requirement the class breaks. It registers nothing: mutants are found by looking."""

    def marked(cls: T) -> T:
        setattr(cls, MARK, Mark(breaks))
        return cls

    return marked
