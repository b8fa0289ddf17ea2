"""A soak: rounds with seeds of their own, and one report of all of them."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.errors import UsageError
from conformance.evidence.journal import read
from conformance.run import soak as soaks
from conformance.run.folding import Fold
from conformance.run.rounds import ordered
from conformance.run.soak import Rounds, soak
from conformance.selftest.harness.journals import failing
from conformance.selftest.harness.loopback import Answering, forwarding, loopback
from conformance.selftest.harness.rounds import round_of
from conformance.selftest.harness.runs import Run, environment, suite
from conformance.target.embedded import reference_server

COMMAND = [sys.executable, "-P", "-c", "from conformance.cli import main; main()", "run", "--profile", "sandbox"]
SMALL = ("-k", "TIM-01", "--examples", "1", "-n", "0")


def soaked(parent: Path, *args: str) -> Run:
    done = subprocess.run(
        [*COMMAND, *SMALL, f"--report-dir={parent}", *args],
        cwd=parent,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return Run(done.returncode, done.stdout, parent, 0.0)


def lying_in_one_round(upstream: str, number: int) -> Answering:
    """GET /time tells a text while this round runs. Each round begins with two applications of its own."""
    forward, made = forwarding(upstream, []), []

    def answer(request: bytes) -> bytes:
        line = request.partition(b"\r\n")[0]
        made.extend([line] if line.startswith(b"POST /apps ") else [])
        response = forward(request)
        head, gap, body = response.partition(b"\r\n\r\n")
        is_lie = line.startswith(b"GET /time") and len(made) in {2 * number - 1, 2 * number} and body.startswith(b"[1")
        return head + gap + b'["' + body[2:-2] + b'"]' if is_lie and body.endswith(b"]") else response

    return answer


@pytest.fixture(scope="module")
def reference():
    with reference_server() as url:
        yield url


@pytest.fixture(scope="module")
def flaky(reference, tmp_path_factory) -> Run:
    with loopback(lying_in_one_round(reference, 2)) as gateway:
        return soaked(tmp_path_factory.mktemp("flaky"), "--target", gateway.url, "--seed", "7", "--repeat", "3")


def test_a_fault_of_one_round_fails_the_soak(flaky):
    assert flaky.status == 1, flaky.said
    assert flaky.verdicts["TIM-01"] == "fail"


def test_each_round_has_a_line_with_its_number_its_seed_and_what_is_new(flaky):
    rounds = [line for line in flaky.said.splitlines() if line.startswith("round ")]
    assert [line.partition(":")[0] for line in rounds] == ["round 1, seed 7", "round 2, seed 8", "round 3, seed 9"]
    assert ["TIM-01" in line for line in rounds] == [False, True, False]
    assert rounds[0].endswith(", no new findings")


def test_every_format_says_in_how_many_rounds(flaky):
    words = "in 1 of 3 rounds, first with the seed 8"
    for name in ("report.html", "junit.xml", "summary.md", "report.sarif"):
        assert words in (flaky.folder / name).read_text(), name
    assert f"found {words}" in flaky.said
    found = next(each for each in flaky.report["requirements"] if each["id"] == "TIM-01")
    assert found["rounds"] == {"failed": 1, "seed": 8}
    assert flaky.report["soak"]["rounds"] == 3


def test_the_command_of_a_finding_repeats_the_round_that_found_it(flaky):
    command = next(line for line in flaky.said.splitlines() if line.startswith("next, "))
    assert "--seed 8" in command
    assert "--repeat" not in command
    assert flaky.report["reproduce"].endswith("--seed 7 --repeat 3")


def test_a_replay_makes_the_application_of_its_own_round_only(flaky):
    script = next(flaky.folder.glob("replay/TIM-01-*.sh")).read_text()
    assert script.count("set-up: POST /apps") == 1


def test_only_the_files_of_one_report_are_left(flaky):
    names = {path.name for path in flaky.folder.iterdir()}
    assert {"journal.jsonl", "report.html"} <= names
    assert not names & {"rounds", "journal-soak.jsonl"}


def test_the_folder_of_a_soak_can_be_merged(flaky, tmp_path):
    done = CliRunner().invoke(main, ["merge", str(flaky.folder), "--into", str(tmp_path)])
    assert done.exit_code == 1
    assert "in 1 of 3 rounds, first with the seed 8" in (tmp_path / "report.html").read_text()


def test_no_round_begins_once_the_time_is_up(reference, tmp_path):
    done = soaked(tmp_path, "--target", reference, "--seed", "3", "--for", "1s")
    assert done.status == 0, done.said
    assert "the round that runs when the time is up is judged to its end" in done.said
    assert done.report["soak"]["rounds"] == 1


def test_ctrl_c_ends_the_round_that_runs_and_reports_what_was_judged(reference, tmp_path):
    command = [
        *COMMAND,
        "-k",
        "TIM",
        f"--report-dir={tmp_path}",
        "--target",
        reference,
        "--repeat",
        "50",
        "--seed",
        "7",
    ]
    said = tmp_path / "said.txt"
    with said.open("w") as out:
        running = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment(),
            stdout=out,
            stderr=out,
            preexec_fn=_hear_ctrl_c,  # noqa: PLW1509  no other thread runs in this test
        )
    _wait(lambda: "round 1, " in said.read_text())
    running.send_signal(signal.SIGINT)
    status = running.wait(120)
    assert status == 2, said.read_text()
    found = Run(status, said.read_text(), tmp_path, 0.0)
    assert found.report["soak"]["rounds"] in {1, 2}
    assert "interrupted" in found.report["sentence"]


def test_a_round_that_is_killed_is_a_cut_and_the_next_one_is_judged(reference, tmp_path):
    args = ["-k", "TIM", f"--report-dir={tmp_path}", "--target", reference, "--repeat", "2", "--seed", "7"]
    running = subprocess.Popen(
        [*COMMAND, *args], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    _wait(lambda: any(path.stat().st_size > 500_000 for path in tmp_path.glob("*/rounds/round/*/journal-main.jsonl")))
    os.kill(int(Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()[0]), signal.SIGKILL)
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 6, said
    found = Run(running.returncode, said, tmp_path, 0.0).report
    assert "round 1 (seed 7): it was killed by signal 9" in found["problems"]
    assert found["soak"]["rounds"] == 2
    assert "round 2, seed 8: " in said


class Judged(Rounds):
    """Rounds whose processes have ended already: each left the journal of a run that failed."""

    def _run(self, seed):
        self._parent.mkdir(parents=True)
        made = round_of(self._parent, seed, failing)[0]
        made.rename(self._parent / made.name)
        return 1


def _soaked_on_a_full_disk(folder: Path, monkeypatch, number: int, name: str) -> tuple[int, list[str]]:
    """name: of the file that cannot be written while this round is taken in. Its folder being removed makes room."""
    monkeypatch.setattr(soaks, "Rounds", Judged)
    full, begin, said = Path.open, Fold.add, []

    def add(fold, journals, seed):
        def open_(path, *args, **how):
            if path.name == name and fold.rounds == number:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            return full(path, *args, **how)

        with monkeypatch.context() as disk:
            disk.setattr(Path, "open", open_)
            return begin(fold, journals, seed)

    monkeypatch.setattr(Fold, "add", add)
    status = soak(ordered(("--repeat", "9", "--seed", "7", f"--report-dir={folder}")), said.append)
    return status, said


@pytest.mark.parametrize("name", ["kept.jsonl", "writing.jsonl"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_full_disk_ends_the_soak_with_a_report_of_what_was_judged(tmp_path, monkeypatch, number, name):
    status, said = _soaked_on_a_full_disk(tmp_path, monkeypatch, number, name)
    assert said[-1].startswith("suite error: ")
    assert said[-1].endswith(f"{name}: No space left on device")
    assert status == 1, said
    assert sum(line.startswith("round ") for line in said) == number
    run = Run(status, "", tmp_path, 0.0)
    assert run.verdicts["HDR-01"] == "fail"
    assert f"round {number} (seed {number + 6}): it was not taken in whole: " in " ".join(run.report["problems"])


def test_a_disk_that_stays_full_from_the_first_round_on_is_an_error_of_the_suite(tmp_path, monkeypatch):
    def end(_fold, *, interrupted):
        raise OSError(errno.ENOSPC, f"No space left on device, interrupted: {interrupted}", "writing.jsonl")

    monkeypatch.setattr(Fold, "end", end)
    status, said = _soaked_on_a_full_disk(tmp_path, monkeypatch, 1, "kept.jsonl")
    assert status == 3, said
    assert said[-1].startswith("suite error: ")
    assert said[-1].endswith("kept.jsonl: No space left on device")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_a_usage_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"--report-dir: .*file.* cannot be written: "):
        soak(ordered(("--repeat", "2", f"--report-dir={tmp_path / 'file'}")), print)


def test_a_reader_that_ends_first_costs_no_round(reference, tmp_path):
    """As with `... | head -1`."""
    args = [*SMALL, f"--report-dir={tmp_path}", "--target", reference, "--seed", "7", "--repeat", "2"]
    with subprocess.Popen([*COMMAND, *args], cwd=tmp_path, env=environment(), stdout=PIPE, stderr=PIPE) as running:
        running.stdout.readline()
        running.stdout.close()
        errors = running.stderr.read()
    assert (running.returncode, errors) == (0, b"")
    assert Run(0, "", tmp_path, 0.0).report["soak"]["rounds"] == 2


@pytest.mark.parametrize("processes", ["0", "2"])
def test_with_x_the_status_is_that_of_the_judgement(reference, tmp_path, processes):
    with loopback(lying_in_one_round(reference, 1)) as gateway:
        args = ("--target", gateway.url, "--seed", "7", "--repeat", "2", "-x", "-k", "TIM", "-n", processes)
        done = soaked(tmp_path, *args)
    assert done.status == 1, done.said
    assert done.report["soak"]["rounds"] == 2
    problems = done.report["problems"]
    assert [each for each in problems if each.startswith("round 1 (seed 7): ")]
    assert len(problems) == len(set(problems))


def test_a_soak_that_is_killed_ends_its_round(reference, tmp_path):
    args = ["-k", "TIM or PUB", "--rps", "20", f"--report-dir={tmp_path}", "--target", reference, "--repeat", "2"]
    running = subprocess.Popen([*COMMAND, *args], cwd=tmp_path, env=environment(), stdout=PIPE, stderr=PIPE)
    _wait(lambda: any(path.stat().st_size > 100_000 for path in tmp_path.glob("*/rounds/round/*/journal-main.jsonl")))
    with running:
        running.kill()
    _wait(lambda: bool([*tmp_path.glob("*/rounds/round/*/journal.jsonl")]))
    assert "the run was interrupted" in read([*tmp_path.glob("*/rounds/round/*/journal.jsonl")]).cut


def _hear_ctrl_c():
    """A background process of a shell ignores SIGINT, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait(has_come: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not has_come():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_usage_error_of_the_first_round_ends_the_soak_with_its_sentence(tmp_path):
    done = soaked(tmp_path, "--profile", "nowhere", "--repeat", "5")
    assert done.status == 4
    assert "nowhere" in done.said
    assert "round 2" not in done.said
    assert "suite error" not in done.said
    assert not list(tmp_path.iterdir())


def test_plain_pytest_names_the_command_that_makes_a_soak(tmp_path):
    done = suite(tmp_path, "-k", "TIM-01", "--for", "10m")
    assert done.status == 4
    assert "give it to `ably-conformance run --for`" in done.said


# What the user types -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("--for", "10"), "--for: expected a time such as 90s, 10m or 2h, received 10"),
        (("--for", "0s"), "--for: expected a time such as 90s, 10m or 2h, received 0s"),
        (("--for=ten minutes",), "--for: expected a time such as 90s, 10m or 2h, received ten minutes"),
        (("--repeat", "0"), "--repeat: expected a whole number, more than 0, received 0"),
        (("--repeat", "7" * 4_301), "--repeat: expected at most 9 digits, received 4,301"),
        (("--repeat", "-3"), "--repeat: expected a whole number, more than 0, received -3"),
        (("--repeat", "2", "--seed", "x"), "--seed: expected a whole number, received x"),
        (("--repeat", "2", "--dry-run"), "--dry-run: nothing is judged, and so nothing can be repeated"),
        (("--repeat", "2", "--shard=1/2"), "--shard: a round judges all that was selected"),
        (("--repeat", "2", "--baseline-update"), "give --baseline-update FILE to `ably-conformance merge`"),
        (("--repeat", "2", "--conformance-har"), "--har: the report of a soak is that of all its rounds"),
    ],
)
def test_what_a_soak_cannot_do_is_refused_in_a_sentence(typed, sentence):
    with pytest.raises(UsageError) as refused:
        ordered(typed)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(("typed", "seconds"), [("90s", 90), ("10m", 600), ("1.5h", 5400)])
def test_a_time_has_a_unit(typed, seconds):
    order = ordered(("--for", typed))
    assert order.goes_on(1_000, seconds - 1)
    assert order.goes_on(0, seconds)
    assert not order.goes_on(1_000, seconds)


def test_the_first_of_two_ends_counts():
    order = ordered(("--for", "10m", "--repeat", "3"))
    assert [order.goes_on(2, 0), order.goes_on(3, 0), order.goes_on(2, 600)] == [True, False, False]


def test_other_options_are_those_of_each_round():
    order = ordered(("--seed", "7", "-k", "TIM", "--repeat=2", "--conformance-report-dir=x", "-n", "2", "--rps", "5"))
    assert order.arguments == ("-k", "TIM", "-n", "2", "--rps", "5")
    assert [order.seed_of(number) for number in (1, 2)] == [7, 8]
