"""The line that says how far a run is."""

from __future__ import annotations

import math

import pytest

from conformance.run.progress import Progress, duration


def progress(**facts) -> Progress:
    return Progress(began=100.0, **{"total": 1_480, "done": 370, "requests": 4_100, **facts})


def test_it_says_what_is_judged_the_rate_the_findings_and_the_time_left():
    line = progress(failed=dict.fromkeys(["DEV-07", "HDR-01"])).words(200.0, 118)

    assert line == ("370 of 1,480 tests, 41 requests a second, findings in DEV-07, HDR-01, about 5 min left")


@pytest.mark.parametrize(("width", "named"), [(118, True), (80, False)])
def test_many_findings_are_named_as_far_as_they_fit(width, named):
    found = progress(failed=dict.fromkeys(f"DEV-{number:02}" for number in range(40))).words(200.0, width)

    assert len(found) <= width
    assert ("findings in DEV-00, DEV-01, DEV-02 and 37 more" in found) is named
    assert ("findings in 40 requirements" in found) is not named


def test_a_narrow_terminal_gets_a_line_that_fits():
    assert len(progress().words(200.0, 20)) == 20


def test_the_time_left_is_no_longer_than_the_run_may_take():
    assert progress(until=230.0).words(200.0, 118).endswith("about 30 s left")
    assert progress(until=150.0).words(200.0, 118).endswith("about 0 s left")


@pytest.mark.parametrize("facts", [{"done": 0}, {"done": 1_480}])
def test_no_time_left_is_said_where_it_is_not_known_or_nothing_is_left(facts):
    assert "left" not in progress(**facts).words(200.0, 118)


def test_the_first_seconds_make_no_estimate():
    assert "left" not in progress().words(102.0, 118)
    assert progress().until == math.inf


def test_the_last_line_says_how_long_it_took():
    line = progress(done=1_480, failed={"DEV-07": None}).end(251.0)

    assert line == "1,480 of 1,480 tests, 27 requests a second, findings in 1 requirement, in 2 min 31 s"


def test_a_slow_rate_has_a_decimal():
    assert "0.4 requests a second" in progress(requests=40).words(200.0, 118)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "0 s"), (90, "90 s"), (120, "2 min"), (151, "2 min 31 s"), (3_661, "61 min")]
)
def test_a_duration_has_the_unit_that_a_reader_would_use(seconds, words):
    assert duration(seconds) == words
