"""A master and two workers in one process, without Locust: what each of them found is in one report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.load import settings
from conformance.load.brief import Brief, brief_of, record_of
from conformance.load.master import Judged, Master, config_of
from conformance.load.settings import OPTIONS, settings_of
from conformance.load.worker import Worker
from conformance.reference.mutants import parts_of
from conformance.reference.parts import UNMODIFIED
from conformance.reference.server import serving_in_thread
from conformance.run.options import contract_of
from conformance.verdict.result import Conclusion, Exit

SETTINGS = settings_of("1000,2000", "1s", "3")


@pytest.fixture(autouse=True, scope="module")
def _users_do_not_wait():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "PER_USER", 5_000)
        yield


def options(into: Path) -> dict[str, str]:
    return {**{name: how["default"] for name, how in OPTIONS.items()}, "--into": str(into)}


def worker_for(brief: Brief) -> Worker:
    """As another process makes it, from a message."""
    told = brief_of(json.loads(json.dumps(record_of(brief))))
    config = config_of(told)
    return Worker(config, contract_of(config.profile), SETTINGS, told.worker, told.workers, lambda *_: None)


@contextmanager
def load(parts, into: Path, flows: int = 1) -> Iterator[tuple[Master, list[Worker]]]:
    """A load in which each of two workers has played some flows at each of two rates."""
    with serving_in_thread(parts) as url:
        master = Master(options(into), url, SETTINGS)
        master.prepare()
        workers = [worker_for(master.brief()) for _ in range(2)]
        for rate in range(2):
            for worker in workers:
                worker.begin(rate)
                user = worker.user()
                for _ in range(flows):
                    user.play()
        for worker in workers:
            worker.end()
        yield master, workers
        master.release()


def hand_in(master: Master, workers: list[Worker]) -> None:
    for number, worker in enumerate(workers, 1):
        journal = worker.journal()
        master.take_part(f"w{number}", journal[:1000])
        master.take_part(f"w{number}", journal[1000:])
        master.take_tallies(f"w{number}", [replace(each, lasted=1.0) for each in worker.tallies])


def judged(parts, into: Path) -> Judged:
    with load(parts, into, flows=8) as (master, workers):
        hand_in(master, workers)
    return master.conclude(is_interrupted=False)


@pytest.fixture(scope="module")
def correct(tmp_path_factory):
    """Its folder, the workers, the keys of its application, and what was judged."""
    folder = tmp_path_factory.mktemp("load")
    with load(UNMODIFIED, folder, flows=12) as (master, workers):
        keys = master.brief().keys
        hand_in(master, workers)
    return folder, workers, keys, master.conclude(is_interrupted=False)


def test_what_two_workers_saw_of_a_correct_server_is_no_fail(correct):
    *_, found = correct

    assert found.evidence.findings == ()
    assert {each.id.split("-")[2] for each in found.evidence.exchanges} >= {"w1", "w2"}
    assert len({each.id for each in found.evidence.exchanges}) == len(found.evidence.exchanges)
    assert found.evidence.cut == ("the journal of worker w3 is missing",), "the brief that told the keys"
    assert [each.asked for each in found.evidence.header.load] == [1000, 2000]
    # so few requests in no time are no rate, and nothing is said to hold at one that was not reached
    assert (found.judgement.conclusion, found.status) == (Conclusion.INCONCLUSIVE, Exit.INCONCLUSIVE)
    assert "not known" in found.judgement.under_load


def test_a_fault_that_two_workers_saw_is_one_finding_of_its_requirement(tmp_path):
    found = judged(parts_of("server-has-no-id"), tmp_path)

    assert found.judgement.conclusion is Conclusion.NOT_CONFORMANT
    assert found.status is Exit.NOT_CONFORMANT
    assert "HDR-01" in dict(found.evidence.header.load[0].findings)
    seen_by = {exchange.split("-")[2] for each in found.evidence.findings for exchange in each.exchanges}
    assert seen_by >= {"w1", "w2"}
    assert "does not hold at 1000 requests a second, the lowest rate" in found.judgement.under_load


def test_every_nth_answer_of_each_operation_is_judged(correct):
    tally = correct[1][0].tallies[0]

    assert 0 < tally.judged < tally.sent
    assert tally.judged >= tally.sent / SETTINGS.judge_every / 2


def test_a_journal_that_did_not_come_makes_the_load_incomplete(tmp_path):
    with load(UNMODIFIED, tmp_path) as (master, workers):
        hand_in(master, workers[:1])
    found = master.conclude(is_interrupted=False)

    assert "the journal of worker w2 is missing" in found.evidence.cut
    assert found.status is Exit.INCONCLUSIVE


def test_an_interrupted_load_says_so(tmp_path):
    with load(UNMODIFIED, tmp_path) as (master, workers):
        hand_in(master, workers)
    found = master.conclude(is_interrupted=True)

    assert "the run was interrupted" in found.evidence.cut
    assert found.status is Exit.INTERRUPTED


def test_an_error_of_the_suite_ends_with_its_own_status(tmp_path):
    with load(UNMODIFIED, tmp_path) as (master, workers):
        hand_in(master, workers)
        master.take_error("w1: a flow ended with an error of the suite")

    assert master.conclude(is_interrupted=False).status is Exit.SUITE_ERROR


def test_no_key_of_the_load_is_in_its_files(correct):
    folder, _, keys, _ = correct

    secrets = [text.partition(":")[2].encode() for text in keys.values()]
    assert secrets
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert len(files) > 5
    assert [each.name for each in files if any(secret in each.read_bytes() for secret in secrets)] == []


def test_a_target_that_does_not_answer_is_not_asked_any_more(tmp_path):
    master = Master(options(tmp_path), "http://127.0.0.1:9", SETTINGS)
    master.prepare()

    assert master.is_blocked
    found = master.conclude(is_interrupted=False)
    assert found.status is Exit.INCONCLUSIVE
    assert "cannot be reached" in found.judgement.sentence


def test_a_brief_of_another_version_is_refused():
    with pytest.raises(UsageError, match="another version of the suite"):
        brief_of({"worker": "w1", "workers": [], "surprise": 1})


def test_a_folder_that_cannot_be_written_is_told_before_the_first_request(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match=r"--into: .* cannot be written"):
        Master(options(tmp_path / "file" / "load"), "http://127.0.0.1:9", SETTINGS)
