"""`-n auto` starts more workers than there are cores where a run mostly waits."""

from __future__ import annotations

import re
import subprocess

import pytest

from conformance.paths import ROOT
from conformance.run import workers
from conformance.run.workers import latency, workers_for
from conformance.selftest.harness.loopback import refusing_url
from conformance.selftest.harness.runs import command, environment
from conformance.target.embedded import reference_server


@pytest.mark.parametrize(
    ("seconds", "cores", "expected"),
    [(0.0, 2, 2), (0.0001, 4, 4), (0.002, 2, 3), (0.004, 2, 4), (0.1, 2, 8), (3.0, 8, 32), (0.02, 1, 4)],
)
def test_the_longer_the_way_the_more_workers_up_to_four_for_a_core(seconds, cores, expected):
    assert workers_for(seconds, cores) == expected


def test_the_way_to_a_server_nearby_is_short_and_one_that_refuses_has_none():
    with reference_server() as url:
        assert 0 < latency(url) < 0.5
    assert latency(refusing_url()) is None
    assert latency("nonsense") is None


@pytest.fixture
def nodes_of(tmp_path):
    def started(*args: str) -> int:
        """Workers of a run that pytest-xdist names."""
        arguments = command(tmp_path, "-k", "TIM-01", "-n", "auto", "-v", "--journal-only", *args)
        done = subprocess.run(
            arguments, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=120
        )
        return int(re.search(r"(\d+) workers? \[", done.stdout)[1])

    return started


def test_a_run_with_n_auto_has_a_worker_for_each_core_or_more(nodes_of):
    with reference_server() as url:
        started = nodes_of("--target", url)
    cores = workers.os.cpu_count()
    assert cores <= started <= 4 * cores
