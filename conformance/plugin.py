"""The pytest plugin: declares the options, and registers controller and worker if the run includes the suite.

Loaded only on request: by `ably-conformance run`, by the conftest.py of a checkout, or by `-p conformance.plugin`. It
imports nothing heavy and does nothing unless the run includes `conformance/suite`, or requirements of a team (--also),
so that the selftest can load it.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from conformance.command_line import add_options, own_tests, refuse_unknown
from conformance.paths import SUITE


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> Generator[None, None, None]:
    """Here all other plugins have added their options. A conftest.py that loads this module calls `add_options`."""
    pytest.register_assert_rewrite("conformance.suite.steps")  # again where a process runs the suite again
    add_options(parser)
    yield
    refuse_unknown(parser, args)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.help or config.option.version or not _asks_for_suite(config):
        return
    from conformance.run.registration import register, runs_tests  # noqa: PLC0415  heavy, needed by our own runs alone

    _add_own_tests(config)
    register(config)
    if runs_tests(config):
        config.pluginmanager.import_plugin("conformance.suite.fixtures")


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    if not _asks_for_suite(config):
        return None
    from conformance.run.workers import number_of_workers  # noqa: PLC0415  as above

    return number_of_workers(config)


def _add_own_tests(config: pytest.Config) -> None:
    """Requirements of the user's own are collected beside what was asked for, or alone where nothing was."""
    own = [str(path) for path in own_tests(config)]
    asked = config.args if not own or config.args_source is config.ArgsSource.ARGS else []
    config.args = [*asked, *(path for path in own if path not in asked)]


def _asks_for_suite(config: pytest.Config) -> bool:
    if own_tests(config):
        return True
    for arg in config.args:
        path = (config.invocation_params.dir / str(arg).partition("::")[0]).resolve()
        if path == SUITE or path in SUITE.parents or SUITE in path.parents:
            return True
    return False
