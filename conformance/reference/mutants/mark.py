"""The mark that makes a class a mutant."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

MARK = "__mutant__"

T = TypeVar("T", bound=type)


@dataclass(frozen=True, slots=True)
class Mark:
    """breaks: id of a requirement. seen_by: which tests show it, as an expression for `pytest -k`; "" is the id."""

    breaks: str
    seen_by: str = ""


def mutant(*, breaks: str, seen_by: str = "") -> Callable[[T], T]:
    """Says which requirement the class breaks. It registers nothing: mutants are found by looking."""

    def marked(cls: T) -> T:
        setattr(cls, MARK, Mark(breaks, seen_by))
        return cls

    return marked
