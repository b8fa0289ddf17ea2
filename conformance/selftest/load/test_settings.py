"""Invalid rates, steps and shares stop a load before its first request."""

from __future__ import annotations

from itertools import pairwise

import pytest

from conformance.errors import UsageError
from conformance.load.settings import PER_USER, Course, Settings, settings_of


def test_rates_steps_and_shares_are_read():
    assert settings_of("50, 100,200.5", "30s", "10") == Settings((50.0, 100.0, 200.5), 30.0, 10)
    assert settings_of("1", "5m", "1").step == 300
    assert settings_of("1", "1.5", "1").step == 1.5


@pytest.mark.parametrize(
    ("rates", "step", "every", "words"),
    [
        ("", "30s", "10", "--rates: expected rising numbers of requests a second"),
        ("fast", "30s", "10", "received fast"),
        ("0,10", "30s", "10", "each above 0"),
        ("-5", "30s", "10", "each above 0"),
        ("nan", "30s", "10", "each above 0"),
        ("inf", "30s", "10", "each above 0"),
        ("100,50", "30s", "10", "each rate has to be above the one before it"),
        ("50,50", "30s", "10", "each rate has to be above the one before it"),
        ("1000000", "30s", "10", "up to 100,000"),
        (",".join(str(rate) for rate in range(1, 60)), "30s", "10", "at most 50"),
        ("50", "0s", "10", "--step: expected a time from 1s to 24h"),
        ("50", "30 minutes", "10", "received 30 minutes"),
        ("50", "25h", "10", "--step"),
        ("50", "30s", "0", "--judge-every: expected a whole number, 1 or more, received 0"),
        ("50", "30s", "1.5", "--judge-every"),
    ],
)
def test_invalid_settings_are_refused(rates, step, every, words):
    with pytest.raises(UsageError) as refused:
        settings_of(rates, step, every)

    assert words in str(refused.value)


@pytest.mark.parametrize("rate", [0.5, 1, 2, 3, 50, 333.3, 500])
def test_the_users_of_a_rate_make_exactly_that_rate(rate):
    settings = Settings((rate,), 30.0, 10)

    users, interval = settings.users_at(0), settings.interval_at(0)

    assert users / interval == pytest.approx(rate)
    assert 1 / interval <= PER_USER


def begun(step: float, ticks: list[float]) -> list[tuple[int, float]]:
    """Each of three rates with the tick at which it began, and the tick of the end."""
    course, found = Course(Settings((1.0, 2.0, 3.0), step, 10)), []
    for tick in ticks:
        before = course.number
        course.advance(tick)
        if course.number != before:
            found.append((course.number, tick))
        if course.is_over:
            break
    return found


@pytest.mark.parametrize("step", [1.0, 1.5, 2.0, 2.7, 5.0])
def test_no_rate_is_shorter_than_its_step_however_it_falls_between_two_ticks(step):
    found = begun(step, [number * 1.001 for number in range(30)])

    assert [number for number, _ in found] == [0, 1, 2, 3]
    assert all(step - 0.1 <= after - before <= step + 1.1 for (_, before), (_, after) in pairwise(found))


def test_no_rate_is_left_out_while_users_are_started():
    assert begun(1.0, [0.0, 3.4, 4.4, 5.4]) == [(0, 0.0), (1, 3.4), (2, 4.4), (3, 5.4)]


def test_a_timer_that_fires_a_moment_early_makes_no_rate_a_second_longer():
    assert begun(2.0, [0.0, 0.999, 1.999, 2.999, 3.998, 4.998, 5.998]) == [(0, 0.0), (1, 1.999), (2, 3.998), (3, 5.998)]
