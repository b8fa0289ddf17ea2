"""The suite as a user runs it. Each run takes seconds, so several facts are read from each of a few."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance import checks
from conformance.catalogue import collect
from conformance.paths import ROOT
from conformance.selftest.harness.loopback import loopback, refusing_url, reply
from conformance.selftest.harness.runs import Run, command, environment, suite
from conformance.target.embedded import reference_server

SECRET = "a-secret-without-access"


@pytest.fixture(scope="module")
def reference():
    with reference_server() as url:
        yield url


# Before the first request --------------------------------------------------------------------------------------------


def test_an_unknown_profile_is_rejected_with_the_nearest_one_before_any_request(tmp_path):
    with loopback() as server:
        run = suite(tmp_path / "reports", "--profile", "sandbx", "--target", server.url)

    assert run.status == 4
    assert "there is no such profile in profiles/; did you mean 'sandbox'?" in run.said
    assert server.connections == 0
    assert not (tmp_path / "reports").exists()


# A target that cannot be judged --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unreachable(tmp_path_factory) -> Run:
    return suite(tmp_path_factory.mktemp("unreachable"), "--target", refusing_url())


def test_a_refused_connection_is_reported_at_once(unreachable):
    assert unreachable.status == 6
    assert "cannot be reached: connection refused" in unreachable.said.splitlines()[-1]
    assert unreachable.worked < 10


def test_a_target_that_cannot_be_reached_has_a_report(unreachable):
    assert unreachable.report["conclusion"] == "inconclusive"
    assert set(unreachable.verdicts.values()) == {"none"}
    assert "cannot be reached: connection refused" in (unreachable.folder / "report.html").read_text()
    assert (unreachable.folder / "junit.xml").exists()


def test_a_rejected_key_is_reported_and_not_repeated(reference, tmp_path):
    run = suite(tmp_path, "--target", reference, ABLY_API_KEY=f"another.key123:{SECRET}")

    assert run.status == 6
    assert f"the key is rejected by {reference}: 401" in run.said
    assert run.report["conclusion"] == "inconclusive"
    assert not [path for path in run.folder.rglob("*") if path.is_file() and SECRET in path.read_text()]
    assert SECRET not in run.said


# A target that answers badly ------------------------------------------------------------------------------------------


def without_bodies(request: bytes) -> bytes:
    """The answers of a target that has no body but that of GET /time."""
    if request.startswith(b"GET /time "):
        return reply(200, str([int(time.time() * 1000)]).encode(), "Content-Type: application/json")
    return reply(204 if request.startswith(b"DELETE ") else 200)


def test_a_target_without_bodies_is_judged(tmp_path):
    with loopback(without_bodies) as server:
        run = suite(
            tmp_path, "--profile", "live", "--target", server.url, "-k", "HIS-0 or STA-0", ABLY_API_KEY=f"a.b:{SECRET}"
        )

    assert "INTERNALERROR" not in run.said
    assert (run.status, run.report["conclusion"]) == (1, "not conformant")


# A part of the suite -------------------------------------------------------------------------------------------------


def test_an_empty_selection_is_not_a_success(tmp_path):
    run = suite(tmp_path, "-k", "nothing_is_called_like_this")

    assert run.status == 5


def test_an_id_selects_its_requirement_and_no_other(reference, tmp_path):
    run = suite(tmp_path, "--target", reference, "--seed", "7", "-k", "DEV-07")

    scenarios = set(collect()) - {head.id for head in checks.requirements()}
    assert {id_ for id_, verdict in run.verdicts.items() if id_ in scenarios and verdict != "none"} == {"DEV-07"}
    assert (run.status, run.verdicts["DEV-07"]) == (0, "pass")
    assert "(only -k 'DEV-07', 1 of " in run.said


# An interrupted run --------------------------------------------------------------------------------------------------


def test_an_interrupted_run_is_marked_as_cut(reference, tmp_path):
    process = subprocess.Popen(
        command(tmp_path, "--target", reference, "--seed", "7", "-k", "generated"),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_accept_the_interrupt,  # noqa: PLW1509  no other thread runs in this test
    )
    with process:
        wait_for_exchanges(tmp_path, 20)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)

    run = Run(process.returncode, said, tmp_path, 0.0)
    assert run.status == 2
    assert run.report["complete"] is False
    assert "the run was interrupted" in " ".join(run.report["problems"])


def _accept_the_interrupt() -> None:
    """A background process of a shell ignores SIGINT, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_exchanges(parent, count: int, patience: float = 120) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if sum(path.read_text().count('"kind": "exchange"') for path in parent.glob("*/journal-main.jsonl")) >= count:
            return
        time.sleep(0.05)
    raise AssertionError("the run never began")


def test_an_existing_folder_is_accepted_for_the_report(tmp_path):
    """Pytest takes the value of an option that is not registered yet for a path of tests."""
    args = ["--report-dir", str(tmp_path), "--profile", "zzz"]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *args],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 4
    assert "profile 'zzz'" in done.stderr


def test_assertions_that_are_switched_off_are_refused_before_the_first_request(tmp_path):
    run = suite(tmp_path, "--assert=plain", "-k", "TIM-01", PYTHONOPTIMIZE="1")

    assert run.status == 4, run.said
    assert "--assert=plain switches the assertions off" in run.said


def test_tests_in_forked_processes_are_refused(tmp_path):
    (tmp_path / "forking.py").write_text(
        'def pytest_addoption(parser):\n    parser.addoption("--forked", action="store_true")\n'
    )

    run = suite(tmp_path, "-p", "forking", "--forked", "-k", "TIM-01", PYTHONPATH=str(tmp_path))

    assert run.status == 4, run.said
    assert "--forked runs each test in a process whose evidence is lost" in run.said


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("--profil=live", "ERROR: there is no option --profil: did you mean '--profile'?"),
        ("--seed=x", "ERROR: --seed: expected a whole number, received x"),
        ("--examples=1.5", "ERROR: --examples: expected a whole number, received 1.5"),
    ],
)
def test_bad_usage_is_one_sentence(tmp_path, argument, sentence):
    command = [str(Path(sys.executable).parent / "ably-conformance"), "run", argument]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 4
    assert [line for line in done.stderr.splitlines() if line] == [sentence]
    assert list(tmp_path.iterdir()) == []
