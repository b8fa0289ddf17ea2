"""The head of a requirement, and the catalogue of all heads.

Pure. A requirement is attached to a plain test function of `suite/` or to a check by a decorator, and discovered by
scanning modules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from conformance.errors import SuiteError
from conformance.model import Clause, Level, Requirement

HEAD = "__requirement__"
_ID = re.compile(r"[A-Z]{3}-\d{2,3}")
_LONGEST_TITLE = 90

AREAS = {
    "AUT": "Authentication and authorization",
    "CON": "Concurrency",
    "DEV": "Push devices",
    "ERR": "Errors",
    "GEN": "Generated requests",
    "HDR": "Headers",
    "HIS": "History",
    "LIF": "Random operation sequences against a model",
    "PAG": "Pagination",
    "PRE": "Presence",
    "PSH": "Push publishing",
    "PUB": "Publishing",
    "RSP": "Responses",
    "SEC": "Secrecy and isolation",
    "STA": "Channel status and enumeration",
    "STT": "Statistics",
    "SUB": "Push subscriptions",
    "TIM": "Time",
    "TOK": "Tokens",
}
"""The areas of requirements, by the first three letters of an id."""

EVERY_OPERATION: tuple[str, ...] = ()
"""The `operations` of a requirement that speaks of every operation of the contract."""

Attached = TypeVar("Attached", bound=Callable[..., object])


def requirement(
    id: str,  # noqa: A002  the word of the catalogue
    level: Level,
    title: str,
    *,
    clause: Clause,
    operations: Iterable[str],
    needs: Iterable[str] = (),
) -> Callable[[Attached], Attached]:
    """Attach a head to a test or check and return the same function, so that fixtures and tracebacks stay natural."""
    head = Requirement(id, level, title, clause, tuple(operations), frozenset(needs))

    def attach(function: Attached) -> Attached:
        setattr(function, HEAD, head)
        return function

    return attach


def head_of(thing: object) -> Requirement | None:
    return getattr(thing, HEAD, None)


def catalogue(heads: Iterable[Requirement]) -> dict[str, Requirement]:
    """Requirements by id, in order. Raises SuiteError when two requirements share an id or a head is malformed."""
    found: dict[str, Requirement] = {}
    for head in heads:
        _refuse_malformed(head)
        if found.setdefault(head.id, head) != head:
            raise SuiteError(
                f"{head.id} names two requirements", f"Give one of them the next free number: {head.title!r}."
            )
    return dict(sorted(found.items()))


def _refuse_malformed(head: Requirement) -> None:
    if not _ID.fullmatch(head.id):
        raise SuiteError(
            f"{head.id!r} is not a requirement id", "An id is three capital letters, a dash and two digits: DEV-07."
        )
    if len(head.title) > _LONGEST_TITLE:
        raise SuiteError(
            f"The title of {head.id} has {len(head.title)} characters", f"Keep it within {_LONGEST_TITLE}."
        )
