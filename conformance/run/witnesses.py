"""Which tests can show what a check finds: those that ask an operation of which it speaks.

Pure. No test has the id of a check, so a selection by that id would select nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from conformance.model import Requirement

_ID = re.compile(r"[A-Z]{3}-[0-9]{2,3}")


def can_show(check: Requirement, operations: Collection[str]) -> bool:
    """operations: the labels that a test asks; without any it may ask every one, as a check without any judges all."""
    return not check.operations or not operations or not set(operations).isdisjoint(check.operations)


def named(checks: Iterable[Requirement], keyword: str) -> list[Requirement]:
    """The checks whose whole ids an expression of `-k` has."""
    ids = set(_ID.findall(keyword.upper()))
    return [check for check in checks if check.id in ids]


def unseen(
    checks: Iterable[Requirement], only: Iterable[str], tests: Collection[tuple[Requirement, tuple[str, ...]]]
) -> Iterator[Requirement]:
    """The checks of a scope that none of its tests can show. only: the words of the scope. tests: those in scope, each
    with its operations; a word that has a test of its own brings no further ones.
    """
    of_tests = {word for head, _ in tests for word in (head.id, head.area)}
    words = set(only) - of_tests
    for check in checks:
        is_asked_for = bool(words & {check.id, check.area})
        if is_asked_for and not any(can_show(check, operations) for _, operations in tests):
            yield check
