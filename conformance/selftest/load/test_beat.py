"""A user of a load keeps to its rate, does not catch up, and ends between two requests."""

from __future__ import annotations

import pytest

from conformance.load.beat import Beat, EndOfLoadError


class Clock:
    """Time passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def ignore(_seconds: float) -> None:
    return


def slots(beat: Beat, clock: Clock, count: int) -> list[float]:
    found = []
    for _ in range(count):
        beat.wait_for_slot()
        found.append(clock.now)
    return found


def test_requests_are_an_interval_apart():
    clock = Clock()
    first, second, third = slots(Beat(10, 5, clock, lambda: 0.5, ignore), clock, 3)

    assert 100 <= first <= 100.5
    assert (second - first, third - second) == (pytest.approx(0.5), pytest.approx(0.5))


def test_what_was_late_is_not_made_up_for():
    clock = Clock()
    beat = Beat(10, 5, clock, lambda: 0.5, ignore)
    beat.wait_for_slot()
    clock.now += 60

    late, after = slots(beat, clock, 2)

    assert after - late == pytest.approx(0.5)


def test_how_late_a_request_begins_is_told():
    """A sleep that takes longer than it was to is the machine's doing, and not the target's."""
    clock, told = Clock(), []
    beat = Beat(10, 5, clock, lambda: 0.5, told.append)
    beat.wait_for_slot()
    clock.sleep = lambda seconds: Clock.sleep(clock, seconds + 0.04)
    beat.wait_for_slot()

    assert told == [pytest.approx(0.0), pytest.approx(0.04)]


def test_after_the_end_only_what_is_left_is_removed():
    clock = Clock()
    beat = Beat(10, 5, clock, lambda: None, ignore)

    with pytest.raises(EndOfLoadError):
        beat.wait_for_slot()
    beat.remove()
    beat.wait_for_slot()
    beat.play()
    with pytest.raises(EndOfLoadError):
        beat.wait_for_slot()


def test_what_is_awaited_is_still_read_after_the_end():
    """Patience may be longer than what is left of the load; a message that never shows would then not be missed."""
    clock, intervals = Clock(), [0.5, 0.5]
    beat = Beat(10, 5, clock, lambda: intervals.pop() if intervals else None, ignore)
    beat.wait_for_slot()
    reads = 0
    for _ in beat.attempts():
        beat.wait_for_slot()
        reads += 1

    assert 8 <= reads <= 11, "not until patience ended, or faster than a user asks"
    with pytest.raises(EndOfLoadError):
        beat.wait_for_slot()


@pytest.mark.parametrize(("interval", "expected"), [(0.25, 0.25), (10.0, 0.5), (None, 0.5)])
def test_what_is_left_is_removed_no_faster_than_the_load_asks(interval, expected):
    """A target that refuses the load would else get more requests for it; at a low rate removal still has to end."""
    clock = Clock()
    beat = Beat(10, 5, clock, lambda: interval, ignore)
    beat.remove()
    _, first, second = slots(beat, clock, 3)

    assert second - first == pytest.approx(expected)


def test_a_flow_waits_for_an_effect_as_long_as_patience_says():
    clock = Clock()
    beat = Beat(10, 5, clock, lambda: 0.5, ignore)

    attempts = sum(1 for _ in beat.attempts())

    assert 2 < attempts < 60
    assert clock.now == pytest.approx(105, abs=0.2)
    assert beat.pace.patience == 0, "a refused request would be repeated"
