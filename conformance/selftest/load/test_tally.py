"""Counts of a load: by rate in each worker, and summed up over all workers."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from conformance.load.tally import Tally, percentile, record_of, rounded, steps_of, tally_of
from conformance.model import Exchange, Origin, Request, Response
from conformance.series import LoadStep


def exchange(status: int | None = 200, elapsed: float = 4.0, interference: str = "") -> Exchange:
    response = None if status is None else Response(status)
    request = Request("GET", "http://host/time")
    return Exchange(
        "x1", "GET /time", Origin.SCENARIO, "full", request, response, 1.0, elapsed, interference=interference
    )


def test_each_answer_is_counted_for_what_it_is():
    tally = Tally()

    tally.add(exchange(), is_steady=True)
    tally.add(exchange(500), is_steady=True)
    tally.add(exchange(), is_steady=False)  # while users are still coming
    tally.add(exchange(429, interference="the target limits the rate"), is_steady=True)
    tally.add(exchange(None), is_steady=True)

    assert (tally.sent, tally.answered, tally.refused, tally.failed) == (5, 2, 1, 1)
    assert tally.times.total() == 4


@pytest.mark.parametrize(
    ("exact", "kept"), [(0.04, 0.0), (3.14, 3.1), (42.4, 42.0), (123.4, 120.0), (987.0, 990.0), (12_345.0, 12_000.0)]
)
def test_durations_are_kept_in_two_digits(exact, kept):
    assert rounded(exact) == kept


def test_percentiles_are_durations_that_occurred():
    times = Counter({1.0: 50, 2.0: 45, 9.0: 5})

    assert (percentile(times, 0.5), percentile(times, 0.95), percentile(times, 0.951)) == (1.0, 2.0, 9.0)
    assert percentile(Counter(), 0.5) == 0.0


def test_the_workers_of_a_rate_are_one_step():
    one = Tally(sent=60, judged=6, answered=50, seconds=2.0, lasted=3.0, late=600.0, times=Counter({4.0: 60}))
    other = Tally(sent=40, judged=4, refused=1, failed=2, answered=30, seconds=3.0, lasted=3.1, late=3_800.0)
    other.findings["RSP-03"] += 7
    other.times[8.0] += 37

    (step,) = steps_of((50.0, 100.0), 3.0, [[one], [other]])

    assert step == LoadStep(50.0, 35.0, 3.1, 100, 10, 1, 2, 4.0, 8.0, (("RSP-03", 7),), 95.0)


def test_a_rate_that_no_worker_came_to_is_no_step():
    assert list(steps_of((50.0, 100.0), 3.0, [])) == []
    assert [each.asked for each in steps_of((50.0, 100.0), 3.0, [[Tally(), Tally()], [Tally()]])] == [50.0, 100.0]


def test_a_rate_that_did_not_last_is_not_whole():
    (step,) = steps_of((50.0,), 30.0, [[Tally(lasted=20.0)], [Tally(lasted=19.0)]])

    assert not step.is_whole


@pytest.mark.parametrize(("step", "lasted", "expected"), [(1.0, 0.6, True), (1.0, 0.4, False), (30.0, 24.1, True)])
def test_a_rate_of_which_a_worker_heard_a_moment_late_is_whole(step, lasted, expected):
    (found,) = steps_of((50.0,), step, [[Tally(lasted=lasted)]])

    assert found.is_whole is expected


def test_a_tally_travels_as_json():
    tally = Tally(sent=3, judged=1, times=Counter({3.1: 2, 120.0: 1}), findings=Counter({"RSP-03": 1}), late=12.5)

    assert tally_of(json.loads(json.dumps(record_of(tally)))) == tally
