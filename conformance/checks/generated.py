"""GEN: valid requests are accepted, and requests that break an enforced constraint are rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.checks.reading import Reading, check, is_in_contract
from conformance.checks.schemas import shown
from conformance.contract import Operation
from conformance.contract.templates import variables
from conformance.model import MUST, Clause, Finding, Json, Origin
from conformance.requirement import EVERY_OPERATION

EXISTING = frozenset({"channel_id", "keyName"})
"""Path parameters whose resource always exists: a channel does by its use, and a key was given to the run."""

VALID = frozenset({Origin.EXAMPLES, Origin.COVERAGE, Origin.VALID})


OF_GENERATED = frozenset({"GEN-01", "GEN-07"})
"""The checks that judge only what the suite generated or prepared: another request may be wrong on purpose."""


def is_valid_case(reading: Reading) -> bool:
    """Whether a request was generated as valid and is valid by the schemas; examples of the contract may not be."""
    if not is_in_contract(reading) or reading.exchange.origin not in VALID or reading.exchange.defect:
        return False
    return not any(_deviations(reading, reading.judge.parameter_findings, reading.judge.request_findings))


def is_invalid_case(reading: Reading) -> bool:
    return is_in_contract(reading) and bool(reading.exchange.defect)


@check(
    "GEN-01",
    MUST,
    "A request valid by the contract gets no 4xx except 429 or 404 for an unknown resource",
    clause=Clause("#/paths/~1channels~1{channel_id}~1messages/post/requestBody", "application/json"),
    operations=EVERY_OPERATION,
    when=is_valid_case,
    needs={"cases"},
)
def valid_request_is_accepted(reading: Reading) -> Iterator[Finding]:
    # A generated id need not name a resource, and a target may limit the rate of requests.
    is_unknown = reading.status == 404 and bool(set(variables(reading.exchange.operation)) - EXISTING)
    if 400 <= reading.status < 500 and reading.status != 429 and not is_unknown:
        yield _rejection(reading)


def _rejection(reading: Reading) -> Finding:
    message = reading.error.get("message")
    received = f"status {reading.status}" + (f" with the message {shown(message)}" if message else "")
    return Finding("a success", received, at="status")


_BAD_REQUEST = frozenset({400, 406, 415, 422})
"""Statuses that call the request itself invalid, unlike those for missing rights, limits and load."""


def is_valid_set_up(reading: Reading) -> bool:
    """Whether a scenario sent the request as set-up, and the request is valid by the schemas."""
    if not is_in_contract(reading) or reading.exchange.origin is not Origin.SETUP or reading.exchange.defect:
        return False
    return not any(_deviations(reading, reading.judge.parameter_findings, reading.judge.request_findings))


@check(
    "GEN-07",
    MUST,
    "A valid request that prepares a test is not rejected as a bad request",
    clause=Clause("#/paths/~1channels~1{channel_id}~1messages/post/requestBody", "application/json"),
    operations=[
        "POST /channels/{channel_id}/messages",
        "POST /push/deviceRegistrations",
        "PUT /push/deviceRegistrations/{device_id}",
        "POST /push/channelSubscriptions",
        "POST /keys/{keyName}/requestToken",
    ],
    when=is_valid_set_up,
    needs={"documentation"},
)
def valid_set_up_is_accepted(reading: Reading) -> Iterator[Finding]:
    if reading.status in _BAD_REQUEST:
        yield _rejection(reading)


@check(
    "GEN-02",
    MUST,
    "A request that breaks a constraint documented as enforced gets no 2xx status",
    clause=Clause("ably/ably-common protocol/errors.json", "codes 40000 to 40099 mean bad request"),
    operations=[
        "GET /channels/{channel_id}/messages",
        "POST /channels/{channel_id}/messages",
        "GET /channels/{channel_id}/presence",
        "GET /channels/{channel_id}/presence/history",
        "POST /push/deviceRegistrations",
        "PUT /push/deviceRegistrations/{device_id}",
        "POST /push/channelSubscriptions",
        "POST /push/publish",
        "POST /keys/{keyName}/requestToken",
        "GET /stats",
    ],
    when=lambda reading: is_in_contract(reading) and bool(_broken_constraints(reading)),
    needs={"cases"},
)
def broken_constraint_is_rejected(reading: Reading) -> Iterator[Finding]:
    if 200 <= reading.status < 300:
        for broken in _broken_constraints(reading):
            expected = f"a rejection of a request that breaks the constraint: {broken.expected}"
            yield replace(broken, expected=expected, received=f"status {reading.status} for {broken.received}")


def _broken_constraints(reading: Reading) -> tuple[Finding, ...]:
    """The constraints that the sent request breaks, of those that are documented as enforced."""
    return tuple(_deviations(reading, reading.judge.parameter_refusals, reading.judge.request_refusals))


_OfParameter = Callable[[Operation, str, str], tuple[Finding, ...]]
_OfBody = Callable[[Operation, str, Json], tuple[Finding, ...]]


def _deviations(reading: Reading, of_parameter: _OfParameter, of_body: _OfBody) -> Iterator[Finding]:
    """The deviations of the request as sent, except of a parameter sent twice: no document says which value counts."""
    if reading.operation is None:
        return
    times = Counter(name for name, _ in reading.query)
    for name, text in reading.query:
        if times[name] == 1:
            yield from of_parameter(reading.operation, name, text)
    if reading.sent.has_value:
        yield from of_body(reading.operation, reading.request.media_type, reading.sent.value)
