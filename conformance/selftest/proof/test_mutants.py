"""Every requirement has a mutant that it detects, and each gap is reported in a sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.catalogue import collect
from conformance.cli import main
from conformance.errors import UsageError
from conformance.paths import ROOT, SUITE
from conformance.proof import mutants, mutation_page
from conformance.proof.mutants import Kill
from conformance.reference.mutants import MUTANTS
from conformance.selftest.harness.runs import environment
from conformance.verdict.result import Exit

MUTANT = "unregister-keeps-subscriptions"


def kill(**changes) -> Kill:
    facts = {"mutant": MUTANT, "fault": "", "breaks": "DEV-07", "verdict": "fail", "fell": ("DEV-07",), "requests": 12}
    return Kill(**{**facts, **changes})


# Gaps ----------------------------------------------------------------------------------------------------------------


def test_every_requirement_has_a_mutant():
    assert mutants.unbroken() == [], "add a mutant for each of these"


def test_every_mutant_breaks_a_requirement():
    unknown = {name: each.breaks for name, each in MUTANTS.items() if each.breaks not in collect()}

    assert unknown == {}, "correct the id or remove the mutant"


def test_a_killed_mutant_is_no_gap():
    assert list(mutants.gaps([kill()], unmodified=())) == []


@pytest.mark.parametrize("verdict", ["pass", "none", "inconclusive", "error", "unknown"])
def test_a_mutant_that_its_requirement_passes_is_a_gap(verdict):
    (gap,) = mutants.gaps([kill(verdict=verdict)], unmodified=())

    assert gap == f"{MUTANT} survives DEV-07 ({verdict}): sharpen the requirement or the fault"


def test_a_mutant_of_an_unknown_requirement_is_a_gap():
    (gap,) = mutants.gaps([kill(breaks="DEV-999")], unmodified=())

    assert gap.startswith(f"{MUTANT} breaks DEV-999, which is not a requirement: ")


def test_a_requirement_that_the_unmodified_server_fails_proves_nothing():
    (gap,) = mutants.gaps([kill()], unmodified=("DEV-07",))

    assert gap.startswith(f"{MUTANT} proves nothing: the unmodified server also fails DEV-07; ")


def test_a_requirement_without_a_mutant_is_a_gap(monkeypatch):
    others = {name: each for name, each in MUTANTS.items() if each.breaks != "DEV-07"}
    monkeypatch.setattr(mutants, "MUTANTS", others)

    assert list(mutants.gaps([], unmodified=())) == ["DEV-07 has no mutant: add one with the fault that it forbids"]


def test_the_page_names_the_surviving_mutants():
    page = mutation_page.render([kill(), kill(mutant="post-saves-nothing", verdict="pass")], collect())

    assert "<h1>1 of 2 mutants killed</h1>" in page
    assert 'Alive: <a href="#post-saves-nothing">post-saves-nothing</a></p>' in page
    assert 'id="post-saves-nothing"' in page


# The command ---------------------------------------------------------------------------------------------------------


def test_the_matrix_judges_mutants_and_the_unmodified_server(tmp_path):
    code = "from conformance.cli import main; main()"
    command = [sys.executable, "-c", code, "matrix", MUTANT, "time-in-seconds", "--into", str(tmp_path)]

    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )

    assert (done.returncode, done.stdout) == (0, f"2 of 2 mutants killed; {tmp_path / 'matrix.json'}\n")
    rows = {each["mutant"]: each for each in json.loads((tmp_path / "matrix.json").read_text())["mutants"]}
    assert {name: (each["breaks"], each["killed"]) for name, each in rows.items()} == {
        MUTANT: ("DEV-07", True),
        "time-in-seconds": ("TIM-01", True),
    }
    assert rows[MUTANT]["requests"] > 3
    assert "2 of 2 mutants killed" in (tmp_path / "index.html").read_text()


def test_a_requirement_of_a_check_is_judged_by_the_tests_that_show_it_alone():
    of_check = mutants.select(["HDR-04"])
    of_test = mutants.select(["DEV-07"])

    assert of_check
    assert mutants.selections_of(of_check) == [
        (str(SUITE), "-k", each) for each in sorted({mutant.seen_by for mutant in of_check})
    ]
    assert [Path(file).name for (file,) in mutants.selections_of(of_test)] == ["test_devices_removal.py"]


def test_all_mutants_need_a_server_that_passes_every_file():
    files = [file for (file,) in mutants.selections_of(mutants.select([]))]

    assert files == sorted(map(str, SUITE.rglob("test_*.py")))


def test_a_run_that_could_not_start_is_a_suite_error_with_its_output():
    code = "from conformance.proof.mutants import run_quietly; run_quietly(['--no-such-option'])"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "SuiteError: The run could not be made: " in done.stderr
    assert "--no-such-option" in done.stderr


def test_mutants_are_selected_by_area_requirement_and_name():
    assert {each.breaks[:3] for each in mutants.select(["TIM"])} == {"TIM"}
    assert {each.breaks for each in mutants.select(["DEV-07"])} == {"DEV-07"}
    assert [each.name for each in mutants.select([MUTANT])] == [MUTANT]
    assert len(mutants.select([])) == len(MUTANTS)


@pytest.mark.parametrize(("word", "hint"), [("DEX-07", "did you mean 'DEV-07'?"), ("?", "`ably-conformance mutants`")])
def test_an_unknown_word_is_rejected_with_the_nearest_one(word, hint):
    with pytest.raises(UsageError) as refused:
        mutants.select(["TIM", word])

    assert str(refused.value).startswith(f"No mutant, requirement or area is called {word!r}: ")
    assert hint in str(refused.value)


@pytest.mark.parametrize("command", ["matrix", "spread"])
def test_an_unknown_word_is_a_usage_error_of_the_command(command):
    run = CliRunner().invoke(main, [command, "DEX-07"])

    assert run.exit_code == Exit.USAGE.value
    assert "did you mean" in run.output


def kill_with(*fingerprints: str) -> mutants.Kill:
    return mutants.Kill("a-mutant", "It fails.", "DEV-07", "fail", ("DEV-07",), 1, (), fingerprints)


def test_fingerprints_that_change_from_run_to_run_are_told():
    (sentence,) = mutants.unstable([kill_with("one")], [kill_with("another")])

    assert "a-mutant: the fingerprints of DEV-07 are others in another run" in sentence
    assert list(mutants.unstable([kill_with("one")], [kill_with("one")])) == []
    assert list(mutants.unstable([kill_with("one")], [kill_with()])) == []
