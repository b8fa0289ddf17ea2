"""The suite as a user runs it. Each run costs seconds, so there are few, and several facts are read from each."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from conformance import checks
from conformance.catalogue import collect
from conformance.paths import ROOT
from conformance.selftest.harness.loopback import loopback, refusing_url
from conformance.selftest.harness.runs import Run, command, environment, suite
from conformance.target.embedded import reference_server

SECRET = "a-secret-that-opens-nothing"


@pytest.fixture(scope="module")
def reference():
    with reference_server() as url:
        yield url


# Before the first request --------------------------------------------------------------------------------------------


def test_an_unknown_profile_sends_nothing_and_names_the_nearest(tmp_path):
    with loopback() as server:
        run = suite(tmp_path / "reports", "--profile", "sandbx", "--target", server.url)

    assert run.status == 4
    assert "there is none of that name in profiles/; did you mean 'sandbox'?" in run.said
    assert server.connections == 0
    assert not (tmp_path / "reports").exists()


# A target that cannot be judged --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nobody_there(tmp_path_factory) -> Run:
    return suite(tmp_path_factory.mktemp("nobody"), "--target", refusing_url())


def test_a_port_where_nobody_listens_is_said_at_once(nobody_there):
    assert nobody_there.status == 6
    assert "is out of reach: nobody listens there: connection refused" in nobody_there.said.splitlines()[-2]
    assert nobody_there.worked < 10


def test_a_target_that_is_out_of_reach_is_reported_all_the_same(nobody_there):
    assert nobody_there.report["conclusion"] == "inconclusive"
    assert set(nobody_there.verdicts.values()) == {"none"}
    assert "out of reach" in (nobody_there.folder / "report.html").read_text()
    assert (nobody_there.folder / "junit.xml").exists()


def test_a_key_that_is_refused_is_said_and_not_repeated(reference, tmp_path):
    run = suite(tmp_path, "--target", reference, ABLY_API_KEY=f"nobodys.key123:{SECRET}")

    assert run.status == 6
    assert f"the key is refused by {reference}: 401" in run.said
    assert run.report["conclusion"] == "inconclusive"
    assert not [path for path in run.folder.rglob("*") if path.is_file() and SECRET in path.read_text()]
    assert SECRET not in run.said


# A part of the suite -------------------------------------------------------------------------------------------------


def test_nothing_selected_is_no_success(tmp_path):
    run = suite(tmp_path, "-k", "nothing_is_called_like_this")

    assert run.status == 5


def test_an_id_selects_its_requirement_and_no_other(reference, tmp_path):
    run = suite(tmp_path, "--target", reference, "--seed", "7", "-k", "DEV-07")

    scenarios = set(collect()) - {head.id for head in checks.requirements()}
    assert {id_ for id_, verdict in run.verdicts.items() if id_ in scenarios and verdict != "none"} == {"DEV-07"}
    assert (run.status, run.verdicts["DEV-07"]) == (0, "pass")
    assert "(only -k 'DEV-07')" in run.said


# An interrupted run --------------------------------------------------------------------------------------------------


def test_an_interrupted_run_is_marked_as_cut(reference, tmp_path):
    process = subprocess.Popen(
        command(tmp_path, "--target", reference, "--seed", "7", "-k", "generated"),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_heed_the_interrupt,  # noqa: PLW1509  no other thread runs in this test
    )
    with process:
        wait_for_exchanges(tmp_path, 20)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)

    run = Run(process.returncode, said, tmp_path, 0.0)
    assert run.status == 2
    assert run.report["complete"] is False
    assert "worker main was interrupted" in " ".join(run.report["problems"])


def _heed_the_interrupt() -> None:
    """What a shell starts in the background is told to ignore it, and passes that on to its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_exchanges(parent, count: int, patience: float = 120) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if sum(path.read_text().count('"kind": "exchange"') for path in parent.glob("*/journal-main.jsonl")) >= count:
            return
        time.sleep(0.05)
    raise AssertionError("the run never began")


def test_a_folder_that_exists_may_hold_the_report(tmp_path):
    """Pytest takes the value of an option that it does not know yet for a path of tests."""
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
