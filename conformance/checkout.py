"""The pytest entry point of an editable install: plain `pytest` at the root of a checkout runs the suite.

pytest takes the value of an option that it does not know yet for a path of tests: `pytest --report-dir /a/folder` moves
its rootdir there, and neither our conftest.py nor our settings are read. Here that is put right. In any other folder
nothing happens, and a wheel does not have this entry point (setup.py).
"""

from __future__ import annotations

import pytest

from conformance.paths import ROOT, SUITE


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    if early_config.invocation_params.dir != ROOT or early_config.rootpath == ROOT:
        return
    from conformance.command_line import add_options  # noqa: PLC0415  needed at the root of a checkout alone

    early_config.pluginmanager.import_plugin("conformance.plugin")
    add_options(parser)
    tests = parser.parse_known_args(args).file_or_dir
    if not tests:
        args.append(str(SUITE))
        _read_no_settings_of_others(early_config)


def _read_no_settings_of_others(config: pytest.Config) -> None:
    """The settings that decide what is collected; there is no public way to set them once pytest has found a file."""
    config._inicache.update(  # noqa: SLF001
        {"python_files": ["test_*.py"], "python_functions": ["test"], "python_classes": ["Test"], "filterwarnings": []}
    )
