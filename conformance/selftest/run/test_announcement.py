"""What a run says before its first test, and the runs that end there: --dry-run, --collect-only and doctor."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from conformance.paths import ROOT
from conformance.run.announcement import requirements_of
from conformance.selftest.harness.loopback import forwarding, loopback, refusing_url, reply
from conformance.selftest.harness.runs import Run, environment, suite
from conformance.selftest.reference.client import running
from conformance.target.embedded import reference_server

PART = ("-k", "TIM-01 or TIM-02", "--seed", "7")


@pytest.fixture(scope="module")
def reference():
    with reference_server() as url:
        yield url


@pytest.fixture
def seen(reference):
    """The reference server, and each request that reaches it."""
    crossed: list[bytes] = []
    with loopback(forwarding(reference, crossed)) as proxy:
        yield proxy


@pytest.fixture
def key(reference):
    """Of an application where it may publish and read history, and nothing else."""
    made = requests.post(f"{reference}/apps", json={"keys": [{"capability": '{"*":["publish","history"]}'}]})
    return made.json()["keys"][0]["keyStr"]


def line(run: Run, name: str) -> str:
    found = re.search(rf"^{name}  +(.+)$", run.said, re.MULTILINE)
    assert found, run.said
    return found[1]


def doctor(folder: Path, *arguments: str, **env: str) -> Run:
    command = [str(Path(sys.executable).parent / "ably-conformance"), "doctor", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment(**env), capture_output=True, text=True, timeout=120, check=False
    )
    return Run(done.returncode, done.stdout + done.stderr, folder / "reports", 0)


# What is said --------------------------------------------------------------------------------------------------------


def test_a_run_says_what_it_is_about_to_do(tmp_path, seen, key):
    run = suite(tmp_path, "--target", seen.url, "--key", key, "-n", "2", "-v", *PART)

    assert line(run, "target").startswith(f"{seen.url}, server ")
    assert line(run, "target").endswith("by the profile live")
    assert line(run, "TLS") == "none: the URL is http"
    assert re.fullmatch(r"the target's is [+-]\d+ ms from ours, to within \d+ ms", line(run, "clock"))
    assert line(run, "key") == "accepted, and may only read history and publish on *"
    assert line(run, "application") == "given, and shared with others"
    assert f"conf-{run.report['run']}-" in line(run, "writes")
    assert re.match(r"\d, with about \d+ requests", line(run, "tests"))
    assert "at most 20 requests a second" in line(run, "time")
    assert run.said.count("application  ") == 1
    assert key not in run.said


@pytest.mark.parametrize(
    ("profile", "writes"),
    [
        ("read-only", "nothing but requests for tokens, which stay until they expire"),
        ("mock", "generated requests; nothing is removed, because the profile says that the target keeps nothing"),
    ],
)
def test_what_a_profile_writes_is_said(tmp_path, reference, key, profile, writes):
    given = ("--key", key) if profile == "read-only" else ()

    assert line(doctor(tmp_path, "--profile", profile, "--target", reference, *given, *PART), "writes") == writes


def test_the_certificate_of_the_target_is_told_with_its_last_day(tmp_path):
    authority = tmp_path / "ca.pem"
    with running("--https-port", "0", "--ca-file", str(authority)) as server:
        run = doctor(tmp_path, "--target", server.https, "--ca-file", str(authority), *PART)

    assert run.status == 0, run.said
    assert re.fullmatch(
        r"TLSv1\.\d, the certificate of \S+ expires on \d{4}-\d\d-\d\d \(in \d+ days\)", line(run, "TLS")
    )


def test_a_target_that_tells_no_time_is_said_to_tell_none(tmp_path):
    with loopback(reply(200, b'"soon"', "Content-Type: application/json")) as server:
        run = doctor(tmp_path, "--profile", "mock", "--target", server.url, *PART)

    assert line(run, "clock").startswith("unknown: ")
    assert line(run, "target").startswith(f"{server.url}, its answers name no server")


# Runs that judge nothing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "distributed"])
def test_a_dry_run_sends_the_pre_flight_and_leaves_nothing(tmp_path, seen, workers):
    run = suite(tmp_path / "reports", "--target", seen.url, "--dry-run", *workers, *PART)

    assert run.status == 0
    assert run.said.strip().splitlines()[-1] == "nothing was judged (--dry-run); a run can start"
    assert not (tmp_path / "reports").exists()
    made = [target for method, target in zip(seen.methods, seen.targets, strict=True) if method == "POST"]
    removed = [target for method, target in zip(seen.methods, seen.targets, strict=True) if method == "DELETE"]
    assert set(made) == {"/apps"}
    assert len(made) == len(removed) > 0
    assert "/channels" not in {target.partition("?")[0] for target in seen.targets}


def test_a_dry_run_does_not_move_latest(tmp_path, reference):
    before = suite(tmp_path, "--target", reference, *PART).folder

    dry = suite(tmp_path, "--target", reference, "--dry-run", *PART)

    assert dry.folder == before
    assert len(list(tmp_path.iterdir())) == len({before.name, "latest", "history.sqlite"})


def test_collect_only_lists_the_tests_and_sends_nothing(tmp_path, seen, key):
    given = ("--profile", "live", "--target", seen.url, "--key", key)

    run = suite(tmp_path / "reports", *given, "--collect-only", *PART)

    assert run.status == 0
    assert "conformance/suite/protocol/test_time.py::" in run.said
    assert run.said.strip().splitlines()[-1] == "nothing was judged (--collect-only): nothing was sent"
    assert seen.requests == []
    assert not (tmp_path / "reports").exists()


def test_a_selection_of_nothing_keeps_its_exit_status(tmp_path, reference):
    run = suite(tmp_path / "reports", "--target", reference, "--dry-run", "-k", "no_such_test")

    assert run.status == 5
    assert "a run can start" not in run.said


# doctor --------------------------------------------------------------------------------------------------------------


def test_a_target_that_cannot_be_judged_is_told_with_the_reason(tmp_path):
    run = doctor(tmp_path, "--target", refusing_url(), "--key", "app.key:secret")

    assert run.status == 6
    last = run.said.strip().splitlines()[-1]
    assert last.startswith("inconclusive: nothing was judged, and a run could not start: the target http://127.0.0.1:")
    assert line(run, "key") == "not known to be accepted"
    assert list(tmp_path.iterdir()) == []


def test_bad_input_is_a_sentence_as_for_a_run(tmp_path):
    (tmp_path / "reports").write_text("a file")

    unknown = doctor(tmp_path, "--profile", "lve", "--target", "http://127.0.0.1:1")
    folder = doctor(tmp_path)

    assert (unknown.status, folder.status) == (4, 4)
    assert "did you mean 'live'?" in unknown.said
    assert f"--report-dir: {tmp_path / 'reports'} cannot be written: it is not a folder" in folder.said


def test_tests_that_cannot_be_collected_are_not_ready(tmp_path):
    own = tmp_path / "test_own.py"
    own.write_text(OWN.format(first="import not_there"))
    broken = tmp_path / "test_broken.py"
    broken.write_text(OWN.format(first="def"))

    missing, syntax = doctor(tmp_path, "--also", str(own)), doctor(tmp_path, "--also", str(broken))

    assert missing.status == 2
    assert "a run can start" not in missing.said
    assert syntax.status == 4
    assert f"--also: {broken}, line 1, is no Python: invalid syntax" in syntax.said


def test_the_doctor_takes_the_options_of_a_run(tmp_path):
    run = doctor(tmp_path, "--help")

    assert run.status == 0
    assert run.said.startswith("Usage: ably-conformance doctor [OPTIONS]")
    assert "--target URL" in run.said


OWN = """{first}
from conformance.requirement import MUST, Clause, requirement


@requirement("ACM-01", MUST, "The title", clause=Clause("docs", "in our words"), operations=("GET /time",))
def test_own(target): ...
"""


def test_a_test_is_known_by_its_file_and_function():
    node = "conformance/suite/protocol/test_time.py::"
    names = [f"{node}test_the_time_is_one_integer_of_milliseconds[any]", f"{node}test_unknown"]

    assert requirements_of(names, ROOT) == ["TIM-01", ""]
