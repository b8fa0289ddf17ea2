"""Judge a target against the contract of the Ably REST API.

    pytest                                               the embedded reference server
    pytest --profile sandbox --target https://host       any server that creates applications with POST /apps
    ABLY_API_KEY=app.key:secret pytest --target https://host
    pytest -k DEV-07                                     one requirement
    pytest conformance/selftest                          the suite itself

The report is in reports/latest: open report.html.
"""

import pytest

from conformance.command_line import add_options


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.import_plugin("conformance.plugin")
    add_options(parser)
