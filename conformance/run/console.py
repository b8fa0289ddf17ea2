"""Prints the last section of a run: its notes, what the checks found, where the report is, and last the conclusion.

It comes after everything that pytest prints by itself, the count of passed tests among it: a check may have failed in
a run whose tests all passed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable

import pytest

from conformance.report.text.safe_text import for_terminal


class Console:
    """lines: called once everything else is done and printed."""

    def __init__(self, lines: Callable[[], Iterable[str]]) -> None:
        self._lines = lines

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        yield
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        lines = list(self._lines())
        if reporter and lines:
            reporter.section("conformance", sep="=")
            for line in lines:
                reporter.write_line(for_terminal(line))
