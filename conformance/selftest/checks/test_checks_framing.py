"""HDR: how a response says where its body ends, and headers that have only one value."""

from __future__ import annotations

import pytest

from conformance.model import Request, Response
from conformance.selftest.checks.trials import (
    Trial,
    each_of,
    findings,
    finds_what_is_altered,
    has_no_opportunity_beside,
    passes_valid_exchanges,
)
from conformance.selftest.harness.exchanges import SERVER, altered, exchange, unanswered, with_line, without_line
from conformance.selftest.harness.loopback import loopback
from conformance.wire.transport import open_session, transmit

TIME = exchange(body=[1_795_000_000_123], lines=(SERVER, ("Content-Length", "15")))
IN_CHUNKS = with_line(without_line(TIME, "Content-Length"), "Transfer-Encoding", "chunked")
TO_THE_END = without_line(TIME, "Content-Length")

TRIALS = (
    Trial(
        "HDR-14",
        valid=(TIME, IN_CHUNKS, TO_THE_END),
        altered={
            "twice": with_line(TIME, "content-length", "15"),
            "two lengths": with_line(TIME, "Content-Length", "16"),
            "a list": with_line(TO_THE_END, "Content-Length", "15, 15"),
            "negative": with_line(TO_THE_END, "Content-Length", "-15"),
            "with a sign": with_line(TO_THE_END, "Content-Length", "+15"),
            "a text": with_line(TO_THE_END, "Content-Length", "fifteen"),
            "empty": with_line(TO_THE_END, "Content-Length", ""),
            "other digits": with_line(TO_THE_END, "Content-Length", "\u0661\u0665"),
        },
        beside={"no answer": unanswered()},
    ),
    Trial(
        "HDR-15",
        valid=(TIME, IN_CHUNKS, TO_THE_END),
        altered={"both": with_line(TIME, "Transfer-Encoding", "chunked")},
        beside={"no answer": unanswered()},
    ),
    Trial(
        "HDR-16",
        valid=(TIME, with_line(with_line(TIME, "Vary", "Accept"), "Vary", "Origin")),
        altered={
            "the same type twice": with_line(TIME, "content-type", "application/json"),
            "two types": with_line(TIME, "Content-Type", "text/html"),
            "two dates": with_line(with_line(TIME, "Date", "a"), "Date", "b"),
            "1,000 servers": altered(TIME, headers=(*TIME.response.headers, *[("Server", "x")] * 1000)),
        },
        beside={"no single header": altered(TIME, headers=(SERVER,)), "no answer": unanswered()},
    ),
)


@each_of(TRIALS)
def test_valid_exchanges_pass(trial):
    passes_valid_exchanges(trial)


@each_of(TRIALS)
def test_what_is_altered_is_found(trial):
    finds_what_is_altered(trial)


@each_of(TRIALS)
def test_other_exchanges_are_no_opportunity(trial):
    has_no_opportunity_beside(trial)


def received(*lines: str) -> Response:
    """What is recorded of a response with these header lines, whose connection stays open."""
    head = "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: application/json", *lines))
    body = "2\r\n[]\r\n0\r\n\r\n" if "Transfer-Encoding: chunked" in lines else "[]"
    with loopback(f"{head}\r\n\r\n{body}".encode()) as server:
        response, failure = transmit(open_session(), Request("GET", f"{server.url}/x"), 5)
    assert response is not None, failure
    return response


BROKEN = {
    "a negative length": ("HDR-14", "Content-Length: -2"),
    "a length in words": ("HDR-14", "Content-Length: two"),
    "an empty length": ("HDR-14", "Content-Length:"),
    "two lengths": ("HDR-14", "Content-Length: 2", "Content-Length: 3"),
    "a list of lengths": ("HDR-14", "Content-Length: 2, 3"),
    "the same length twice": ("HDR-14", "Content-Length: 2", "Content-Length: 2"),
    "a length beside chunks": ("HDR-15", "Content-Length: 2", "Transfer-Encoding: chunked"),
    "two types": ("HDR-16", "Content-Length: 2", "Content-Type: text/html"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_bytes_on_the_wire_with_broken_framing_are_a_finding(name):
    broken, *lines = BROKEN[name]

    response = received(*lines)

    assert broken in findings(altered(TIME, headers=response.headers, body=response.body))


@pytest.mark.parametrize("name", ["the same length twice", "a length beside chunks", "two types"])
def test_a_body_whose_end_is_known_is_read(name):
    assert received(*BROKEN[name][1:]).body == b"[]"


@pytest.mark.parametrize("name", ["a negative length", "a length in words", "an empty length", "two lengths"])
def test_a_body_whose_end_is_unknown_is_discarded_at_once(name):
    assert received(*BROKEN[name][1:]).body == b""
