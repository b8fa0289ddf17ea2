"""Indents JSON for reading without parsing it, so that repeated members and cut texts are shown as sent.

Pure, and without recursion, because a body may be nested to any depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from conformance.contract.pointers import escaped

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+')
_DEEPEST = 16
"""Levels of indentation; deeper levels are not indented further, which bounds the size of the text."""
_DEEPEST_POINTER = 64


@dataclass(frozen=True, slots=True)
class Line:
    """pointer: the JSON pointer of the value that the line holds or opens."""

    depth: int
    text: str
    pointer: str

    @property
    def indented(self) -> str:
        return "  " * min(self.depth, _DEEPEST) + self.text


@dataclass(slots=True)
class _Level:
    """An open object or array. name, index: the member or item that comes next."""

    pointer: str
    is_object: bool
    name: str = ""
    index: int = 0
    awaits_value: bool = False

    @property
    def inner(self) -> str:
        return f"{self.pointer}/{self.name if self.is_object else self.index}"


@dataclass(slots=True)
class _Writer:
    done: list[Line] = field(default_factory=list)
    levels: list[_Level] = field(default_factory=list)
    text: str = ""
    pointer: str = ""

    def take(self, piece: str) -> None:
        if piece in "{[":
            self._open(piece)
        elif piece in "}]":
            self._close(piece)
        elif piece == ",":
            self._separate()
        elif piece == ":":
            self._name()
        else:
            self._scalar(piece)

    def end_line(self) -> None:
        if self.text:
            self.done.append(Line(len(self.levels), self.text, self.pointer))
        self.text = ""

    def _here(self) -> str:
        return self.levels[-1].inner if 0 < len(self.levels) <= _DEEPEST_POINTER else ""

    def _add(self, piece: str) -> None:
        if not self.text:
            self.pointer = self._here()
        self.text += piece

    def _open(self, piece: str) -> None:
        self._add(piece)
        pointer = self._here()
        self.end_line()
        self.levels.append(_Level(pointer, piece == "{"))

    def _close(self, piece: str) -> None:
        self.end_line()
        pointer = self.levels.pop().pointer if self.levels else ""
        last = self.done[-1] if self.done else None
        if last and last.text.endswith(("{", "[")):
            self.done.pop()
            self.text, self.pointer = last.text + piece, pointer
        else:
            self.text, self.pointer = piece, pointer

    def _separate(self) -> None:
        self.text += ","
        self.end_line()
        if self.levels:
            self.levels[-1].index += 1
            self.levels[-1].awaits_value = False

    def _name(self) -> None:
        self.text += ": "
        if self.levels:
            self.levels[-1].awaits_value = True

    def _scalar(self, piece: str) -> None:
        level = self.levels[-1] if self.levels else None
        if level and level.is_object and not level.awaits_value:
            level.name = escaped(piece.strip('"'))
        self._add(piece)


def laid_out(text: str) -> list[Line]:
    writer = _Writer()
    for piece in _PIECE.findall(text):
        writer.take(piece)
    writer.end_line()
    return writer.done


def indented(text: str) -> list[str]:
    """The lines of `laid_out` alone, for a fraction of the work."""
    done: list[tuple[int, str]] = []
    depth, line = 0, ""
    for piece in _PIECE.findall(text):
        if piece == ",":
            done.append((depth, f"{line},"))
            line = ""
        elif piece == ":":
            line += ": "
        elif piece in "{[":
            done.append((depth, line + piece))
            depth, line = depth + 1, ""
        elif piece in "}]":
            if line:
                done.append((depth, line))
            depth, line = max(depth - 1, 0), piece
            if done and done[-1][1].endswith(("{", "[")):
                line = done.pop()[1] + piece
        else:
            line += piece
    if line:
        done.append((depth, line))
    return ["  " * min(depth, _DEEPEST) + line for depth, line in done]


def marked(lines: Iterable[Line], at: str) -> Iterator[int]:
    """The numbers (from 0) of the lines of the value at a pointer, or of its nearest ancestor in the body."""
    numbered = list(enumerate(lines))
    pointer = at.removeprefix("#")
    while pointer.startswith("/"):
        found = [
            number for number, line in numbered if line.pointer == pointer or line.pointer.startswith(f"{pointer}/")
        ]
        if found:
            yield from found
            return
        pointer = pointer.rpartition("/")[0]
