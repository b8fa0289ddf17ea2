"""The options of the suite on the command line of pytest, and how they live beside the options of other plugins."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.errors import nearest
from conformance.paths import PACKAGE, SETTINGS, SUITE

if TYPE_CHECKING:
    import pytest

KEY_VARIABLE = "ABLY_API_KEY"
"""The variable of the environment that has the key, where the profile names no other."""

OPTIONS: dict[str, dict[str, Any]] = {
    "--profile": {
        "metavar": "NAME",
        "help": "a profile of profiles/, or the path of a .toml file (default: reference)",
    },
    "--target": {"metavar": "URL", "help": "the base URL of the server under test"},
    "--key": {"metavar": "KEY", "help": f"the API key; prefer ${KEY_VARIABLE}, which no process list shows"},
    "--ca-file": {
        "metavar": "PEM",
        "help": "CA bundle (PEM) for an https target with a private certificate authority",
    },
    "--cert": {"metavar": "PEM", "help": "client certificate (PEM) for an https target that demands one"},
    "--cert-key": {"metavar": "PEM", "help": "the key of --cert, where it is in a file of its own; not encrypted"},
    "--proxy": {
        "metavar": "URL",
        "help": "an HTTP proxy to the target, `environment` for HTTP_PROXY and HTTPS_PROXY, or $NAME of a variable",
    },
    "--contract": {
        "metavar": "FILE",
        "help": "judge by another version of the contract than the packed one (OpenAPI 3.0)",
    },
    "--report-dir": {
        "metavar": "DIR",
        "default": "reports",
        "help": "the folder that keeps all runs (default: reports)",
    },
    "--seed": {"metavar": "N", "help": "the seed of generated requests (default: random)"},
    "--examples": {"metavar": "N", "help": "number of random cases for each operation and kind"},
    "--rps": {
        "metavar": "N",
        "help": "requests a second at most, of all processes together (default: the profile's; 0: no limit)",
    },
    "--max-time": {
        "metavar": "SECONDS",
        "help": "the time that the run may take; what is not asked by then is none (default: 3600; 0: no limit)",
    },
    "--repeat": {
        "metavar": "N",
        "help": "judge N times, each round with a seed of its own, and write one report of all rounds (a soak)",
    },
    "--for": {
        "metavar": "TIME",
        "help": "begin rounds until the time is up, such as 90s, 10m or 2h, and write one report of all (a soak)",
    },
    "--dry-run": {
        "action": "store_true",
        "help": "say what is about to happen and end: only the pre-flight is sent, and no report is written",
    },
    "--baseline-update": {
        "action": "store_true",
        "help": "write the findings of this run to the [gate] baseline of the profile, without those that are fixed",
    },
    "--baseline-prune": {
        "action": "store_true",
        "help": "remove the findings that are fixed from the [gate] baseline of the profile, and add none",
    },
    "--compare-to": {
        "metavar": "REPORT",
        "help": "an earlier report.json or its folder; the report then shows what is new and fixed",
    },
    "--shard": {
        "metavar": "PART/PARTS",
        "help": "run one of several equal parts of the suite, such as 2/4; `ably-conformance merge` joins them",
    },
    "--label": {
        "metavar": "NAME=VALUE",
        "action": "append",
        "help": "a fact about the target for the report, such as commit=4f2a91c; may be repeated",
    },
    "--journal-only": {
        "action": "store_true",
        "help": "write the journal only; `ably-conformance merge` makes the report",
    },
    "--har": {
        "action": "store_true",
        "help": "leave the requests of the run as traffic.har in its folder, for a browser or `ably-conformance judge`",
    },
    "--also": {
        "metavar": "PATH",
        "action": "append",
        "default": [],
        "help": "a file or folder with requirements of your own, judged in the same report; may be repeated",
    },
    "--mutant": {"metavar": "NAME", "help": "give the embedded reference server one fault on purpose"},
}

OF_SOAK = ("--repeat", "--for")
"""The options that make several runs one soak; a run itself has no use for them."""

OF_PYTEST = {
    "-k EXPRESSION": "only these requirements or checks: -k DEV-07, -k 'TIM or PUB', -k RSP-01",
    "-n N": "share the tests among N processes (pytest-xdist); auto: by the cores and the way to the target",
    "-x, --maxfail=N": "end at the first failed test, or after N",
    "-v": "name each test; -vv shows whole values",
    "--help-pytest": "all options of pytest and its plugins",
}
"""The options of pytest that a run needs most."""


def options_in_words() -> Iterator[tuple[str, str]]:
    """What `ably-conformance run --help` lists: each option with its value, and what it does."""
    for name, how in OPTIONS.items():
        value = f" {how['metavar']}" if "metavar" in how else ""
        yield f"{name}{value}", how["help"]
    yield from OF_PYTEST.items()


def destination(option: str) -> str:
    """Where the value of an option is found, apart from the options of other plugins: "conformance_report_dir"."""
    return f"conformance_{option.removeprefix('--').replace('-', '_')}"


def add_options(parser: pytest.Parser) -> None:
    """Add OPTIONS once, each under its own name and under an unambiguous one.

    Where another plugin has an option of the same name, only the unambiguous name remains.
    """
    group = parser.getgroup("conformance", "conformance: judge a target against the contract of the Ably REST API")
    for name, how in OPTIONS.items() if not group.options else ():
        try:
            group.addoption(name, unambiguous(name), dest=destination(name), **how)
        except (ValueError, argparse.ArgumentError):
            group.addoption(unambiguous(name), dest=destination(name), **how)


def refuse_unknown(parser: pytest.Parser, arguments: Sequence[str]) -> None:
    """Pytest would answer an option that nobody knows with its whole usage. Raises pytest.UsageError."""
    import pytest

    _, unknown = parser.parse_known_and_unknown_args(list(arguments))
    for word in (each.partition("=")[0] for each in unknown if each.startswith("--")):
        raise pytest.UsageError(f"there is no option {word}: {nearest(word, OPTIONS)}")


def own_tests(config: pytest.Config) -> tuple[Path, ...]:
    """The files and folders with requirements of the user's own, absolute."""
    here = config.invocation_params.dir
    return tuple((here / path).resolve() for path in getattr(config.option, destination("--also"), None) or ())


def unambiguous(option: str) -> str:
    """The same option under a name that no other plugin has: "--profile" becomes "--conformance-profile"."""
    return option.replace("--", "--conformance-", 1)


def of_suite(arguments: Iterable[str]) -> list[str]:
    """The arguments with the tests to run: those that are named by the node ids of a report, or the whole suite."""
    given = list(arguments)
    before = ["", *given]
    named = [
        each.startswith(_NODE) and previous not in _TAKE_NODES for each, previous in zip(given, before, strict=False)
    ]
    placed = [str(PACKAGE.parent / each) if is_node else each for each, is_node in zip(given, named, strict=True)]
    return placed if any(named) else [str(SUITE), *placed]


_NODE = "conformance/suite/"
_TAKE_NODES = frozenset({"--deselect", "--ignore", "--ignore-glob"})
"""Options of pytest whose values are no tests to run."""


def suite_command(arguments: Iterable[str]) -> list[str]:
    """The arguments for pytest that run the suite in any folder: plugin, settings and rootdir are pinned.

    arguments: those of the user, or tests and options; options of the suite get their unambiguous names.
    """
    plugins = ["-p", "conformance.plugin", "-p", "no:cacheprovider", "-p", "no:schemathesis"]  # its own takes a second
    settings = ["-c", str(SETTINGS), "--rootdir", str(PACKAGE.parent)]
    return [*plugins, *settings, *_settings_of_others(), *map(_renamed, arguments)]


_OF_OTHERS = {"pytest_asyncio": "asyncio_default_fixture_loop_scope=function"}
"""The settings that other plugins ask every process for, in a warning before our first line. Each is their default."""


def _settings_of_others() -> Iterator[str]:
    for plugin, setting in _OF_OTHERS.items():
        if find_spec(plugin):  # pytest warns of a setting that no plugin has
            yield f"--override-ini={setting}"


def _renamed(argument: str) -> str:
    name, equals, value = argument.partition("=")
    return f"{unambiguous(name)}{equals}{value}" if name in OPTIONS else argument
