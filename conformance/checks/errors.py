"""ERR: error responses, whose status, headers and body have to agree."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.reading import Reading, absence, check, is_api_error, is_error, is_success
from conformance.checks.schemas import shown
from conformance.model import MAY, MUST, SHOULD, Clause, Finding
from conformance.requirement import EVERY_OPERATION

ERRORS = "ably/docs rest-api, error response format"
WRAPPED = Clause(ERRORS, "an error body has a member error with code, statusCode and message")
HEADERS = Clause(ERRORS, "X-Ably-ErrorCode: the Ably error code")

_BAD_REQUEST = frozenset({400, 405, 406, 411, 413, 414, 415, 422, 431})
"""Statuses for a request that is invalid in its form. No document says which of them belongs to which code."""

CODES = {
    **dict.fromkeys((40000, 40001), _BAD_REQUEST),
    **dict.fromkeys((40003, 40005, 40006, 40010, 40012, 40013, 40015, 40016, 40031, 40032), frozenset({400})),
    40004: frozenset({400, 406, 415}),  # an invalid request header, and HTTP has these statuses for Accept and its like
    40009: frozenset({413}),
    **dict.fromkeys((40100, 40101, 40102, 40103, 40104, 40105, 40133), frozenset({401})),
    **dict.fromkeys((40140, 40141, 40142, 40143, 40145, 40160, 40161, 40162), frozenset({401})),
    40144: frozenset({401, 400}),  # 400 for some malformed claims of a JWT
    40400: frozenset({404, 401}),  # 401 for an unknown key of a known app, as the SDK specification asserts
}
"""Error codes, with the statuses that the pages of Ably's error table, its documentation or its SDK suites give them.

No document says that the first digits of a code are its status; 40034 and 40099 have no status in any.
"""


def has_error_member(reading: Reading) -> bool:
    return is_api_error(reading) and bool(reading.error)


def has_code_in_header_and_body(reading: Reading) -> bool:
    return has_error_member(reading) and bool(reading.response.lines("x-ably-errorcode")) and "code" in reading.error


@check(
    "ERR-01",
    MUST,
    "A 4xx response to a request for JSON or MessagePack has an error object in its body",
    clause=WRAPPED,
    operations=EVERY_OPERATION,
    when=lambda reading: is_api_error(reading) and reading.status < 500,
)
def wrapped_error(reading: Reading) -> Iterator[Finding]:
    if not reading.error and not reading.decoded.flaws:
        expected = 'a body with the member "error", an object with code, statusCode and message'
        yield Finding(expected, _body_in_words(reading), at="/error")


def _body_in_words(reading: Reading) -> str:
    if reading.decoded.has_value:
        return f"the body {shown(reading.decoded.value)}"
    return f"a body with {reading.content_type_in_words}" if reading.response.body else "no body"


@check(
    "ERR-02",
    MUST,
    "The statusCode of an error body is the HTTP status",
    clause=WRAPPED,
    operations=EVERY_OPERATION,
    when=lambda reading: has_error_member(reading) and "statusCode" in reading.error,
)
def status_agrees(reading: Reading) -> Iterator[Finding]:
    if reading.error["statusCode"] != reading.status:
        received = f"statusCode {shown(reading.error['statusCode'])} with the HTTP status {reading.status}"
        yield Finding("a statusCode that equals the HTTP status", received, at="/error/statusCode")


@check(
    "ERR-03",
    MUST,
    "The header x-ably-errorcode and the code of the error body agree",
    clause=HEADERS,
    operations=EVERY_OPERATION,
    when=has_code_in_header_and_body,
)
def code_agrees(reading: Reading) -> Iterator[Finding]:
    for line in reading.response.lines("x-ably-errorcode"):
        if line.strip() != str(reading.error["code"]):
            received = f"the header {shown(line)} with the code {shown(reading.error['code'])}"
            yield Finding("a header x-ably-errorcode that equals the code of the body", received, at="x-ably-errorcode")


@check(
    "ERR-04",
    MUST,
    "A 4xx response has non-empty x-ably-errorcode and x-ably-errormessage headers",
    clause=Clause(ERRORS, "an error has the headers X-Ably-ErrorCode and X-Ably-ErrorMessage"),
    operations=EVERY_OPERATION,
    when=lambda reading: is_api_error(reading) and reading.status < 500,
)
def error_headers(reading: Reading) -> Iterator[Finding]:
    for name in ("x-ably-errorcode", "x-ably-errormessage"):
        if not any(line.strip() for line in reading.response.lines(name)):
            yield Finding(f"the header {name}", absence(reading, name), at=name)


@check(
    "ERR-05",
    MUST,
    "A successful response has no x-ably-errorcode or x-ably-errormessage header",
    clause=Clause(
        "ably/ably-python test/ably/rest/restrequest_test", "a successful response has neither error code nor message"
    ),
    operations=EVERY_OPERATION,
    when=is_success,
)
def no_error_headers(reading: Reading) -> Iterator[Finding]:
    for name in ("x-ably-errorcode", "x-ably-errormessage"):
        for line in reading.response.lines(name):
            yield Finding(f"no header {name}", f"the header {name} with the value {shown(line)}", at=name)


@check(
    "ERR-06",
    MUST,
    "The server answers no request except TRACE with a 5xx status",
    clause=Clause("RFC 9110 section 15.6", "the server is aware that it has erred"),
    operations=EVERY_OPERATION,
    when=lambda reading: reading.request.method != "TRACE",
)
def no_server_error(reading: Reading) -> Iterator[Finding]:
    if reading.status >= 500:
        yield Finding("a status below 500", f"status {reading.status}", at="status")


@check(
    "ERR-07",
    MUST,
    "A known error code is returned only with an HTTP status that belongs to it",
    clause=Clause("ably/ably-common errors/codes", "the page of an error code names its HTTP statuses"),
    operations=EVERY_OPERATION,
    when=lambda reading: is_error(reading) and _code(reading) in CODES,
)
def known_code_has_its_status(reading: Reading) -> Iterator[Finding]:
    accepted = CODES[reading.error["code"]]
    if reading.status not in accepted:
        statuses = " or ".join(map(str, sorted(accepted)))
        received = (
            f"status {reading.status} with error code {reading.error['code']}, which belongs to status {statuses}"
        )
        yield Finding("a status that belongs to the error code", received, at="status")


def _code(reading: Reading) -> int:
    """The error code, or 0 for a value that is not an integer, such as a list, which cannot be hashed."""
    code = reading.error.get("code")
    return code if isinstance(code, int) else 0


@check(
    "ERR-22",
    MUST,
    "An error body has an integer code, an integer statusCode and a non-empty message",
    clause=WRAPPED,
    operations=EVERY_OPERATION,
    when=has_error_member,
)
def whole_error(reading: Reading) -> Iterator[Finding]:
    for name in ("code", "statusCode"):
        if type(reading.error.get(name)) is not int:
            yield Finding(f"the member {name}, an integer", _member_in_words(reading, name), at=f"/error/{name}")
    message = reading.error.get("message")
    if not isinstance(message, str) or not message.strip():
        yield Finding("the member message, a text", _member_in_words(reading, "message"), at="/error/message")


def _member_in_words(reading: Reading, name: str) -> str:
    error = reading.error
    return f"the member {name} with the value {shown(error[name])}" if name in error else f"no member {name}"


@check(
    "ERR-23",
    SHOULD,
    "The x-ably-errormessage header contains only printable ASCII characters",
    clause=Clause("RFC 9110 section 5.5", "new fields limit their values to US-ASCII octets"),
    operations=EVERY_OPERATION,
    when=lambda reading: is_error(reading) and bool(reading.response.lines("x-ably-errormessage")),
)
def ascii_message(reading: Reading) -> Iterator[Finding]:
    for line in reading.response.lines("x-ably-errormessage"):
        if not line.isascii() or not line.isprintable():
            received = f"the header x-ably-errormessage with the value {shown(line)}"
            yield Finding("visible ASCII", received, at="x-ably-errormessage")


@check(
    "ERR-24",
    SHOULD,
    "The serverId in an error body is the x-ably-serverid header, or that with a suffix",
    clause=Clause("#/components/schemas/Error/properties/serverId/description", "with which error was encountered"),
    operations=EVERY_OPERATION,
    when=lambda reading: (
        has_error_member(reading) and bool(_server_line(reading)) and reading.error.get("serverId") is not None
    ),
)
def server_agrees(reading: Reading) -> Iterator[Finding]:
    if not str(reading.error["serverId"]).startswith(_server_line(reading)):
        received = f"serverId {shown(reading.error['serverId'])} with the header {shown(_server_line(reading))}"
        yield Finding("a serverId that begins with the header x-ably-serverid", received, at="/error/serverId")


def _server_line(reading: Reading) -> str:
    return next(iter(reading.response.lines("x-ably-serverid")), "")


@check(
    "ERR-26",
    MAY,
    "An error body has the member nonfatal, a boolean",
    clause=Clause(ERRORS, "other members are often present; recorded errors of the service bear nonfatal"),
    operations=EVERY_OPERATION,
    when=has_error_member,
)
def nonfatal_is_a_boolean(reading: Reading) -> Iterator[Finding]:
    if not isinstance(reading.error.get("nonfatal"), bool):
        yield Finding("the member nonfatal, a boolean", _member_in_words(reading, "nonfatal"), at="/error/nonfatal")
