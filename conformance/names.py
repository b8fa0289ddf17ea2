"""Fresh names for what a run creates, traceable to the run and the worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True, slots=True)
class Names:
    """Fresh names, traceable to the run and the worker: two runs at once never meet."""

    prefix: str
    _counter: Iterator[int] = field(default_factory=lambda: count(1))

    def fresh(self, kind: str = "") -> str:
        number = next(self._counter)
        return f"{self.prefix}-{kind}-{number}" if kind else f"{self.prefix}-{number}"
