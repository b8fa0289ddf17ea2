"""HDR: response headers; each line of a repeated header is judged separately."""

from __future__ import annotations

from conformance.model import MSGPACK, Exchange
from conformance.selftest.checks.trials import (
    Trial,
    each_of,
    findings,
    finds_what_is_altered,
    has_no_opportunity_beside,
    passes_valid_exchanges,
)
from conformance.selftest.harness.exchanges import (
    HISTORY,
    SERVER,
    altered,
    exchange,
    links,
    listing,
    refused,
    unanswered,
    with_line,
    without_line,
)

PAGE, PAGE_PACKED = listing(), listing(media=MSGPACK)
ERROR = refused()
TIME = exchange(body=[1_795_000_000_123], lines=(SERVER,))
ELSEWHERE = exchange("", 200, [1])
EXPIRED, DENIED = refused(code=40142, statusCode=401), refused(code=40160, statusCode=401)


def challenging(*lines: str) -> Exchange:
    """The answer to an expired token, with these challenges."""
    answer = without_line(EXPIRED, "WWW-Authenticate")
    for line in lines:
        answer = with_line(answer, "WWW-Authenticate", line)
    return answer


TRIALS = (
    Trial(
        "HDR-01",
        valid=(PAGE, PAGE_PACKED, ERROR),
        altered={
            "no Link": without_line(PAGE, "Link"),
            "no error code": without_line(ERROR, "x-ably-errorcode"),
            "no error message": without_line(ERROR, "x-ably-errormessage"),
            "no server": without_line(PAGE, "x-ably-serverid"),
            "no Link in MessagePack": without_line(PAGE_PACKED, "Link"),
        },
        beside={
            "nothing is required": TIME,
            "no operation of the contract": ELSEWHERE,
            "no answer": unanswered(HISTORY),
        },
        also=frozenset({"HDR-03", "ERR-04"}),
    ),
    Trial(
        "HDR-02",
        valid=(PAGE, PAGE_PACKED, ERROR),
        altered={
            "a malformed Link": with_line(without_line(PAGE, "Link"), "Link", "nonsense"),
            "the second of two": with_line(PAGE, "link", "nonsense"),
            "a code that is no number": with_line(without_line(ERROR, "x-ably-errorcode"), "X-Ably-ErrorCode", "many"),
        },
        beside={
            "none of them came": without_line(without_line(PAGE, "Link"), "x-ably-serverid"),
            "no operation of the contract": ELSEWHERE,
        },
        also=frozenset({"PAG-01", "PAG-04", "ERR-03"}),
    ),
    Trial(
        "HDR-03",
        valid=(PAGE, ERROR, TIME),
        altered={
            "no such header": without_line(TIME, "x-ably-serverid"),
            "an empty one": with_line(without_line(TIME, "x-ably-serverid"), "x-ably-serverid", " "),
        },
        beside={"no operation of the contract": ELSEWHERE},
    ),
    Trial(
        "HDR-04",
        valid=(with_line(TIME, "Server", "uvicorn"),),
        altered={
            "cloudfront": with_line(TIME, "Server", "CloudFront"),
            "the second of two": with_line(with_line(TIME, "Server", "nginx"), "server", "CloudFront "),
        },
        beside={"it names no server": TIME},
        also=frozenset({"HDR-16"}),
    ),
    Trial(
        "HDR-12",
        valid=(
            EXPIRED,
            challenging('Basic realm="Ably"', "x-ably-token stale"),
            challenging('X-Ably-Token realm="Ably",stale=true'),
        ),
        altered={
            "no challenge": challenging(),
            "another scheme": challenging('Basic realm="stale"'),
            "nothing stale": challenging('X-Ably-Token realm="Ably"'),
            "part of a word": challenging('X-Ably-Token realm="staleness"'),
        },
        beside={"another code": DENIED, "another status": refused(code=40142, statusCode=400), "a success": TIME},
        also=frozenset({"SEC-04"}),
    ),
    Trial(
        "HDR-13",
        valid=(EXPIRED, DENIED, challenging('x-ably-token realm="Ably", stale', 'digest nonce="1"')),
        altered={
            "another scheme": challenging('X-Ably-Token realm="Ably", stale', 'Bearer realm="Ably"'),
            "no parameter": challenging('X-Ably-Token realm="Ably", stale', "Basic"),
            "blanks alone": challenging('X-Ably-Token realm="Ably", stale', "Basic  "),
        },
        beside={"no challenge": challenging(), "a success": TIME},
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


def test_each_missing_header_is_a_finding():
    bare = altered(ERROR, headers=(("Content-Type", "application/json"),))

    assert {each.at for each in findings(bare)["HDR-01"]} == {
        "x-ably-errorcode",
        "x-ably-errormessage",
        "x-ably-serverid",
    }


def test_every_line_of_a_repeated_header_is_judged():
    """Validators such as openapi-core read only the first line."""
    lines = (*links(HISTORY, "first", "current"), ("Link", "bad one"), ("Link", "bad two"))
    page = altered(PAGE, headers=(*(line for line in PAGE.response.headers if line[0] != "Link"), *lines))

    assert [each.received for each in findings(page)["HDR-02"]] == [
        '"bad one" in the header link',
        '"bad two" in the header link',
    ]
