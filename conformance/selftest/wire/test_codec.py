"""`wire.codec` names every syntax error that a lenient parser accepts, and no response can crash it."""

from __future__ import annotations

import json

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model import HTML, JAVASCRIPT, JSON, MSGPACK
from conformance.wire.codec import DEEPEST, NOTHING, callback_of, decode

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def packed_nest(depth: int) -> bytes:
    return b"\x91" * (depth - 1) + b"\x90"


@given(VALUES)
def test_a_packed_value_decodes_to_itself(value):
    found = decode(MSGPACK, msgpack.packb(value))

    assert (found.value, found.flaws, found.repeats) == (value, (), ())


@given(st.recursive(st.none() | st.booleans() | st.integers() | FINITE | st.text(), st.lists, max_leaves=8))
def test_a_value_written_as_json_decodes_to_itself(value):
    found = decode(JSON, json.dumps(value).encode())

    assert (found.value, found.flaws, found.repeats) == (value, (), ())


@given(st.dictionaries(st.text(), st.integers()), st.sampled_from(["callback", "a.b$c", "_"]))
def test_a_jsonp_call_has_the_value_of_its_argument(value, name):
    body = f"{name}({json.dumps(value)});".encode()

    assert decode(JAVASCRIPT, body).value == value
    assert callback_of(body) == name


@given(st.binary(max_size=200), st.sampled_from([JSON, MSGPACK, JAVASCRIPT, HTML, "application/problem+json", "x/y"]))
def test_any_bytes_have_a_value_or_a_flaw(body, media_type):
    found = decode(media_type, body)

    assert found.has_value or found.flaws or media_type == "x/y"


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (b"", "not JSON: "),
        (b"[1,]", "not JSON: "),
        (b"{'a': 1}", "not JSON: "),
        (b"[1] [2]", "not JSON: Extra data"),
        (b"\xef\xbb\xbf[]", "it begins with a byte order mark"),
        ("[]".encode("utf-16"), "not UTF-8 at byte 0"),
        (b'["\xff"]', "not UTF-8 at byte 2"),
        (b'["\xc3"]', "not UTF-8 at byte 2"),
        (b"1" * 5000, "a number has more digits than can be read"),
        (nested(100_000), "nested too deeply to be read"),
        (nested(DEEPEST + 2), "nested too deeply to be read"),
    ],
)
def test_an_invalid_json_body_has_no_value_and_one_flaw(body, flaw):
    found = decode(JSON, body)

    assert found.value is NOTHING
    assert len(found.flaws) == 1
    assert found.flaws[0].startswith(flaw)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_a_constant_that_json_does_not_define_is_a_flaw(word):
    assert decode(JSON, f'{{"a": {word}}}'.encode()).flaws == (f"{word} is no JSON number",)


def test_duplicate_members_are_reported_at_every_depth():
    assert decode(JSON, b'{"a": 1, "b": [{"c": 1, "c": 2}], "a": 3}').repeats == ("c", "a")


def test_a_body_with_a_duplicate_member_still_has_a_value():
    assert decode(JSON, b'{"a": 1, "a": 2}').value == {"a": 2}


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (b"", "the MessagePack value is cut short"),
        (b"\x93\x01\x02", "the MessagePack value is cut short"),
        (b"\xa5ab", "the MessagePack value is cut short"),
        (b"\xdd\x7f\xff\xff\xff", "not MessagePack"),
        (b"\xc1", "not MessagePack"),
        (b"\xa1\xff", "a MessagePack str is not UTF-8: invalid start byte"),
        (b"\x81\x91\x01\x02", "a MessagePack map has an array or a map as key"),
        (packed_nest(100_000), "nested too deeply to be read"),
        (packed_nest(DEEPEST + 2), "nested too deeply to be read"),
    ],
)
def test_an_invalid_messagepack_body_has_no_value_and_one_flaw(body, flaw):
    found = decode(MSGPACK, body)

    assert (found.value, found.flaws) == (NOTHING, (flaw,))


def test_bytes_after_a_messagepack_value_are_a_flaw_and_the_value_is_kept():
    found = decode(MSGPACK, msgpack.packb([1]) + b"\x01\x02")

    assert (found.value, found.flaws) == ([1], ("2 bytes behind the MessagePack value",))


def test_duplicate_members_are_reported_in_messagepack():
    assert decode(MSGPACK, b"\x82\xa1a\x01\xa1a\x02").repeats == ("a",)


def test_a_duplicate_key_that_is_a_number_is_reported_as_text():
    """A finding consists of texts, so a number in it would break the report."""
    assert decode(MSGPACK, b"\x82\x01\x01\x01\x02").repeats == ("1",)


def test_bin_and_str_decode_to_different_types():
    assert decode(MSGPACK, b"\x92\xc4\x01a\xa1a").value == [b"a", "a"]


def test_a_body_nested_to_the_limit_is_decoded():
    assert not decode(JSON, nested(DEEPEST)).flaws
    assert not decode(MSGPACK, packed_nest(DEEPEST)).flaws


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (b"[1]", "not of the form callback(value)"),
        (b"callback([1]", "not of the form callback(value)"),
        (b"callback([1,])", "not JSON: "),
        (b"callback()", "not JSON: "),
        (b"callback([1])\xff", "not UTF-8 at byte 13"),
    ],
)
def test_an_invalid_jsonp_body_has_a_flaw(body, flaw):
    found = decode(JAVASCRIPT, body)

    assert found.value is NOTHING
    assert found.flaws[0].startswith(flaw)


def test_a_comment_before_a_jsonp_call_is_accepted():
    assert decode(JAVASCRIPT, b"/**/ callback([1]);\n").value == [1]


def test_a_body_without_a_call_has_no_callback():
    assert callback_of(b"[1]\xff") == ""


def test_html_decodes_to_its_text():
    assert decode(HTML, "<p>ü</p>".encode()).value == "<p>ü</p>"
    assert decode(HTML, b"\xff").flaws == ("not UTF-8 at byte 0",)


def test_every_json_media_type_is_decoded_as_json():
    assert decode("application/problem+json", b"[1]").value == [1]


def test_an_unknown_media_type_has_neither_value_nor_flaw():
    found = decode("application/octet-stream", b"[1]")

    assert not found.has_value
    assert found.flaws == ()
