"""Records the numbers of each run in a SQLite file, from which the page draws the trend.

A run is identified by its name, so a report that is written twice is recorded once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.errors import UsageError
from conformance.evidence.shape import verified
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status


@dataclass(frozen=True, slots=True)
class Run:
    """started: seconds since the epoch. fail, waived, unknown, passed: MUST requirements in scope, by status."""

    run: str
    target: str
    profile: str
    started: float
    suite: str
    contract: str
    conclusion: str
    fail: int
    waived: int
    unknown: int
    passed: int
    exchanges: int
    duration: float


_COLUMNS = ", ".join(column.name for column in fields(Run))
_TABLE = f"CREATE TABLE IF NOT EXISTS runs ({_COLUMNS}, PRIMARY KEY (run))"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_UNKNOWN = (Status.NONE, Status.INCONCLUSIVE, Status.ERROR)


def place_of(url: str) -> str:
    """The URL of a target, without the port if it is on this machine, where the port differs from run to run."""
    parts = urlsplit(url)
    if parts.hostname in _LOOPBACK:
        return f"{parts.scheme}://{parts.hostname}"
    return url.rstrip("/")


def run_of(digest: Digest) -> Run:
    header, musts = digest.header, digest.levels["must"]
    return Run(
        run=header.run,
        target=place_of(header.url),
        profile=header.profile.name,
        started=header.started,
        suite=header.suite,
        contract=header.contract.sha256,
        conclusion=digest.judgement.conclusion.value,
        fail=musts[Status.FAIL],
        waived=musts[Status.WAIVED],
        unknown=sum(musts[status] for status in _UNKNOWN),
        passed=musts[Status.PASS],
        exchanges=len(digest.exchanges),
        duration=digest.duration,
    )


def record(path: Path, run: Run) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    marks = ", ".join("?" * len(fields(Run)))
    with _opened(path) as database:
        database.execute(f"INSERT OR REPLACE INTO runs ({_COLUMNS}) VALUES ({marks})", astuple(run))  # noqa: S608  only our own column names are in the statement


def trend(path: Path, run: Run, longest: int = 30) -> tuple[Run, ...]:
    """The latest runs of the same target and profile up to this one, oldest first."""
    query = f"SELECT {_COLUMNS} FROM runs WHERE target = ? AND profile = ? AND started <= ? ORDER BY started DESC, run LIMIT ?"  # noqa: S608, E501  as above
    with _opened(path) as database:
        records = database.execute(query, (run.target, run.profile, run.started, longest)).fetchall()
    return tuple(_run(path, record) for record in reversed(records))


def _run(path: Path, record: tuple[Any, ...]) -> Run:
    """SQLite keeps any value in a column."""
    try:
        return verified(Run(*record))
    except TypeError as error:
        raise UsageError(f"{path}: the history cannot be used: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=10)) as database, database:
            database.execute(_TABLE)
            yield database
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{path}: the history cannot be used: {error}") from error
