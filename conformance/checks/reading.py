"""A reading: one exchange with its decoded body and what the contract says of it, made once for all checks.

Pure. Also has the decorator `check`, which attaches a requirement to a check function, and the shared antecedents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.partial import request_of, require_header_lines, response_of
from conformance.checks.schemas import Judge, shown
from conformance.contract import Contract, Operation
from conformance.contract.document import ResponseSpec
from conformance.errors import SuiteError, UnrecordedError
from conformance.model import (
    HTML,
    JAVASCRIPT,
    JSON,
    MSGPACK,
    Clause,
    Exchange,
    Finding,
    Json,
    Level,
    Request,
    Response,
)
from conformance.requirement import requirement
from conformance.wire.codec import Decoded, decode

FORMATS = {"json": JSON, "jsonp": JAVASCRIPT, "msgpack": MSGPACK, "html": HTML}
"""The values of the `format` parameter and the media type that each selects (rest-api, response format)."""


@dataclass(frozen=True)
class Reading:
    """An exchange that has a response. What a recording lacks of it raises UnrecordedError.

    operation, spec: its operation and response in the contract, None where the contract has none. asked: the media type
    that the request asks for, None where nothing decides it. judge: the schemas with errata; published: without.
    is_new: whether the suite was written for a contract without this operation, of which other documents say nothing.
    """

    exchange: Exchange
    request: Request
    response: Response
    operation: Operation | None
    spec: ResponseSpec | None
    body: Decoded | None
    asked: str | None
    judge: Judge
    published: Judge
    is_new: bool = False

    @cached_property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The query parameters of the request, decoded."""
        return tuple(parse_qsl(urlsplit(self.request.url).query, keep_blank_values=True))

    @cached_property
    def sent(self) -> Decoded:
        """The body of the request, where it is JSON or MessagePack."""
        media_type = self.request.media_type
        return decode(media_type, self.request.body) if media_type in {JSON, MSGPACK} else Decoded()

    @cached_property
    def is_in_contract(self) -> bool:
        """Whether the contract describes the response: its operation is known, and nothing changes its shape."""
        if self.operation is None or self.request.method != self.operation.method:
            return False
        return not SHAPING & {name for name, _ in self.query}

    def body_findings(self, body: Json) -> tuple[Finding, ...]:
        """The deviations from the schema of the body, or of a part of it, with whether they are some as published."""
        return self._findings_of_body if body is self.decoded.value else self._findings(body)

    @cached_property
    def _findings_of_body(self) -> tuple[Finding, ...]:
        return self._findings(self.decoded.value)

    def _findings(self, body: Json) -> tuple[Finding, ...]:
        if self.operation is None or not self.decoded.has_value:
            return ()
        where = (self.operation, self.status, self.media_type, body)
        found = self.judge.body_findings(*where)
        as_published = "fails" if found and self.published.body_findings(*where) else "passes"
        return tuple(replace(finding, as_published=as_published) for finding in found)

    @property
    def decoded(self) -> Decoded:
        """The body of the response."""
        if self.body is None:
            raise UnrecordedError("the recording lacks the body of the response")
        return self.body

    def separate_lines(self, name: str) -> tuple[str, ...]:
        """Every line of a header of the response, for a check that counts what one line has."""
        require_header_lines(self.exchange)
        return self.response.lines(name)

    @property
    def status(self) -> int:
        return self.response.status

    @cached_property
    def media_type(self) -> str:
        return self.response.media_type

    @property
    def content_type_in_words(self) -> str:
        stated = self.response.content_type
        return f"the Content-Type {shown(stated)}" if stated else "no Content-Type"

    @property
    def error(self) -> dict[str, Json]:
        """The member `error` of the body, or {}."""
        body = self.decoded.value
        error = body.get("error") if isinstance(body, dict) else None
        return error if isinstance(error, dict) else {}


def absence(reading: Reading, name: str) -> str:
    """How a header without a value was received, in words."""
    return f"an empty header {name}" if reading.response.lines(name) else f"no header {name}"


class Reader:
    """Makes readings, with the schemas of a contract as corrected by errata and as published."""

    def __init__(self, contract: Contract) -> None:
        self._operations = {operation.label: operation for operation in contract.operations}
        self._new = frozenset(contract.difference.new)
        self._judge = Judge(contract.document, contract.published)
        self._published = Judge(contract.published)

    def read(self, exchange: Exchange) -> Reading:
        request, response = request_of(exchange), response_of(exchange)
        if response is None:
            raise SuiteError("An exchange without a response has no reading")
        operation = self._operations.get(exchange.operation)
        return Reading(
            exchange=exchange,
            request=request,
            response=response,
            operation=operation,
            spec=operation.response(response.status) if operation else None,
            body=_decoded(response),
            asked=_asked(request),
            judge=self._judge,
            published=self._published,
            is_new=exchange.operation in self._new,
        )


def _decoded(response: Response) -> Decoded | None:
    try:
        return decode(response.media_type, response.body) if response.body else Decoded()
    except UnrecordedError:
        return None


def _asked(request: Request) -> str | None:
    try:
        return asked_for(request)
    except UnrecordedError:
        return None


def asked_for(request: Request) -> str | None:
    """The media type that a request asks for: by Accept, else by `format`, else JSON (rest-api, response format).

    None where no document decides it: with an envelope, several accepted types or an unknown format.
    """
    query = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    if "envelope" in query:
        return None
    accept = [line.strip() for line in request.lines("accept")]
    if accept and accept != ["*/*"]:
        return accept[0] if accept[0] in FORMATS.values() and len(accept) == 1 else None
    return FORMATS.get(query["format"]) if "format" in query else JSON


Check = Callable[[Reading], Iterable[Finding]]
Antecedent = Callable[[Reading], bool]
_WHEN = "__when__"


def check(
    id: str,  # noqa: A002  the word that the catalogue uses
    level: Level,
    title: str,
    *,
    clause: Clause,
    when: Antecedent,
    operations: Iterable[str],
    needs: Iterable[str] = (),
) -> Callable[[Check], Check]:
    """Attach a requirement to a check function. when: its antecedent, which selects the exchanges that it judges."""

    def attach(function: Check) -> Check:
        setattr(function, _WHEN, when)
        return requirement(id, level, title, clause=clause, operations=operations, needs=needs)(function)

    return attach


def antecedent_of(function: Check) -> Antecedent:
    found: Antecedent = getattr(function, _WHEN)
    return found


# Antecedents ---------------------------------------------------------------------------------------------------------

SHAPING = frozenset({"envelope", "fields", "flatten", "select"})
"""Query parameters that change the shape of a response, so that the schemas do not apply (rest-api, restructuring)."""


def is_in_contract(reading: Reading) -> bool:
    return reading.is_in_contract


def is_success(reading: Reading) -> bool:
    return is_in_contract(reading) and 200 <= reading.status < 300


def is_error(reading: Reading) -> bool:
    return reading.status >= 400 and reading.request.method not in {"HEAD", "OPTIONS"}


def is_api_error(reading: Reading) -> bool:
    """An error response to a request for JSON or MessagePack; no document defines an error body in HTML or JSONP."""
    return is_error(reading) and reading.asked in {JSON, MSGPACK}


def has_body(reading: Reading) -> bool:
    return bool(reading.response.body) and reading.request.method != "HEAD"


def is_json(reading: Reading) -> bool:
    return has_body(reading) and reading.media_type == JSON


def is_msgpack(reading: Reading) -> bool:
    return has_body(reading) and reading.media_type == MSGPACK
