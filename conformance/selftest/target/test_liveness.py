"""A target that fell silent, and a run whose time is used up, are not asked any further."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.errors import OutOfTimeError, SilentError
from conformance.model import Exchange
from conformance.selftest.harness.loopback import EMPTY, loopback
from conformance.selftest.harness.target import DEVICE, Clock, target_at
from conformance.target.cleanup import clean_up
from conformance.target.pacer import Budget, SteadyClock

CHANNELS = "/channels"


def silent_but(*answered: bytes) -> Callable[[bytes], bytes | None]:
    """A server that closes the connection without a response, unless one of these words is in the request."""
    return lambda request: EMPTY if any(word in request for word in answered) else None


def ask(target, times: int) -> list[Exchange]:
    return [target.get(CHANNELS).exchange for _ in range(times)]


def test_after_three_unanswered_requests_and_no_time_nothing_is_sent_any_more():
    seen: list[Exchange] = []
    with loopback(silent_but()) as server:
        target = target_at(server.url, observer=seen.append)
        ask(target, 3)
        with pytest.raises(SilentError, match=r"the target stopped responding: 3 requests in a row and GET /time \("):
            target.get(CHANNELS)

    assert server.targets == [CHANNELS] * 3 + ["/time"]
    assert [each.operation for each in seen] == ["GET /channels"] * 3 + ["GET /time"]
    assert (seen[-1].principal, seen[-1].origin.value) == ("nobody", "set-up")


def test_a_target_that_tells_the_time_is_asked_further():
    with loopback(silent_but(b"/time")) as server:
        ask(target_at(server.url), 7)

    assert server.targets == ([CHANNELS] * 3 + ["/time"]) * 2 + [CHANNELS]


def test_an_answer_in_between_ends_the_row():
    with loopback(silent_but(b"/stats")) as server:
        target = target_at(server.url)
        for _ in range(3):
            ask(target, 2)
            target.get("/stats")

    assert "/time" not in server.targets


def test_when_the_time_of_the_run_is_used_up_nothing_is_sent():
    clock = Clock()
    with loopback() as server:
        target = target_at(server.url, clock=clock, budget=Budget(60, clock.now + 60))
        target.get(CHANNELS)
        clock.now += 60
        with pytest.raises(OutOfTimeError, match=r"the 60 s of the run \(--max-time\) were used up"):
            target.get(CHANNELS)

    assert server.targets == [CHANNELS]


def test_a_silent_target_is_asked_again_to_clean_up():
    answering = iter([EMPTY, None, None, None, None])
    with loopback(lambda _: next(answering, EMPTY)) as server:
        target = target_at(server.url)
        target.put(DEVICE, {"id": "one"}, device_id="one")
        ask(target, 3)
        clean_up(target)

    assert server.methods == ["PUT", "GET", "GET", "GET", "GET", "DELETE", "GET"]


def test_clean_up_ends_when_its_time_is_used_up():
    clock = Clock(look=1.0)
    with loopback() as server:
        target = target_at(server.url, clock=clock)
        for number in range(100):
            target.put(DEVICE, {"id": f"device-{number}"}, device_id=f"device-{number}")
        left = clean_up(target, seconds=60)

    assert 1 < server.methods.count("DELETE") < 100
    assert len(left) > 1


def test_a_clock_that_is_set_back_changes_nothing(monkeypatch):
    clock = SteadyClock()
    before = clock.time()
    monkeypatch.setattr("time.time", lambda: 0.0)

    assert before <= clock.time() < before + 60
