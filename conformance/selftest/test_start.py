"""What a command imports before it does anything: the libraries of another command would only make it wait."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from conformance import catalogue
from conformance.declared import declared
from conformance.selftest.harness.runs import environment

HEAVY = {"pytest", "hypothesis", "schemathesis", "openapi_core", "requests", "jinja2", "yaml"}
"""What a run needs, and no other command for itself."""

SERVING = {"uvicorn", "jwt", "trustme"}

_CALL = "import sys; from conformance.cli import main; main()"
_IMPORTED = re.compile(r"^import time: .*\| +([\w.]+)$", re.MULTILINE)


def imported_by(*arguments: str) -> set[str]:
    """The libraries that a command has imported when it says its first line, as Python itself tells them."""
    command = [sys.executable, "-X", "importtime", "-c", _CALL, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment(), stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
    ) as process:
        told: list[str] = []
        for line in process.stdout:
            told.append(line)
            if line.startswith("ready "):
                break
        _, _ = process.communicate(timeout=60)  # the server ends with its standard input
    assert process.returncode == 0, "".join(told)[-2_000:]
    return {name.partition(".")[0] for name in _IMPORTED.findall("".join(told))}


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["requirements", "DEV"], ["mutants"]])
def test_a_command_that_only_tells_something_imports_no_library_of_a_run(arguments):
    assert imported_by(*arguments) & HEAVY == set()


def test_the_help_of_all_commands_imports_no_server():
    assert imported_by("--help") & SERVING == set()


def test_the_local_server_imports_what_it_serves_with_and_nothing_of_a_run():
    libraries = imported_by("serve", "--exit-with-parent")

    assert libraries & HEAVY == set()
    assert "uvicorn" in libraries


def test_a_process_that_only_directs_workers_imports_nothing_that_tests_or_checks_need(tmp_path):
    """Its pre-flight is the first request; Hypothesis is imported by its own plugin."""
    options = ["-n", "1", "-k", "TIM-01", "--report-dir", str(tmp_path), "--journal-only"]

    assert imported_by("run", *options) & {"schemathesis", "openapi_core", "jinja2"} == set()


def test_what_a_run_imports_is_seen():
    assert "openapi_core" in imported_by("explain", "RSP-01")


def test_what_is_read_without_imports_is_what_the_modules_hold():
    collected = catalogue.collect()

    assert [(each.id, each.level, each.title) for each in declared().values()] == [
        (head.id, head.level.value, head.title) for head in collected.values()
    ]
    assert all(declared()[id_].head() == head for id_, head in collected.items())
