"""The decorator that marks a class as a choice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

MARK = "__choice__"

T = TypeVar("T", bound=type)


@dataclass(frozen=True, slots=True)
class Mark:
    """permitted_by: the document that permits the choice. also: further parts that the class replaces, beside its own.

    is_slow: the choice delays answers or their effects, so that a run takes longer. breaks_suites: why the test suites
    of SDKs cannot use an application of such a server; "" where they can. alone: the areas or requirements, as pytest's
    -k takes them, by which it is judged alone; "" for a choice that is judged in its bundle only.
    """

    permitted_by: str
    also: tuple[str, ...] = ()
    is_slow: bool = False
    breaks_suites: str = ""
    alone: str = ""


def choice(
    *,
    permitted_by: str,
    also: tuple[str, ...] = (),
    is_slow: bool = False,
    breaks_suites: str = "",
    alone: str = "",
) -> Callable[[T], T]:
    """Marks the class with what permits the choice. Marked classes are discovered by scanning the modules."""

    def marked(cls: T) -> T:
        setattr(cls, MARK, Mark(permitted_by, also, is_slow, breaks_suites, alone))
        return cls

    return marked
