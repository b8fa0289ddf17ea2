"""What a target can send, whatever it is, has one of two ends in each parser: a value, or a flaw in a sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import msgpack
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conformance.checks import MOST_FINDINGS, Checks
from conformance.contract import load
from conformance.evidence.records import LONGEST_BODY, exchange_of, exchange_record
from conformance.evidence.redaction import Secrets
from conformance.model import FORM, HTML, JAVASCRIPT, JSON, MSGPACK, Request, Response
from conformance.selftest.harness.exchanges import HISTORY, exchange
from conformance.selftest.harness.loopback import loopback
from conformance.target.answer import Answer
from conformance.target.interference import interference
from conformance.wire import links
from conformance.wire.codec import callback_of, decode
from conformance.wire.framing import has_known_end, lengths_of
from conformance.wire.transport import open_session, transmit

CHECKS = Checks(load("all"))

MEDIA = st.sampled_from([JSON, MSGPACK, JAVASCRIPT, HTML, FORM, "application/problem+json", "", "text/plain"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
LIKE_JSON = st.text('[]{}",:0123456789.eE+-ntrufalse\\ \n\ud800\u2028', max_size=60)
LIKE_JSONP = st.text('f$_.()/*;{}[]"1 \n', max_size=60)
LIKE_LINKS = st.text('<>;,="\\ rel=next./?&%\tü', max_size=80)
BODIES = st.binary(max_size=60) | LIKE_JSON.map(lambda text: text.encode("utf-8", "surrogatepass"))
NAMES = st.sampled_from(
    [
        *("Content-Type", "Content-Length", "Transfer-Encoding", "Content-Encoding", "Link", "Retry-After", "Location"),
        *("Server", "Date", "x-ably-errorcode", "x-ably-errormessage", "x-ably-serverid", "www-authenticate", "X-Any"),
    ]
)
TEXTS = st.text(st.characters(max_codepoint=255), max_size=40)
LINES = st.lists(st.tuples(NAMES, TEXTS), max_size=6).map(tuple)
STATUSES = st.sampled_from([100, 200, 201, 204, 206, 301, 302, 304, 400, 401, 404, 407, 429, 500, 502, 503, 511, 999])
QUICK = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(media=MEDIA, body=BODIES | LIKE_JSONP.map(str.encode))
@example(media=MSGPACK, body=b"\xdd\x7f\xff\xff\xff" + b"\x80" * 40)
@example(media=MSGPACK, body=b"\xc9\xff\xff\xff\xff")
@example(media=JSON, body=b"[" * 100_000)
@example(media=JSON, body=b"[" * 250_000 + b"]" * 250_000)
@example(media=JSON, body=b'{"a":' * 100_000)
@example(media=JSON, body=b"1" * 100_000)
@example(media=JAVASCRIPT, body=b" " * 100_000)
@example(media=JAVASCRIPT, body=b"f(" + b") " * 50_000 + b" " * 50_000)
def test_any_body_has_a_value_or_flaws(media, body):
    decoded = decode(media, body)

    is_spoken = media in {JSON, MSGPACK, JAVASCRIPT, HTML, "application/problem+json"}
    assert decoded.has_value or decoded.flaws or not is_spoken
    assert all(len(flaw) < 200 and flaw.isprintable() for flaw in decoded.flaws)


@pytest.mark.parametrize("written", ["f({})", " /**/ cb.x$ ( {} ) ; \n", "/**/f({});", "f\t({})\n;"])
def test_a_jsonp_call_may_have_blanks_a_comment_and_a_semicolon(written):
    assert decode(JAVASCRIPT, written.replace("{}", '[")"]').encode()).value == [")"]


@pytest.mark.parametrize("written", ["{}", "f {}", "f({}", "({})", "a b({})", "f({});;", "f({}) x", "/* */f({})"])
def test_what_is_no_jsonp_call_has_a_flaw(written):
    assert decode(JAVASCRIPT, written.replace("{}", "[1]").encode()).flaws == ("not of the form callback(value)",)
    assert callback_of(written.encode()) == ""


@QUICK
@given(line=LIKE_LINKS | TEXTS)
def test_any_link_line_has_links_or_one_error(line):
    try:
        found = links.parse(line)
    except ValueError as error:
        found = ()
        words = str(error)
        assert len(words) < 200
    assert all(isinstance(each.target, str) for each in found)
    assert set(links.by_relation([line], "http://127.0.0.1:1/push/channels")) <= {
        word for each in found for word in each.relations
    }


@QUICK
@given(lines=LINES)
def test_any_header_lines_say_whether_the_end_is_known(lines):
    is_known = has_known_end(lines)

    if not is_known:
        assert lengths_of(lines)
    assert has_known_end((*lines, ("transfer-encoding", "chunked")))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(status=STATUSES, lines=LINES, body=BODIES, media=MEDIA)
def test_any_response_is_judged_and_recorded(status, lines, body, media):
    answered = replace(
        exchange(HISTORY, accept=media), response=Response(status, (("Content-Type", media), *lines), body)
    )

    judged = CHECKS.judge(answered)
    record = json.loads(json.dumps(exchange_record(answered, Secrets().strike_exchange)))

    by_requirement = [each.requirement for each in judged.findings]
    assert all(by_requirement.count(each) <= MOST_FINDINGS for each in by_requirement)
    assert all(len(each.received) < 3_000 for each in judged.findings)
    assert exchange_of({"kind": "exchange", **record}).response.body == body[:LONGEST_BODY]


@QUICK
@given(status=STATUSES, lines=LINES, value=VALUES, media=st.sampled_from([JSON, MSGPACK]))
def test_any_error_body_has_a_code_or_none(status, lines, value, media):
    value = {"error": {"code": value, "message": value}} if status % 2 else {"error": value}
    body = json.dumps(value).encode() if media == JSON else msgpack.packb(value, unicode_errors="surrogatepass")
    answered = exchange(HISTORY, status, body, media=media, lines=lines)

    said = interference(answered.request, answered.response, 0.0)

    assert said is None or said.sentence
    if media == JSON and has_known_end(lines):
        error = value["error"]
        assert Answer(answered).error_code == (error.get("code") if isinstance(error, dict) else None)


PARTS = (
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.0 204\r\n", b"HTTP/9.9 x y\r\n"),
    *(b"Content-Length: 2\r\n", b"Content-Length: -1\r\n", b"Content-Length: 1e3\r\n", b"Content-Length: 2, 3\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"2\r\n[]\r\n", b"0\r\n\r\n", b"zz\r\n", b"ffffffffff\r\n", b"[]"),
    *(b": x\r\n", b"no colon\r\n", b" folded\r\n", b"A\x00: \xff\r\n", b"\r\n", b"\n"),
    *(b"X: " + b"y" * 70_000 + b"\r\n", b"X: y\r\n" * 150),
)
RAW = st.lists(st.sampled_from(PARTS) | st.binary(max_size=12), max_size=8).map(b"".join)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(raw=RAW)
def test_any_bytes_on_a_connection_are_a_response_or_a_failure_in_words(raw):
    with loopback(lambda _: raw + b"\r\nConnection: close\r\n") as server:
        response, failure = transmit(open_session(), Request("GET", f"{server.url}/x"), 0.5)

    assert (response is None) == bool(failure)
    assert failure.isprintable()


@pytest.mark.parametrize("media", [JSON, MSGPACK])
def test_no_more_arrays_and_objects_are_decoded_than_memory_has_room_for(media):
    many = 250_000
    body = (
        b"[" + b",".join([b"[]"] * many) + b"]" if media == JSON else b"\xdd" + many.to_bytes(4, "big") + b"\x90" * many
    )

    decoded = decode(media, body)

    assert not decoded.has_value
    assert decoded.flaws == ("more than 200,000 arrays and objects, which is more than is read",)
