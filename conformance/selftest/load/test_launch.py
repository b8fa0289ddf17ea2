"""A load that cannot be meant, or that lacks its library, ends with one sentence before any process is started."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
