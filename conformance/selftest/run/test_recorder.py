"""`run.recorder` stamps, judges and writes the exchanges of the running test."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from conformance.evidence.journal import Journal
from conformance.evidence.redaction import Secrets
from conformance.model import Exchange, Finding
from conformance.run.recorder import Comparison, Recorder
from conformance.selftest.harness.exchanges import exchange

TIME = "GET /time"
NAME = "conf-7f3a99-gw0-device-12"


class OneCheck:
    """A check that is always applicable, and fails for a status of 500."""

    def judge(self, made: Exchange) -> SimpleNamespace:
        found = Finding(f"the id {NAME}", f"an error about {NAME}", requirement="RSP-01", exchanges=(made.id,))
        return SimpleNamespace(findings=(found,) if made.response.status == 500 else (), applicable=("RSP-01",))


@pytest.fixture
def recorder(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl", Secrets())
    yield Recorder(OneCheck(), journal)
    journal.write_footer(0.0, interrupted=False)


def records(folder, kind: str) -> list[dict]:
    lines = (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    return [each for each in map(json.loads, lines) if each["kind"] == kind]


def test_an_exchange_is_stamped_with_its_test_and_written(recorder, tmp_path):
    recorder.begin_test("test_x")
    recorder.observe(exchange())

    (kept,) = recorder.running.exchanges
    (record,) = records(tmp_path, "exchange")
    assert (kept.test, record["test"], record["id"]) == ("test_x", "test_x", kept.id)
    assert record["sequence"] == kept.sequence


def test_a_made_up_name_in_what_a_check_received_becomes_words(recorder, tmp_path):
    """The expectation is part of the fingerprint, which ignores such names."""
    recorder.begin_test("test_x")
    recorder.observe(exchange(status=500))

    (written,) = records(tmp_path, "finding")
    assert written["received"] == "an error about device 1"
    assert written["expected"] == f"the id {NAME}"


def test_every_example_has_a_sequence_of_its_own(recorder):
    sequences: list[int] = []
    recorder.begin_test("test_x")
    for _ in range(3):
        recorder.begin_example()
        recorder.observe(exchange())
        sequences.append(recorder.running.exchanges[-1].sequence)

    assert len(set(sequences)) == 3


def test_an_example_forgets_the_comparison_of_the_one_before(recorder):
    recorder.begin_test("test_x")
    recorder.running.comparison = Comparison("==", 1, 2)
    recorder.begin_example()

    assert recorder.running.comparison is None


def test_the_exchanges_of_all_examples_are_judged(recorder):
    recorder.begin_test("test_x")
    for _ in range(3):
        recorder.begin_example()
        recorder.observe(exchange(TIME))

    assert recorder.opportunities == {("RSP-01", TIME): 3}


def test_the_findings_of_all_examples_are_written(recorder, tmp_path):
    recorder.begin_test("test_x")
    for status in (500, 200):
        recorder.begin_example()
        recorder.observe(exchange(TIME, status))

    assert len(records(tmp_path, "finding")) == 1


def test_a_new_test_has_no_evidence_of_the_one_before(recorder):
    recorder.begin_test("test_x")
    recorder.observe(exchange())
    recorder.begin_test("test_y")

    assert recorder.running.exchanges == ()
    assert recorder.running.test == "test_y"
