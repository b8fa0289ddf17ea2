"""The pytest plugin: declares the options, and registers controller and worker if the run includes the suite.

Every pytest in an environment where the project is installed loads it, so it imports nothing heavy and does nothing
unless the run includes `conformance/suite`.
"""

from __future__ import annotations

import pytest

from conformance.paths import SUITE

_ROOT = SUITE.parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "conformance: judge a target against the contract of the Ably REST API")
    group.addoption(
        "--profile", metavar="NAME", help="a profile of profiles/, or the path of a .toml file (default: reference)"
    )
    group.addoption("--target", metavar="URL", help="the base URL of the server under test")
    group.addoption("--key", metavar="KEY", help="the API key; prefer $ABLY_API_KEY, which no process list shows")
    group.addoption(
        "--ca-file", metavar="PEM", help="CA bundle (PEM) for an https target with a private certificate authority"
    )
    group.addoption(
        "--report-dir", metavar="DIR", default="reports", help="the folder that keeps all runs (default: reports)"
    )
    group.addoption("--seed", type=int, metavar="N", help="the seed of generated requests (default: random)")
    group.addoption("--examples", type=int, metavar="N", help="number of random cases for each operation and kind")
    group.addoption(
        "--compare-to",
        metavar="REPORT",
        help="an earlier report.json or its folder; the report then shows what is new and fixed",
    )
    group.addoption(
        "--journal-only", action="store_true", help="write the journal only; `ably-conformance merge` makes the report"
    )
    group.addoption("--mutant", metavar="NAME", help="give the embedded reference server one fault on purpose")


def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Plain `pytest` in a checkout runs the suite, whatever its options are.

    pytest takes the value of an option that it does not know yet for a path, looks for its settings there, and so never
    learns from ours what to run: `pytest --report-dir /an/existing/folder` would collect everything.
    """
    is_plain = not early_config.known_args_namespace.file_or_dir
    is_astray = early_config.inipath is None or early_config.inipath.parent != _ROOT
    if is_plain and is_astray and early_config.invocation_params.dir == _ROOT:
        args.append(str(SUITE))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.help or config.option.version or not _asks_for_suite(config):
        return
    from conformance.run.registration import register  # noqa: PLC0415  heavy, and needed by our own runs alone

    register(config)


def _asks_for_suite(config: pytest.Config) -> bool:
    for arg in config.args:
        path = (config.invocation_params.dir / str(arg).partition("::")[0]).resolve()
        if path == SUITE or path in SUITE.parents or SUITE in path.parents:
            return True
    return False
