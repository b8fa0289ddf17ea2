"""Fresh names for what a run creates, and the words that stand for them in findings.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

_MADE = re.compile(r"conf-[0-9a-z]+-[0-9a-z]+(?:-(?P<kind>[a-z]+))?-(?P<number>\d+)(?!\d)")


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Namespaces of the application: of channels in general, "" for none, of persisted ones, and of those with push."""

    channels: str = ""
    persisted: str = "persisted"
    push: str = "pushenabled"


USUAL = Namespaces()
"""Those of ably-common's test application."""

_IN_NAMESPACE = frozenset({"channel", "group"})
"""Kinds of names that are names of channels, or begin them."""


@dataclass(frozen=True, slots=True)
class Names:
    """Makes names that contain the run and the worker, so that two runs at once never share one."""

    prefix: str
    namespaces: Namespaces = USUAL
    _counter: Iterator[int] = field(default_factory=lambda: count(1))
    _exchanges: Iterator[int] = field(default_factory=lambda: count(1))

    def fresh(self, kind: str = "") -> str:
        number = next(self._counter)
        name = f"{self.prefix}-{kind}-{number}" if kind else f"{self.prefix}-{number}"
        is_in_namespace = kind in _IN_NAMESPACE and self.namespaces.channels
        return f"{self.namespaces.channels}:{name}" if is_in_namespace else name

    def exchange(self) -> str:
        """The id of one more exchange."""
        return f"{self.prefix}-x{next(self._exchanges)}"

    def persisted_channel(self) -> str:
        """The name of a channel whose messages are kept for longer than two minutes."""
        return f"{self.namespaces.persisted}:{self.fresh('channel')}"

    def push_channel(self) -> str:
        """The name of a channel whose namespace has push enabled."""
        return f"{self.namespaces.push}:{self.fresh('channel')}"


def without_made_names(*texts: str) -> tuple[str, ...]:
    """The texts with each fresh name replaced by its kind: "conf-7f3a-gw0-device-12" becomes "device 1" in all."""
    known: dict[str, str] = {}
    counts: dict[str, int] = {}

    def word(found: re.Match[str]) -> str:
        if found[0] not in known:
            kind = found["kind"] or "name"
            counts[kind] = counts.get(kind, 0) + 1
            known[found[0]] = f"{kind} {counts[kind]}"
        return known[found[0]]

    return tuple(_MADE.sub(word, text) for text in texts)
