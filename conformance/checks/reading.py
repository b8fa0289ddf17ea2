"""A reading: one exchange in the light of the contract, decoded once for all checks.

Pure. Home of `check`, the head of a check, and of the antecedents that checks share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.schemas import Judge
from conformance.contract import Contract, Operation
from conformance.contract.document import ResponseSpec
from conformance.errors import SuiteError
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
    Origin,
    Request,
    Response,
    lines_of,
)
from conformance.requirement import requirement
from conformance.wire.codec import Decoded, decode

FORMATS = {"json": JSON, "jsonp": JAVASCRIPT, "msgpack": MSGPACK, "html": HTML}
"""The words of `format` and the media type that each asks for (rest-api, response format)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """operation, spec: what the contract says of this exchange, None outside of it. asked: the media type that the
    caller wants, None where it is not certain. judge: the schemas as corrected; published: word for word.
    """

    exchange: Exchange
    response: Response
    operation: Operation | None
    spec: ResponseSpec | None
    decoded: Decoded
    asked: str | None
    judge: Judge
    published: Judge

    @property
    def request(self) -> Request:
        return self.exchange.request

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def media_type(self) -> str:
        return self.response.media_type

    @property
    def error(self) -> dict[str, Json]:
        """The member `error` of the body, or {}."""
        body = self.decoded.value
        error = body.get("error") if isinstance(body, dict) else None
        return error if isinstance(error, dict) else {}


class Reader:
    """Reads exchanges against one contract and, for comparison, against its published text."""

    def __init__(self, contract: Contract) -> None:
        self._operations = {operation.label: operation for operation in contract.operations}
        self._judge = Judge(contract.document, contract.published)
        self._published = Judge(contract.published)

    def read(self, exchange: Exchange) -> Reading:
        response = exchange.response
        if response is None:
            raise SuiteError("An exchange without a response cannot be read")
        operation = self._operations.get(exchange.operation)
        return Reading(
            exchange=exchange,
            response=response,
            operation=operation,
            spec=operation.response(response.status) if operation else None,
            decoded=decode(response.media_type, response.body) if response.body else Decoded(),
            asked=asked_for(exchange.request),
            judge=self._judge,
            published=self._published,
        )


def asked_for(request: Request) -> str | None:
    """Accept first, then `format`, then JSON (rest-api, response format); None for what no document settles."""
    query = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    if "envelope" in query:
        return None
    accept = [line.strip() for line in lines_of(request.headers, "accept")]
    if accept and accept != ["*/*"]:
        return accept[0] if accept[0] in FORMATS.values() and len(accept) == 1 else None
    return FORMATS.get(query["format"]) if "format" in query else JSON


Check = Callable[[Reading], Iterable[Finding]]
Antecedent = Callable[[Reading], bool]
_WHEN = "__when__"


def check(
    id: str,  # noqa: A002  the word of the catalogue
    level: Level,
    title: str,
    *,
    clause: Clause,
    when: Antecedent,
    operations: Iterable[str],
    needs: Iterable[str] = (),
) -> Callable[[Check], Check]:
    """The head of a check: a requirement, and the antecedent that makes an exchange an opportunity."""

    def attach(function: Check) -> Check:
        setattr(function, _WHEN, when)
        return requirement(id, level, title, clause=clause, operations=operations, needs=needs)(function)

    return attach


def antecedent_of(thing: object) -> Antecedent:
    found: Antecedent = getattr(thing, _WHEN)
    return found


# Antecedents: what an exchange has to be ---------------------------------------------------------------------------


SHAPING = frozenset({"envelope", "fields", "flatten", "select"})
"""Query parameters that ask for an answer of another shape than the contract's (rest-api, restructuring)."""


def is_in_contract(reading: Reading) -> bool:
    if reading.operation is None or reading.request.method != reading.operation.method:
        return False
    return not SHAPING & {name for name, _ in parse_qsl(urlsplit(reading.request.url).query, keep_blank_values=True)}


def is_success(reading: Reading) -> bool:
    return is_in_contract(reading) and 200 <= reading.status < 300


def is_error(reading: Reading) -> bool:
    return reading.status >= 400 and reading.request.method not in {"HEAD", "OPTIONS"}


def is_api_error(reading: Reading) -> bool:
    """An error whose body was asked for as data; HTML and JSONP are for people and pages."""
    return is_error(reading) and reading.asked in {JSON, MSGPACK}


def has_body(reading: Reading) -> bool:
    return bool(reading.response.body) and reading.request.method != "HEAD"


def is_json(reading: Reading) -> bool:
    return has_body(reading) and reading.media_type == JSON


def is_msgpack(reading: Reading) -> bool:
    return has_body(reading) and reading.media_type == MSGPACK


def is_from(*origins: Origin) -> Antecedent:
    return lambda reading: reading.exchange.origin in origins
