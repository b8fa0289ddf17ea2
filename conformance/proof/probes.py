"""The probe of an erratum: the smallest request or answer that is judged differently with it and without it.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.checks.schemas import Judge
from conformance.contract import Operation
from conformance.model import JSON, Json

PASSES, FAILS = "passes", "fails"


def verdict(judge: Judge, probe: Json) -> str:
    """How a document judges a probe. Raises LookupError when it lacks what the probe asks."""
    operation = judge.operation(probe["operation"])
    if operation is None:
        raise LookupError(probe["operation"])
    kind = next(name for name in _KINDS if name in probe)
    return FAILS if any(_KINDS[kind](judge, operation, probe)) else PASSES


_Judged = Iterable[object]


def _request_body(judge: Judge, operation: Operation, probe: Json) -> _Judged:
    media_type = probe.get("media_type", JSON)
    is_listed = operation.body(media_type) is not None
    return judge.request_findings(operation, media_type, probe["request_body"]) if is_listed else ["not listed"]


def _example(judge: Judge, operation: Operation, _probe: Json) -> _Judged:
    body = operation.body(JSON)
    if body is None:
        raise LookupError(JSON)
    return judge.request_findings(operation, JSON, body.example)


def _no_body(_judge: Judge, operation: Operation, _probe: Json) -> _Judged:
    return ["a body is needed"] if operation.needs_body else []


def _parameter(judge: Judge, operation: Operation, probe: Json) -> _Judged:
    return judge.parameter_findings(operation, probe["parameter"], probe["value"])


def _headers(judge: Judge, operation: Operation, probe: Json) -> _Judged:
    lines = tuple(probe["headers"].items())
    missing = judge.missing_headers(operation, probe["status"], lines)
    return [*missing, *(each for line in lines for each in judge.header_findings(operation, probe["status"], *line))]


def _body(judge: Judge, operation: Operation, probe: Json) -> _Judged:
    media_type = probe.get("media_type", JSON)
    response = operation.response(probe["status"])
    if response is None:
        raise LookupError(probe["status"])
    is_listed = not response.content or response.media(media_type) is not None
    return judge.body_findings(operation, probe["status"], media_type, probe["body"]) if is_listed else ["not listed"]


_KINDS: dict[str, Callable[[Judge, Operation, Json], _Judged]] = {
    "request_body": _request_body,
    "example": _example,
    "no_body": _no_body,
    "parameter": _parameter,
    "headers": _headers,
    "body": _body,
}
