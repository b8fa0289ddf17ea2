"""Every command and every replay script of the reports of twenty mutants, from an empty folder and without a key.

The file name keeps them out of `pytest conformance/selftest`: they need sh, curl and openssl, and take a minute.

    pytest conformance/selftest/outside/outside_replays.py
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from conformance.proof.mutants import workers
from conformance.selftest.harness.replays import commands, judged, replay_gaps, shown_again

MUTANTS = (
    "ids-are-remembered-for-all-apps",
    "keys-are-known-by-their-id",
    "mac-is-compared-by-its-beginning",
    "no-scheme-is-named",
    "end-needs-its-start",
    "the-limit-itself-is-too-large",
    "subscriptions-are-removed-in-the-first-app",
    "server-has-no-id",
    "unregister-keeps-subscriptions",
    "pages-overlap",
    "status-is-of-the-first-channel",
    "time-in-seconds",
    "tokens-are-forgotten",
    "client-pushes-reach-one-device",
    "links-have-no-brackets",
    "members-lose-their-encoding",
    "writers-need-no-secret",
    "post-saves-nothing",
    "months-are-days",
    "absent-data-is-empty-text",
)
"""Of every kind that a replay has to make again: names, tokens, signatures, two applications, links, large bodies."""


def gaps(mutant: str) -> list[str]:
    """Sentences on commands and scripts of the report of a mutant that do not do what they are there for."""
    with tempfile.TemporaryDirectory() as folder, judged(mutant, Path(folder)) as found:
        told = list(replay_gaps(found)) if found.causes else [f"{mutant}: no finding"]
        for command, ids in commands(found).items():
            missing = ids - shown_again(found, command)
            told += [f"{command}: does not show {', '.join(sorted(missing))}"] if missing else []
    return [f"{mutant}: {each}" for each in told]


@pytest.fixture(scope="module")
def told():
    with workers(os.cpu_count() or 1) as pool:
        yield dict(zip(MUTANTS, pool.map(gaps, MUTANTS), strict=True))


@pytest.mark.parametrize("mutant", MUTANTS)
def test_every_command_and_script_of_a_report_shows_its_finding_again(told, mutant):
    assert told[mutant] == []
