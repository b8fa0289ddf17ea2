"""`report.text.comparison` tells a failed comparison in words, by the shape of what was compared."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conformance.facts import facts
from conformance.proof.readability import notations
from conformance.report.text.comparison import difference, in_words
from conformance.wire.codec import NOTHING

SEVEN = [1, 2, 3, 4, 5, 6, 7]
SEVEN_IN_WORDS = "7 numbers: 1, 2, 3, 4, 5 and 2 more"
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
    "is": operator.is_,
    "is not": operator.is_not,
}

# Facts ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "expected", "words"),
    [
        (facts(status=500), facts(status=200), ("status 200", "status 500")),
        (facts(name="a", size=1), facts(name="b", size=2), ('name: "b", size 2', 'name: "a", size 1')),
        (facts(next_link=True), facts(next_link=False), ("next link: no", "next link: yes")),
        (facts(cursor=None), facts(cursor="a"), ('cursor: "a"', "cursor: none")),
        (facts(body=list), facts(body=dict), ("body: an object", "body: a list")),
        (facts(items={"a": 1}), facts(items=[1]), ("items: [1]", 'items: {"a": 1}')),
        (facts(items=[1]), facts(items=[]), ("no items", "1 item: 1")),
        (facts(items={}), facts(items=[]), ("items: an empty list", "items: {}")),
        (
            facts(stored_messages=[1, 2]),
            facts(stored_messages=[2]),
            ("1 stored message: 2", "2 stored messages: 1, 2"),
        ),
        (facts(metadata={"a": 1}), facts(metadata={"a": 2}), ("metadata: a 2", "metadata: a 1")),
        (facts(kinds={1}), facts(kinds={2}), ("kinds 2", "kinds 1")),
    ],
)
def test_a_fact_is_told_by_its_name(received, expected, words):
    assert difference("==", received, expected, "") == words


def test_only_the_facts_that_differ_are_told():
    received, expected = facts(status=200, items=[1], next_link=False), facts(status=200, items=[2], next_link=False)

    assert difference("==", received, expected, "") == ("item 2", "item 1")


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, 40100, "status 401, error code 40100"),
        (500, None, "status 500, error code: none"),
        (403, 40160, "status 403, error code 40160"),
    ],
)
def test_status_and_error_code_are_told_together(status, code, words):
    received, expected = facts(status=status, error_code=code, items=0), facts(status=401, error_code=40160, items=0)

    assert difference("==", received, expected, "") == ("status 401, error code 40160", words)


def test_a_missing_fact_is_told_as_none():
    assert difference("==", facts(status=200), facts(status=200, pages=1), "") == ("pages 1", "pages: none")


def test_a_long_text_in_a_fact_is_told_where_it_differs():
    long = "x" * 200

    expected, received = difference("==", facts(data=f"{long}z"), facts(data=long), "")

    assert expected.startswith("data a text of 200 characters, at 201: ")
    assert received.startswith("data a text of 201 characters, at 201: ")


# Lists ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "expected", "subject", "words"),
    [
        ([], ["a"], "names", ('1 name: "a"', "no names")),
        ([], ["a"], "entries", ('1 entry: "a"', "no entries")),
        ([], ["a"], "names of members", ('1 name of members: "a"', "no names of members")),
        (["a", "b"], [], "names", ("no names", '2 names: "a", "b"')),
        (["a", "b"], ["b", "c"], "names", ('2 names: "b", "c"', '2 names: "a", "b"')),
        (["a"], ["b", "c"], "", ('2 items: "b", "c"', '1 item: "a"')),
        ([], SEVEN, "numbers", (SEVEN_IN_WORDS, "no numbers")),
        (["a"], ["b"], "names", ('name "b"', 'name "a"')),
        ([{"a": 1}], [{"a": 2}], "items", ("item: a 2", "item: a 1")),
    ],
)
def test_a_short_list_is_told_whole(received, expected, subject, words):
    assert difference("==", received, expected, subject) == words


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (SEVEN[1:], "6 numbers: missing 1; first difference at position 1"),
        ([*SEVEN, 9], "8 numbers: unexpected 9; first difference at position 8"),
        ([*SEVEN[:-1], 9], "7 numbers: missing 7; unexpected 9; first difference at position 7"),
        ([*SEVEN, 1], "8 numbers: unexpected 1; first difference at position 8"),
        ([*SEVEN[:-1], 6], "7 numbers: missing 7; unexpected 6; first difference at position 7"),
        (SEVEN[::-1], "7 numbers: the same in another order (the expected numbers 7, 6, 5, 4, 3, 2, 1)"),
        ([each + 10 for each in SEVEN], "7 numbers: none of the expected numbers"),
        (
            [1, 3, 5, 7, *range(10, 17)],
            "11 numbers: missing 2, 4, 6; unexpected 10, 11, 12, 13, 14 and 2 more; first difference at position 2",
        ),
    ],
)
def test_a_long_list_is_told_by_what_is_missing_unexpected_or_in_another_order(received, words):
    assert difference("==", received, SEVEN, "numbers") == (SEVEN_IN_WORDS, words)


@pytest.mark.parametrize("subject", ["ids", "message ids", "serials", "tokens"])
@pytest.mark.parametrize(
    ("received", "expected", "words"),
    [
        (["q7", "q8"], ["q8", "q7"], ("2 {}", "2 {}: the same in another order (the expected numbers 2, 1)")),
        (
            ["q7", "q8"],
            ["q8", "q9"],
            ("2 {}", "2 {}: missing number 2 of 2; unexpected number 1 of 2; first difference at position 1"),
        ),
        (["q7", "q8"], ["q7", "q8", "q9"], ("3 {}", "2 {}: missing number 3 of 3; first difference at position 3")),
        ([], ["q7", "q8"], ("2 {}", "no {}")),
        (["q7", "q8"], [], ("no {}", "2 {}")),
        (["q7", "q8"], ["q1", "q2"], ("2 {}", "2 {}: none of the expected {}")),
    ],
)
def test_ids_are_told_by_their_positions(received, expected, words, subject):
    """A target made the values, so they say nothing and differ from run to run."""
    told = difference("==", received, expected, subject)

    assert told == tuple(word.format(*[subject] * word.count("{}")) for word in words)
    assert not any(value in text for value in [*received, *expected] for text in told)


@pytest.mark.parametrize(
    ("subject", "singular"),
    [
        ("names", "name"),
        ("address", "address"),
        ("status", "status"),
        ("entries", "entry"),
        ("names of members", "name of members"),
        ("", ""),
    ],
)
def test_a_list_of_one_is_told_in_the_singular(subject, singular):
    assert difference("==", [1], [2], subject) == (f"{singular} 2".strip(), f"{singular} 1".strip())


# Objects and sets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "expected", "subject", "words"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "message", ("message: b 3", "message: b 2")),
        ({"b": 2, "d": None}, {"b": 3, "c": "x"}, "", ('b 3, c "x", no d', "b 2, no c, d null")),
        ({}, {"a": [1]}, "", ("a [1]", "no a")),
        ({"a": {"c": {"d": 1}, "e": 2}}, {"a": {"c": {"d": 3}, "e": 2}}, "", ("a.c.d 3", "a.c.d 1")),
        ({"a": {"c": 1, "d": 2}}, {"a": {"c": 1, "e": 2}}, "body", ("body: a.e 2, no a.d", "body: no a.e, a.d 2")),
        ({"a": {}}, {"a": {"c": 1}}, "", ("a: c 1", "a: no c")),
        ({"a": None}, {}, "", ("no a", "a null")),
        ({}, {f"m{n}": n for n in SEVEN}, "", ("m1 1, m2 2, m3 3, m4 4, m5 5 and 2 more",
         "no m1, no m2, no m3, no m4, no m5 and 2 more")),
    ],
)  # fmt: skip
def test_an_object_is_told_by_the_members_that_differ(received, expected, subject, words):
    assert difference("==", received, expected, subject) == words


@pytest.mark.parametrize(
    ("received", "expected", "words"),
    [
        ({200}, {401, 404}, ("statuses 401 and 404", "statuses 200")),
        (set(), {401}, ("statuses 401", "statuses none")),
        (frozenset({"a"}), {"b"}, ('statuses "b"', 'statuses "a"')),
        ({1, 2, 3}, {3, 4, 5, 6}, ("4 statuses", "3 statuses: missing 4, 5, 6; unexpected 1, 2")),
        (set(SEVEN), {*SEVEN, 9}, ("8 statuses", "7 statuses: missing 9")),
    ],
)
def test_sets_are_told_whole_or_by_their_differences(received, expected, words):
    assert difference("==", received, expected, "statuses") == words


def test_members_that_a_set_may_not_have_are_told():
    assert difference("<=", {"a", "b"}, {"a", "c"}, "members") == ('members nothing but "a" or "c"', '"b"')


def test_members_that_a_set_lacks_are_told():
    expected, received = difference(">=", {"a"}, {"a", "c"}, "members")

    assert "nothing but" not in expected
    assert '"c"' in expected
    assert received not in {"", "nothing"}


# Single values -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "expected", "subject", "words"),
    [
        (404, 200, "status", ("status 200", "status 404")),
        ("200", 200, "status", ("status 200", 'status "200"')),
        ("a", "b", "", ('"b"', '"a"')),
        (None, "a", "name", ('name "a"', "name null")),
        (True, False, "has next", ("has next: no", "has next: yes")),
        (True, False, "", ("the fact: no", "the fact: yes")),
        (str, int, "type", ("type an integer", "type a text")),
        ((200, None), (401, 40160), "", ("401 and 40160", "200 and null")),
        (b"\x00\xff", b"", "data", ("data 0 bytes", "data 2 bytes (00 ff)")),
        ([1], {"a": 1}, "body", ('body {"a": 1}', "body [1]")),
    ],
)
def test_a_single_value_is_told_by_its_subject(received, expected, subject, words):
    assert difference("==", received, expected, subject) == words


def test_long_texts_are_told_from_a_little_before_they_differ():
    same, rest = "s" * 200, "t" * 100

    expected, received = difference("==", f"{same}x{rest}", f"{same}y{rest}", "data")

    assert expected == f'data a text of 301 characters, at 201: "{"s" * 20}y{"t" * 39}"'
    assert received == f'data a text of 301 characters, at 201: "{"s" * 20}x{"t" * 39}"'


@pytest.mark.parametrize(
    ("comparison", "received", "expected", "words"),
    [
        ("<", 5, 3, ("age less than 3", "age 5")),
        ("<=", 5, 3, ("age at most 3", "age 5")),
        (">", 1, 3, ("age more than 3", "age 1")),
        (">=", 1, 3, ("age at least 3", "age 1")),
        ("!=", "a", "a", ('age anything but "a"', 'age "a"')),
        ("is", 5, None, ("age null", "age 5")),
        ("is not", None, None, ("age anything but null", "age null")),
    ],
)
def test_a_bound_is_told_in_words(comparison, received, expected, words):
    assert difference(comparison, received, expected, "age") == words


@pytest.mark.parametrize(
    ("allowed", "words"),
    [
        ({200}, "status 200"),
        ({201, 200}, "status 200 or 201"),
        ([200, 201, 202], "status 200, 201 or 202"),
        (range(200, 300), "status 200 to 299"),
    ],
)
def test_in_tells_the_statuses_that_are_allowed(allowed, words):
    assert difference("in", 500, allowed, "status") == (words, "status 500")


@pytest.mark.parametrize(
    ("item", "listed", "subject", "words"),
    [
        ("next", {"first": "x", "current": "y"}, "links", ('"next" among the 2 links', '"first", "current"')),
        ("a", {"c", "d"}, "", ('"a" among the 2 items', '"c", "d"')),
        ("a", ["c"] * 7, "names", ('"a" among the 7 names', '"c", "c", "c", "c", "c" and 2 more')),
        ("abc", "hello", "message", ('message a text that contains "abc"', '"hello"')),
    ],
)
def test_in_tells_the_item_that_is_missing(item, listed, subject, words):
    assert difference("in", item, listed, subject) == words


@pytest.mark.parametrize("nothing", [{}, [], set()])
def test_in_tells_the_item_that_is_missing_from_an_empty_list(nothing):
    assert difference("in", "next", nothing, "links") == ('"next" among the 0 links', "none")


@pytest.mark.parametrize(
    ("subject", "expected"), [("names", 'no "a" among the names'), ("name", 'no "a" among the names'), ("", 'no "a"')]
)
def test_not_in_tells_the_item_that_is_present(subject, expected):
    assert difference("not in", "a", ["a", "c"], subject) == (expected, '"a" is there')


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("ü\n", '"ü\\n"'),
        ('a "quoted" text', '“a "quoted" text”'),
        (range(200, 300), "200 to 299"),
        ([], "an empty list"),
        ({}, "{}"),
        ([None, {"a": True}], '[null, {"a": true}]'),
        ((), "none"),
        (set(), "none"),
        ((1, "x"), '1 and "x"'),
        ({3, 1, 2}, "1, 2 and 3"),
        (b"", "0 bytes"),
        (bytes(range(20)), "20 bytes (00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f ...)"),
        (type(None), "null"),
        ({"a": b"\x00"}, '{"a": "1 bytes (00)"}'),
        ({"a": {1, 2}}, '{"a": "1 and 2"}'),
        (facts(status=200, next_link=False, error_code=None), "status 200, next link: no, error code: none"),
    ],
)
def test_a_value_has_words(value, words):
    assert in_words(value) == words


@pytest.mark.parametrize("value", ["x" * 200, ["x" * 50] * 6, {"a": "x" * 300}])
def test_a_long_value_is_cut_and_states_its_length(value):
    words = in_words(value)

    assert len(words) < 200
    assert words.endswith(" characters)")


# Values of any shape -------------------------------------------------------------------------------------------------

TEXTS = st.text("xyzü 0-/\n", max_size=6)
NAMES = st.sampled_from(["status", "error_code", "items", "next_link", "ids"])
SUBJECTS = st.sampled_from(["", "status", "names", "ids", "number of items"])
NUMBERS = st.integers(-3, 300) | st.floats(-5, 5, allow_nan=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
JSONS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text("xyz", max_size=3), inner, max_size=7),
    max_leaves=12,
)
SETS = st.frozensets(SCALARS, max_size=7)
VALUES = st.one_of(
    JSONS,
    SETS,
    SETS.map(set),
    st.tuples(JSONS, JSONS),
    st.binary(max_size=20),
    st.sampled_from([str, int, dict, list, type(None)]),
    st.dictionaries(NAMES, JSONS | SETS, min_size=1).map(lambda named: facts(**named)),
)


@given(VALUES, VALUES, SUBJECTS)
def test_no_comparison_shows_python(left, right, subject):
    for comparison in failing(left, right):
        expected, received = difference(comparison, left, right, subject)

        assert list(notations(f"{expected} {received}")) == [], comparison


def failing(left: Any, right: Any) -> Iterator[str]:
    """The operators by which an assertion about the two fails."""
    for name, compare in OPERATORS.items():
        with suppress(TypeError):  # the two cannot be compared so
            if not compare(left, right):
                yield name


SHUFFLED = st.lists(SCALARS | st.lists(SCALARS, max_size=2), min_size=2, max_size=9).flatmap(
    lambda values: st.tuples(st.just(values), st.permutations(values))
)


@given(SHUFFLED, SUBJECTS)
def test_no_list_in_another_order_shows_python(two_lists, subject):
    right, left = two_lists
    assume(left != right)

    expected, received = difference("==", left, right, subject)

    assert list(notations(f"{expected} {received}")) == []
    assert expected != received


SMALL = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz", max_size=2), inner, max_size=3),
    max_leaves=5,
)


@given(SMALL, SMALL, SUBJECTS)
def test_both_sides_of_a_difference_are_told_apart(left, right, subject):
    assume(left != right)

    expected, received = difference("==", left, right, subject)

    assert expected != received
    assert expected.strip()
    assert received.strip()


@given(st.dictionaries(NAMES, SMALL, min_size=1), st.dictionaries(NAMES, SMALL, min_size=1))
def test_both_sides_of_facts_are_told_apart(one, other):
    left, right = facts(**one), facts(**{name: other.get(name) for name in one})
    assume(left != right)

    expected, received = difference("==", left, right, "")

    assert expected != received


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (b"0123456789abcdef-x", b"0123456789abcdef-y"),
        ({"a": "s" * 300 + "x"}, {"a": "s" * 300 + "y"}),
    ],
    ids=["bytes", "a member"],
)
def test_long_values_that_differ_late_are_told_apart(left, right):
    expected, received = difference("==", left, right, "data")

    assert expected != received


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (NOTHING, {"channelId": "x"}),
        (facts(status=204, body=NOTHING), facts(status=200, body=[])),
        ({"x": 1}.keys(), {"y"}),
    ],
    ids=["an empty body", "an empty body in a fact", "keys"],
)
def test_a_value_outside_of_json_has_words(left, right):
    expected, received = difference("==", left, right, "body")

    assert list(notations(f"{expected} {received}")) == []


def test_a_member_whose_name_is_binary_has_words():
    expected, received = difference("==", [{b"x": 1}, 1], [{b"y": 1}, 2], "items")

    assert list(notations(f"{expected} {received}")) == []
