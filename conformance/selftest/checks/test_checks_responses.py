"""RSP: the status, the media type and the body of a response."""

from __future__ import annotations

import json

import msgpack

from conformance.model import HTML, JAVASCRIPT, JSON, MSGPACK
from conformance.selftest.checks.trials import (
    Trial,
    each_of,
    findings,
    finds_what_is_altered,
    has_no_opportunity_beside,
    passes_valid_exchanges,
)
from conformance.selftest.harness.exchanges import (
    DEVICE,
    HISTORY,
    MESSAGE,
    SERVER,
    altered,
    exchange,
    links,
    listing,
    refused,
    unanswered,
    with_body,
    with_line,
    without_line,
)

SUBSCRIPTIONS = "GET /push/channelSubscriptions"
READ_DEVICE = "GET /push/deviceRegistrations/{device_id}"
REMOVE_DEVICE = "DELETE /push/deviceRegistrations/{device_id}"
PUBLISH = "POST /channels/{channel_id}/messages"
NOW = 1_795_000_000_123
TIME = exchange(body=[NOW], lines=(SERVER,))
TIME_PACKED = exchange(body=[NOW], media=MSGPACK, accept=MSGPACK, lines=(SERVER,))
PAGE, PAGE_PACKED = listing(), listing(media=MSGPACK)
ERROR, ERROR_PACKED = refused(), refused(media=MSGPACK)
ONE_DEVICE = exchange(READ_DEVICE, body=DEVICE, lines=(SERVER,))
ONE_DEVICE_PACKED = exchange(READ_DEVICE, body=DEVICE, media=MSGPACK, accept=MSGPACK, lines=(SERVER,))
PUSH = DEVICE["push"]
REMOVED = exchange(REMOVE_DEVICE, 204, lines=(SERVER, ("Content-Type", JSON)))
PUBLISHED = exchange(PUBLISH, 201, {"channel": "conf-1", "messageId": "abc"}, lines=(SERVER,), sent={"data": "x"})
ON_A_PAGE = (SERVER, *links(HISTORY, "first", "current"))
AS_HTML = exchange(HISTORY, body="<p>x</p>", media=HTML, accept="*/*", query={"format": "html"}, lines=ON_A_PAGE)
AS_CALL = exchange(
    HISTORY,
    body="cb([])",
    media=JAVASCRIPT,
    accept="*/*",
    query={"format": "jsonp", "callback": "cb"},
    lines=ON_A_PAGE,
)
ELSEWHERE = exchange("", 200, [1.5], lines=(SERVER,))
HEAD = exchange("HEAD /time", 200, lines=(SERVER, ("Content-Type", JSON)))


def item(**changes) -> dict:
    return {**MESSAGE, **changes}


def text_of(value) -> bytes:
    return json.dumps(value).encode()


TRIALS = (
    Trial(
        "RSP-01",
        valid=(TIME, PAGE, ERROR, ONE_DEVICE, PUBLISHED, with_body(PAGE, [])),
        altered={
            "a member of another type": with_body(PAGE, [item(timestamp="yesterday")]),
            "an item of another type": with_body(PAGE, ["text"]),
            "an object for a list": with_body(TIME, {"time": 1}),
            "a list of another type": with_body(TIME, ["now"]),
            "the second of two items": with_body(PAGE, [MESSAGE, item(name=5)]),
            "a value that is not listed": with_body(ONE_DEVICE, {**DEVICE, "platform": "native"}),
        },
        beside={
            "MessagePack": TIME_PACKED,
            "no body": REMOVED,
            "HTML": AS_HTML,
            "no operation of the contract": ELSEWHERE,
            "no answer": unanswered(),
        },
    ),
    Trial(
        "RSP-02",
        valid=(
            TIME_PACKED,
            PAGE_PACKED,
            ERROR_PACKED,
            ONE_DEVICE_PACKED,
            with_body(PAGE_PACKED, [item(data=b"\x00")]),
        ),
        altered={
            "a member of another type": with_body(PAGE_PACKED, [item(timestamp="yesterday")]),
            "bin where text belongs": with_body(PAGE_PACKED, [item(name=b"greeting")]),
            "an object for a list": with_body(TIME_PACKED, {"time": 1}),
            "keys that are numbers": with_body(PAGE_PACKED, {1: 2}),
        },
        beside={"JSON": TIME, "no body": REMOVED, "no answer": unanswered()},
    ),
    Trial(
        "RSP-03",
        valid=(TIME, REMOVED, PUBLISHED),
        altered={
            "another success": altered(TIME, status=202),
            "a body for nothing": altered(REMOVED, status=200),
            "nothing made": altered(PUBLISHED, status=200),
        },
        beside={"an error response": ERROR, "no operation of the contract": ELSEWHERE},
    ),
    Trial(
        "RSP-04",
        valid=(TIME, PAGE, ERROR),
        altered={
            "text behind the value": altered(PAGE, body=text_of([MESSAGE]) + b"x"),
            "a byte order mark": altered(PAGE, body=b"\xef\xbb\xbf" + text_of([MESSAGE])),
            "no UTF-8": altered(PAGE, body=text_of([item(name="X")]).replace(b"X", b"\xff")),
            "a comma too much": altered(PAGE, body=b"[1,]"),
            "nesting without end": altered(PAGE, body=b"[" * 5000 + b"]" * 5000),
        },
        beside={"MessagePack": TIME_PACKED, "no body": REMOVED, "an HTML page": AS_HTML},
    ),
    Trial(
        "RSP-05",
        valid=(TIME_PACKED, PAGE_PACKED),
        altered={
            "cut short": altered(PAGE_PACKED, body=msgpack.packb([MESSAGE])[:-3]),
            "bytes behind the value": altered(PAGE_PACKED, body=msgpack.packb([MESSAGE]) + b"\x00"),
            "a str that is no UTF-8": altered(PAGE_PACKED, body=b"\x91\xa1\xff"),
            "nesting without end": altered(PAGE_PACKED, body=b"\x91" * 5000 + b"\x90"),
            "JSON": altered(PAGE_PACKED, body=text_of([MESSAGE])),
        },
        beside={"JSON": TIME, "no body": REMOVED},
        also=frozenset({"RSP-02"}),
    ),
    Trial(
        "RSP-06",
        valid=(PAGE, PAGE_PACKED),
        altered={
            "JSON": altered(PAGE, body=text_of([MESSAGE]).replace(b'"id"', b'"name": "greeting", "id"')),
            "MessagePack": altered(PAGE_PACKED, body=b"\x91\x86\xa4name\xa1x" + msgpack.packb(MESSAGE)[1:]),
        },
        beside={"no body": REMOVED, "an HTML page": AS_HTML},
    ),
    Trial(
        "RSP-07",
        valid=(TIME, ERROR, exchange(body=[NOW], accept="", lines=(SERVER,))),
        altered={"MessagePack instead": exchange(body=[NOW], media=MSGPACK, lines=(SERVER,))},
        beside={
            "MessagePack is requested": TIME_PACKED,
            "two formats are accepted": exchange(body=[NOW], accept=f"{JSON}, {MSGPACK}"),
            "an envelope is requested": exchange(body=[NOW], query={"envelope": "json"}),
            "no body": REMOVED,
        },
    ),
    Trial(
        "RSP-13",
        valid=(
            TIME_PACKED,
            exchange(body=[NOW], media=MSGPACK, accept="*/*", query={"format": "msgpack"}, lines=(SERVER,)),
        ),
        altered={"JSON instead": exchange(body=[NOW], accept=MSGPACK, lines=(SERVER,))},
        beside={"JSON is requested": TIME, "no body": REMOVED},
    ),
    Trial(
        "RSP-08",
        valid=(AS_HTML, AS_CALL),
        altered={
            "JSON instead": exchange(HISTORY, body=[MESSAGE], accept="*/*", query={"format": "html"}, lines=ON_A_PAGE),
            "a page instead of a call": exchange(
                HISTORY, body="<p>", media=HTML, accept="*/*", query={"format": "jsonp"}, lines=ON_A_PAGE
            ),
        },
        beside={"JSON is requested": TIME, "an error response": refused(media=JSON)},
    ),
    Trial(
        "RSP-09",
        valid=(TIME, TIME_PACKED),
        altered={
            "a charset": with_line(without_line(TIME, "Content-Type"), "Content-Type", f"{JSON}; charset=utf-8"),
            "a version": with_line(without_line(TIME_PACKED, "Content-Type"), "Content-Type", f"{MSGPACK};v=2"),
        },
        beside={"an HTML page": AS_HTML, "no body": REMOVED},
    ),
    Trial(
        "RSP-10",
        valid=(REMOVED, with_line(REMOVED, "Content-Length", "0")),
        altered={
            "a body": altered(REMOVED, body=b"{}"),
            "a length": with_line(REMOVED, "Content-Length", "2"),
            "chunks": with_line(REMOVED, "Transfer-Encoding", "chunked"),
        },
        beside={"another status": TIME},
    ),
    Trial(
        "RSP-55",
        valid=(REMOVED,),
        altered={
            "no media type": without_line(REMOVED, "Content-Type"),
            "another media type": with_line(without_line(REMOVED, "Content-Type"), "Content-Type", MSGPACK),
        },
        beside={"another status": TIME, "an envelope": exchange(REMOVE_DEVICE, 204, query={"envelope": "json"})},
    ),
    Trial(
        "RSP-11",
        valid=(AS_CALL, altered(AS_CALL, body=b"/**/cb([]);")),
        altered={
            "no call": altered(AS_CALL, body=b"[]"),
            "no JSON": altered(AS_CALL, body=b"cb(nothing)"),
            "two values": altered(AS_CALL, body=b"cb([], [])"),
            "another function": altered(AS_CALL, body=b"other([])"),
        },
        beside={"JSON": TIME, "an HTML page": AS_HTML},
    ),
    Trial(
        "RSP-12",
        valid=(TIME, TIME_PACKED, AS_HTML, AS_CALL),
        altered={
            "no body": altered(TIME, body=b""),
            "a type that is not listed": with_line(without_line(TIME, "Content-Type"), "Content-Type", "text/plain"),
            "no type": without_line(TIME, "Content-Type"),
        },
        beside={"no content": REMOVED, "an error response": ERROR, "no operation of the contract": ELSEWHERE},
        also=frozenset({"RSP-07"}),
    ),
    Trial(
        "RSP-14",
        valid=(ONE_DEVICE, ONE_DEVICE_PACKED),
        altered={
            "a recipient with its clientId": with_body(
                ONE_DEVICE, {**DEVICE, "push": {**PUSH, "recipient": {**PUSH["recipient"], "clientId": "me"}}}
            ),
        },
        beside={"no body": REMOVED, "an HTML page": AS_HTML},
    ),
    Trial(
        "RSP-49",
        valid=(PAGE, PAGE_PACKED, ONE_DEVICE, ERROR),
        altered={
            "null for an optional member": with_body(PAGE, [item(clientId=None)]),
            "null in MessagePack": with_body(PAGE_PACKED, [item(clientId=None)]),
            "null as one of two alternatives": listing(
                SUBSCRIPTIONS, [{"channel": "a", "deviceId": "d", "clientId": None}]
            ),
        },
        beside={"no body": REMOVED, "an HTML page": AS_HTML, "no operation of the contract": ELSEWHERE},
    ),
    Trial(
        "RSP-27",
        valid=(PAGE, TIME, ERROR, PAGE_PACKED),
        altered={
            "a time with a fraction": with_body(PAGE, [item(timestamp=1_795_000_000_123.0)]),
            "the time itself": with_body(TIME, [1_795_000_000_123.0]),
            "a code": with_body(ERROR, {"error": {"code": 40400, "statusCode": 404.0, "message": "not found"}}),
            "MessagePack": with_body(PAGE_PACKED, [item(timestamp=1_795_000_000_123.0)]),
        },
        beside={"no body": REMOVED, "no operation of the contract": ELSEWHERE},
        also=frozenset({"ERR-26", "ERR-22", "RSP-01", "RSP-02"}),
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


def test_every_fault_of_a_body_is_found():
    found = findings(with_body(PAGE, [item(timestamp="x", name=5), item(id=7)]))["RSP-01"]

    assert sorted(each.at for each in found) == ["/0/name", "/0/timestamp", "/1/id"]


def test_a_finding_has_its_place_in_the_contract_and_in_the_body():
    (found,) = findings(with_body(PAGE, [item(timestamp="yesterday")]))["RSP-01"]

    assert found.pointer == "#/components/schemas/Message/properties/timestamp/type"
    assert (found.expected, found.received, found.at) == (
        "an integer",
        '"yesterday" at /0/timestamp',
        "/0/timestamp",
    )
    assert (found.operation, found.exchanges) == (HISTORY, (with_body(PAGE, []).id,))


def test_a_finding_has_the_result_under_the_published_contract():
    """An erratum requires the members of an error; the published contract itself types the name of a message."""
    (by_erratum,) = findings(with_body(ERROR, {"error": {"message": "not found", "code": 40400}}))["RSP-01"]
    (by_contract,) = findings(with_body(PAGE, [item(name=5)]))["RSP-01"]

    assert (by_erratum.as_published, by_contract.as_published) == ("passes", "fails")


def test_null_as_a_required_member_is_a_must():
    found = findings(with_body(PAGE, [item(id=None)]))
    assert [each.expected for each in found["RSP-01"]] == ['the member "id"']
