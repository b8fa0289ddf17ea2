"""Capabilities: matching and intersection with the documented wildcards."""

import pytest

from conformance.reference.capability import Capabilities
from conformance.reference.errors import Refusal

capabilities = Capabilities()


@pytest.mark.parametrize(
    ("pattern", "name", "covers"),
    [
        ("*", "a", True),
        ("*", "a:b", True),
        ("*", "[meta]a", False),
        ("*", "[queue]a", False),
        ("[*]*", "[meta]a", True),
        ("[*]*", "a:b", True),
        ("[meta]*", "[meta]a", True),
        ("[meta]*", "a", False),
        ("a:*", "a:b", True),
        ("a:*", "a:b:c", True),
        ("a:*", "a", False),
        ("a:*:c", "a:b:c", True),
        ("a:*:c", "a:b:d:c", False),
        ("a:*:c", "a:b:d", False),
        ("*:c", "a:c", True),
        ("*:c", "a:b:c", False),
        ("a*", "ab", False),
        ("a*", "a*", True),
        ("a", "a", True),
        ("a", "A", False),
        ("a:b", "a:*", False),
        ("*", "*", True),
        ("[*]*", "*", True),
        ("a:*", "*", False),
    ],
)
def test_resources_match_channels(pattern, name, covers):
    assert capabilities.allows({pattern: ("publish",)}, "publish", name) is covers


def test_operations_match_by_name_or_wildcard():
    assert capabilities.allows({"a": ("*",)}, "history", "a")
    assert not capabilities.allows({"a": ("publish",)}, "history", "a")


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("*", "a:b", "a:b"),
        ("a:*", "*:b", "a:b"),
        ("a:*:c", "*:b:c", "a:b:c"),
        ("a:*", "a:b:*", "a:b:*"),
        ("[*]*", "[meta]a", "[meta]a"),
        ("[meta]*", "a", None),
        ("a", "b", None),
        ("a:b", "a", None),
        ("a:*", "b:*", None),
    ],
)
def test_two_resources_intersect_in_the_narrower_one(one, other, meet):
    assert capabilities.meet(one, other) == meet
    assert capabilities.meet(other, one) == meet


def test_an_intersection_combines_several_entries():
    asked = {"*": ("publish", "subscribe")}
    granted = {"a": ("publish", "history"), "b": ("subscribe",), "[meta]c": ("*",)}
    assert capabilities.intersection(asked, granted) == {"a": ("publish",), "b": ("subscribe",)}


def test_the_text_is_canonical():
    assert capabilities.text({"b": ("subscribe", "publish"), "a": ("*",)}) == '{"a":["*"],"b":["publish","subscribe"]}'


@pytest.mark.parametrize("operation", ["object-publish", "annotation-subscribe", "message-update-own", "push-admin"])
def test_documented_operations_are_known(operation):
    assert capabilities.read({"a": [operation]}) == {"a": (operation,)}


@pytest.mark.parametrize("value", [5, "6", '"x"', {"a": [1]}, {"a": {}}, {"a": ["publish", "*"]}, "[" * 5000])
def test_malformed_capabilities_are_rejected(value):
    with pytest.raises(Refusal):
        capabilities.read(value)


def test_a_name_of_many_segments_is_matched_quickly():
    assert capabilities.allows({":" * 100_000: ("*",)}, "publish", ":" * 100_000)
