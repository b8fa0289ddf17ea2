"""From which rate on the contract does not hold: nothing is said to hold at a rate that was not reached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.report.text.load_table import HEADINGS, cells, findings_in_words, lines
from conformance.series import LoadStep
from conformance.verdict.under_load import answer_of, is_reached, unknown


def step(asked: float, reached: float | None = None, findings: dict[str, int] | None = None, **more: float) -> LoadStep:
    got = asked if reached is None else reached
    return LoadStep(asked, got, 30.0, int(got * 30), int(got * 3), findings=tuple((findings or {}).items()), **more)


MUSTS = {"RSP-03", "HDR-01", "CON-01"}


HELD_AT_100 = "the contract held at every rate up to 100 requests a second (100.0 reached)"
BREAKS_AT_100 = (
    "the contract fails from 100 requests a second on (100.0 reached): the contract held at 50 requests a second "
    "(50.0 reached) and below, and RSP-03 failed first there"
)
NEVER_HOLDS_ALONE = "the contract does not hold at 50 requests a second, the lowest rate: RSP-03 failed there"
NEVER_HOLDS = (
    "the contract does not hold at 50 requests a second, the lowest rate: RSP-03 failed there, and higher rates added "
    "nothing"
)
BREAKS_FURTHER = (
    "the contract fails from 100 requests a second on (100.0 reached): nothing of the kind was found at 50 requests "
    "a second (50.0 reached) and below, and CON-01 failed first there; RSP-03 failed at the lowest rate already"
)


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([], ""),
        ([step(50), step(100)], HELD_AT_100),
        ([step(50), step(100, findings={"RSP-03": 4}), step(200, findings={"HDR-01": 1})], BREAKS_AT_100),
        ([step(50, findings={"RSP-03": 4})], NEVER_HOLDS_ALONE),
        ([step(50, findings={"RSP-03": 4}), step(100, findings={"RSP-03": 4})], NEVER_HOLDS),
        ([step(50, findings={"RSP-03": 4}), step(100, findings={"RSP-03": 4, "CON-01": 1})], BREAKS_FURTHER),
    ],
)
def test_the_answer_names_the_first_rate_with_a_new_finding(steps, sentence):
    assert answer_of(steps, MUSTS) == sentence


def test_a_finding_that_does_not_count_breaks_nothing():
    assert answer_of([step(50), step(100, findings={"SHO-01": 3})], MUSTS).startswith("the contract held at every rate")


def test_nothing_holds_at_a_rate_that_was_not_reached():
    words = answer_of([step(50), step(100), step(500, 180.0, median=410.0)], MUSTS)

    assert words.startswith("the contract held at every rate up to 100 requests a second")
    assert "the rate of 500 requests a second was not reached: the target gave 180.0 answers a second" in words
    assert "known" in answer_of([step(500, 180.0)], MUSTS)


def test_a_fault_at_a_rate_that_was_not_reached_is_still_named():
    words = answer_of([step(50), step(100, 80.0), step(500, 180.0, findings={"RSP-03": 1})], MUSTS)

    assert words.startswith("the contract fails from 500 requests a second on (180.0 reached)")
    assert "held at 50 requests a second" in words
    assert "the rate of 100 requests a second was not reached" in words


def test_a_rate_between_two_others_that_was_not_reached_is_not_said_to_hold():
    words = answer_of([step(50), step(100, 80.0), step(200)], MUSTS)

    assert words.startswith("the contract held at the rates that were reached and judged, up to 200 requests a second")
    assert "the rate of 100 requests a second was not reached" in words


def test_nothing_holds_at_a_rate_of_which_no_answer_was_judged():
    words = answer_of([step(50), replace(step(200), judged=0)], MUSTS)

    assert words == (
        "the contract held at every rate up to 50 requests a second (50.0 reached); no answer was judged at 200 "
        "requests a second"
    )


@pytest.mark.parametrize("asked", [0.1, 2, 3])
def test_a_rate_without_an_answer_is_not_reached_however_few_were_to_come(asked):
    silent = replace(step(asked, 0.0), seconds=1.0, refused=3, sent=3)

    assert not is_reached(silent)
    assert answer_of([silent], MUSTS).startswith("whether the contract holds under load is not known; the rate of")
    assert any("3 of 3 requests were refused" in words for words in unknown([silent]))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"refused": 70}, "and 70 of 300 requests were refused by a rate limit or a gateway"),
        ({"failed": 17}, "and 17 of 300 requests got no response"),
        ({"late": 97.0}, "and requests began 97 ms late: the load generator needs more workers and cores"),
        ({"median": 620.0}, "and the users waited for its answers (620 ms in the median)"),
    ],
)
def test_what_was_in_the_way_is_named(more, words):
    (sentence,) = unknown([step(50, 10.0, **more)])

    assert sentence.endswith(words)


def test_nothing_holds_at_a_rate_that_was_cut_short():
    words = answer_of([step(50), replace(step(100), seconds=4.0, is_whole=False)], MUSTS)

    assert words == (
        "the contract held at every rate up to 50 requests a second (50.0 reached); the rate of 100 requests a second "
        "was cut short after 4 s"
    )


def test_a_rate_is_reached_within_a_twentieth():
    assert is_reached(step(100, 95.0))
    assert not is_reached(step(100, 94.9))
    assert is_reached(step(1, 0.91)), "three requests of thirty"
    assert not is_reached(step(1, 0.89))


def test_the_table_has_a_cell_for_each_heading():
    rows = list(lines([step(50, findings={"RSP-03": 12, "HDR-01": 1300}), step(100)]))

    assert len(cells(step(50))) == len(HEADINGS)
    assert "HDR-01 (1,300), RSP-03 (12)" in rows[1]
    assert "none" in rows[2]
    assert len({len(row) for row in rows}) == 1
    assert list(lines([])) == []


def test_many_findings_are_cut():
    assert findings_in_words([(f"RSP-0{number}", 1) for number in range(9)]).endswith("and 3 more")
