"""Replay scripts and commands of real reports: each does what it says, from an empty folder and without a key.

A sample; the same of more mutants is `selftest/outside/outside_replays.py`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.model import RouteFacts
from conformance.report.analysis.replay_plan import ReplaySource
from conformance.report.formats import replay
from conformance.selftest.harness.replays import Judged, commands, judged, replay_gaps, shown_again

SAMPLE = (
    "mac-is-compared-by-its-beginning",  # a signature
    "keys-are-known-by-their-id",  # a key of two applications
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Iterator[Judged]:
    """A sequence with names of the run, and a header that is missing in it."""
    with judged("unregister-keeps-subscriptions", tmp_path_factory.mktemp("kept")) as found:
        yield found


@pytest.mark.parametrize("mutant", SAMPLE)
def test_every_replay_of_a_report_needs_no_key_and_receives_what_the_run_received(mutant, tmp_path):
    with judged(mutant, tmp_path) as found:
        assert found.causes
        assert list(replay_gaps(found)) == []


def test_a_replay_repeats_the_set_up_as_well_as_the_last_step(kept):
    assert kept.causes
    assert list(replay_gaps(kept)) == []


def test_the_command_of_a_check_shows_it_again_in_an_empty_folder(tmp_path):
    with judged("server-has-no-id", tmp_path, "TIM-01") as found:
        (command,) = [each for each, ids in commands(found).items() if "HDR-03" in ids]
        assert command.startswith("ably-conformance run --profile mutants --seed 7 --target http://127.0.0.1")
        assert " -k " not in command
        assert shown_again(found, command) == {"HDR-03"}


@pytest.mark.parametrize(
    ("route", "options"),
    [
        (RouteFacts(), "--noproxy '*' \"$@\""),
        (RouteFacts(ca_file="/a b/ca.pem", cert="/c.pem"), "--cacert '/a b/ca.pem' --cert /c.pem --noproxy '*'"),
        (RouteFacts(cert="/c.pem", cert_key="/k.pem", proxy="environment"), '--cert /c.pem --key /k.pem "$@"'),
        (RouteFacts(proxy="$STAGING_PROXY"), '--proxy "$STAGING_PROXY" "$@"'),
        (RouteFacts(proxy="http://proxy.example:3128"), '--proxy http://proxy.example:3128 "$@"'),
    ],
)
def test_a_replay_goes_the_way_that_the_run_went(kept, route, options):
    evidence = replace(kept.evidence, header=replace(kept.evidence.header, route=route))

    assert f"--max-time 60 {options}" in replay.script(kept.causes[0], ReplaySource(evidence))


def test_a_replay_for_a_given_key_names_the_variable(kept):
    own = tuple(each for each in kept.evidence.exchanges if "-controller-" not in each.id)
    script = replay.script(kept.causes[0], ReplaySource(replace(kept.evidence, exchanges=own)))

    done = subprocess.run(
        ["sh"], input=script, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "ABLY_API_KEY: set it to a key of the application, appId.keyId:secret" in done.stderr
