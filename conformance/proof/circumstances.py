"""Proof that nothing around a run makes it look conformant: exit status and conclusion for each circumstance.

    ably-conformance circumstances

Each circumstance is provoked in a run of a small part of the suite, in a process and a folder of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from conformance.command_line import suite_command
from conformance.paths import OPENAPI, ROOT, SUITE
from conformance.verdict.result import Exit

PAGE = ROOT / "docs" / "interruptions.md"
_PLUGIN = "circumstance_of_a_run"
_AFTER_A_TEST = (
    "import os, pytest\nfrom signal import *\ndef pytest_runtest_logreport(report):\n    if report.when == 'call': "
)
_IN_THE_COLLECTOR = """import gc, pytest
from signal import *
passes = []
def callback(phase, facts):
    passes.append(phase)
    if len(passes) == 60:
        raise_signal(SIGINT)
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call():
    if callback not in gc.callbacks:
        gc.callbacks.append(callback)"""
"""Python discards what a callback of the garbage collector raises, and Hypothesis has one."""
_WHILE_AN_OUTCOME_IS_WRITTEN = """import pytest
from signal import *
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(call):
    if call.when == "call":
        raise_signal(SIGINT)"""
_FULL_DISK = """import resource
def pytest_sessionstart():
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))"""
_FULL_DISK_AT_THE_END = """import glob, os, pytest, resource
@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish():
    most = max(map(os.path.getsize, glob.glob("out/*/journal-*.jsonl"))) + 40_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))"""
"""A limit for the size of each file fails as a full disk does, with another number."""
_ONE_FAULT = "--mutant=time-in-seconds"
_KEY = "--key=app.key:secret"


@dataclass(frozen=True, slots=True)
class Circumstance:
    """Something that happens to a run, and the exit status that it has to have.

    arguments: further options of the run. plugin: source of a plugin of pytest that is loaded beside ours. status,
    location: of all responses of the target, which is the reference server when status is 0.
    """

    event: str
    exit: Exit
    arguments: tuple[str, ...] = ()
    plugin: str = ""
    status: int = 0
    location: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """exit_status: of the process. sentence: the conclusion of the report, or the message of a run that has none."""

    circumstance: Circumstance
    exit_status: int
    sentence: str

    @property
    def is_right(self) -> bool:
        return self.exit_status == self.circumstance.exit.value


CIRCUMSTANCES = (
    Circumstance("nothing", Exit.CONFORMANT),
    Circumstance("the target has a fault", Exit.NOT_CONFORMANT, (_ONE_FAULT,)),
    Circumstance("`-x` ends the run at a finding", Exit.NOT_CONFORMANT, (_ONE_FAULT, "-x", "-k", "TIM-01")),
    Circumstance("SIGINT (Ctrl-C)", Exit.INTERRUPTED, plugin=f"{_AFTER_A_TEST}os.kill(os.getpid(), SIGINT)"),
    Circumstance("SIGINT in a callback of the garbage collector", Exit.INTERRUPTED, plugin=_IN_THE_COLLECTOR),
    Circumstance("SIGINT while an outcome is written", Exit.INTERRUPTED, plugin=_WHILE_AN_OUTCOME_IS_WRITTEN),
    Circumstance("SIGINT twice", Exit.INTERRUPTED, plugin=f"{_AFTER_A_TEST}[raise_signal(SIGINT) for _ in range(2)]"),
    Circumstance("SIGTERM (a cancelled job)", Exit.INTERRUPTED, plugin=f"{_AFTER_A_TEST}os.kill(os.getpid(), SIGTERM)"),
    Circumstance("a plugin calls `pytest.exit`", Exit.INTERRUPTED, plugin=f"{_AFTER_A_TEST}pytest.exit('enough')"),
    Circumstance(
        "a plugin ends the session",
        Exit.INTERRUPTED,
        plugin="def pytest_runtest_teardown(item):\n    item.session.shouldstop = 'enough'",
    ),
    Circumstance("a plugin breaks", Exit.SUITE_ERROR, plugin=f"{_AFTER_A_TEST}raise RuntimeError('broken')"),
    Circumstance(
        "a plugin fails each test (a timeout)",
        Exit.INCONCLUSIVE,
        plugin="import pytest\ndef pytest_runtest_call():\n    pytest.fail('Timeout')",
    ),
    Circumstance(
        "a plugin deselects tests",
        Exit.CONFORMANT,
        ("-k", ""),
        plugin="def pytest_collection_modifyitems(config, items):\n"
        "    config.hook.pytest_deselected(items=items[8:])\n    del items[8:]",
    ),
    Circumstance(
        "a worker is killed",
        Exit.INCONCLUSIVE,
        ("-n", "2"),
        plugin=f"{_AFTER_A_TEST}os.environ.get('PYTEST_XDIST_WORKER') == 'gw0' and os.kill(os.getpid(), SIGKILL)",
    ),
    Circumstance("the disk is full while tests run", Exit.SUITE_ERROR, plugin=_FULL_DISK),
    Circumstance("the disk is full while workers run tests", Exit.SUITE_ERROR, ("-n", "2"), plugin=_FULL_DISK),
    Circumstance("the disk is full when the report is written", Exit.SUITE_ERROR, plugin=_FULL_DISK_AT_THE_END),
    Circumstance("the selection names nothing", Exit.NOTHING_SELECTED, ("-k", "no_such_test")),
    Circumstance("the profile is unknown", Exit.USAGE, ("--profile=refrence",)),
    Circumstance("the report folder is a file", Exit.USAGE, (f"--report-dir={OPENAPI}",)),
    Circumstance("connections are refused", Exit.INCONCLUSIVE, ("--profile=live", "--target=http://127.0.0.1:9", _KEY)),
    Circumstance("the target redirects everything", Exit.INCONCLUSIVE, ("--profile=live",), "", 302, "/login"),
    Circumstance("the target limits every request (429)", Exit.INCONCLUSIVE, ("--profile=live",), "", 429),
    Circumstance("a gateway answers instead (502)", Exit.INCONCLUSIVE, ("--profile=live",), "", 502),
    Circumstance("the key is rejected (401)", Exit.INCONCLUSIVE, ("--profile=live",), "", 401),
)


def provoke_all() -> Iterator[Outcome]:
    """In the order of CIRCUMSTANCES; one run at a time for each core."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(_provoke_elsewhere, CIRCUMSTANCES)


def _provoke_elsewhere(circumstance: Circumstance) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return provoke(circumstance, Path(folder))


def provoke(circumstance: Circumstance, folder: Path) -> Outcome:
    """folder: an empty one, for the plugin and the report."""
    (folder / f"{_PLUGIN}.py").write_text(circumstance.plugin + "\n", encoding="utf-8")
    with _target(circumstance) as options:
        usual = [str(SUITE), "-q", "-k", "TIM", "--seed=7", f"--report-dir={folder / 'out'}", "-p", _PLUGIN]
        done = subprocess.run(  # noqa: S603  our own arguments
            [sys.executable, "-m", "pytest", *suite_command([*usual, *options, *circumstance.arguments])],
            cwd=folder,
            env=_environment(folder),
            capture_output=True,
            text=True,
            check=False,
        )
    return Outcome(circumstance, done.returncode, _sentence(folder / "out", done.stdout + done.stderr))


def _environment(folder: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "ABLY_"))}
    return {**inherited, "PYTHONPATH": str(folder), "ABLY_API_KEY": ""}


@contextmanager
def _target(circumstance: Circumstance) -> Iterator[list[str]]:
    """The options for a target that answers every request with the status of the circumstance."""
    if not circumstance.status:
        yield []
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(circumstance.status)
            self.send_header("Content-Length", "0")
            if circumstance.location:
                self.send_header("Location", circumstance.location)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the standard library
            """Write nothing to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield [f"--target=http://127.0.0.1:{server.server_port}", _KEY]
        finally:
            server.shutdown()


def _sentence(parent: Path, said: str) -> str:
    """What the run says, without ports and the names of its folders."""
    report = parent / "latest" / "report.json"
    if report.exists():
        sentence = json.loads(report.read_text(encoding="utf-8"))["sentence"]
    else:
        sentence = next((line for line in reversed(said.splitlines()) if line.strip()), "")
    sentence = sentence.replace(str(OPENAPI), OPENAPI.name).replace(f"{parent.resolve().parent}/", "")
    sentence = re.sub(r"/\d{8}T\d{6}Z-\w+|-gw\d+", "", sentence)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", sentence)


def gaps(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A sentence for each circumstance whose exit status is not the right one."""
    for each in outcomes:
        if not each.is_right:
            expected = each.circumstance.exit.value
            yield f"{each.circumstance.event}: expected exit status {expected}, received {each.exit_status}"


def render(outcomes: Iterable[Outcome]) -> str:
    """docs/interruptions.md."""
    lines = [
        "# Interruptions and other circumstances",
        "",
        "What happens to a run, its exit status, and the conclusion of its report, or the message of a run that ends",
        "before the first request. Only what was wholly judged is conformant; a run of some of the tests says so.",
        "",
        "Each row was provoked in a run of a part of the suite. Written by `ably-conformance circumstances --write`;",
        "the command fails when an exit status is not the expected one.",
        "",
        "| circumstance | exit status | conclusion |",
        "|---|--:|---|",
        *(
            f"| {each.circumstance.event} | {each.exit_status} | {each.sentence.replace('|', '/')} |"
            for each in outcomes
        ),
    ]
    return "\n".join(lines) + "\n"
