"""`suite.steps.payloads` and `encodings`: what a target returns as data is read without an error of ours."""

from __future__ import annotations

import pytest

from conformance.suite.steps.encodings import meaning, unwrapped
from conformance.suite.steps.payloads import canonical, parsed, spelled

NO_JSON = ("", "{", "{'a': 1}", "map[a:1]", "NaN and more", "[" * 100_000)


def test_json_texts_are_compared_by_their_canonical_text():
    assert canonical('{"b": 1,"a":[true]}') == spelled({"a": [True], "b": 1})
    assert canonical("1") != canonical("true")


@pytest.mark.parametrize("text", NO_JSON)
def test_a_text_that_is_no_json_stays_as_it_is(text):
    assert canonical(text) == text
    assert parsed(text) == text
    assert meaning({"data": text, "encoding": "json"}) == (text, "json")


@pytest.mark.parametrize("data", [None, 5, b"bytes", {"an": "object"}])
def test_data_that_is_no_text_stays_as_it_is(data):
    assert canonical(data) == data
    assert parsed(data) == data


@pytest.mark.parametrize("text", ["AA=", "\u00e9", "a b"])
def test_a_text_that_is_no_base64_stays_as_it_is(text):
    assert unwrapped({"data": text, "encoding": "utf-8/base64"}) == {"data": text, "encoding": "utf-8/base64"}
