"""The console of `ably-conformance run` while tests run: one line of progress instead of a character for each test.

Pytest's reporter stays, for what stops a run: tests that cannot be collected, internal errors, interruptions. With -v
it writes as it does everywhere, and this module nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Sequence
from shutil import get_terminal_size
from typing import Any

import pytest

from conformance.report.text.safe_text import for_terminal
from conformance.run.progress import Progress

NAME = "conformance-live"
PROPERTY = "conformance-progress"
"""The property of a test's last report: the number of its requests, and the requirements with findings."""

_EACH = 10.0
"""Seconds between two lines where the output is no terminal."""
_REFRESH = 0.1
"""Seconds between two states of the line on a terminal."""


class OwnConsole:
    """What `ably-conformance run` gives to pytest. Only the process that the user started has it."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> None:
        """The options are known, and nothing is configured by them yet."""
        option = config.option
        if option.verbose <= 0 and not (option.collectonly or option.help):
            config.pluginmanager.register(Live(config), NAME)


class Live:
    """Makes pytest write nothing of its own but what stops a run: no header, no line of a worker, no count of tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.is_quiet = config.option.verbose < 0  # the user's -q
        config.option.verbose = -2
        config.option.disable_warnings = True
        self._progress = Progress(time.monotonic())
        self._shown = 0
        self._next = 0.0

    def has_until(self, until: float) -> None:
        """until: when the run has to end, on the monotonic clock."""
        self._progress.until = until

    # What is judged --------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self) -> Generator[None, Any, tuple[str, str, str]]:
        """Of no category, so that no test is listed as failed at the end: the causes are."""
        yield
        return "", "", ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        self._begin(len(ids))

    def _begin(self, total: int) -> None:
        """With pytest-xdist each worker collects, also one in the place of a dead one; this process has no tests."""
        if total and not self._progress.done:
            self._progress.total = total
            self._progress.began = time.monotonic()
            self._next = self._progress.began + self._pause

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "teardown":
            return
        self._progress.done += 1
        found: Any
        for name, found in report.user_properties:
            if name == PROPERTY:
                requests, failed = found
                self._progress.requests += requests
                self._progress.failed |= dict.fromkeys(failed)
        self._show()

    # How it is shown -------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        now = time.monotonic()
        if self.is_quiet or now < self._next:
            return
        if self._is_lively:
            self._rewrite(self._progress.words(now, get_terminal_size().columns - 1))
        else:
            self._reporter.write_line(for_terminal(self._progress.words(now, 118)))
        self._next = now + self._pause

    @property
    def _pause(self) -> float:
        return _REFRESH if self._is_lively else _EACH

    @property
    def _is_lively(self) -> bool:
        """Whether the line can be written over."""
        is_terminal = bool(self._reporter.isatty()) if self._reporter else False
        return is_terminal and os.environ.get("TERM", "dumb") != "dumb" and "CI" not in os.environ

    @property
    def _reporter(self) -> Any:
        return self._config.pluginmanager.get_plugin("terminalreporter")

    def _rewrite(self, line: str) -> None:
        self._reporter.write(f"\r{line}{' ' * (self._shown - len(line))}", flush=True)
        self._shown = len(line)

    def _clear(self) -> None:
        if self._shown:
            self._rewrite("")
            self._reporter.write("\r", flush=True)

    # What pytest has to say stands on lines of its own ---------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self) -> None:
        self._clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Pytest-xdist says "bringing up nodes..." at every verbosity: it has nothing to write to any more."""
        manager = self._config.pluginmanager
        distribution = manager.get_plugin("dsession")
        if distribution:
            distribution.terminal = None
            manager.unregister(name="terminaldistreporter")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        if error:
            self._clear()
            self._reporter.write_line(for_terminal(f"the worker {node.gateway.id} ended: {error}"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None]:
        self._clear()
        if self._progress.done:
            self._reporter.write_line(for_terminal(self._progress.end(time.monotonic())))
        yield
