"""What a target evidently does not serve is told, with the lines of a profile that leave it out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from conformance.model import JSON, Evidence, Exchange, Origin, Request, Response
from conformance.selftest.harness.journals import header
from conformance.verdict.unserved import advice, unserved

MISSING = b'{"error":{"code":40400,"statusCode":404,"message":"Could not find path"}}'
PUT, TIME, STATS, RESET = (
    "PUT /push/deviceRegistrations/{device_id}",
    "GET /time",
    "GET /stats",
    "GET /push/deviceRegistrations/{device_id}/resetUpdateToken",
)


def exchange(operation: str, status: int = 200, body: bytes = b"[]") -> Exchange:
    response = Response(status, (("Content-Type", JSON),), body)
    return Exchange("x1", operation, Origin.SCENARIO, "full", Request("GET", "http://t/x"), response, 0.0, 1.0)


def told(*exchanges: Exchange) -> list[str]:
    return list(advice(Evidence(header(requirements=[]), exchanges, (), (), Counter(), 0.0)))


def test_a_whole_path_that_is_not_served_is_offered_as_a_scope():
    (sentence,) = told(*[exchange(TIME)] * 2, *[exchange(STATS, 404, MISSING)] * 3, *[exchange(PUT, 404, MISSING)] * 2)

    assert sentence == (
        "this target answers 404 to every request below /push and /stats; if it does not serve that, leave it out with "
        '--profile pubsub or paths = ["/time"] under [scope]'
    )


def test_an_operation_that_is_not_served_among_others_is_named():
    exchanges = (*[exchange(PUT)] * 2, *[exchange(RESET, 404, b"not found")] * 2)

    assert told(*exchanges) == [f"this target answers 404 to every request of {RESET}"]


@pytest.mark.parametrize(
    "answers",
    [
        (exchange(PUT, 404, MISSING),),  # once is no evidence
        (exchange(PUT, 404, MISSING), exchange(PUT, 200)),
        (exchange(PUT, 404, MISSING), exchange(PUT, 401)),
        (exchange(PUT, 404, MISSING.replace(b"40400", b"40401")),) * 2,  # a device, and not a path
        (replace(exchange(PUT, 404, MISSING), interference="a gateway answered"),) * 2,
    ],
)
def test_an_operation_that_may_be_served_is_not_named(answers):
    assert told(*[exchange(TIME)] * 2, *answers) == []


def test_a_target_that_answers_404_to_everything_is_given_no_advice():
    assert told(*[exchange(TIME, 404, MISSING)] * 2) == []
    assert unserved([exchange(TIME, 404, MISSING)] * 2) == {TIME: True}
