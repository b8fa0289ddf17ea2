"""A load with invalid options, or that lacks its library, ends with one sentence before any process is started.

A load that was started ends with the status that it gave itself, and ends its processes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from conformance.command_line import KEY_VARIABLE
from conformance.errors import SuiteError
from conformance.load import launch as module
from conformance.load.launch import environment_with, launch
from conformance.load.master import options_of
from conformance.load.settings import OPTIONS
from conformance.run.options import resolve
from conformance.selftest.harness.runs import environment

_CALL = "from conformance.cli import main; main()"
_WITHOUT_LOCUST = f"import sys; sys.modules['locust'] = None; {_CALL}"


def said(code: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", code, "load", *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rates", "100,50"], "each rate has to be above the one before it"),
        (["--step", "never"], "--step: expected a time from 1s to 24h"),
        (["--judge-every", "0"], "--judge-every: expected a whole number"),
    ],
)
def test_invalid_settings_are_told_at_once(arguments, words):
    status, text = said(_CALL, *arguments)

    assert (status, len(text.splitlines())) == (4, 1)
    assert words in text


def test_without_locust_the_command_says_how_to_install_it():
    assert said(_WITHOUT_LOCUST) == (4, "a load needs Locust: pip install 'ably-conformance[load]'\n")


def test_the_help_of_the_command_needs_no_locust():
    status, text = said(_WITHOUT_LOCUST, "--help")

    assert status == 0
    assert "--judge-every" in text


def test_a_typed_key_takes_precedence_over_that_of_a_profile(monkeypatch, tmp_path):
    profile = tmp_path / "mine.toml"
    profile.write_text('[target]\nstart = "given"\nurl = "http://127.0.0.1:1"\nkey_variable = "STAGING_KEY"\n')
    options = {name: how["default"] for name, how in OPTIONS.items()} | {"--profile": str(profile)}
    monkeypatch.setenv("STAGING_KEY", "app.old:of-the-profile")
    monkeypatch.delenv(KEY_VARIABLE, raising=False)

    named = resolve(options_of(options, ""))
    for name, value in environment_with("app.new:that-was-typed").items():
        monkeypatch.setenv(name, value)
    typed = resolve(options_of(options, ""))

    assert (named.keys["full"].name, typed.keys["full"].name) == ("app.old", "app.new")


# The processes -------------------------------------------------------------------------------------------------------

_TELLS = "import os; os.write(int(os.environ['ABLY_CONFORMANCE_STATUS']), b'{status}\\n')"
_UNTIL_END_OF_INPUT = "sys.stdin.read()"


@pytest.fixture
def loaded(monkeypatch, tmp_path):
    """Starts a load of these lines of Python in the place of Locust, and gives its status."""
    monkeypatch.setattr(module, "find_spec", lambda _: True)

    def start(master: str, worker: str = _UNTIL_END_OF_INPUT, workers: int = 1) -> int:
        code = f"import os, sys, time\nif '--worker' in sys.argv:\n    {worker}\nelse:\n    {master}"
        monkeypatch.setattr(module, "_command", lambda: [sys.executable, "-c", code])
        defaults = {name: how["default"] for name, how in OPTIONS.items()}
        return launch({**defaults, "--into": str(tmp_path)}, "", workers, environment())

    return start


@pytest.mark.parametrize(
    ("master", "status"), [("sys.exit(1)", 1), ("sys.exit(2)", 2), ("os.kill(os.getpid(), 9)", -9), ("pass", 0)]
)
def test_a_status_that_the_load_did_not_give_is_no_result(loaded, master, status):
    """Locust itself ends with 1, which is the status of a target that is not conformant."""
    with pytest.raises(SuiteError, match=f"Locust ended with the status {status}"):
        loaded(master)


def test_the_status_that_the_load_gave_is_its_result(loaded):
    assert loaded(_TELLS.format(status=1)) == 1
    assert loaded(f"{_TELLS.format(status=6)}; sys.exit(1)") == 6


def test_workers_are_told_the_end_all_at_once(loaded, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 1.0)
    began = time.monotonic()
    assert loaded(_TELLS.format(status=6), worker="time.sleep(60)", workers=3) == 6

    assert time.monotonic() - began < 3, "they end one after the other"


def test_no_file_of_the_folder_decides_about_the_target(loaded, tmp_path):
    """Locust reads its options from locust.conf and pyproject.toml, too: what is given goes before."""
    told = tmp_path / "told"
    loaded(f"open({str(told)!r}, 'w').write(' '.join(sys.argv)); {_TELLS.format(status=0)}")
    given = {each.partition("=")[0] for each in told.read_text().split()}

    assert "--host=" in told.read_text().split()
    assert {f"--conformance-{name[2:]}" for name in OPTIONS} <= given


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_master_hears_of_each_signal_that_ends_the_command(loaded, number):
    """SIGHUP is what a terminal sends that is closed. Where the selftest runs behind nohup, a signal is ignored."""
    before = signal.signal(number, signal.default_int_handler)
    timer = threading.Timer(1.0, os.kill, (os.getpid(), number))
    timer.start()
    try:
        assert loaded("time.sleep(30)") == 2
    finally:
        timer.cancel()
        signal.signal(number, before)
