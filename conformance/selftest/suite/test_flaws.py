"""`suite.steps.flaws`: what is required of rejected publishes does not depend on what a target rejects."""

from __future__ import annotations

import pytest

from conformance.errors import Inconclusive
from conformance.model import JSON, Origin
from conformance.selftest.harness.loopback import loopback, reply
from conformance.selftest.harness.runs import suite
from conformance.selftest.harness.target import target_at
from conformance.suite.steps.flaws import FLAWS, rejected_flaw

REJECTED = reply(400, b'{"error":{"code":40000}}', f"Content-Type: {JSON}")
ACCEPTED = reply(201, b"{}", f"Content-Type: {JSON}")


def test_the_first_flaw_that_is_rejected_is_taken():
    seen = []
    with loopback(lambda request: REJECTED if b"connectionKey" in request else ACCEPTED) as server:
        assert rejected_flaw(target_at(server.url, observer=seen.append)) == {"connectionKey": "should.be.wrong"}

    assert {exchange.origin for exchange in seen} == {Origin.SETUP}
    assert len(seen) == 2


def test_a_target_that_rejects_no_flaw_cannot_be_tested():
    with (
        loopback(ACCEPTED) as server,
        pytest.raises(Inconclusive, match=f"none of {len(FLAWS)} flawed messages was rejected"),
    ):
        rejected_flaw(target_at(server.url))


def test_a_target_that_keeps_unknown_extras_fails_that_requirement_alone(tmp_path):
    words = "PUB-25 or PUB-37 or PUB-98 or LIF-02"
    run = suite(tmp_path, "--mutant=unknown-extras-are-kept", "-k", words, "--examples=2", "--seed=7")

    found = {id_: verdict for id_, verdict in run.verdicts.items() if id_ in words}
    assert found == {"PUB-25": "fail", "PUB-37": "pass", "PUB-98": "pass", "LIF-02": "pass"}
