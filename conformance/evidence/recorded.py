"""Reads the exchanges of a journal one by one, for another judgement or another format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from conformance.errors import UsageError
from conformance.evidence.journal import FORMAT
from conformance.evidence.records import as_recorded
from conformance.model import Exchange, Json

Made = TypeVar("Made")

_FORMATS = (1, FORMAT)


def exchanges_in(path: Path) -> Iterator[Exchange]:
    """With the parts that the journal cut or struck as unrecorded. Raises UsageError."""
    return each_made(path, as_recorded)


def each_made(path: Path, make: Callable[[Json], Made]) -> Iterator[Made]:
    """What is made of the record of each exchange. Raises UsageError.

    The last line of a cut journal may be incomplete; every other line is a record.
    """
    broken = ""
    for number, line in _lines(path):
        if broken:
            raise UsageError(broken)
        record = _record(line)
        if record is None or (number == 1 and record["kind"] != "header"):
            broken = f"{path}, line {number} is not a journal: it is no record"
        elif record["kind"] == "header" and record.get("format", 1) not in _FORMATS:
            stated = json.dumps(record["format"])[:40]
            words = f"the journal has the format {stated}, and this version reads the formats 1 and {FORMAT}"
            raise UsageError(f"{path}, line {number}: {words}")
        elif record["kind"] == "exchange":
            yield _made(path, number, record, make)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            yield from enumerate(lines, 1)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a journal: {error}") from error


def _record(line: str) -> Json:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("kind"), str) else None


def _made(path: Path, number: int, record: Json, make: Callable[[Json], Made]) -> Made:
    try:
        return make(record)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        what = f"no member {error}" if isinstance(error, KeyError) else str(error)
        words = f"{path}, line {number} is not a journal: a record is malformed ({what[:200]})"
        raise UsageError(words) from error
