"""RSP: the status, the media type and the body of every response."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.reading import (
    Reading,
    check,
    has_body,
    is_in_contract,
    is_json,
    is_msgpack,
    is_success,
)
from conformance.checks.schemas import MOST_FAULTS, shown
from conformance.contract.pointers import escaped
from conformance.model import HTML, JAVASCRIPT, JSON, MAY, MSGPACK, MUST, SHOULD, Clause, Finding, Json
from conformance.requirement import EVERY_OPERATION
from conformance.wire.codec import NOTHING, callback_of
from conformance.wire.framing import has_known_end

TIME = "#/paths/~1time/get/responses/2XX/content"
JSON_BODY = Clause(f"{TIME}/application~1json", "application/json")
MSGPACK_BODY = Clause(f"{TIME}/application~1x-msgpack", "application/x-msgpack")
FORMAT = Clause("#/components/parameters/responseFormat/description", "The response format you would like")
STATUSES = Clause("ably/docs rest-api", "each operation documents the status of its success")

_WRITE_ONLY = "/writeOnly"

_GET, _WRITE, _DELETED = frozenset({200}), frozenset({200, 201}), frozenset({204})

EXACT = {
    "POST /channels/{channel_id}/messages": frozenset({201}),
    "DELETE /push/deviceRegistrations": _DELETED,
    "DELETE /push/deviceRegistrations/{device_id}": _DELETED,
    "DELETE /push/channelSubscriptions": _DELETED,
    "POST /push/publish": frozenset({200, 201, 204}),
}
"""Success statuses that Ably documents or its SDK suites assert; any other GET has 200, any other write 200 or 201."""


def has_json_spec(reading: Reading) -> bool:
    return is_in_contract(reading) and is_json(reading) and _is_listed(reading)


def has_msgpack_spec(reading: Reading) -> bool:
    return is_in_contract(reading) and is_msgpack(reading) and _is_listed(reading)


def _is_listed(reading: Reading) -> bool:
    return reading.spec is not None and reading.spec.media(reading.media_type) is not None


@check(
    "RSP-01",
    MUST,
    "A JSON response body matches the schema documented for its status",
    clause=JSON_BODY,
    operations=EVERY_OPERATION,
    when=has_json_spec,
)
def json_body_schema(reading: Reading) -> Iterator[Finding]:
    return _body_schema(reading)


@check(
    "RSP-02",
    MUST,
    "A MessagePack response body matches the schema documented for its status",
    clause=MSGPACK_BODY,
    operations=EVERY_OPERATION,
    when=has_msgpack_spec,
    needs={"msgpack"},
)
def msgpack_body_schema(reading: Reading) -> Iterator[Finding]:
    return _body_schema(reading)


@check(
    "RSP-14",
    SHOULD,
    "No response body contains a member that the contract declares write-only",
    clause=Clause("#/components/schemas/Recipient/properties/clientId/writeOnly", "true"),
    operations=EVERY_OPERATION,
    when=lambda reading: has_json_spec(reading) or has_msgpack_spec(reading),
)
def no_write_only_members(reading: Reading) -> Iterator[Finding]:
    found = reading.body_findings(reading.decoded.value)
    yield from (each for each in found if each.pointer.endswith(_WRITE_ONLY))
    yield from (
        Finding("no such member: it is write-only", f"{name} {shown(value)}", at=f"/push/recipient/{name}")
        for recipient in _recipients(reading.decoded.value)
        for name, value in recipient.items()
        if name in {"clientId", "deviceId"}
    )


def _recipients(body: Json) -> Iterator[dict[str, Json]]:
    """The recipients of a device or a list of devices.

    They are nested objects, where the contract has a dotted name, so the schema does not find their members.
    """
    for device in body if isinstance(body, list) else [body]:
        push = device.get("push") if isinstance(device, dict) else None
        recipient = push.get("recipient") if isinstance(push, dict) else None
        if isinstance(recipient, dict):
            yield recipient


def _body_schema(reading: Reading) -> Iterator[Finding]:
    """The deviations from the schema, except write-only members (RSP-14) and null as an optional member (RSP-49)."""
    found = reading.body_findings(_without_faulty_nulls(reading))
    return (each for each in found if not each.pointer.endswith(_WRITE_ONLY))


def _without_faulty_nulls(reading: Reading) -> Json:
    """The body without the members that are null and stand where the schema finds a deviation."""
    body = _judged_part(reading.decoded.value)
    found = reading.body_findings(body)
    # Where not all deviations were looked at, any null may be one.
    places = {""} if 2 * len(found) >= MOST_FAULTS else {finding.at for finding in found}
    return _without_nulls(body, places, "") if places else body


def _judged_part(body: Json) -> Json:
    """A list without the items that are beyond any limit: the schema speaks of each item alone."""
    return body[:MOST_ITEMS] if isinstance(body, list) and len(body) > MOST_ITEMS else body


MOST_ITEMS = 1_000
"""The largest limit of the contract."""


def _without_nulls(value: Json, places: Collection[str], path: str) -> Json:
    if isinstance(value, list):
        return [_without_nulls(each, places, f"{path}/{number}") for number, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    members = ((name, each, f"{path}/{escaped(str(name))}") for name, each in value.items())
    return {
        name: _without_nulls(each, places, here)
        for name, each, here in members
        if each is not None or not any(above in places for above in _from_the_root(here))
    }


def _from_the_root(path: str) -> Iterator[str]:
    """The pointers to the body, to each value on the way, and to the value itself."""
    steps = path.split("/")
    return ("/".join(steps[:number]) for number in range(1, len(steps) + 1))


@check(
    "RSP-49",
    SHOULD,
    "A response leaves out an optional member that has no value, instead of sending null",
    clause=Clause("#/components/schemas/Message/properties/clientId/type", "string"),
    operations=EVERY_OPERATION,
    when=lambda reading: has_json_spec(reading) or has_msgpack_spec(reading),
)
def no_null_members(reading: Reading) -> Iterator[Finding]:
    """No MUST: the service itself has answered `push.state` as null (ably/docs issue 1251); SDKs read it as absent."""
    without = set(reading.body_findings(_without_faulty_nulls(reading)))
    yield from (each for each in reading.body_findings(_judged_part(reading.decoded.value)) if each not in without)


@check(
    "RSP-03",
    MUST,
    "A successful response has the status documented for its operation",
    clause=STATUSES,
    operations=EVERY_OPERATION,
    when=lambda reading: is_success(reading) and not reading.is_new,
)
def exact_status(reading: Reading) -> Iterator[Finding]:
    operation = reading.exchange.operation
    accepted = EXACT.get(operation, _GET if operation.startswith("GET ") else _WRITE)
    if reading.status not in accepted:
        yield Finding(" or ".join(map(str, sorted(accepted))), f"status {reading.status}", at="status")


@check(
    "RSP-04",
    MUST,
    "A JSON response body is exactly one valid JSON value in UTF-8",
    clause=JSON_BODY,
    operations=EVERY_OPERATION,
    when=is_json,
)
def strict_json(reading: Reading) -> Iterator[Finding]:
    for flaw in reading.decoded.flaws:
        yield Finding("one JSON value in UTF-8 (RFC 8259)", f"a body with a syntax error: {flaw}")


@check(
    "RSP-05",
    MUST,
    "A MessagePack response body is exactly one valid MessagePack value",
    clause=MSGPACK_BODY,
    operations=EVERY_OPERATION,
    when=is_msgpack,
    needs={"msgpack"},
)
def strict_msgpack(reading: Reading) -> Iterator[Finding]:
    for flaw in reading.decoded.flaws:
        yield Finding("exactly one MessagePack value", f"a body with a syntax error: {flaw}")


@check(
    "RSP-06",
    SHOULD,
    "No object in a response body repeats a member name",
    clause=Clause("RFC 8259 section 4", "The names within an object SHOULD be unique"),
    operations=EVERY_OPERATION,
    when=lambda reading: is_json(reading) or is_msgpack(reading),
)
def unique_members(reading: Reading) -> Iterator[Finding]:
    for name in reading.decoded.repeats:
        yield Finding("each member once", f"the member {shown(name)} twice", at=name)


@check(
    "RSP-07",
    MUST,
    "A response body is JSON when the request asks for JSON",
    clause=FORMAT,
    operations=EVERY_OPERATION,
    when=lambda reading: has_body(reading) and is_in_contract(reading) and reading.asked == JSON,
)
def json_as_asked(reading: Reading) -> Iterator[Finding]:
    return _as_asked(reading)


@check(
    "RSP-13",
    MUST,
    "A response body is MessagePack when the request asks for MessagePack",
    clause=FORMAT,
    operations=EVERY_OPERATION,
    when=lambda reading: has_body(reading) and is_in_contract(reading) and reading.asked == MSGPACK,
    needs={"msgpack"},
)
def msgpack_as_asked(reading: Reading) -> Iterator[Finding]:
    return _as_asked(reading)


@check(
    "RSP-08",
    MUST,
    "A successful response is HTML or JSONP when the request asks for that format",
    clause=FORMAT,
    operations=EVERY_OPERATION,
    when=lambda reading: has_body(reading) and is_success(reading) and reading.asked in {HTML, JAVASCRIPT},
    needs={"html"},
)
def page_as_asked(reading: Reading) -> Iterator[Finding]:
    return _as_asked(reading)


def _as_asked(reading: Reading) -> Iterator[Finding]:
    if reading.media_type != reading.asked:
        yield Finding(str(reading.asked), reading.content_type_in_words, at="Content-Type")


DECODING_STOPS = "ably-js on Node decodes no error body, and ably-php no body at all"
"""What SDKs do with a Content-Type that has parameters (ably-js platform/nodejs/lib/util/http, ably-php Http)."""


@check(
    "RSP-09",
    SHOULD,
    "The Content-Type of a JSON or MessagePack response has no parameters",
    clause=Clause(
        "ably/ably-php tests AblyRestRequestTest",
        "Content-Type equals the media type of the protocol, though HTTP allows parameters (RFC 9110 section 8.3)",
    ),
    operations=EVERY_OPERATION,
    when=lambda reading: is_in_contract(reading) and has_body(reading) and reading.media_type in {JSON, MSGPACK},
)
def bare_media_type(reading: Reading) -> Iterator[Finding]:
    if reading.response.content_type.strip().lower() != reading.media_type:
        expected = f"{reading.media_type} without parameters, with which {DECODING_STOPS}"
        yield Finding(expected, reading.content_type_in_words, at="Content-Type")


@check(
    "RSP-10",
    MUST,
    "A 204 response has no body",
    clause=Clause("RFC 9110 section 15.3.5", "a 204 response is terminated by the end of the header section"),
    operations=[
        "DELETE /push/deviceRegistrations",
        "DELETE /push/deviceRegistrations/{device_id}",
        "DELETE /push/channelSubscriptions",
        "POST /push/publish",
    ],
    when=lambda reading: reading.status == 204,
    needs={"documentation", "push"},  # the contract has no 204; Ably's documentation has it, for push
)
def no_content(reading: Reading) -> Iterator[Finding]:
    if reading.response.body:
        yield Finding("no body", f"a body of {len(reading.response.body)} bytes")
    for name in ("Content-Length", "Transfer-Encoding"):
        for line in reading.response.lines(name):
            if line.strip() != "0":
                yield Finding("no body", f"the header {name} with the value {shown(line)}", at=name)


@check(
    "RSP-55",
    MAY,
    "A 204 response has the Content-Type of the requested format",
    clause=Clause("RFC 9110 section 15.3.5", "the header of a 204 may describe the representation of the resource"),
    operations=[
        "DELETE /push/deviceRegistrations",
        "DELETE /push/deviceRegistrations/{device_id}",
        "DELETE /push/channelSubscriptions",
        "POST /push/publish",
    ],
    when=lambda reading: is_in_contract(reading) and reading.status == 204 and reading.asked is not None,
    needs={"documentation", "push"},
)
def type_of_no_content(reading: Reading) -> Iterator[Finding]:
    return _as_asked(reading)


@check(
    "RSP-11",
    MUST,
    "A JSONP response calls the function named by callback with one JSON value",
    clause=Clause("ably/docs rest-api", "JSONP wraps the response in a call of the function named by callback"),
    operations=EVERY_OPERATION,
    when=lambda reading: is_success(reading) and has_body(reading) and reading.media_type == JAVASCRIPT,
    needs={"html"},
)
def jsonp_call(reading: Reading) -> Iterator[Finding]:
    for flaw in reading.decoded.flaws:
        yield Finding("callback(value) with one JSON value", f"a body with a syntax error: {flaw}")
    named = dict(parse_qsl(urlsplit(reading.request.url).query)).get("callback", "")
    called = callback_of(reading.response.body)
    if named and called and called != named:
        received = f"a call of {shown(called)}, where the parameter callback is {shown(named)}"
        yield Finding("a call of the function that the parameter callback names", received)


def has_content(reading: Reading) -> bool:
    """Whether a body is documented for the response, and was not discarded because its end is unknown."""
    is_documented = reading.status != 204 and bool(reading.spec and reading.spec.content)
    return is_documented and has_known_end(reading.response.headers)


@check(
    "RSP-12",
    MUST,
    "A success with a documented body has a body in JSON, MessagePack, JSONP or HTML",
    clause=JSON_BODY,
    operations=[
        "GET /channels/{channel_id}/messages",
        "POST /channels/{channel_id}/messages",
        "GET /channels/{channel_id}/presence",
        "GET /channels/{channel_id}/presence/history",
        "GET /channels/{channel_id}",
        "GET /channels",
        "GET /push/deviceRegistrations",
        "POST /push/deviceRegistrations",
        "GET /push/deviceRegistrations/{device_id}",
        "PUT /push/deviceRegistrations/{device_id}",
        "PATCH /push/deviceRegistrations/{device_id}",
        "GET /push/deviceRegistrations/{device_id}/resetUpdateToken",
        "GET /push/channelSubscriptions",
        "POST /push/channelSubscriptions",
        "GET /push/channels",
        "POST /keys/{keyName}/requestToken",
        "GET /stats",
        "GET /time",
    ],
    when=lambda reading: is_success(reading) and has_content(reading),
)
def listed_media_type(reading: Reading) -> Iterator[Finding]:
    listed = {each.media_type for each in reading.spec.content} | {JAVASCRIPT} if reading.spec else set()
    if not reading.response.body or (reading.decoded.value is NOTHING and not reading.decoded.flaws):
        received = f"a body of {len(reading.response.body)} bytes with {reading.content_type_in_words}"
        yield Finding(f"a body as {', '.join(sorted(listed))}", received, at="Content-Type")


INTEGERS = frozenset({"timestamp", "issued", "expires", "action", "code", "statusCode"})
"""Members that the contract types as integers in every schema that has them."""


@check(
    "RSP-27",
    MUST,
    "A response member that the contract types as integer is not encoded as a float",
    clause=Clause("#/components/schemas/Message/properties/timestamp/type", "integer"),
    operations=EVERY_OPERATION,
    when=lambda reading: not reading.is_new and (has_json_spec(reading) or has_msgpack_spec(reading)),
)
def whole_integers(reading: Reading) -> Iterator[Finding]:
    """In OpenAPI 3.0 the number 1.0 is not an integer; openapi-core follows a later JSON Schema, in which it is one."""
    for path, value in _numbers(reading.decoded.value):
        if isinstance(value, float):
            yield Finding("an integer", f"{shown(value)} at {path}", at=path)


def _numbers(body: Json) -> Iterator[tuple[str, Json]]:
    for item in body if isinstance(body, list) else [body]:
        if isinstance(item, dict):
            yield from ((f"/{name}", value) for name, value in item.items() if name in INTEGERS)
            yield from _numbers(item.get("error"))
        else:
            yield "/0", item
