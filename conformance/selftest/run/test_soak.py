"""A soak: rounds with seeds of their own, folded into one journal that does not grow, and one report of all of them."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.errors import UsageError
from conformance.evidence.journal import read
from conformance.evidence.records import cut
from conformance.evidence.soaks import merged_soaks
from conformance.model import Outcome, RunHeader, Verdict
from conformance.report.analysis.digest import digest
from conformance.run import soak as soaks
from conformance.run.folding import MOST_OF_ONE, Fold
from conformance.run.rounds import ordered
from conformance.run.soak import Rounds, soak
from conformance.selftest.harness.journals import CORRECTED, HISTORY, failing, header, passing
from conformance.selftest.harness.journals import Run as Journals
from conformance.selftest.harness.loopback import Answering, forwarding, loopback
from conformance.selftest.harness.runs import Run, environment, suite
from conformance.series import Recurrence, Soak
from conformance.target.embedded import reference_server
from conformance.verdict.judge import judge
from conformance.verdict.result import Conclusion

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


# Folded --------------------------------------------------------------------------------------------------------------


def round_of(folder: Path, number: int, make: Callable[[Path], Journals] = failing) -> list[Path]:
    """The journal of a round, whose run and exchanges have names of their own."""
    folder = folder / str(number)
    run = make(folder)
    run.facts["run"] = f"r{number}"
    path = run.write()
    path.write_text(path.read_text().replace('"main-', f'"conf-r{number}-main-x'))
    return [path]


def folded(folder: Path, rounds: int, make: Callable[[Path], Journals] = failing) -> Fold:
    aside = folder / "aside"
    aside.mkdir(parents=True)
    fold = Fold(folder / "journal-soak.jsonl", aside, "s0ak")
    for number in range(1, rounds + 1):
        fold.add(round_of(folder, number, make), number)
    fold.end(interrupted=False)
    return fold


def test_the_journal_does_not_grow_with_the_number_of_rounds(tmp_path):
    few, many = (folded(tmp_path / str(rounds), rounds) for rounds in (12, 48))
    sizes = [fold.path.stat().st_size for fold in (few, many)]
    assert sizes[1] < sizes[0] * 1.01  # numbers have another digit
    assert few.exchanges * 4 == many.exchanges


def test_the_memory_of_a_fold_does_not_grow_with_the_number_of_rounds(tmp_path):
    few, many = (len(pickle.dumps(folded(tmp_path / str(rounds), rounds))) for rounds in (12, 48))
    assert many < few * 1.01


def test_a_soak_of_one_round_says_what_the_run_says(tmp_path):
    one = read(round_of(tmp_path / "one", 1))
    soak = read([folded(tmp_path / "soak", 1).path])
    assert (soak.exchanges, soak.findings, soak.outcomes) == (one.exchanges, one.findings, one.outcomes)
    assert (soak.opportunities, soak.examples, soak.credentials) == (one.opportunities, one.examples, one.credentials)
    assert [row.by_operation for row in judge(soak).rows] == [row.by_operation for row in judge(one).rows]


def test_findings_of_one_kind_are_kept_up_to_a_number_and_counted_in_rounds(tmp_path):
    found = read([folded(tmp_path, 30).path])
    marks = [each.fingerprint for each in found.findings]
    assert max(map(marks.count, marks)) == MOST_OF_ONE
    soak = found.header.soak
    assert soak is not None
    assert {each.rounds for each in soak.failed} == {30}
    assert {each.seed for each in soak.failed} == {1}
    assert {"HDR-01", *marks} <= {each.subject for each in soak.failed}


def test_opportunities_are_summed(tmp_path):
    one, soak = read(round_of(tmp_path / "one", 1)), read([folded(tmp_path / "soak", 5).path])
    assert soak.opportunities == {key: 5 * count for key, count in one.opportunities.items()}


def test_a_later_round_brings_the_exchanges_of_its_new_findings(tmp_path):
    fold = _of_two(tmp_path, passing, failing)
    found = read([fold.path])
    sent = {each.id for each in found.exchanges}
    assert all(set(each.exchanges) <= sent for each in found.findings)
    assert any(each.startswith("conf-r2-") for each in sent)
    assert {each.id for each in read(round_of(tmp_path / "again", 2)).exchanges} > {
        each for each in sent if each.startswith("conf-r2-")
    }


def test_a_report_of_rounds_reproduces_with_the_seed_of_the_first_that_failed(tmp_path):
    found = read([_of_two(tmp_path, passing, failing).path])
    shown = digest(found, judge(found), CORRECTED)
    assert {shown.reproduction.rounds_of(each.fingerprint) for each in found.findings} == {
        "in 1 of 2 rounds, first with the seed 2"
    }
    assert "--seed 2" in shown.reproduction.of_requirement("HDR-01")


def _of_two(folder: Path, *makes: Callable[[Path], Journals]) -> Fold:
    (folder / "aside").mkdir(parents=True)
    fold = Fold(folder / "journal-soak.jsonl", folder / "aside", "s0ak")
    for number, make in enumerate(makes, 1):
        fold.add(round_of(folder, number, make), number)
    fold.end(interrupted=False)
    return fold


def ending(verdict: Verdict, reason: str = "") -> Callable[[Path], Journals]:
    """A round in which the test of AUT-01 ends so."""

    def make(folder: Path) -> Journals:
        run = passing(folder)
        run.outcomes = [each for each in run.outcomes if each.requirement != "AUT-01"]
        run.outcomes.append(Outcome("AUT-01", "test_AUT_01", verdict, reason, (HISTORY,), seconds=1.5))
        if verdict is Verdict.FAIL:
            made = run.exchange(HISTORY, 200, b"[]")
            run.finding("AUT-01", (made,), "status 401", "status 200", test="test_AUT_01", subject="status")
        return run

    return make


@pytest.mark.parametrize(
    ("ends", "verdict", "conclusion"),
    [
        ((Verdict.PASS, Verdict.PASS), Verdict.PASS, Conclusion.CONFORMANT),
        ((Verdict.PASS, Verdict.INCONCLUSIVE), Verdict.INCONCLUSIVE, Conclusion.INCONCLUSIVE),
        ((Verdict.INCONCLUSIVE, Verdict.PASS), Verdict.INCONCLUSIVE, Conclusion.INCONCLUSIVE),
        ((Verdict.FAIL, Verdict.PASS), Verdict.FAIL, Conclusion.NOT_CONFORMANT),
        ((Verdict.PASS, Verdict.FAIL), Verdict.FAIL, Conclusion.NOT_CONFORMANT),
        ((Verdict.INCONCLUSIVE, Verdict.FAIL), Verdict.FAIL, Conclusion.NOT_CONFORMANT),
        ((Verdict.FAIL, Verdict.ERROR), Verdict.ERROR, Conclusion.NOT_CONFORMANT),
        ((Verdict.PASS, Verdict.ERROR), Verdict.ERROR, Conclusion.INCONCLUSIVE),
    ],
)
def test_the_worst_round_counts(tmp_path, ends, verdict, conclusion):
    found = read([_of_two(tmp_path, *(ending(each, "why" if each > 1 else "") for each in ends)).path])
    judged = judge(found)
    row = next(each for each in judged.rows if each.id == "AUT-01")
    assert (row.verdict, judged.conclusion) == (verdict, conclusion)
    assert row.seconds == {HISTORY: 3.0}


def test_a_round_that_was_cut_is_a_cut_of_the_soak(tmp_path):
    (tmp_path / "aside").mkdir()
    fold = Fold(tmp_path / "journal-soak.jsonl", tmp_path / "aside", "s0ak")
    fold.add(round_of(tmp_path, 1, passing), 7)
    second = round_of(tmp_path, 2, passing)[0]
    second.write_text("".join(second.read_text().splitlines(keepends=True)[:-1]))
    fold.add([second], 8)
    assert fold.is_last_cut
    fold.lose(9, "it was killed by signal 9 and left no journal")
    fold.end(interrupted=False)
    found = read([fold.path])
    assert found.cut == (
        "round 2 (seed 8): the journal of worker main has no footer: that worker was cut short",
        "round 3 (seed 9): it was killed by signal 9 and left no journal",
    )
    assert judge(found).conclusion is Conclusion.INCONCLUSIVE
    assert judge(found).exit.value == 6


def test_a_thousand_rounds_that_were_cut_are_few_sentences(tmp_path):
    (tmp_path / "aside").mkdir()
    fold = Fold(tmp_path / "journal-soak.jsonl", tmp_path / "aside", "s0ak")
    fold.add(round_of(tmp_path, 1, passing), 1)
    for seed in range(2, 1_002):
        fold.lose(seed, "it was killed")
    fold.end(interrupted=False)
    assert len(read([fold.path]).cut) == 21
    assert read([fold.path]).cut[-1] == "980 more such sentences on later rounds"


def test_a_round_that_could_not_begin_at_the_target_is_a_cut_and_the_others_count(tmp_path):
    def blocked(folder: Path) -> Journals:
        return Journals(folder, header(blockers=["the target did not answer"]))

    found = read([_of_two(tmp_path, passing, blocked).path])
    assert found.header.blockers == ()
    assert found.cut == ("round 2 (seed 2): the target did not answer",)
    alone = read([_of_two(tmp_path / "alone", blocked).path])
    assert alone.header.blockers == ("the target did not answer",)


def test_the_journal_is_there_after_each_round_and_cut_until_the_last(tmp_path):
    (tmp_path / "aside").mkdir()
    fold = Fold(tmp_path / "journal-soak.jsonl", tmp_path / "aside", "s0ak")
    fold.add(round_of(tmp_path, 1, passing), 1)
    assert read([fold.path]).cut == ("the journal of worker soak has no footer: that worker was cut short",)


def test_a_round_that_left_no_journal_is_not_counted_as_judged(tmp_path):
    (tmp_path / "aside").mkdir()
    fold = Fold(tmp_path / "journal-soak.jsonl", tmp_path / "aside", "s0ak")
    with pytest.raises(UsageError):
        fold.add([], 1)
    assert (fold.rounds, fold.is_empty) == (0, True)


def test_a_text_that_was_cut_once_is_cut_no_more():
    once = cut("x" * 10_000)
    assert cut(once) == once
    assert len(cut("y" * 10_000 + "… (5 characters)")) < 5_000


def test_several_soaks_count_their_rounds_together(tmp_path):
    def told(run: str, rounds: int, *failed: Recurrence) -> RunHeader:
        base = read(round_of(tmp_path / run, 1, passing)).header
        return replace(base, run=run, soak=Soak(rounds, "ably-conformance run", failed))

    one, other = told("a", 3, Recurrence("TIM-01", 2, 7)), told("b", 4, Recurrence("TIM-01", 1, 90))
    merged = merged_soaks([one, one, other])
    assert merged == Soak(7, "ably-conformance run", (Recurrence("TIM-01", 3, 7),))
    assert merged_soaks([replace(one, soak=None)]) is None
