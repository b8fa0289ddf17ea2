"""One seed, the same requests: with any number of workers, in any order, in shards, and wherever the suite lies."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import msgpack
import pytest

from conformance.model import Origin
from conformance.paths import PACKAGE, ROOT
from conformance.selftest.harness.runs import command, environment

SOME = "LIF-02 or (GEN-05 and (stats or channelSubscriptions or requestToken))"
"""Tests that draw: generated cases of several operations in every format, and a state machine."""

BACKWARDS = """
def pytest_collection_modifyitems(items):
    items.reverse()
"""

_OF_A_RUN = re.compile(
    r"conf-?[0-9a-z]+-?(?:main|gw\d+)(?:-?[a-z]+)?-?\d+"  # names that the run made
    r"|[\w-]{6}\.[\w-]{6}\b"  # keys of its application
    r"|<[a-zA-Z :]+(?: \d+)?>\**"  # what stands for its secrets
    r"|\b\d{13}\b"  # the present
)


def requests_of(parent: Path, *args: str, root: Path = ROOT, **env: str) -> dict[str, list[str]]:
    """The requests of each test of a run, in order, without what is different in every run.

    What a test needs is made by the first one that needs it, so set-up is not compared.
    """
    arguments = ("--seed", "7", "--examples", "2", "--journal-only", "-k", SOME, *args)
    done = subprocess.run(
        command(parent, *arguments), cwd=root, env=environment(**env), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in (parent / "latest" / "journal.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["kind"] == "exchange" and record["test"] and record["origin"] != Origin.SETUP.value:
            found[record["test"]].append(in_every_run(record["request"]))
    return dict(found)


def in_every_run(request: dict) -> str:
    path = request["url"].split("/", 3)[3]
    body = msgpack.unpackb(base64.b64decode(request["base64"])) if "base64" in request else request["text"]
    kinds = [value for name, value in request["headers"] if name in {"Accept", "Content-Type"}]
    return _OF_A_RUN.sub("#", f"{request['method']} {path} {kinds} {body}")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    found = requests_of(tmp_path_factory.mktemp("alone"))
    assert len(found) > 10
    assert sum(map(len, found.values())) > 80
    return found


def test_two_workers_send_what_one_process_sends(alone, tmp_path):
    assert requests_of(tmp_path, "-n", "2") == alone


def test_the_order_of_the_tests_changes_no_request(alone, tmp_path):
    (tmp_path / "backwards.py").write_text(BACKWARDS)

    assert requests_of(tmp_path, "-n", "1", "-p", "backwards", PYTHONPATH=str(tmp_path)) == alone


def test_a_suite_that_lies_elsewhere_sends_the_same_with_four_workers(alone, tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "conformance", ignore=shutil.ignore_patterns("__pycache__", "selftest"))
    for name in ("pyproject.toml", "conftest.py", "openapi.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")

    assert requests_of(tmp_path / "reports", "-n", "4", root=tmp_path) == alone


def test_shards_send_together_what_one_run_sends(alone, tmp_path):
    shards = [requests_of(tmp_path / part[0], "--shard", part) for part in ("1/2", "2/2")]

    assert not shards[0].keys() & shards[1].keys()
    assert shards[0] | shards[1] == alone


def test_another_seed_sends_other_requests(alone, tmp_path):
    assert requests_of(tmp_path, "-n", "2", "--seed", "8") != alone
