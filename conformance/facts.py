"""Named facts that a scenario compares, so that a comparison that fails says which of them deviates.

    assert facts(status=answer.status, items=answer.body) == facts(status=200, items=[])

Pure.
"""

from __future__ import annotations

from typing import Any


class Facts(dict[str, Any]):
    """Values by their names; underscores in a name are shown as blanks. Two are equal when all their facts are."""


def facts(**named: Any) -> Facts:
    """The facts of an answer, or what is expected of them; both sides of a comparison name the same ones."""
    return Facts(named)
