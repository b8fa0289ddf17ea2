"""`run.shard` divides the tests into equal parts that depend on their names alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import UsageError
from conformance.run.shard import Shard, parse_shard
from conformance.selftest.run.test_collection import STATS, TIME, collecting, item, scenario

NAMES = st.sets(st.text("ab/:[]", min_size=1, max_size=6), max_size=40)


@given(NAMES, st.integers(1, 9))
def test_each_test_is_in_one_shard_and_the_shards_are_even(names, of):
    shards = [Shard(number, of).of_all(names) for number in range(1, of + 1)]

    assert sorted(name for shard in shards for name in shard) == sorted(names)
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@given(NAMES, st.randoms(use_true_random=False))
def test_a_shard_does_not_depend_on_the_order_of_the_tests(names, chance: random.Random):
    shuffled = list(names)
    chance.shuffle(shuffled)

    assert Shard(2, 3).of_all(shuffled) == Shard(2, 3).of_all(sorted(names))


def test_a_shard_is_read_as_it_is_written():
    assert parse_shard("") is None
    assert parse_shard("2/4") == Shard(2, 4)
    assert str(Shard(2, 4)) == "2/4"


@pytest.mark.parametrize("text", ["0/4", "5/4", "2", "2/", "/4", "a/b", "-1/4", "1/0", "2/4/4", "1.5/4"])
def test_a_text_that_is_no_shard_is_rejected(text):
    with pytest.raises(UsageError, match="--shard: expected a part and the number of parts, like 2/4"):
        parse_shard(text)


def selected_by(shard: str, **sections) -> tuple[set[str], set[str]]:
    """The tests that a shard selects, and those that it leaves to others."""
    heads = (scenario("DEV-07", TIME), scenario("TIM-01", TIME), scenario("STT-01", STATS), scenario("AUT-01", TIME))
    items = [item(head, f"{name}.py::test_x") for name, head in zip("abcd", heads, strict=True)]
    session = collecting(*items, shard=parse_shard(shard), **sections)
    session.collection.pytest_collection_finish(session)
    return set(session.collection.tests), set(session.collection.deselected)


def test_a_run_selects_the_tests_of_its_shard():
    (first, others), (second, rest) = selected_by("1/2"), selected_by("2/2")

    assert (len(first), len(second)) == (2, 2)
    assert (others, rest) == (second, first)


def test_what_the_profile_leaves_out_is_in_no_shard():
    (first, _), (second, _) = (selected_by(shard, scope={"only": ["DEV", "TIM"]}) for shard in ("1/2", "2/2"))

    assert (len(first), len(second)) == (1, 1)
