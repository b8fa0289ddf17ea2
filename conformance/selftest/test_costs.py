"""How long a run is said to take: forecast from what each requirement cost against the reference server."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance import catalogue
from conformance.costs import DATA, USUAL_LATENCY, Cost, Forecast, forecast, measured, weights
from conformance.evidence.journal import read
from conformance.model import Outcome, Verdict
from conformance.paths import SUITE
from conformance.proof.costs import costs, render
from conformance.selftest.harness.exchanges import exchange
from conformance.selftest.harness.journals import passing

COSTS = {"": Cost(4), "TIM-01": Cost(1, 0.5, 0.25), "DEV-07": Cost(10, 0, 3)}


def test_a_forecast_adds_up_what_the_tests_of_a_run_cost():
    found = forecast(["TIM-01", "TIM-01", "DEV-07", "ACM-01", ""], 6, COSTS)

    assert found == Forecast(requests=4 + 2 * (1 + 0.5 * 6) + 10, seconds=3.5, unknown=2)


@pytest.mark.parametrize(
    ("latency", "workers", "rate", "seconds"),
    [(100, 1, 0, 10 + 8), (100, 2, 0, 5 + 4), (100, 1, 5, 20 + 8), (100, 2, 50, 5 + 4), (0, 1, 0, 8)],
)
def test_its_time_is_that_of_the_slower_of_target_and_pace_and_the_suite_s_own(latency, workers, rate, seconds):
    assert Forecast(requests=100, seconds=8).time(latency, workers, rate) == pytest.approx(seconds)


def evidence(folder, requests: dict[str, int], seconds: float):
    """A run whose tests sent so many requests of 100 ms each."""
    made = passing(folder)
    one = exchange()
    made.exchanges = [
        replace(one, id=f"x{test}{number}", test=test, elapsed=100.0)
        for test, times in requests.items()
        for number in range(times)
    ]
    made.outcomes = [Outcome("TIM-01", test, Verdict.PASS, "", ("GET /time",), "", seconds) for test in ("a", "b")]
    return read([made.write()])


def test_two_runs_tell_which_requests_belong_to_an_example(tmp_path):
    few = evidence(tmp_path / "few", {"a": 5, "b": 3, "": 7}, 1.0)
    many = evidence(tmp_path / "many", {"a": 9, "b": 7, "": 7}, 1.0)

    assert costs(few, many) == {"": Cost(7), "TIM-01": Cost(2, 1, 0.2)}


def test_a_test_that_is_unlike_the_others_of_its_requirement_has_a_cost_of_its_own(tmp_path):
    few = evidence(tmp_path / "few", {"a": 110, "b": 2, "": 7}, 1.0)
    many = evidence(tmp_path / "many", {"a": 190, "b": 2, "": 7}, 1.0)

    assert costs(few, many) == {"": Cost(7), "TIM-01": Cost(36, 10, 0.4), "a": Cost(70, 20, 0), "b": Cost(2, 0, 0.8)}


def test_what_a_test_takes_is_its_own_cost_or_that_of_its_requirement():
    known = {"": Cost(9), "TIM-01": Cost(10), "DEV-07": Cost(30), "PUB-01": Cost(20), "test_a.py::test": Cost(100)}
    tests = {"test_a.py::test": "TIM-01", "test_b.py::test": "TIM-01", "test_c.py::test": "ACM-01", "own": ""}

    requests = {"test_a.py::test": 100, "test_b.py::test": 10, "test_c.py::test": 20, "own": 20}
    assert weights(tests, 6, known) == pytest.approx({test: n * USUAL_LATENCY for test, n in requests.items()})


def test_what_is_measured_is_read_as_written():
    assert {id_: Cost(*each) for id_, each in json.loads(render(COSTS)).items()} == COSTS


def test_every_requirement_with_a_test_was_measured():
    """`ably-conformance costs --write` measures anew."""
    of_tests = {id_ for id_, place in catalogue.places().items() if place.startswith(str(SUITE))}

    assert of_tests - set(measured()) == set()
    assert DATA.read_text() == render(dict(measured()))
