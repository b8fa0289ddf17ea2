"""GEN: how a target meets requests made from the contract, valid and invalid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.reading import Reading, check, is_in_contract
from conformance.contract import Operation
from conformance.model import JSON, MSGPACK, MUST, Clause, Finding, Json, Origin, lines_of
from conformance.requirement import EVERY_OPERATION
from conformance.wire.codec import Decoded, decode

VALID = frozenset({Origin.EXAMPLES, Origin.COVERAGE, Origin.VALID})


def is_valid_case(reading: Reading) -> bool:
    """Meant as valid, and valid by the schemas: the contract's own examples are not always."""
    if not is_in_contract(reading) or reading.exchange.origin not in VALID or reading.exchange.defect:
        return False
    return not any(_deviations(reading, reading.judge.parameter_findings, reading.judge.request_findings))


def is_invalid_case(reading: Reading) -> bool:
    return is_in_contract(reading) and bool(reading.exchange.defect)


@check(
    "GEN-01",
    MUST,
    "A request valid by the contract gets no 4xx except 429 or 404 for an unknown device",
    clause=Clause("#/paths/~1channels~1{channel_id}~1messages/post/requestBody", "application/json"),
    operations=EVERY_OPERATION,
    when=is_valid_case,
    needs={"cases"},
)
def valid_request_is_accepted(reading: Reading) -> Iterator[Finding]:
    if 400 <= reading.status < 500 and not _may_be_unknown(reading):
        received = f"{reading.status} {reading.error.get('message', '')}".strip()
        yield Finding("a success", received, at="status")


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
    when=lambda reading: is_in_contract(reading) and bool(_refusable(reading)),
    needs={"cases"},
)
def broken_constraint_is_refused(reading: Reading) -> Iterator[Finding]:
    if 200 <= reading.status < 300:
        for broken in _refusable(reading):
            yield replace(
                broken, expected=f"a refusal: {broken.expected}", received=f"{reading.status} to {broken.received}"
            )


def _refusable(reading: Reading) -> tuple[Finding, ...]:
    """What of the request as it was sent breaks a constraint whose violation is documented to be refused."""
    return tuple(_deviations(reading, reading.judge.parameter_refusals, reading.judge.request_refusals))


_OfParameter = Callable[[Operation, str, str], tuple[Finding, ...]]
_OfBody = Callable[[Operation, str, Json], tuple[Finding, ...]]


def _deviations(reading: Reading, of_parameter: _OfParameter, of_body: _OfBody) -> Iterator[Finding]:
    """Judged from the bytes that went out; a parameter sent twice has no value that a document settles."""
    if reading.operation is None:
        return
    query = parse_qsl(urlsplit(reading.request.url).query, keep_blank_values=True)
    for name, text in query:
        if [each for each, _ in query].count(name) == 1:
            yield from of_parameter(reading.operation, name, text)
    kind = next(iter(lines_of(reading.request.headers, "content-type")), "")
    sent = decode(kind, reading.request.body) if kind in {JSON, MSGPACK} else Decoded()
    if sent.has_value:
        yield from of_body(reading.operation, kind, sent.value)


def _may_be_unknown(reading: Reading) -> bool:
    """A generated id names no device, and a target may limit how often it is asked."""
    return reading.status == 429 or (reading.status == 404 and "{device_id}" in reading.exchange.operation)
