"""Tests of the texts of a report: control characters, indentation, bodies, curl commands and findings."""

from __future__ import annotations

import json
import time
from dataclasses import replace

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
from conformance.report.page.json_layout import indented, laid_out, marked
from conformance.report.text import curl
from conformance.report.text.dates import day_and_time, duration, instant, milliseconds
from conformance.report.text.finding import clause_words, finding_text
from conformance.report.text.safe_text import encodable, for_terminal, legible, shortened
from conformance.report.text.steps import trail
from conformance.selftest.harness.journals import HOSTILE


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("plain, üñí, 🎈", "plain, üñí, 🎈"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\x1b[2J\x00", "⟨U+001B⟩[2J⟨U+0000⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("lines\nand\ttabs", "lines\nand\ttabs"),
    ],
)
def test_control_characters_and_direction_marks_are_spelled_out(text, shown_as):
    assert legible(text) == shown_as


def test_a_lone_surrogate_can_be_written_to_a_file():
    assert encodable("a\ud800b").encode() == "a\ufffdb".encode()


def test_a_shortened_text_states_its_full_length():
    assert shortened("x" * 500, 40) == "x" * 22 + "… (500 characters)"
    assert shortened("a\n b", 40) == "a b"


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("::error::injected", ":⟨U+003A⟩error::injected"),
        ("before\n  ::set-output name=x::y", "before\n  :⟨U+003A⟩set-output name=x::y"),
        ("a ##[error]injected", "a #⟨U+0023⟩[error]injected"),
        ("##vso[task.complete]", "#⟨U+0023⟩vso[task.complete]"),
        ("##teamcity[buildStop]", "#⟨U+0023⟩teamcity[buildStop]"),
        ("\x1b]0;title\x07", "⟨U+001B⟩]0;title⟨U+0007⟩"),
        ("\x1b[2J", "⟨U+001B⟩[2J"),
        ("a\r::error::b", "a⟨U+000D⟩::error::b"),
        ("conformance/x.py::test_y", "conformance/x.py::test_y"),
        ("half \ud83d", "half ⟨U+D83D⟩"),
    ],
)
def test_nothing_on_a_terminal_is_a_command(text, shown_as):
    assert for_terminal(text) == shown_as


def test_a_text_on_a_terminal_is_short_and_says_how_long_it_is():
    assert for_terminal("x" * 1_000_000, longest=10) == "x" * 10 + "\n… (1,000,000 characters in all)"
    assert for_terminal("a\n" * 1000, most=2) == "a\na\n… (2,000 characters in all)"
    assert for_terminal("a\nb", longest=3, most=2) == "a\nb"


def test_instants_are_in_utc():
    assert instant(0) == "1970-01-01T00:00:00Z"
    assert day_and_time(1_795_000_000) == "18 Nov 2026, 11:06 UTC"


@pytest.mark.parametrize(("seconds", "text"), [(0.04, "0.0 s"), (41.25, "41 s"), (125.0, "2 min 5 s")])
def test_durations_are_in_seconds_or_minutes(seconds, text):
    assert duration(seconds) == text


def test_long_times_in_milliseconds_have_no_fraction():
    assert [milliseconds(4.25), milliseconds(1234.5)] == ["4.2 ms", "1,234 ms"]


def read(text: str) -> list[str]:
    return [line.indented for line in laid_out(text)]


def test_json_is_indented_with_one_member_a_line():
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


def test_indentation_keeps_repeated_members_and_cut_texts():
    assert read('{"a":1.0e5,"a":NaN,"b":') == ["{", '  "a": 1.0e5,', '  "a": NaN,', '  "b": ']


def test_brackets_within_a_string_are_not_indented():
    assert read('["[{,:}]"]') == ["[", '  "[{,:}]"', "]"]


@pytest.mark.parametrize("text", ["]", "}}", ",", ":", '"', "{]", "[[[", "", "\\"])
def test_invalid_json_can_be_indented(text):
    assert "".join(line.text.strip() for line in laid_out(text)) == text.replace(" ", "")


def test_deeply_nested_json_is_indented_quickly():
    began = time.perf_counter()
    lines = laid_out("[" * 10_000 + "]" * 10_000)
    assert len(lines) == 19_999
    assert sum(len(line.indented) for line in lines) < 1_000_000
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("at", "numbers"),
    [("/a/0", [2]), ("/a", [1, 2, 3]), ("#/c~1d", [4]), ("/a/9", [1, 2, 3]), ("/z", []), ("", []), ("X-Header", [])],
)
def test_the_value_at_a_pointer_or_its_nearest_ancestor_is_marked(at, numbers):
    assert list(marked(laid_out('{"a":[1],"c/d":2}'), at)) == numbers


def test_a_messagepack_body_is_decoded_beside_its_bytes():
    body = msgpack.packb({"data": b"\x00\xff", 1: None, "list": [True]})
    found = shown(MSGPACK, body, "/data")
    assert found.octets == body
    assert found.lines[1] == '  "data": "⟨bin, 2 bytes: 00 ff⟩",'
    assert found.lines[2] == '  "⟨1⟩": null,'
    assert found.marks == {1}


def test_a_broken_messagepack_body_is_shown_as_its_bytes():
    found = shown(MSGPACK, b"\x92\x01")
    assert (found.lines, found.octets, found.note) == ((), b"\x92\x01", "the MessagePack value is cut short")


def test_messagepack_nested_too_deeply_is_shown_as_its_bytes():
    assert shown(MSGPACK, b"\x91" * 5_000 + b"\xc0").lines == ()


def test_a_body_that_is_not_json_is_shown_as_sent_with_the_reason():
    found = shown(JSON, b"[1, 2")
    assert found.lines == ("[1, 2",)
    assert found.note.startswith("as sent: not JSON")


def test_a_body_that_was_cut_has_a_note():
    assert "cut" in shown(JSON, json.dumps(["x" * 16_384]).encode()[: 16 * 1024]).note


def test_a_body_that_was_cut_within_a_character_is_shown_as_text():
    body = (b'["' + "é".encode() * 16_384)[: 16 * 1024 - 1] + b"\xc3"
    assert shown(JSON, body[: 16 * 1024]).kind == "json"


def test_messagepack_values_without_a_json_equivalent_are_described():
    body = msgpack.packb([msgpack.ExtType(5, b"x"), msgpack.Timestamp(1)])
    assert shown(MSGPACK, body).lines[1:3] == (
        "  \"⟨ExtType(code=5, data=b'x')⟩\",",
        '  "⟨Timestamp(seconds=1, nanoseconds=0)⟩"',
    )


def test_a_pointer_without_a_value_has_a_note():
    assert shown(JSON, b'{"a":1}', "/error").note == "the body has no value at /error"


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
def test_the_kind_of_a_body_follows_its_media_type_and_bytes(media, body, kind):
    assert shown(media, body).kind == kind


def test_a_hex_dump_has_offset_bytes_and_ascii():
    assert hex_lines(b"Ably\x00") == [f"0000  {'41 62 6c 79 00':<48} Ably."]


def test_syntax_colour_distinguishes_keys_from_strings():
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


def test_a_basic_key_is_passed_to_curl_as_the_user():
    request = Request("GET", "http://h/time", (("Authorization", "Basic <secret:full>"),))
    assert curl.command(request).endswith('-u "$ABLY_API_KEY"')


def test_a_body_with_control_characters_is_passed_to_curl_in_base64():
    for body in (b"\x00\xff", "\u202e".encode(), b"\x1b[2J"):
        assert curl.command(Request("PUT", "http://h/", (), body)).startswith("printf %s ")


def test_a_quote_in_a_body_does_not_end_its_word():
    assert """'it'"'"'s $(id)'""" in curl.command(Request("POST", "http://h/", (), b"it's $(id)"))


ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Texts, also with lone surrogates, which JSON can express."""


@given(st.sampled_from([JSON, MSGPACK, FORM, HTML, ""]), st.binary(max_size=300), ANY_TEXT)
def test_any_body_can_be_shown_with_any_pointer(media, body, at):
    found = shown(media, body, at)
    "".join([*found.lines, found.note]).encode()
    assert max(found.marks, default=-1) < max(len(found.lines), 1)


@given(st.recursive(st.none() | st.booleans() | st.integers() | ANY_TEXT, st.lists), st.data())
def test_indentation_keeps_the_json_value(value, data):
    text = json.dumps(value, indent=data.draw(st.sampled_from([None, 1])))
    assert json.loads("\n".join(line.indented for line in laid_out(text))) == value


@given(st.text(st.sampled_from('{}[],:"\\a1 \n')))
def test_the_lines_alone_are_those_with_pointers(text):
    assert indented(text) == [line.indented for line in laid_out(text)]


@given(ANY_TEXT)
def test_syntax_colour_keeps_the_text(text):
    assert "".join(piece.text for piece in pieces(text)) == text


REQUIREMENT = Requirement("DEV-07", SHOULD, "A title", Clause("#/paths/~1time", "the words"))
EXCHANGE = Exchange(
    "main-1", "GET /time", Origin.VALID, "full", Request("GET", "http://h/time"), Response(200), 0.0, 1.0
)


def test_the_text_of_a_finding_has_all_its_parts():
    finding = Finding("one integer", "two", at="/0", as_published="passes")
    text = finding_text(
        finding,
        REQUIREMENT,
        [EXCHANGE] * 3,
        document="openapi.yaml",
        line=7,
        reproduce="ably-conformance run --profile x -k DEV-07",
    )
    assert text.splitlines() == [
        "DEV-07 (should) A title",
        "  expected   one integer",
        "  received   two",
        "  at         /0",
        "  contract   openapi.yaml:7 #/paths/~1time",
        '             "the words"',
        "  published  conforms to the contract as published; deviates only with the errata applied",
        "  exchanges  GET /time 200 (x3)",
        "  reproduce  ably-conformance run --profile x -k DEV-07",
    ]


PARAPHRASE = Clause("Ably REST documentation", "history is returned backwards by default")


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        (REQUIREMENT.clause, '"the words"'),
        (PARAPHRASE, "In our words: history is returned backwards by default"),
        (Clause("#/paths/~1time", ""), ""),
        (Clause("Ably REST documentation", ""), ""),
    ],
)
def test_only_the_contract_is_quoted(clause, words):
    assert clause_words(clause) == words


@pytest.mark.parametrize(
    ("clause", "lines"),
    [
        (
            REQUIREMENT.clause,
            ["  contract   moved.yaml:9 #/paths/~1stats", '             "the words" (#/paths/~1time)'],
        ),
        (
            PARAPHRASE,
            [
                "  contract   moved.yaml:9 #/paths/~1stats",
                "             In our words: history is returned backwards by default (Ably REST documentation)",
            ],
        ),
    ],
)
def test_a_clause_that_is_not_at_the_pointer_of_the_finding_is_followed_by_its_place(clause, lines):
    finding = Finding("one integer", "two", pointer="#/paths/~1stats")
    text = finding_text(
        finding, replace(REQUIREMENT, clause=clause), [EXCHANGE], document="moved.yaml", line=9, reproduce="pytest"
    )
    assert text.splitlines()[3:5] == lines


def test_the_text_of_a_finding_has_no_control_characters():
    text = finding_text(
        Finding(HOSTILE, "y" * 5_000), REQUIREMENT, [], document="openapi.yaml", line=0, reproduce="pytest"
    )
    assert "\x1b" not in text
    assert "… (5,000 characters)" in " ".join(text.split())


def test_a_trail_includes_exchanges_without_a_response():
    silent = Exchange("main-2", "", Origin.SETUP, "", Request("GET", "http://h/apps?x=1"), None, 0.0, 1.0)
    assert trail([EXCHANGE, silent]) == "GET /time 200 | GET /apps no response"
