"""Rounds of a soak, folded into one journal that does not grow."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.evidence.journal import read
from conformance.evidence.records import cut
from conformance.evidence.soaks import merged_soaks
from conformance.model import Outcome, RunHeader, Verdict
from conformance.report.analysis.digest import digest
from conformance.run.folding import MOST_OF_ONE, Fold
from conformance.selftest.harness.journals import CORRECTED, HISTORY, Run, failing, header, passing
from conformance.selftest.harness.rounds import round_of
from conformance.series import Recurrence, Soak
from conformance.verdict.judge import judge
from conformance.verdict.result import Conclusion


def folded(folder: Path, rounds: int, make: Callable[[Path], Run] = failing) -> Fold:
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
    fold = _of(tmp_path, passing, failing)
    found = read([fold.path])
    sent = {each.id for each in found.exchanges}
    assert all(set(each.exchanges) <= sent for each in found.findings)
    assert any(each.startswith("conf-r2-") for each in sent)
    assert {each.id for each in read(round_of(tmp_path / "again", 2)).exchanges} > {
        each for each in sent if each.startswith("conf-r2-")
    }


def test_a_report_of_rounds_reproduces_with_the_seed_of_the_first_that_failed(tmp_path):
    found = read([_of(tmp_path, passing, failing).path])
    shown = digest(found, judge(found), CORRECTED)
    assert {shown.reproduction.rounds_of(each.fingerprint) for each in found.findings} == {
        "in 1 of 2 rounds, first with the seed 2"
    }
    assert "--seed 2" in shown.reproduction.of_requirement("HDR-01")


def _of(folder: Path, *makes: Callable[[Path], Run]) -> Fold:
    (folder / "aside").mkdir(parents=True)
    fold = Fold(folder / "journal-soak.jsonl", folder / "aside", "s0ak")
    for number, make in enumerate(makes, 1):
        fold.add(round_of(folder, number, make), number)
    fold.end(interrupted=False)
    return fold


def ending(verdict: Verdict, reason: str = "") -> Callable[[Path], Run]:
    """A round in which the test of AUT-01 ends so."""

    def make(folder: Path) -> Run:
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
    found = read([_of(tmp_path, *(ending(each, "why" if each > 1 else "") for each in ends)).path])
    judged = judge(found)
    row = next(each for each in judged.rows if each.id == "AUT-01")
    assert (row.verdict, judged.conclusion) == (verdict, conclusion)
    assert row.seconds == {HISTORY: 3.0}


@pytest.mark.parametrize(
    ("makes", "sentence"),
    [
        ((passing, failing), "2 rounds were judged, with the seeds 1 to 2; what failed in one of them is failed"),
        ((passing, passing), "2 rounds were judged, with the seeds 1 to 2"),
        ((failing,), "1 round was judged, with the seed 1"),
    ],
)
def test_the_note_on_rounds_says_how_fails_count_where_there_are_some(tmp_path, makes, sentence):
    assert sentence in read([_of(tmp_path, *makes).path]).header.circumstances


def test_a_reason_that_is_told_twice_is_told_once(tmp_path):
    fold = _of(tmp_path, passing)
    fold.tell_cut(1, "it was stopped", "it was stopped")
    fold.tell_cut(1, "it was stopped")
    fold.end(interrupted=False)
    assert read([fold.path]).cut == ("round 1 (seed 1): it was stopped",)


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
    def blocked(folder: Path) -> Run:
        return Run(folder, header(blockers=["the target did not answer"]))

    found = read([_of(tmp_path, passing, blocked).path])
    assert found.header.blockers == ()
    assert found.cut == ("round 2 (seed 2): the target did not answer",)
    alone = read([_of(tmp_path / "alone", blocked).path])
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
