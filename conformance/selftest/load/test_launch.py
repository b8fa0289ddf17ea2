"""A load that cannot be meant, or that lacks its library, ends with one sentence before any process is started."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conformance.load.launch import environment_with
from conformance.load.master import options_of
from conformance.load.settings import KEY_VARIABLE, OPTIONS
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
def test_settings_that_cannot_be_meant_are_told_at_once(arguments, words):
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
