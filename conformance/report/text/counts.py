"""A number with the noun that it counts."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """noun: in the singular."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
