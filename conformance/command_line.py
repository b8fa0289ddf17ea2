"""The options of the suite on the command line of pytest, and how they live beside the options of other plugins."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

import pytest

from conformance.paths import PACKAGE, SETTINGS

OPTIONS: dict[str, dict[str, Any]] = {
    "--profile": {
        "metavar": "NAME",
        "help": "a profile of profiles/, or the path of a .toml file (default: reference)",
    },
    "--target": {"metavar": "URL", "help": "the base URL of the server under test"},
    "--key": {"metavar": "KEY", "help": "the API key; prefer $ABLY_API_KEY, which no process list shows"},
    "--ca-file": {
        "metavar": "PEM",
        "help": "CA bundle (PEM) for an https target with a private certificate authority",
    },
    "--report-dir": {
        "metavar": "DIR",
        "default": "reports",
        "help": "the folder that keeps all runs (default: reports)",
    },
    "--seed": {"type": int, "metavar": "N", "help": "the seed of generated requests (default: random)"},
    "--examples": {"type": int, "metavar": "N", "help": "number of random cases for each operation and kind"},
    "--max-time": {
        "type": float,
        "metavar": "SECONDS",
        "help": "the time that the run may take; what is not asked by then is none (default: 3600; 0: no limit)",
    },
    "--compare-to": {
        "metavar": "REPORT",
        "help": "an earlier report.json or its folder; the report then shows what is new and fixed",
    },
    "--journal-only": {
        "action": "store_true",
        "help": "write the journal only; `ably-conformance merge` makes the report",
    },
    "--mutant": {"metavar": "NAME", "help": "give the embedded reference server one fault on purpose"},
}


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


def unambiguous(option: str) -> str:
    """The same option under a name that no other plugin has: "--profile" becomes "--conformance-profile"."""
    return option.replace("--", "--conformance-", 1)


def suite_command(arguments: Iterable[str]) -> list[str]:
    """The arguments for pytest that run the suite in any folder: plugin, settings and rootdir are pinned.

    arguments: those of the user, or tests and options; options of the suite get their unambiguous names.
    """
    plugins = ["-p", "conformance.plugin", "-p", "no:cacheprovider"]
    settings = ["-c", str(SETTINGS), "--rootdir", str(PACKAGE.parent)]
    return [*plugins, *settings, *map(_renamed, arguments)]


def _renamed(argument: str) -> str:
    name, equals, value = argument.partition("=")
    return f"{unambiguous(name)}{equals}{value}" if name in OPTIONS else argument
