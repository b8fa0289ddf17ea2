"""Text of a target, made safe to look at, and laid out for reading."""

from __future__ import annotations

import json
import time

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model import (
    FORM,
    HTML,
    JSON,
    MSGPACK,
    SHOULD,
    Clause,
    Exchange,
    Finding,
    Origin,
    Request,
    Requirement,
    Response,
)
from conformance.report.page.body_view import hex_lines, shown
from conformance.report.page.highlight import pieces
from conformance.report.page.json_layout import laid_out, marked
from conformance.report.text import curl
from conformance.report.text.dates import day_and_time, duration, instant, milliseconds
from conformance.report.text.finding import finding_text
from conformance.report.text.safe_text import encodable, legible, shortened
from conformance.report.text.steps import trail
from conformance.selftest.harness.journals import HOSTILE


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("plain, üñí, 🎈", "plain, üñí, 🎈"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\x1b[2J\x00", "⟨U+001B⟩[2J⟨U+0000⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("lines\nand\ttabs", "lines\nand\ttabs"),
    ],
)
def test_what_steers_the_eye_or_a_terminal_is_spelled_out(text, read):
    assert legible(text) == read


def test_a_surrogate_without_a_partner_does_not_stop_a_file_from_being_written():
    assert encodable("a\ud800b").encode() == "a\ufffdb".encode()


def test_a_cut_states_how_much_there_was():
    assert shortened("x" * 500, 40) == "x" * 22 + "… (500 characters)"
    assert shortened("a\n b", 40) == "a b"


def test_instants_are_told_in_utc():
    assert instant(0) == "1970-01-01T00:00:00Z"
    assert day_and_time(1_795_000_000) == "18 Nov 2026, 11:06 UTC"


@pytest.mark.parametrize(("seconds", "told"), [(0.04, "0.0 s"), (41.25, "41 s"), (125.0, "2 min 5 s")])
def test_durations_are_told_as_people_say_them(seconds, told):
    assert duration(seconds) == told


def test_milliseconds_lose_their_fraction_when_it_means_nothing():
    assert [milliseconds(4.25), milliseconds(1234.5)] == ["4.2 ms", "1,234 ms"]


def read(text: str) -> list[str]:
    return [line.indented for line in laid_out(text)]


def test_json_is_laid_out_a_member_a_line():
    assert read('{"a":[1,{"b":{}}],"c":null}') == [
        "{",
        '  "a": [',
        "    1,",
        "    {",
        '      "b": {}',
        "    }",
        "  ],",
        '  "c": null',
        "}",
    ]


def test_what_was_sent_is_not_repaired_by_laying_it_out():
    assert read('{"a":1.0e5,"a":NaN,"b":') == ["{", '  "a": 1.0e5,', '  "a": NaN,', '  "b": ']


def test_brackets_within_text_open_nothing():
    assert read('["[{,:}]"]') == ["[", '  "[{,:}]"', "]"]


@pytest.mark.parametrize("text", ["]", "}}", ",", ":", '"', "{]", "[[[", "", "\\"])
def test_no_text_is_too_broken_to_be_laid_out(text):
    assert "".join(line.text.strip() for line in laid_out(text)) == text.replace(" ", "")


def test_a_text_nested_ten_thousand_deep_is_laid_out_at_once():
    began = time.perf_counter()
    lines = laid_out("[" * 10_000 + "]" * 10_000)
    assert len(lines) == 19_999
    assert sum(len(line.indented) for line in lines) < 1_000_000
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("at", "numbers"),
    [("/a/0", [2]), ("/a", [1, 2, 3]), ("#/c~1d", [4]), ("/a/9", [1, 2, 3]), ("/z", []), ("", []), ("X-Header", [])],
)
def test_the_member_that_deviates_is_marked_or_the_nearest_around_it(at, numbers):
    assert list(marked(laid_out('{"a":[1],"c/d":2}'), at)) == numbers


def test_a_messagepack_body_is_decoded_beside_its_bytes():
    body = msgpack.packb({"data": b"\x00\xff", 1: None, "list": [True]})
    seen = shown(MSGPACK, body, "/data")
    assert seen.octets == body
    assert seen.lines[1] == '  "data": "⟨bin, 2 bytes: 00 ff⟩",'
    assert seen.lines[2] == '  "⟨1⟩": null,'
    assert seen.marks == {1}


def test_a_broken_messagepack_body_is_shown_as_its_bytes():
    seen = shown(MSGPACK, b"\x92\x01")
    assert (seen.lines, seen.octets, seen.note) == ((), b"\x92\x01", "the MessagePack value is cut short")


def test_messagepack_nested_too_deeply_is_shown_as_its_bytes():
    assert shown(MSGPACK, b"\x91" * 5_000 + b"\xc0").lines == ()


def test_a_body_that_is_no_json_is_shown_as_sent_with_its_flaw():
    seen = shown(JSON, b"[1, 2")
    assert seen.lines == ("[1, 2",)
    assert seen.note.startswith("as sent: not JSON")


def test_a_body_that_was_cut_says_so():
    assert "cut" in shown(JSON, json.dumps(["x" * 16_384]).encode()[: 16 * 1024]).note


def test_a_body_cut_within_a_character_is_still_a_text():
    body = (b'["' + "é".encode() * 16_384)[: 16 * 1024 - 1] + b"\xc3"
    assert shown(JSON, body[: 16 * 1024]).kind == "json"


def test_what_json_has_no_form_for_is_described():
    body = msgpack.packb([msgpack.ExtType(5, b"x"), msgpack.Timestamp(1)])
    assert shown(MSGPACK, body).lines[1:3] == (
        "  \"⟨ExtType(code=5, data=b'x')⟩\",",
        '  "⟨Timestamp(seconds=1, nanoseconds=0)⟩"',
    )


def test_a_place_that_the_body_has_not_is_said_to_be_empty():
    assert shown(JSON, b'{"a":1}', "/error").note == "there is nothing at /error"


@pytest.mark.parametrize(
    ("media", "body", "kind"),
    [
        (JSON, b"", "empty"),
        (FORM, b"a=1&b=%20", "form"),
        (HTML, b"<p>", "text"),
        ("", b"\xff\x00", "binary"),
        ("", b"[]", "json"),
    ],
)
def test_each_kind_of_body_is_shown_as_what_it_is(media, body, kind):
    assert shown(media, body).kind == kind


def test_bytes_are_told_with_offset_and_letters():
    assert hex_lines(b"Ably\x00") == [f"0000  {'41 62 6c 79 00':<48} Ably."]


def test_syntax_colour_tells_keys_from_texts():
    found = [(piece.kind, piece.text) for piece in pieces('  "a": "1", -2.5e1, true')]
    assert found == [
        ("", "  "),
        ("key", '"a"'),
        ("", ": "),
        ("string", '"1"'),
        ("", ", "),
        ("number", "-2.5e1"),
        ("", ", "),
        ("word", "true"),
    ]


def test_secrets_of_a_command_are_variables():
    request = Request(
        "POST",
        "http://h/keys?key=<secret:full>",
        (("Authorization", "Bearer <secret:narrow token>"), ("Host", "h"), ("X-Empty", "")),
        b"a=1",
    )
    command = curl.command(request)
    assert "'http://h/keys?key='\"$ABLY_API_KEY\"" in command
    assert "-H 'Authorization: Bearer '\"$ABLY_NARROW_TOKEN\"" in command
    assert "Host" not in command
    assert "-H 'X-Empty;'" in command
    assert "-H 'Content-Type:'" in command


def test_a_key_is_given_to_curl_as_a_user():
    request = Request("GET", "http://h/time", (("Authorization", "Basic <secret:full>"),))
    assert curl.command(request).endswith('-u "$ABLY_API_KEY"')


def test_bytes_that_a_shell_or_a_page_would_alter_travel_in_base64():
    for body in (b"\x00\xff", "\u202e".encode(), b"\x1b[2J"):
        assert curl.command(Request("PUT", "http://h/", (), body)).startswith("printf %s ")


def test_a_quote_in_a_body_does_not_end_its_word():
    assert """'it'"'"'s $(id)'""" in curl.command(Request("POST", "http://h/", (), b"it's $(id)"))


ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Surrogates without a partner among it, as JSON can spell them."""


@given(st.sampled_from([JSON, MSGPACK, FORM, HTML, ""]), st.binary(max_size=300), ANY_TEXT)
def test_no_body_and_no_pointer_is_too_strange_to_be_shown(media, body, at):
    seen = shown(media, body, at)
    "".join([*seen.lines, seen.note]).encode()
    assert max(seen.marks, default=-1) < max(len(seen.lines), 1)


@given(st.recursive(st.none() | st.booleans() | st.integers() | ANY_TEXT, st.lists), st.data())
def test_whatever_json_says_is_still_said_when_it_is_laid_out(value, data):
    text = json.dumps(value, indent=data.draw(st.sampled_from([None, 1])))
    assert json.loads("\n".join(line.indented for line in laid_out(text))) == value


@given(ANY_TEXT)
def test_colour_adds_and_takes_nothing(text):
    assert "".join(piece.text for piece in pieces(text)) == text


REQUIREMENT = Requirement("DEV-07", SHOULD, "A title", Clause("#/paths/~1time", "the words"))
EXCHANGE = Exchange(
    "main-1", "GET /time", Origin.VALID, "full", Request("GET", "http://h/time"), Response(200), 0.0, 1.0
)


def test_a_failure_says_four_things_and_how_to_repeat_it():
    finding = Finding("one integer", "two", at="/0", as_published="passes")
    text = finding_text(finding, REQUIREMENT, [EXCHANGE] * 3, line=7, reproduce="pytest --profile x")
    assert text.splitlines() == [
        "DEV-07 (should) A title",
        "  expected   one integer",
        "  received   two",
        "  at         /0",
        "  contract   openapi.yaml:7 #/paths/~1time",
        '             "the words"',
        "  published  passes the contract as published; fails it with its errata applied",
        "  exchanges  GET /time 200 (x3)",
        "  reproduce  pytest --profile x -k DEV-07",
    ]


def test_a_failure_cannot_steer_the_terminal():
    text = finding_text(Finding(HOSTILE, "y" * 5_000), REQUIREMENT, [], line=0, reproduce="pytest")
    assert "\x1b" not in text
    assert "… (5,000 characters)" in " ".join(text.split())


def test_an_exchange_without_an_answer_is_told_as_such():
    silent = Exchange("main-2", "", Origin.SETUP, "", Request("GET", "http://h/apps?x=1"), None, 0.0, 1.0)
    assert trail([EXCHANGE, silent]) == "GET /time 200 | GET /apps no answer"
