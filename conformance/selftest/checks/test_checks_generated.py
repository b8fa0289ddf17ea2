"""GEN: responses to requests generated from the contract."""

from __future__ import annotations

import msgpack
import pytest

from conformance.model import FORM, JSON, MSGPACK, Origin
from conformance.selftest.checks.trials import (
    BENCH,
    Trial,
    each_of,
    findings,
    finds_what_is_altered,
    has_no_opportunity_beside,
    passes_valid_exchanges,
)
from conformance.selftest.harness.exchanges import HISTORY, SERVER, exchange, listing, refused, unanswered

PUBLISH = "POST /channels/{channel_id}/messages"
READ_DEVICE = "GET /push/deviceRegistrations/{device_id}"
MADE = {"channel": "conf-1", "messageId": "abc"}


def published(sent=b'{"data": "x"}', origin: Origin = Origin.VALID, **how):
    return exchange(PUBLISH, 201, MADE, lines=(SERVER,), sent=sent, origin=origin, **how)


def answered(refusal, **facts):
    """The response of one exchange, given to another request."""
    made = exchange(refusal.operation, **facts)
    return type(made)(**{
        **{name: getattr(refusal, name) for name in made.__slots__},
        "request": made.request,
        "origin": made.origin,
        "defect": made.defect,
    })  # fmt: skip


REFUSED = refused(PUBLISH, code=40000, statusCode=400)
TOO_MANY = refused(HISTORY, code=40000, statusCode=400)
NOT_ALLOWED = refused(PUBLISH, code=40160, statusCode=401)

TRIALS = (
    Trial(
        "GEN-01",
        valid=(
            published(),
            published(origin=Origin.EXAMPLES),
            published(origin=Origin.COVERAGE),
            published(msgpack.packb({"data": "x"}), sent_as=MSGPACK),
            published(b"data=x", sent_as=FORM),
            listing(origin=Origin.VALID, query={"limit": "10"}),
        ),
        altered={
            "a valid body": answered(REFUSED, sent=b'{"data": "x"}', origin=Origin.VALID),
            "an example": answered(REFUSED, sent=b'{"data": "x"}', origin=Origin.EXAMPLES),
            "a valid query": answered(TOO_MANY, query={"limit": "10"}, origin=Origin.COVERAGE),
            "a listing that is not found": answered(refused(HISTORY), origin=Origin.VALID),
        },
        beside={
            "a scenario": published(origin=Origin.SCENARIO),
            "an invalid case": published(origin=Origin.INVALID, defect="data is a number"),
            "a defect among the coverage": published(origin=Origin.COVERAGE, defect="data is a number"),
            "an example that its own schema forbids": answered(REFUSED, sent=b'{"name": 5}', origin=Origin.EXAMPLES),
            "no answer": unanswered(PUBLISH),
        },
    ),
    Trial(
        "GEN-07",
        valid=(
            published(origin=Origin.SETUP),
            listing(origin=Origin.SETUP, query={"limit": "10"}),
            answered(NOT_ALLOWED, sent=b'{"data": "x"}', origin=Origin.SETUP),
        ),
        altered={
            "a valid body": answered(REFUSED, sent=b'{"data": "x"}', origin=Origin.SETUP),
            "a valid query": answered(TOO_MANY, query={"limit": "10"}, origin=Origin.SETUP),
        },
        beside={
            "a scenario": published(origin=Origin.SCENARIO),
            "a generated case": published(),
            "a body that its own schema forbids": answered(REFUSED, sent=b'{"name": 5}', origin=Origin.SETUP),
        },
    ),
    Trial(
        "GEN-02",
        valid=(
            answered(TOO_MANY, query={"limit": "1001"}, origin=Origin.INVALID, defect="limit is too large"),
            answered(TOO_MANY, query={"limit": "1001"}, origin=Origin.SCENARIO),
        ),
        altered={
            "more than the documented maximum": listing(
                origin=Origin.INVALID, defect="limit is too large", query={"limit": "1001"}
            )
        },
        beside={
            "within the maximum": listing(query={"limit": "1000"}),
            "no document speaks of it": listing(origin=Origin.INVALID, defect="a member more", query={"more": "1"}),
            "a parameter that is sent twice": exchange(HISTORY, 200, query={"a": "1&limit=1001&limit=5"}),
        },
    ),
)


@each_of(TRIALS)
def test_a_check_passes_a_valid_exchange(trial):
    passes_valid_exchanges(trial)


@each_of(TRIALS)
def test_a_check_finds_what_is_altered_and_nothing_else(trial):
    finds_what_is_altered(trial)


@each_of(TRIALS)
def test_a_check_has_no_opportunity_without_what_it_speaks_of(trial):
    has_no_opportunity_beside(trial)


def test_404_for_a_generated_device_id_is_accepted():
    assert findings(answered(refused(READ_DEVICE), origin=Origin.VALID)) == {}


def test_429_is_accepted():
    refusal = refused(PUBLISH, code=42910, statusCode=429)

    assert findings(answered(refusal, sent=b'{"data": "x"}', origin=Origin.VALID)) == {}


def test_a_finding_has_the_message_of_a_rejection():
    (found,) = findings(answered(REFUSED, sent=b'{"data": "x"}', origin=Origin.VALID))["GEN-01"]

    assert (found.expected, found.received) == ("a success", 'status 400 with the message "not found"')


@pytest.mark.parametrize("body", [b"{broken", b"\xff", b"[" * 1000, b""])
@pytest.mark.parametrize("kind", [JSON, MSGPACK, FORM, "text/plain"])
def test_no_request_body_makes_a_check_raise(body, kind):
    BENCH.judge(published(body, sent_as=kind, origin=Origin.INVALID, defect="broken"))
