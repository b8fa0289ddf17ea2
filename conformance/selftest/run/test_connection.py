"""What a run tells its target of itself, and how fast it asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.profile import load
from conformance.run.connection import open_target, sender
from conformance.run.options import Options, resolve
from conformance.selftest.harness.target import CONTRACT


@pytest.fixture
def run_config(tmp_path):
    options = Options("live", "http://127.0.0.1:9", "app.key:secret", tmp_path, seed=1, examples=1, mutant="")
    return resolve(options)


def test_the_owner_of_a_target_finds_run_and_requirement_in_a_log(run_config):
    product, _, comment = sender(run_config, "DEV-07").partition(" ")

    assert product.startswith("ably-conformance/")
    assert comment == f"(run {run_config.run}; DEV-07)"
    assert sender(run_config).endswith(f"(run {run_config.run})")


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_all_workers_together_keep_the_rate_of_the_profile(run_config, workers):
    shared = replace(run_config, workers=workers)

    target = open_target(shared, CONTRACT, "conf-x", lambda _: None)

    assert workers / target.pacer.pace.interval == load("live").pace.requests_per_second == 20
