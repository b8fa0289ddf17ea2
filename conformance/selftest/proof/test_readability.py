"""`proof.readability` finds Python notation and made-up names in a finding, and accepts plain sentences."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.names import Names
from conformance.proof.mutants import Kill
from conformance.proof.readability import notations
from conformance.selftest.harness.exchanges import exchange


def kinds(text: str) -> list[str]:
    return list(notations(text))


def failing_assertion() -> str:
    """The text of a plain assertion that pytest has rewritten."""
    status = 404
    try:
        assert status == 200
    except AssertionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ((1,), "a tuple"),
        (("a", "x"), "a tuple"),
        ((None, 1), "a tuple"),
        ((-1, 2), "a tuple"),
        (["a"], "a Python list or dict"),
        ({"a": 1}, "a Python list or dict"),
        ([None], "a Python list or dict"),
        ([True, False], "a Python list or dict"),
        (None, "a Python constant"),
        (NotImplemented, "a Python constant"),
        (set(), "a Python set"),
        (frozenset({1}), "a Python set"),
        (dict, "a Python class"),
        (kinds, "a Python class"),
        (print, "a Python class"),
        (object(), "a Python class"),
        (KeyError("a"), "the name of an exception"),
        (b"x", "a Python bytes literal"),
    ],
)
def test_the_repr_of_a_value_is_found(value, kind):
    assert kind in kinds(f"received {value!r}")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("expected (200, 40160); received status 401", "a tuple"),
        ("expected True", "a Python constant"),
        ("received False", "a Python constant"),
        ("received <conformance.model.Verdict>", "a Python class"),
        *(
            (f"{name}Error: token", "the name of an exception")
            for name in ("Key", "Index", "Type", "Attribute", "Value", "Assertion", "Runtime", "OS")
        ),
        ('received b"x"', "a Python bytes literal"),
        (failing_assertion(), "a comparison in code"),
        ("answer.status is 404", "a comparison in code"),
        ("received 404 != 200", "a comparison in code"),
        (f"received {Names('conf-7f3a99-gw0').fresh('device')}", "a name made by the run"),
        ("received conf-7f3a99-main-1", "a name made by the run"),
    ],
)
def test_a_notation_is_found(text, kind):
    assert kind in kinds(text)


def test_the_repr_of_an_exchange_is_found():
    assert kinds(f"received {exchange()!r}") != []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "expected status 401, error code 40160; received status 200, error code: none",
        'expected 2 names: "a", "c"; received no names',
        "received 7 numbers: the same in another order (the expected numbers 7, 6, 5, 4, 3, 2, 1)",
        "received 3 ids: missing number 2 of 3; unexpected number 1 of 3; first difference at position 1",
        'expected {"a": null, "c": [true, false, 1.5]}; received {}',
        'received a text of 1,024 characters, at 161: "xyz"',
        "received data 20 bytes (00 01 02 03 ...)",
        "a list (of three items) is falsely truncated, nonetheless",
        "the set (of names) was reset",
        'no member "token" in the body, for GET /channels/{channel_id}/messages asked with a token (expired)',
        "a client error, a type error in the request, the status of the response",
        'Link: <./messages?start=1&end==>; rel="next"',
        "device 1 and channel 2; a configuration of conf-7f3a-presence",
        '[1, 2] and {"a": 1} and (in our words)',
        "the caller's token, 'quoted' text",
    ],
)
def test_a_plain_sentence_is_accepted(text):
    assert kinds(text) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text("xyz ü/-", max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("xyz", max_size=4), inner, max_size=4),
        max_leaves=8,
    )
)
def test_json_is_accepted(value):
    assert kinds(f"received {json.dumps(value)}") == []


@pytest.mark.parametrize(
    "text",
    [
        'expected name "b"',
        'received {"b": 1}',
        'expected data "a b"',
    ],
)
def test_a_text_that_ends_in_b_is_accepted(text):
    assert kinds(text) == []


def test_several_notations_are_found_at_once():
    assert kinds("assert (200, None) == b'x'") == [
        "a tuple",
        "a Python constant",
        "a Python bytes literal",
        "a comparison in code",
    ]


def test_a_kill_names_its_findings_that_are_not_in_words():
    findings = ("DEV-07: expected no items; received 1 items", "DEV-07: expected (200, 1); received None")

    kill = Kill("a-mutant", "A fault.", "DEV-07", "fail", ("DEV-07",), 12, findings)

    assert kill.unreadable == (f"{findings[1]} (a tuple)", f"{findings[1]} (a Python constant)")
