"""The decorator that marks a class as a mutant."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

MARK = "__mutant__"

T = TypeVar("T", bound=type)


@dataclass(frozen=True, slots=True)
class Mark:
    """breaks: the id of a requirement. seen_by: `pytest -k` expression for tests that detect it, by default the id."""

    breaks: str
    seen_by: str = ""


def mutant(*, breaks: str, seen_by: str = "") -> Callable[[T], T]:
    """Marks the class with the requirement that it breaks. Marked classes are discovered by scanning the modules."""

    def marked(cls: T) -> T:
        setattr(cls, MARK, Mark(breaks, seen_by))
        return cls

    return marked
