"""`target.capability` predicts access from capabilities, as the documentation defines them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.target.capability import allows, canonical, covers, granted, intersection

SEGMENTS = st.sampled_from(["a", "b", "foo*", "*"])
NAMES = st.lists(SEGMENTS, min_size=1, max_size=3).map(":".join)
RESOURCES = st.tuples(st.sampled_from(["", "[meta]", "[*]"]), NAMES).map("".join)
OPERATIONS = st.one_of(
    st.just(["*"]), st.lists(st.sampled_from(["publish", "subscribe", "history"]), min_size=1, unique=True)
)
CAPABILITIES = st.dictionaries(RESOURCES, OPERATIONS, min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("pattern", "name", "is_covered"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a", "a:b", False),
        ("*", "a", True),
        ("*", "a:b:c", True),
        ("*", "[meta]log", False),
        ("*", "[queue]app", False),
        ("[*]*", "a", True),
        ("[*]*", "[meta]log", True),
        ("[meta]*", "[meta]log", True),
        ("[meta]*", "log", False),
        ("foo:*", "foo:bar", True),
        ("foo:*", "foo:bar:bam:baz", True),
        ("foo:*", "foo", False),
        ("foo:*", "foobar", False),
        ("foo:*:baz", "foo:bar:baz", True),
        ("foo:*:baz", "foo:bar:bam:baz", False),
        ("foo:*:baz", "foo:baz", False),
        ("*:baz", "foo:baz", True),
        ("*:baz", "foo:bar:baz", False),
        ("foo*", "foo*", True),
        ("foo*", "foobar", False),
        ("Foo", "foo", False),
    ],
)
def test_a_pattern_covers_the_documented_names(pattern, name, is_covered):
    assert covers(pattern, name) is is_covered


def test_an_operation_of_the_application_needs_the_wildcard_resource():
    assert allows({"*": ["stats"]}, "stats", "*")
    assert allows({"[*]*": ["stats"]}, "stats", "*")
    assert not allows({"a:*": ["stats"]}, "stats", "*")


def test_an_operation_is_allowed_by_its_name_or_by_the_wildcard():
    assert allows({"a": ["publish"]}, "publish", "a")
    assert allows({"a": ["*"]}, "publish", "a")
    assert not allows({"a": ["publish"]}, "history", "a")


@pytest.mark.parametrize(
    ("asked", "granted", "expected"),
    [
        ({"a": ["publish"]}, {"*": ["*"]}, {"a": ["publish"]}),
        ({"a": ["subscribe", "presence"]}, {"a": ["publish", "subscribe"]}, {"a": ["subscribe"]}),
        ({"a": ["*"]}, {"a": ["subscribe", "publish"]}, {"a": ["publish", "subscribe"]}),
        ({"a:*": ["subscribe"]}, {"*": ["subscribe"]}, {"a:*": ["subscribe"]}),
        ({"*": ["*"]}, {"a": ["publish"], "b": ["*"]}, {"a": ["publish"], "b": ["*"]}),
        ({"a": ["publish"]}, {"a": ["subscribe"]}, {}),
        ({"a": ["publish"]}, {"b": ["publish"]}, {}),
        ({"a:b": ["*"]}, {"a:*": ["publish"], "a:b": ["history"]}, {"a:b": ["history", "publish"]}),
    ],
)
def test_two_capabilities_intersect_as_in_the_sdk_test_suites(asked, granted, expected):
    assert intersection(asked, granted) == expected


@given(name=NAMES)
def test_a_name_is_covered_by_itself_and_by_the_wildcard(name):
    assert covers(name, name)
    assert covers("*", name)


@given(one=RESOURCES, other=RESOURCES, third=RESOURCES)
def test_covering_is_transitive(one, other, third):
    assert not (covers(one, other) and covers(other, third)) or covers(one, third)


@given(asked=CAPABILITIES, granted=CAPABILITIES, operation=st.sampled_from(["publish", "history"]), name=NAMES)
def test_an_intersection_allows_nothing_that_one_side_denies(asked, granted, operation, name):
    both = intersection(asked, granted)

    assert not allows(both, operation, name) or (allows(asked, operation, name) and allows(granted, operation, name))


@given(granted=CAPABILITIES)
def test_the_intersection_with_everything_is_the_granted_capability(granted):
    for resource in granted:
        assert allows(intersection({"[*]*": ["*"]}, granted), granted[resource][0], resource)


def test_the_canonical_text_is_sorted_and_has_no_blanks():
    assert canonical({"b": ["subscribe", "publish"], "a": ["*"]}) == '{"a":["*"],"b":["publish","subscribe"]}'


# The capability of a token --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ['{"b":["publish","history"],"a":["*"]}', '{ "a": ["*"], "b": ["history", "publish"] }']
)
def test_a_granted_capability_has_no_order_and_no_spaces(text):
    assert granted({"capability": text}) == {"a": ["*"], "b": ["history", "publish"]}


@pytest.mark.parametrize("text", ["{", "[]", '{"a":5}', '{"a":[5,"x"]}', "publish", "[" * 100_000, ""])
def test_a_text_that_is_no_capability_is_returned_as_it_is(text):
    assert granted({"capability": text}) == text


@pytest.mark.parametrize("details", [{}, {"capability": None}, {"capability": {"a": ["*"]}}])
def test_what_is_no_text_is_no_capability(details):
    assert granted(details) is None
