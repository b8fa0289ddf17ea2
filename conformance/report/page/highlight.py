"""Splits a line of JSON into pieces for syntax colouring. Pure; the template escapes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PIECE = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=:))'
    r'|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>\b(?:true|false|null)\b)"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """kind: key, string, number, word, or "" for the text between them."""

    kind: str
    text: str


def pieces(line: str) -> Iterator[Piece]:
    end = 0
    for found in _PIECE.finditer(line):
        if found.start() > end:
            yield Piece("", line[end : found.start()])
        yield Piece(found.lastgroup or "", found[0])
        end = found.end()
    if end < len(line):
        yield Piece("", line[end:])
