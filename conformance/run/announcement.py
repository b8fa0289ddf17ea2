"""Says at the head of a run what is about to happen, once its tests are known; a dry run ends there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.catalogue import own_places, places
from conformance.costs import forecast
from conformance.report.text.safe_text import for_terminal
from conformance.run import outset
from conformance.run.config import Aim, RunConfig
from conformance.run.connection import known_secrets
from conformance.run.live import NAME as LIVE
from conformance.run.readiness import Readiness


class Announcement:
    """prepared: the run and what its pre-flight found, once that is done."""

    def __init__(self, config: pytest.Config, prepared: Callable[[], tuple[RunConfig, Readiness]]) -> None:
        self._config = config
        self._prepared = prepared
        self._is_made = False

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._announce([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:  # noqa: ARG002  the hook's names
        self._announce(ids)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Pytest runs the tests unless an earlier hook did; where it could not collect them, it says so."""
        return True if self._prepared()[0].aim is Aim.ANNOUNCE and not session.testsfailed else None

    def _announce(self, ids: list[str]) -> None:
        run, found = self._prepared()
        is_quiet = self._is_quiet and run.aim is Aim.JUDGE
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if self._is_made or is_quiet or run.aim is Aim.LIST or not reporter:
            return
        self._is_made = True
        secrets = known_secrets(run)
        for line in self._lines(run, found, ids):
            reporter.write_line(for_terminal(secrets.strike_text(line)))
        reporter.write_line("")

    @property
    def _is_quiet(self) -> bool:
        """The console of the suite makes pytest quiet, and is quiet itself only with the user's -q."""
        live = self._config.pluginmanager.get_plugin(LIVE)
        return bool(live.is_quiet if live else self._config.option.verbose < 0)

    def _lines(self, run: RunConfig, found: Readiness, ids: list[str]) -> Iterator[str]:
        yield from outset.of_target(run, found)
        if not run.blockers:
            expected = forecast(requirements_of(ids, self._config.rootpath, run.also), run.examples)
            yield from outset.of_tests(run, found, len(ids), expected)


def requirements_of(ids: Iterable[str], root: Path, also: Iterable[Path] = ()) -> list[str]:
    """The requirement of each test, "" for one without. ids: node ids, from the root of pytest on."""
    owners = {place: id_ for id_, place in {**places(), **own_places(also)}.items()}
    return [owners.get(_place(each, root), "") for each in ids]


def _place(node: str, root: Path) -> str:
    """File and function, as the catalogue has them."""
    file, _, function = node.partition("::")
    return f"{(root / file).resolve()}::{function.partition('[')[0]}"
