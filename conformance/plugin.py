"""The pytest plugin: the options, and whether this run is one of ours.

Loaded by every pytest in an environment where the project is installed, so it imports nothing heavy, and it is inert
unless the run asks for `conformance/suite`: the selftest runs beside it in peace.
"""

from __future__ import annotations

import pytest

from conformance.paths import SUITE

_ROOT = SUITE.parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "conformance: judge a target against the contract of the Ably REST API")
    group.addoption("--profile", metavar="NAME", help="a profile of profiles/, or the path of one (default: reference)")
    group.addoption("--target", metavar="URL", help="the base URL of what is judged")
    group.addoption("--key", metavar="KEY", help="its API key; better in $ABLY_API_KEY, where no process list shows it")
    group.addoption("--ca-file", metavar="PEM", help="who vouches for an https target, where it is a private authority")
    group.addoption("--report-dir", metavar="DIR", default="reports", help="where runs are kept (default: reports)")
    group.addoption("--seed", type=int, metavar="N", help="send the same generated requests again (default: random)")
    group.addoption("--examples", type=int, metavar="N", help="random cases for each operation and kind")
    group.addoption("--compare-to", metavar="REPORT", help="an earlier report.json, or its folder: what is new, fixed")
    group.addoption("--journal-only", action="store_true", help="leave the report to `ably-conformance merge`")
    group.addoption("--mutant", metavar="NAME", help="let the embedded reference server tell one lie")


def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Plain `pytest` in a checkout means the suite, whatever its options are.

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
