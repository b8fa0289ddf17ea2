"""Prints the last section of a run, after everything that pytest prints by itself.

A check may have failed in a run whose tests all passed, so pytest's own end tells too little.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from conformance.contract import Contract
from conformance.model import Evidence
from conformance.report.formats import console
from conformance.report.formats.closing import Closing, closing
from conformance.report.text.safe_text import for_terminal
from conformance.run.folder import relative
from conformance.verdict.judge import Judgement

ERROR = "suite error: "
"""Begins the line that says what went wrong in the suite itself."""


@dataclass(frozen=True, slots=True)
class LastWords:
    """What every run says at its end, without what it found: a line each, "" for none. report: its path. error: what
    went wrong in the suite itself, which comes after all else.
    """

    notes: tuple[str, ...]
    report: str
    conclusion: str
    error: str


def last_words(
    notes: Iterable[str], written: Path, conclusion: str, error: str, safe: Callable[[str], str]
) -> LastWords:
    """written: the file that the user opens, if it could be written. safe: makes a sentence fit for a terminal."""
    return LastWords(
        notes=tuple(f"note: {safe(note)}" for note in notes),
        report=f"{written.stem}: {relative(written)}" if written.exists() else "",
        conclusion=safe(conclusion),
        error=f"{ERROR}{safe(error)}" if error else "",
    )


class Ending(Protocol):
    """The order of the end, and what of the findings it shows."""

    title: str

    def judged(self, evidence: Evidence, judgement: Judgement, contract: Contract, folder: str) -> None: ...

    def lines(self, last: LastWords) -> Iterator[str]: ...


class EndingOfPytest:
    """Pytest has shown what tests assert: what the checks found is added, and the conclusion is the last line."""

    title = "conformance"

    def __init__(self) -> None:
        self._findings: tuple[str, ...] = ()

    def judged(self, evidence: Evidence, judgement: Judgement, contract: Contract, folder: str) -> None:  # noqa: ARG002
        self._findings = tuple(console.render(evidence, judgement, contract))

    def lines(self, last: LastWords) -> Iterator[str]:
        yield from (*self._findings, *last.notes, *filter(None, (last.report, last.conclusion, last.error)))


class OwnEnding:
    """The notes, and then what a reader acts on: top causes, the conclusion, what to run next, the report."""

    title = ""

    def __init__(self) -> None:
        self._closing: Closing | None = None

    def judged(self, evidence: Evidence, judgement: Judgement, contract: Contract, folder: str) -> None:  # noqa: ARG002
        self._closing = closing(evidence, judgement, folder)

    def lines(self, last: LastWords) -> Iterator[str]:
        for part in (last.notes, self._closing.causes if self._closing else ()):
            yield from (*part, "") if part else ()
        yield from filter(None, (last.conclusion,))
        if self._closing:
            yield f"next, {self._closing.why}: {self._closing.command}"
        yield from filter(None, (last.report, last.error))


_MARKUP = {
    "conformant: ": {"green": True, "bold": True},
    "not conformant: ": {"red": True, "bold": True},
    "inconclusive: ": {"yellow": True, "bold": True},
    ERROR: {"red": True, "bold": True},
}


def markup_of(line: str) -> dict[str, bool]:
    """How a terminal with colours shows a line, by its beginning."""
    return next((how for begin, how in _MARKUP.items() if line.startswith(begin)), {})


class Console:
    """lines: called once everything else is done and printed. title: of the section, "" for none."""

    def __init__(self, lines: Callable[[], Iterable[str]], title: str) -> None:
        self._lines = lines
        self._title = title

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        yield
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        lines = list(self._lines())
        if reporter and lines:
            if self._title:
                reporter.section(self._title, sep="=")
            for line in lines:
                reporter.write_line(for_terminal(line), **markup_of(line))
