"""A target whose base URL has a path: requests, links, reproduce lines and replays stay below it."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest

from conformance.selftest.harness.loopback import forwarding, loopback, reply
from conformance.selftest.harness.runs import suite
from conformance.selftest.reference.client import running

BASE = "/ably/v1"
PART = "PAG-0 or HIS-01 or HIS-02 or DEV-01 or DEV-07 or SUB-01 or PSH-01 or TOK-01 or STA-01 or TIM-01"


@pytest.fixture
def below():
    """Serve a reference server, with options, below the base path and nowhere else."""

    def gateway(upstream: str):
        forward = forwarding(upstream, [])

        def answer(request: bytes) -> bytes:
            line, _, rest = request.partition(b"\r\n")
            if f" {BASE}/".encode() not in line:
                return reply(404, b"not below the base path")
            return forward(line.replace(f" {BASE}/".encode(), b" /", 1) + b"\r\n" + rest)

        return loopback(answer)

    return gateway


def test_a_correct_server_below_a_path_is_conformant(below, tmp_path):
    with running() as server, below(server.http) as gateway:
        run = suite(tmp_path, "--target", f"{gateway.url}{BASE}", "--seed", "7", "-k", PART)

    assert (run.status, run.report["conclusion"]) == (0, "conformant"), run.said
    outside = [each for each in gateway.targets if not each.startswith(f"{BASE}/")]
    assert outside == []
    assert run.verdicts["PAG-03"] == "pass"


def test_a_finding_below_a_path_is_reproduced_and_replayed_there(below, tmp_path):
    with running("--mutant", "time-in-seconds") as server, below(server.http) as gateway:
        given = ("--target", f"{gateway.url}{BASE}/", "--seed", "7", "-k", "TIM-01")
        run = suite(tmp_path / "first", *given)
        assert run.verdicts["TIM-01"] == "fail", run.said
        (command,) = re.findall(
            r"^  reproduce +(ably-conformance run .+\n +conformance/suite\S+)", run.said, re.MULTILINE
        )
        again = suite(tmp_path / "again", *shlex.split(command)[2:])
        before = len(gateway.targets)
        (script,) = (run.folder / "replay").glob("TIM-01-*.sh")
        replayed = subprocess.run(
            ["sh", script], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60, check=False
        )

    assert again.verdicts["TIM-01"] == "fail"
    assert "HTTP/1.1 200" in replayed.stdout
    assert gateway.targets[before:]
    assert all(each.startswith(f"{BASE}/") for each in gateway.targets)
