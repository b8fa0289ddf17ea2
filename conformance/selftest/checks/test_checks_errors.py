"""ERR: error responses, whose status, headers and body have to agree."""

from __future__ import annotations

import pytest

from conformance.model import HTML, JSON, MSGPACK
from conformance.selftest.checks.trials import (
    BENCH,
    Trial,
    each_of,
    findings,
    finds_what_is_altered,
    has_no_opportunity_beside,
    passes_valid_exchanges,
)
from conformance.selftest.harness.exchanges import (
    ERROR,
    SERVER,
    altered,
    exchange,
    listing,
    refused,
    unanswered,
    with_body,
    with_line,
    without_line,
)

REFUSED, REFUSED_PACKED = refused(), refused(media=MSGPACK)
PAGE = listing()
BARE = exchange(status=404, body={"message": "not found"}, lines=REFUSED.response.headers[1:])
HEAD = exchange("HEAD /time", 404)
BROKEN = refused(code=50000, statusCode=500)
HTML_PAGE = exchange(
    status=404,
    body="<h1>Not found</h1>",
    media=HTML,
    accept="*/*",
    query={"format": "html"},
    lines=REFUSED.response.headers[1:],
)


def saying(error: object):
    return with_body(REFUSED, {"error": error})


TRIALS = (
    Trial(
        "ERR-01",
        valid=(REFUSED, REFUSED_PACKED),
        altered={
            "unwrapped": with_body(REFUSED, ERROR),
            "no body": altered(REFUSED, body=b""),
            "an empty wrapper": with_body(REFUSED, {"error": {}}),
            "a text": with_body(REFUSED, {"error": "not found"}),
            "a list": with_body(REFUSED_PACKED, [ERROR]),
            "plain text": with_line(
                without_line(altered(REFUSED, body=b"Not found"), "Content-Type"), "Content-Type", "text/plain"
            ),
        },
        beside={"a success": PAGE, "an HTML page": HTML_PAGE, "HEAD": HEAD, "a server error": BROKEN},
        also=frozenset({"RSP-01", "RSP-02", "RSP-07"}),
    ),
    Trial(
        "ERR-02",
        valid=(REFUSED, REFUSED_PACKED),
        altered={
            "another status": saying({**ERROR, "statusCode": 400}),
            "a text": saying({**ERROR, "statusCode": "404"}),
        },
        beside={"a success": PAGE, "no error": BARE, "no status": saying({"code": 40400, "message": "not found"})},
        also=frozenset({"RSP-01", "ERR-22"}),
    ),
    Trial(
        "ERR-03",
        valid=(REFUSED, REFUSED_PACKED),
        altered={
            "another code": saying({**ERROR, "code": 40401}),
            "another header": with_line(without_line(REFUSED, "x-ably-errorcode"), "X-Ably-ErrorCode", "40000"),
            "the second of two": with_line(REFUSED, "X-Ably-ErrorCode", "40000"),
        },
        beside={
            "no header": without_line(REFUSED, "x-ably-errorcode"),
            "no code": saying({"message": "not found", "statusCode": 404}),
            "a success": PAGE,
        },
    ),
    Trial(
        "ERR-04",
        valid=(REFUSED, REFUSED_PACKED),
        altered={
            "no code": without_line(REFUSED, "x-ably-errorcode"),
            "no message": without_line(REFUSED_PACKED, "x-ably-errormessage"),
            "an empty message": with_line(without_line(REFUSED, "x-ably-errormessage"), "x-ably-errormessage", ""),
        },
        beside={"a success": PAGE, "a server error": BROKEN, "HEAD": HEAD},
        also=frozenset({"HDR-01"}),
    ),
    Trial(
        "ERR-05",
        valid=(PAGE,),
        altered={
            "a code": with_line(PAGE, "x-ably-errorcode", "40000"),
            "a message": with_line(PAGE, "X-Ably-ErrorMessage", "none"),
        },
        beside={"an error response": REFUSED, "no operation of the contract": exchange("", 200)},
    ),
    Trial(
        "ERR-06",
        valid=(PAGE, REFUSED),
        altered={"500": BROKEN, "503": refused(code=50003, statusCode=503)},
        beside={"TRACE": exchange("TRACE /time", 200), "no answer": unanswered()},
    ),
    Trial(
        "ERR-07",
        valid=(
            REFUSED,
            refused(code=40140, statusCode=401),
            refused(code=40160, statusCode=401),
            refused(code=40144, statusCode=401),
            refused(code=40144, statusCode=400),
            refused(code=40004, statusCode=406),
            refused(code=40004, statusCode=415),
        ),
        altered={
            "a code of 401": refused(code=40140, statusCode=403),
            "the code of a header": refused(code=40004, statusCode=404),
            "a code of 404": refused(code=40400, statusCode=400),
        },
        beside={
            "a code of no document": refused(code=49999, statusCode=499),
            "a code without a documented status": refused(code=40099, statusCode=422),
            "a list": saying({**ERROR, "code": []}),
            "no code": BARE,
            "a success": PAGE,
        },
    ),
    Trial(
        "ERR-22",
        valid=(REFUSED, REFUSED_PACKED),
        altered={
            "no code": saying({"statusCode": 404, "message": "not found"}),
            "a text for a code": saying({**ERROR, "code": "40400"}),
            "truth for a code": saying({**ERROR, "code": True}),
            "no status": saying({"code": 40400, "message": "not found"}),
            "no message": saying({"code": 40400, "statusCode": 404}),
            "a message of blanks": saying({**ERROR, "message": " "}),
            "a list for a message": saying({**ERROR, "message": []}),
        },
        beside={"no error": BARE, "a success": PAGE},
        also=frozenset({"RSP-01", "ERR-03", "ERR-26"}),
    ),
    Trial(
        "ERR-23",
        valid=(REFUSED,),
        altered={
            "more than ASCII": with_line(REFUSED, "x-ably-errormessage", "n\xf6t found"),
            "a control": with_line(REFUSED, "x-ably-errormessage", "not\x07found"),
        },
        beside={"no message": without_line(REFUSED, "x-ably-errormessage"), "a success": PAGE},
    ),
    Trial(
        "ERR-26",
        valid=(REFUSED, REFUSED_PACKED),
        altered={
            "no nonfatal": saying({name: value for name, value in ERROR.items() if name != "nonfatal"}),
            "a text": saying({**ERROR, "nonfatal": "false"}),
            "nothing": saying({**ERROR, "nonfatal": None}),
        },
        beside={"no error": BARE, "a success": PAGE},
    ),
    Trial(
        "ERR-24",
        valid=(saying({**ERROR, "serverId": SERVER[1]}), saying({**ERROR, "serverId": f"{SERVER[1]}.i-7"})),
        altered={
            "another server": saying({**ERROR, "serverId": "another.1"}),
            "the beginning of its name": saying({**ERROR, "serverId": SERVER[1][:-1]}),
            "no name": saying({**ERROR, "serverId": ""}),
        },
        beside={
            "the body names none": REFUSED,
            "null": saying({**ERROR, "serverId": None}),
            "no header names one": without_line(saying({**ERROR, "serverId": "x"}), "x-ably-serverid"),
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


def test_an_unreadable_error_body_is_one_finding():
    """Its missing error member is not a second finding."""
    found = findings(altered(REFUSED, body=b"{broken"))

    assert set(found) == {"RSP-04"}


@pytest.mark.parametrize("code", [[], {}, None, "x", 1.5, True, 2**70, "\ud800"])
@pytest.mark.parametrize("member", ["code", "statusCode", "message", "serverId", "href"])
def test_no_value_of_an_error_member_makes_a_check_raise(member, code):
    BENCH.judge(saying({**ERROR, member: code}))


def test_the_media_type_of_an_error_is_judged():
    assert "RSP-07" in findings(altered(exchange(status=404, body={"error": ERROR}, media=JSON), headers=()))
