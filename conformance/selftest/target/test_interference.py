"""`target.interference` classifies answers that are not the service's own, and the target repeats what it may."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain, repeat

import pytest

from conformance.errors import Inconclusive
from conformance.model import JSON, Request, Response
from conformance.selftest.harness.loopback import loopback, reply
from conformance.selftest.harness.target import DEVICE, MESSAGES, Clock, target_at
from conformance.target.interference import interference
from conformance.target.pacer import Pace, Pacer

NOW = 1_795_000_000.0
ERROR = b'{"error": {"code": %d, "statusCode": %d}}'
REQUEST = Request("GET", "https://host/time", (("Accept-Encoding", "identity"),))


def error(code: int, status: int) -> bytes:
    return ERROR % (code, status)


def found(status: int, body: bytes = b"", *lines: tuple[str, str]):
    return interference(REQUEST, Response(status, (("Content-Type", JSON), *lines), body), NOW)


@pytest.mark.parametrize(
    ("status", "body", "lines"),
    [
        (200, b"[]", ()),
        (404, error(40400, 404), ()),
        (500, b"", ()),
        (400, b"no json", ()),
        (502, error(50200, 502), ()),
        (503, b"", (("X-Ably-ServerId", "a"),)),
        (304, b"", (("Location", "/x"),)),
        (200, b"[]", (("Content-Encoding", "identity"),)),
        (200, b'{"error": {"code": 42910}}', ()),
    ],
)
def test_an_answer_of_the_service_is_none(status, body, lines):
    assert found(status, body, *lines) is None


@pytest.mark.parametrize(
    ("status", "body"), [(429, b""), (429, error(42910, 429)), (400, error(42911, 400)), (401, error(42926, 401))]
)
def test_a_rate_limit_is_repeatable_and_was_not_executed(status, body):
    limit = found(status, body, ("X-Ably-ServerId", "a"))

    assert limit.sentence == (
        f"the target limits the rate of requests (status {status}); ask less often with --rps, "
        "or requests_per_second under [pace] in the profile"
    )
    assert (limit.is_repeatable, limit.was_executed, limit.wait) == (True, False, 0.0)


@pytest.mark.parametrize("code", [42909, 42927, 42900])
def test_another_error_code_is_no_rate_limit(code):
    assert found(400, error(code, 400)) is None


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_is_repeatable(status):
    gateway = found(status, b"<html>")

    assert gateway.sentence == f"a gateway in front of the target answered with status {status}"
    assert (gateway.is_repeatable, gateway.was_executed) == (True, True)


def test_a_gateway_that_says_when_to_try_again_did_not_execute_the_request():
    gateway = found(503, b"", ("Retry-After", "2"))

    assert (gateway.was_executed, gateway.wait) == (False, 2.0)


def test_a_service_that_says_when_to_try_again_is_asked_again():
    later = found(503, error(50003, 503), ("X-Ably-ServerId", "a"), ("Retry-After", "2"))

    assert later.sentence == "the target asks to try again later (status 503, Retry-After)"
    assert (later.is_repeatable, later.was_executed, later.wait) == (True, False, 2.0)


@pytest.mark.parametrize("code", [50010, 50210, 50310, 50320, 50330, 50410])
def test_a_code_of_the_edge_is_repeatable(code):
    edge = found(code // 100, error(code, code // 100), ("X-Ably-ServerId", "a"))

    assert edge.sentence == f"the edge in front of the target answered with status {code // 100} and code {code}"
    assert edge.is_repeatable


@pytest.mark.parametrize("server", ["CloudFront", "awselb/2.0"])
def test_a_page_of_a_delivery_network_is_not_repeated(server):
    page = found(403, b"<html>", ("Server", server))

    assert page.sentence == f"{server.lower().partition('/')[0]}, in front of the target, answered with status 403"
    assert not page.is_repeatable


def test_an_answer_of_the_service_by_way_of_a_delivery_network_is_none():
    assert found(403, error(40300, 403), ("Server", "CloudFront")) is None
    assert found(403, b"", ("Server", "CloudFront"), ("X-Ably-ServerId", "a")) is None
    assert found(200, b"[]", ("Server", "CloudFront")) is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_names_the_url_to_give(status):
    redirect = found(status, b"", ("Location", "https://other/base/time"))

    assert (
        redirect.sentence
        == f"the target redirects to https://other/base (status {status}); give that URL with --target"
    )
    assert not redirect.is_repeatable


@pytest.mark.parametrize("status", [407, 511])
def test_a_proxy_is_named(status):
    assert found(status).sentence == f"a proxy in front of the target answered with status {status}"


def test_a_content_encoding_that_was_not_accepted_is_named():
    assert found(200, b"x", ("Content-Encoding", "GZIP")).sentence == (
        "the body has Content-Encoding gzip, which the request did not accept"
    )


def test_a_content_encoding_that_was_accepted_is_no_interference():
    request = Request("GET", "https://host/time", (("Accept-Encoding", "gzip, identity"),))

    assert interference(request, Response(200, (("Content-Encoding", "gzip"),), b"x"), NOW) is None


@pytest.mark.parametrize(
    ("line", "wait"),
    [
        ("3", 3.0),
        ("3600", 60.0),
        ("", 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
        (format_datetime(datetime.fromtimestamp(NOW + 7, UTC), usegmt=True), 7.0),
        (format_datetime(datetime.fromtimestamp(NOW - 7, UTC), usegmt=True), 0.0),
        (format_datetime(datetime.fromtimestamp(NOW + 9999, UTC), usegmt=True), 60.0),
    ],
)
def test_retry_after_is_a_number_or_a_date(line, wait):
    assert found(429, b"", ("Retry-After", line)).wait == wait


# Repeats -------------------------------------------------------------------------------------------------------------

LIMITED, GATEWAY, GOOD = reply(429, b"", "Retry-After: 1"), reply(502), reply(200, b"[]", f"Content-Type: {JSON}")


def answering(*replies: bytes):
    """These replies, the last of them for ever."""
    queue = chain(replies, repeat(replies[-1]))
    return lambda _: next(queue)


def test_a_rate_limited_request_is_repeated_as_the_answer_asks():
    clock, seen = Clock(), []
    with loopback(answering(LIMITED, LIMITED, GOOD)) as server:
        answer = target_at(server.url, clock=clock, observer=seen.append).post(MESSAGES, {"data": "x"}, channel_id="a")

    assert answer.status == 200
    assert clock.slept == [1.0, 1.0]
    assert [bool(each.interference) for each in seen] == [True, True, False]


def test_a_request_is_not_repeated_beyond_patience():
    clock = Clock()
    with loopback(answering(LIMITED)) as server:
        answer = target_at(server.url, clock=clock, patience=3.0).get("/time")

    assert len(server.requests) == 4
    assert sum(clock.slept) == 3.0
    with pytest.raises(Inconclusive, match="the target limits the rate of requests"):
        _ = answer.status


def test_no_other_thread_sends_before_the_time_that_a_target_asks_for():
    clock = Clock()
    pacer = Pacer(Pace(5.0, 3.0), clock)

    pacer.hold(2.0)
    pacer.wait_for_slot()
    pacer.wait_for_slot()

    assert clock.slept == [2.0]


def test_a_time_beyond_patience_is_not_waited_for():
    clock = Clock()
    with loopback(answering(reply(503, b"", "Retry-After: 4"), GOOD)) as server:
        target = target_at(server.url, clock=clock, patience=3.0)
        first, second = target.get("/time"), target.get("/time")

    assert (len(server.requests), clock.slept) == (2, [])
    assert (bool(first.exchange.interference), second.status) == (True, 200)


def test_a_safe_request_is_repeated_after_a_gateway():
    with loopback(answering(GATEWAY, GOOD)) as server:
        assert target_at(server.url).get("/time").status == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_write_that_may_have_been_executed_is_not_repeated(method):
    with loopback(answering(GATEWAY, GOOD)) as server:
        body = () if method == "delete" else ({"id": "x"},)
        answer = getattr(target_at(server.url), method)(DEVICE, *body, device_id="x")

    assert len(server.requests) == 1
    with pytest.raises(Inconclusive, match="a gateway in front of the target answered with status 502"):
        _ = answer.body
