"""TIM: the clock of the service."""

from __future__ import annotations

from itertools import pairwise

from conformance.model import MSGPACK, MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.clock import ACCURACY, NEARLY, ZONE, date_of, time_of
from conformance.suite.steps.endpoints import MESSAGES, TIME, pointer
from conformance.target.answer import arranged
from conformance.target.client import Target
from conformance.target.credentials import NOBODY

TELLS = Clause(pointer("get", TIME, "description"), "This returns the service time in milliseconds since the epoch.")
OPEN = Clause(pointer("get", TIME, "security"), "[]")
RECEIVED = Clause(
    "#/components/schemas/Message/properties/timestamp/description",
    "Timestamp when the message was received by the Ably, as milliseconds since the epoch.",
)
GET = [f"GET {TIME}"]
WITH_PUBLISH = [f"GET {TIME}", f"POST {MESSAGES}", f"GET {MESSAGES}"]


@requirement(
    "TIM-01",
    MUST,
    "GET /time returns an array of one integer in milliseconds since the epoch",
    clause=TELLS,
    operations=GET,
    needs={"documentation"},
)
def test_the_time_is_one_integer_of_milliseconds(target: Target) -> None:
    body = target.get(TIME).body

    assert [type(each) for each in body] == [int]
    # In seconds it would stay below this for thousands of years, in microseconds it has long been above.
    assert 10**12 <= body[0] < 10**14


@requirement(
    "TIM-02",
    MUST,
    "GET /time in MessagePack returns one integer within 10 seconds of the JSON time",
    clause=TELLS,
    operations=GET,
    needs={"documentation", "msgpack"},
)
def test_the_time_in_msgpack_is_the_same(target: Target) -> None:
    before = time_of(target.get(TIME))

    packed = target.get(TIME, accept=MSGPACK).body

    assert [type(each) for each in packed] == [int]
    assert abs(packed[0] - before) < ACCURACY


@requirement(
    "TIM-03",
    MUST,
    "GET /time is less than 25 minutes from the Date header, so not off by a time zone",
    clause=Clause(pointer("get", TIME, "description"), "since the epoch"),
    operations=GET,
    needs={"documentation"},
)
def test_the_time_is_not_that_of_another_zone(target: Target) -> None:
    answer = target.get(TIME)

    assert abs(time_of(answer) - date_of(answer)) < ZONE


@requirement(
    "TIM-10",
    SHOULD,
    "GET /time is within 10 seconds of its Date header",
    clause=Clause(
        "ably/ably-python test/ably/rest/resttime_test", "the time is within 10 seconds of the client's clock"
    ),
    operations=GET,
    needs={"documentation"},
)
def test_the_time_agrees_with_its_answer(target: Target) -> None:
    answer = target.get(TIME)

    assert abs(time_of(answer) - date_of(answer)) < ACCURACY


@requirement(
    "TIM-04",
    MUST,
    "GET /time never goes back by more than one second between requests",
    clause=TELLS,
    operations=GET,
    needs={"documentation"},
)
def test_the_time_does_not_run_backwards(target: Target) -> None:
    told = [time_of(target.get(TIME)) for _ in range(6)]

    # Two calls may meet two machines whose clocks are kept together, but not to the millisecond.
    steps = [later - earlier for earlier, later in pairwise(told)]
    assert [step for step in steps if step < -NEARLY] == []


@requirement(
    "TIM-05",
    SHOULD,
    "GET /time never decreases between consecutive requests",
    clause=TELLS,
    operations=GET,
    needs={"documentation"},
)
def test_the_time_never_decreases(target: Target) -> None:
    told = [time_of(target.get(TIME)) for _ in range(6)]

    assert told == sorted(told)


@requirement(
    "TIM-06",
    MUST,
    "GET /time returns a later time when polled again",
    clause=TELLS,
    operations=GET,
    needs={"documentation"},
)
def test_the_time_moves_on(target: Target) -> None:
    earlier = time_of(target.get(TIME))

    later = target.poll(TIME, until=lambda answer: time_of(answer) > earlier)

    assert time_of(later) > earlier


@requirement(
    "TIM-07",
    MUST,
    "GET /time returns 200 without credentials",
    clause=OPEN,
    operations=GET,
    needs={"credentials"},
)
def test_the_time_needs_no_credentials(target: Target) -> None:
    assert target.get(TIME, principal=NOBODY).status == 200


@requirement(
    "TIM-08",
    MUST,
    "A message timestamp is between GET /time before and after its publish, within a second",
    clause=RECEIVED,
    operations=WITH_PUBLISH,
    needs={"state", "documentation"},
)
def test_a_message_is_stamped_by_the_clock_of_the_service(target: Target) -> None:
    before, stamp, after = _around_a_publish(target)

    assert before - NEARLY <= stamp <= after + NEARLY


@requirement(
    "TIM-09",
    SHOULD,
    "A message timestamp is between GET /time before and after its publish",
    clause=RECEIVED,
    operations=WITH_PUBLISH,
    needs={"state", "documentation"},
)
def test_a_message_is_stamped_between_two_times(target: Target) -> None:
    before, stamp, after = _around_a_publish(target)

    assert [before, stamp, after] == sorted([before, stamp, after])


def _around_a_publish(target: Target) -> tuple[int, int, int]:
    channel = target.names.fresh("channel")
    before = time_of(target.get(TIME))
    arranged(target.post(MESSAGES, {"data": "a moment"}, channel_id=channel))
    after = time_of(target.get(TIME))
    history = target.poll(MESSAGES, channel_id=channel, until=lambda answer: bool(answer.body))
    return before, history.body[0]["timestamp"], after
