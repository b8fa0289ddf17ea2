"""Reads the exchanges of a journal one by one, for another judgement or another format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from conformance.errors import UsageError
from conformance.evidence.journal import Line, made_of, record_in, refuse_other_format
from conformance.evidence.records import as_recorded
from conformance.model import Exchange, Json

Made = TypeVar("Made")


def exchanges_in(path: Path) -> Iterator[Exchange]:
    """With the parts that the journal cut or struck as unrecorded. Raises UsageError."""
    return each_made(path, as_recorded)


def each_made(path: Path, make: Callable[[Json], Made]) -> Iterator[Made]:
    """What is made of the record of each exchange. Raises UsageError.

    The last line of a cut journal may be incomplete; every other line is a record.
    """
    broken = ""
    for number, text in _lines(path):
        if broken:
            raise UsageError(broken)
        record = record_in(text)
        line = Line(number, record or {"kind": ""})
        if not line.kind or (number == 1 and line.kind != "header"):
            broken = f"{path}, line {number} is not a journal: it is no record"
        elif line.kind == "header":
            refuse_other_format(path, line)
        elif line.kind == "exchange":
            yield made_of(path, line, make)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            yield from enumerate(lines, 1)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a journal: {error}") from error
