"""A HAR file is read entry by entry; what is none is one sentence, and what a recorder left out is no empty body."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tracemalloc
from contextlib import suppress
from dataclasses import replace

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import UsageError
from conformance.har import slices
from conformance.har.entry import Skipped, Source, exchange_of
from conformance.har.reading import read
from conformance.har.slices import Document, NotHar
from conformance.model import MSGPACK, Origin, Part
from conformance.selftest.checks.trials import BENCH
from conformance.selftest.harness.archives import ACCEPT, DATE, JSON_TYPE, URL, document, entry, written


def of(one, creator="WebInspector"):
    return exchange_of(one, Source(1, "some.har", creator, 7))


def entries_of(raw: bytes):
    found = Document(io.BytesIO(raw))
    return list(found.entries())


# The document --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 7, 64, 1 << 20])
def test_entries_are_read_whatever_the_window(monkeypatch, chunk):
    monkeypatch.setattr(slices, "CHUNK", chunk)
    each = [entry(text="ü" * 30 + "\U0001f600"), 12, "text", None, {"a": [1.5, {"b": "\\"}]}]
    raw = json.dumps(document(*each), ensure_ascii=False, indent=1).encode()

    assert entries_of(raw) == each


def test_a_byte_order_mark_and_members_in_any_order_are_read():
    log = {"pages": [{"deep": [[["]"]]]}], "entries": [1, 2], "creator": {"name": "late"}}

    assert entries_of(b"\xef\xbb\xbf" + json.dumps({"x": {}, "log": log}).encode()) == [1, 2]


def test_lone_surrogates_are_kept():
    """Mitmproxy writes bytes that are no UTF-8 so; parsers in C replace them or stop."""
    assert entries_of(b'{"log": {"entries": ["\\udc82\\ud800"]}}') == ["\udc82\ud800"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "it ends too early before its entries"),
        (b"not a HAR", "before its entries: an object is expected"),
        (b"[1]", "an object is expected"),
        (b"{}", "it has no member log"),
        (b'{"log": {}}', "its member log has no member entries"),
        (b'{"log": {"entries": {}}}', "an array as log.entries is expected"),
        (b'{"log": {"entries": [1, 2', "it ends too early at entry 2"),
        (b'{"log": {"entries": [1 2]}}', "at entry 1: a comma or the end of an array is expected"),
        (b'{"log": {"entries": [{"a": nope, "and": "more than the margin at the end"}]}}', "it is not JSON at entry 1"),
        (b'{"log": {"entries": ["\xff"]}}', "it is not written in UTF-8"),
        (b'{"log": {"entries": [' + b"[" * 200_000 + b"]}}", "nested too deeply to be read at entry 1"),
        (b'{"log": {"entries": [' + b"1" * 5_000 + b"]}}", "a number that cannot be read at entry 1"),
    ],
)
def test_what_is_no_har_document_is_said_with_its_place(raw, words):
    with pytest.raises(NotHar, match=".*" + words.replace("[", r"\[")):
        entries_of(raw)


def test_an_entry_that_is_too_large_is_said(monkeypatch):
    monkeypatch.setattr(slices, "LARGEST", 1024 * 1024)
    raw = json.dumps(document("x" * 3_000_000)).encode()

    with pytest.raises(NotHar, match="a value is larger than 1 MB at entry 1"):
        entries_of(raw)


def test_a_large_file_needs_the_memory_of_a_window(tmp_path):
    path = tmp_path / "large.har"
    one = json.dumps(entry(text="x" * 10_000)).encode()
    with path.open("wb") as file:
        file.write(b'{"log": {"entries": [' + one)
        for _ in range(4_000):
            file.write(b"," + one)
        file.write(b"]}}")
    tracemalloc.start()
    with path.open("rb") as file:
        assert sum(1 for _ in Document(file).entries()) == 4_001
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert path.stat().st_size > 40_000_000
    assert peak < 8_000_000


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_NAMES = ("request", "response", "method", "url", "headers", "content", "text", "status", "postData", "size")


@st.composite
def altered_entries(draw):
    """A sound entry with other values in some places."""
    made = entry()
    for _ in range(draw(st.integers(1, 4))):
        node = draw(st.sampled_from([made, made["request"], made["response"], made["response"].get("content")]))
        if isinstance(node, dict):
            node[draw(st.sampled_from([*_NAMES, *map(str, node)]))] = draw(_ANY)
        if not isinstance(made.get("request"), dict) or not isinstance(made.get("response"), dict):
            break
    return made


@given(altered_entries() | _ANY, st.sampled_from(["WebInspector", "mitmproxy", "ably-conformance", ""]))
def test_any_entry_is_an_exchange_or_is_skipped_with_a_reason(one, creator):
    with suppress(Skipped):
        found = of(one, creator)
        assert found.request.url.startswith("http")
        assert found.response is not None
        for operation in ("GET /time", "GET /channels/{channel_id}/messages", ""):
            assert BENCH.judge(replace(found, operation=operation)) is not None


@given(st.binary(max_size=200))
def test_any_bytes_are_entries_or_no_har_document(raw):
    for whole in (raw, b'{"log": {"entries": [' + raw):
        with suppress(NotHar):
            assert entries_of(whole) is not None


# Files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"log": 1}', "is neither a HAR file nor a journal"),
        (b"\x1f\x8b\x08", "is compressed"),
        (b"PK\x03\x04", "unpack it first"),
        (b'{"kind": "header", "format": 9}', "line 1: the journal has the format 9"),
        (b'{"kind": "exchange"}\n{"kind": "footer"}', "line 1 is not a journal"),
        (b'{"kind": "header"}\n{"kind": "exchange"}\n', "line 2 is not a journal: a record is malformed"),
    ],
)
def test_a_file_of_another_kind_is_one_sentence_with_its_name(tmp_path, content, words):
    path = tmp_path / "given.har"
    path.write_bytes(content)

    with pytest.raises(UsageError, match=r"given\.har.*" + words):
        list(read(path, 1))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere\.har cannot be read"):
        list(read(tmp_path / "nowhere.har", 1))


def test_exchanges_are_numbered_by_file_and_entry(tmp_path):
    path = written(tmp_path / "two.har", entry(), entry("/time", status=0), entry())
    found = list(read(path, 3))

    assert [getattr(each, "id", "skipped") for each in found] == ["r3-1", "skipped", "r3-3"]
    assert found[0].test == "two.har, entry 1"


# Entries -------------------------------------------------------------------------------------------------------------


def test_an_entry_is_an_observed_exchange():
    found = of(entry("/time?format=json#fragment"))

    assert (found.origin, found.request.method, found.request.url) == (
        Origin.OBSERVED,
        "GET",
        f"{URL}/time?format=json",
    )
    assert found.request.headers == (("accept", "application/json"),)
    assert (found.response.status, found.response.body, found.elapsed) == (200, b"[1795000000000]", 12.5)
    assert found.started == 1_795_867_200.0


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (entry(status=0), "no response was recorded"),
        (entry(status=304), "not modified"),
        (entry(status=206), "a part of an answer"),
        (entry(status=101), "WebSocket"),
        (entry("wss://rest.example/time"), "WebSocket"),
        (entry("data://x/time"), "no URL of HTTP"),
        (entry(asked={"url": "/time"}), "no URL of HTTP"),
        (entry("http://[bad/time"), "no URL of HTTP"),
        (entry(status=103), "no final status"),
        (entry(beside={"_fromCache": "disk"}), "cache of the recorder"),
        (entry(beside={"_webSocketMessages": []}), "WebSocket"),
        (entry(_fetchedViaServiceWorker=True), "answered by a service worker"),
        ({}, "not an entry of HAR 1.2"),
        ([], "not an entry of HAR 1.2"),
        (entry(status="200"), "not an entry of HAR 1.2"),
        (entry(headers=[{"name": 1, "value": "a"}]), "not an entry of HAR 1.2"),
    ],
)
def test_what_is_no_answer_is_skipped_with_its_reason(one, reason):
    with pytest.raises(Skipped, match=reason):
        of(one)


def body_of(**content):
    found = of(entry(content=content))
    return None if Part.RESPONSE_BODY in found.unrecorded else found.response.body


LENGTH = {"name": "content-length", "value": "280"}
EMPTY = {"name": "content-length", "value": "0"}
GZIP = {"name": "content-encoding", "value": "gzip"}


def test_a_response_that_says_it_is_empty_is_empty():
    found = of(entry(content={"size": 0}, headers=[EMPTY]))

    assert Part.RESPONSE_BODY not in found.unrecorded
    assert found.response.body == b""


@pytest.mark.parametrize("sign", [{"_error": "net::ERR_HTTP2_PROTOCOL_ERROR"}, {"_failureText": "aborted"}])
def test_the_body_of_a_response_that_broke_off_is_unrecorded(sign):
    assert Part.RESPONSE_BODY in of(entry(text="[1700000", **sign)).unrecorded


def test_a_body_that_is_still_compressed_is_unrecorded():
    content = {"size": 22, "text": base64.b64encode(gzip.compress(b"[]")).decode(), "encoding": "base64"}

    assert Part.RESPONSE_BODY in of(entry(content=content, headers=[GZIP])).unrecorded
    assert Part.RESPONSE_BODY not in of(entry(content=content)).unrecorded


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"size": 2, "text": "[]"}, b"[]"),
        (
            {"size": 4, "text": base64.b64encode(b"\x00\xff\x01\x02").decode(), "encoding": "base64"},
            b"\x00\xff\x01\x02",
        ),
        ({"size": 0}, None),
        ({"size": 0, "text": ""}, None),
        ({"size": 2}, None),
        ({"size": -1}, None),
        ({"size": 2, "text": ""}, None),
        ({"size": 9, "text": "[]"}, None),
        ({"size": 9, "compression": -7, "text": "[]"}, b"[]"),
        ({"size": 2, "text": "[\ufffd]"}, None),
        ({"size": 5, "text": "x\ud800"}, None),
        ({"size": 2, "text": "[]", "encoding": "rot13"}, None),
        ({"size": 2, "text": "no base64", "encoding": "base64"}, None),
        ({"size": 2, "text": {}}, None),
        ({}, None),
    ],
)
def test_a_body_is_known_or_unrecorded_and_never_guessed(content, body):
    assert body_of(**content) == body


def test_an_empty_body_beside_a_length_was_left_out():
    found = of(entry(content={"size": 0}, headers=[DATE, JSON_TYPE, LENGTH]))

    assert Part.RESPONSE_BODY in found.unrecorded


def test_the_response_to_head_has_no_body():
    assert Part.RESPONSE_BODY not in of(entry(method="HEAD", content={"size": 280})).unrecorded


@pytest.mark.parametrize(
    ("media", "body"), [("text/html; charset=latin1", None), ("text/html; charset=UTF-8", b"\xc3\xbc")]
)
def test_a_text_that_was_no_utf_8_is_unrecorded(media, body):
    found = of(entry(headers=[DATE, {"name": "Content-Type", "value": media}], content={"size": 1, "text": "ü"}))

    assert (None if Part.RESPONSE_BODY in found.unrecorded else found.response.body) == body


@pytest.mark.parametrize(("creator", "is_known"), [("WebInspector", False), ("mitmproxy", True)])
def test_messagepack_as_text_is_known_only_where_the_recorder_keeps_its_bytes(creator, is_known):
    packed = msgpack.packb([{"name": "é", "timestamp": 1_795_000_000_123}])
    kind = {"name": "content-type", "value": MSGPACK}
    posted = {"mimeType": MSGPACK, "text": packed.decode("latin-1")}
    found = of(entry(method="POST", asked={"postData": posted, "headers": [ACCEPT, kind]}), creator)

    assert (Part.REQUEST_BODY not in found.unrecorded) is is_known
    assert found.request.body == (packed if is_known else b"")


def test_json_that_is_no_utf_8_is_known_where_mitmproxy_recorded_it():
    content = {"size": 4, "text": b'["\xff"]'.decode("utf-8", "surrogateescape")}

    assert of(entry(content=content), "mitmproxy").response.body == b'["\xff"]'
    assert Part.RESPONSE_BODY in of(entry(content=content)).unrecorded


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        ({}, b""),
        ({"bodySize": 12}, None),
        ({"headers": [{"name": "Content-Length", "value": "12"}]}, None),
        ({"postData": {"mimeType": "application/json", "text": "{}"}}, b"{}"),
        ({"postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a"}]}}, None),
    ],
)
def test_the_body_of_a_request_is_known_or_unrecorded(asked, body):
    found = of(entry(method="POST", asked=asked))

    assert (None if Part.REQUEST_BODY in found.unrecorded else found.request.body) == body


@pytest.mark.parametrize(
    "url",
    [
        "https://app.key:secret@rest.example/time?a=1#b",
        "https://rest.example/time?a=1",
        "https://@rest.example/time?a=1",
    ],
)
def test_credentials_in_a_url_are_not_kept(url):
    assert of(entry(url)).request.url == "https://rest.example/time?a=1"
    assert of(entry("https://rest.example/time?")).request.url == "https://rest.example/time?"


def test_a_header_value_with_line_feeds_is_several_lines():
    """So Chromium writes a header that was sent several times."""
    lines = [DATE, {"name": "link", "value": '<a>; rel="first"\n<b>; rel="current"'}]

    assert of(entry(headers=lines)).response.lines("link") == ('<a>; rel="first"', '<b>; rel="current"')


@pytest.mark.parametrize(
    ("creator", "lost"),
    [
        ("mitmproxy", set()),
        ("WebInspector", {Part.REQUEST_HEADERS}),
        ("a proxy of my own", {Part.REQUEST_HEADERS, Part.HEADER_LINES}),
    ],
)
def test_only_recorders_that_are_known_keep_every_header(creator, lost):
    assert set(of(entry(), creator).unrecorded) == lost


def test_without_a_date_the_headers_of_a_response_are_not_all_recorded():
    """Every response of a server with a clock has one (RFC 9110 section 6.6.1)."""
    assert Part.RESPONSE_HEADERS in of(entry(headers=[JSON_TYPE])).unrecorded
    assert Part.RESPONSE_HEADERS not in of(entry(headers=[JSON_TYPE]), "mitmproxy").unrecorded
