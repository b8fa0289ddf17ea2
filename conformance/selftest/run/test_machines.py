"""Workers of pytest-xdist in another folder or on another machine: what they are handed, and what they hand back."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.paths import PACKAGE, ROOT, SETTINGS, SUITE
from conformance.run import machines
from conformance.run.config import RunConfig
from conformance.run.machines import are_beside, expanded, handed, refuse, relocatable, taken, write_journal
from conformance.run.options import Options, resolve
from conformance.run.remote import PLACE, begin
from conformance.selftest.harness.runs import Run, command, environment, suite
from conformance.target.embedded import reference_server

ARGS = ("--seed", "7", "--examples", "1", "-k", "TIM")
SSH = "ssh=builder//python=/venv/bin/python"


def configured(folder: Path, **options) -> RunConfig:
    given = {"profile": "sandbox", "target": "http://127.0.0.1:1", "key": "", "max_time": 60.0}
    found = resolve(Options(**{**given, "parent": folder, **options}))
    found.folder.mkdir(parents=True)
    (found.folder / "seen").touch()
    return found


def test_workers_in_another_folder_judge_as_workers_beside_do(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    apart = suite(tmp_path / "apart", *ARGS, "--tx", f"2*popen//chdir={elsewhere}", "--dist", "load")
    beside = suite(tmp_path / "beside", *ARGS, "-n", "2")
    assert (apart.status, beside.status) == (0, 0), apart.said
    assert apart.verdicts == beside.verdicts
    assert apart.records[0]["workers"] == ["controller", "gw0", "gw1"]


def test_after_a_signal_workers_that_do_not_see_the_folder_hand_over_what_they_judged(tmp_path):
    reports = tmp_path / "reports"
    spec = f"2*popen//chdir={tmp_path / 'elsewhere'}//python={_python_that_hides(reports, tmp_path)}"
    slowly = ("--profile", "sandbox", "-k", "TIM or PUB", "--rps", "20", "--seed", "7", "--tx", spec, "--dist", "load")
    with reference_server() as url:
        running = subprocess.Popen(
            command(reports, "-vv", "--target", url, *slowly),
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert running.stdout
        judged = (line for line in running.stdout if "PASSED" in line)
        assert len(list(islice(judged, 4))) == 4
        running.terminate()
        said, _ = running.communicate(timeout=120)
    done = Run(running.returncode, said, reports, 0.0)
    assert done.status == 2, done.said
    assert {each["worker"] for each in done.records if each["kind"] == "header"} == {"controller", "gw0", "gw1"}
    assert [each for each in done.records if each["kind"] == "outcome"]
    assert not [each for each in done.report["problems"] if "is missing" in each or "no footer" in each]
    assert "hid" in (tmp_path / "hidden").read_text()


def _python_that_hides(reports: Path, folder: Path) -> Path:
    """An interpreter that may write nothing in the folder of the reports, and notes that it was asked for it."""
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(
        f"""
import os
allowed = os.access
def access(path, mode, **how):
    is_hidden = os.fspath(path).startswith({str(reports)!r})
    if is_hidden:
        open({str(folder / "hidden")!r}, "a").write("hid ")
    return not is_hidden and allowed(path, mode, **how)
os.access = access
"""
    )
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={folder / "site"} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return python


# Before the run ------------------------------------------------------------------------------------------------------


def test_without_dist_the_workers_of_tx_help_each_other(tmp_path):
    done = suite(tmp_path, "--seed", "7", "-k", "TIM-01", "-vv", "--tx", "2*popen")
    assert done.status == 0, done.said
    assert done.records[0]["workers"] == ["controller", "gw0", "gw1"]
    assert "WorkStealingScheduling" in done.said


def test_each_worker_of_a_number_counts():
    assert expanded(["2*popen", SSH, "3*ssh=x"]) == ["popen", "popen", SSH, "ssh=x", "ssh=x", "ssh=x"]


@pytest.mark.parametrize(
    ("specs", "is_beside"),
    [(["popen", "popen//python=python3.12"], True), (["popen//chdir=/x"], False), (["popen", SSH], False), ([], True)],
)
def test_only_processes_in_this_folder_are_beside(specs, is_beside):
    assert are_beside(specs) is is_beside


@pytest.mark.parametrize("spec", ["socket=host:8888", "popen//via=builder", "vagrant_ssh=box"])
def test_keys_go_to_another_machine_over_ssh_only(spec, tmp_path):
    with pytest.raises(UsageError, match="reach another machine with ssh="):
        refuse([spec], configured(tmp_path))


def test_the_embedded_server_is_not_judged_from_another_machine(tmp_path):
    run_config = configured(tmp_path, profile="reference", target="")
    with pytest.raises(UsageError, match="name a server with --target"):
        refuse([SSH], run_config)
    refuse(["popen//chdir=/x"], run_config)


def test_requirements_of_the_users_own_stay_on_this_machine(tmp_path):
    with pytest.raises(UsageError, match="--also"):
        refuse(["popen//chdir=/x"], configured(tmp_path, also=(tmp_path,)))


def test_arguments_name_the_suite_wherever_it_is():
    given = ["-c", str(SETTINGS), str(SUITE), f"{SUITE}/test_a.py::test_b", "-k", "TIM"]
    moved = relocatable(given)
    assert moved == ["-c", f"{PLACE}/conformance/run/suite.ini", f"{PLACE}/conformance/suite",
                     f"{PLACE}/conformance/suite/test_a.py::test_b", "-k", "TIM"]  # fmt: skip
    assert [each.replace(PLACE, str(PACKAGE.parent)) for each in moved] == given


def test_plain_pytest_in_a_checkout_runs_the_suite_there_too():
    moved = relocatable(["-k", "TIM", "--seed", "7"])
    assert f"{PLACE}/conformance/run/suite.ini" in moved
    assert moved[-3:] == [f"{PLACE}/conformance/suite", "-k", "TIM"]


def test_options_that_the_controller_resolves_are_not_handed_on(tmp_path):
    profile = tmp_path / "staging.toml"
    profile.touch()
    ours = ["--profile", str(profile), "--conformance-seed=7", "--journal-only", "--key", "app.key:secret", "--har"]
    command = ["-c", str(SETTINGS)]
    moved = relocatable([*command, *ours, "-v", "--label", "a=b", "-x"])
    assert moved[2:] == ["-v", "-x"]


def test_a_path_of_this_machine_is_refused(tmp_path):
    with pytest.raises(UsageError, match="the workers do not have the path"):
        relocatable(["-x", "-k=TIM", str(tmp_path)])


def test_a_value_that_is_the_name_of_a_file_can_be_told_from_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "load").touch()
    with pytest.raises(UsageError, match=r"`--dist load`: .* write `--dist=load`$"):
        relocatable(["-k", "TIM", "--dist", "load"])
    assert relocatable(["-k", "TIM", "--dist=load"])[-1] == "--dist=load"


def test_a_long_expression_is_no_path():
    long = " or ".join(f"TIM-{number:02}" for number in range(1_000))
    assert relocatable(["-k", long])[-1] == long


def test_a_worker_elsewhere_begins_with_its_own_paths(monkeypatch):
    begun = {}
    monkeypatch.setattr("runpy.run_module", lambda name, given, run_name: begun.update(given, name=name, as_=run_name))

    class Channel:
        gateway = "the gateway"

        def receive(self):
            return {"workerid": "gw0"}, ["-c", f"{PLACE}/conformance/run/suite.ini"], {}, None

    begin(Channel())
    assert (begun["name"], begun["as_"]) == ("xdist.remote", "__channelexec__")
    assert begun["channel"].receive() == ({"workerid": "gw0"}, ["-c", str(SETTINGS)], {}, None)
    assert begun["channel"].gateway == "the gateway"


# Handed over ---------------------------------------------------------------------------------------------------------


def test_a_worker_that_sees_the_folder_of_the_run_uses_it(tmp_path):
    run_config = configured(tmp_path)
    place = taken(handed(run_config, "popen//chdir=/x"), "seen")
    assert place.run_config == run_config
    assert place.journal("gw0") == []


def test_a_worker_that_does_not_see_it_hands_its_journal_over_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(machines, "_PIECE", 1_000)
    run_config = configured(tmp_path)
    place = taken(handed(run_config, "popen//chdir=/x"), "unseen")
    folder = place.run_config.folder
    assert folder != run_config.folder
    content = os.urandom(5_000)
    (folder / "journal-gw0.jsonl").write_bytes(content)
    pieces = place.journal("gw0")
    assert [len(each) for each in pieces[:-1]] == [1_000] * (len(pieces) - 1)
    assert len(pieces) > 5
    assert not folder.exists()
    write_journal(run_config.folder, "gw0", pieces)
    assert (run_config.folder / "journal-gw0.jsonl").read_bytes() == content


def test_files_of_the_run_go_with_it(tmp_path):
    contract, authority = tmp_path / "moved.yaml", tmp_path / "moved" / "moved.yaml"
    authority.parent.mkdir()
    contract.write_text("the contract")
    authority.write_text("the authority")
    run_config = configured(tmp_path / "reports")
    profile = run_config.profile
    profile = replace(
        profile,
        target=replace(profile.target, ca_file=str(authority)),
        contract=replace(profile.contract, path=str(contract)),
    )
    place = taken(handed(replace(run_config, profile=profile), SSH), "unseen")
    found = place.run_config.profile
    assert Path(found.target.ca_file).read_text() == "the authority"
    assert Path(found.contract.path).read_text() == "the contract"
    assert Path(found.contract.path).is_relative_to(place.run_config.folder)
    assert (found.target.cert, found.target.cert_key) == ("", "")
    assert Path(found.target.ca_file).stat().st_mode & 0o077 == 0
    place.folder.cleanup()


def test_a_worker_beside_reads_the_files_of_the_run_itself(tmp_path):
    (tmp_path / "moved.yaml").write_text("the contract")
    run_config = configured(tmp_path / "reports")
    contract = replace(run_config.profile.contract, path=str(tmp_path / "moved.yaml"))
    run_config = replace(run_config, profile=replace(run_config.profile, contract=contract))
    packed = handed(run_config, "popen//python=python3.12")
    assert b"the contract" not in packed
    assert taken(packed, "seen").run_config == run_config
    place = taken(packed, "unseen")
    assert place.run_config.profile == run_config.profile
    place.folder.cleanup()


def test_another_machine_has_another_clock(tmp_path, monkeypatch):
    run_config = configured(tmp_path)
    packed = handed(run_config, "popen//chdir=/x")
    monkeypatch.setattr(machines, "_machine", lambda: "another")
    there = taken(packed, "seen").run_config
    assert there.clock is None
    assert there.budget.seconds == 60
    assert there.budget.until - time.monotonic() == pytest.approx(60, abs=10)


def test_another_version_of_the_suite_judges_nothing(tmp_path, monkeypatch):
    packed = handed(configured(tmp_path), "popen//chdir=/x")
    monkeypatch.setattr(machines, "version", lambda _: "0.1.9")
    with pytest.raises(UsageError, match=r"has ably-conformance 0\.1\.9, and the controller has "):
        taken(packed, "seen")
