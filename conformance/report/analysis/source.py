"""The published contract as text with lines: where a pointer stands, so that a reader can be sent there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """text: openapi.yaml, word for word. lines: the line (from 1) of every pointer that it holds."""

    text: str
    lines: Mapping[str, int]

    def line(self, pointer: str) -> int:
        """The line of a pointer, or of its nearest ancestor that exists; 0 for what is not in the contract."""
        while pointer.startswith("#/"):
            if pointer in self.lines:
                return self.lines[pointer]
            pointer = pointer.rpartition("/")[0]
        return 0
