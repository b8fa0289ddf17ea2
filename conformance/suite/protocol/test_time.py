"""TIM: GET /time, and message timestamps compared with it."""

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

    item_types = tuple(type(each) for each in body)
    assert item_types == (int,)
    # Seconds stay below this range for thousands of years; microseconds have been above it since 1973.
    assert 10**12 <= body[0] < 10**14, f"the integer {body[0]}"


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

    item_types = tuple(type(each) for each in packed)
    assert item_types == (int,)
    milliseconds_from_the_json_time = abs(packed[0] - before)
    assert milliseconds_from_the_json_time < ACCURACY


@requirement(
    "TIM-03",
    MUST,
    "GET /time is less than 25 minutes from the Date header, so not off by a time zone",
    clause=Clause(pointer("get", TIME, "description"), "since the epoch"),
    operations=GET,
    needs={"documentation"},
)
def test_the_time_is_not_off_by_a_time_zone(target: Target) -> None:
    answer = target.get(TIME)

    milliseconds_from_the_date_header = abs(time_of(answer) - date_of(answer))
    assert milliseconds_from_the_date_header < ZONE


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
def test_the_time_agrees_with_the_date_header(target: Target) -> None:
    answer = target.get(TIME)

    milliseconds_from_the_date_header = abs(time_of(answer) - date_of(answer))
    assert milliseconds_from_the_date_header < ACCURACY


@requirement(
    "TIM-04",
    MUST,
    "GET /time never goes back by more than one second between requests",
    clause=TELLS,
    operations=GET,
    needs={"documentation"},
)
def test_the_time_never_goes_back_by_a_second(target: Target) -> None:
    # Consecutive requests may be served by different machines, whose clocks differ a little.
    steps_back_in_milliseconds = _steps_back(target, more_than=NEARLY)

    assert steps_back_in_milliseconds == []


@requirement(
    "TIM-05",
    SHOULD,
    "GET /time never decreases between consecutive requests",
    clause=TELLS,
    operations=GET,
    needs={"documentation"},
)
def test_the_time_never_decreases(target: Target) -> None:
    steps_back_in_milliseconds = _steps_back(target, more_than=0)

    assert steps_back_in_milliseconds == []


def _steps_back(target: Target, more_than: int) -> list[int]:
    """The milliseconds by which GET /time goes back between consecutive requests, those above `more_than`."""
    times = [time_of(target.get(TIME)) for _ in range(6)]
    return [earlier - later for earlier, later in pairwise(times) if earlier - later > more_than]


@requirement(
    "TIM-06",
    MUST,
    "GET /time returns a later time when polled again",
    clause=TELLS,
    operations=GET,
    needs={"documentation"},
)
def test_the_time_increases(target: Target) -> None:
    earlier = time_of(target.get(TIME))

    later = target.poll(TIME, until=lambda answer: time_of(answer) > earlier)

    increase_in_milliseconds = time_of(later) - earlier
    assert increase_in_milliseconds > 0


@requirement(
    "TIM-07",
    MUST,
    "GET /time returns 200 without credentials",
    clause=OPEN,
    operations=GET,
    needs={"credentials"},
)
def test_the_time_needs_no_credentials(target: Target) -> None:
    answer = target.get(TIME, principal=NOBODY)

    assert answer.status == 200


@requirement(
    "TIM-08",
    MUST,
    "A message timestamp is between GET /time before and after its publish, within a second",
    clause=RECEIVED,
    operations=WITH_PUBLISH,
    needs={"state", "documentation"},
)
def test_a_message_timestamp_is_near_the_times_around_its_publish(target: Target) -> None:
    before, timestamp, after = _times_around_a_publish(target)

    assert before - NEARLY <= timestamp <= after + NEARLY, _outside(before, timestamp, after)


@requirement(
    "TIM-09",
    SHOULD,
    "A message timestamp is between GET /time before and after its publish",
    clause=RECEIVED,
    operations=WITH_PUBLISH,
    needs={"state", "documentation"},
)
def test_a_message_timestamp_is_between_the_times_around_its_publish(target: Target) -> None:
    before, timestamp, after = _times_around_a_publish(target)

    assert before <= timestamp <= after, _outside(before, timestamp, after)


def _times_around_a_publish(target: Target) -> tuple[int, int, int]:
    """GET /time before a publish, the timestamp of the message, and GET /time after the publish."""
    channel = target.names.fresh("channel")
    before = time_of(target.get(TIME))
    arranged(target.post(MESSAGES, {"data": "a moment"}, channel_id=channel))
    after = time_of(target.get(TIME))
    history = target.poll(MESSAGES, channel_id=channel, until=lambda answer: bool(answer.body))
    return before, history.body[0]["timestamp"], after


def _outside(before: int, timestamp: int, after: int) -> str:
    if timestamp < before:
        return f"a timestamp {before - timestamp} ms before the GET /time that preceded the publish"
    return f"a timestamp {timestamp - after} ms after the GET /time that followed the publish"
