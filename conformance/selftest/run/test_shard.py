"""`run.shard` divides the tests into parts of the same cost, which are the same on every machine."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import catalogue
from conformance.costs import USUAL_LATENCY, Cost, weights
from conformance.errors import UsageError
from conformance.paths import SUITE
from conformance.run.shard import Shard, parse_shard
from conformance.selftest.run.test_collection import STATS, TIME, collecting, item, scenario

COSTS = st.dictionaries(st.text("ab/:[]", min_size=1, max_size=6), st.floats(0, 10), max_size=40)


@given(COSTS, st.integers(1, 9))
def test_each_test_is_in_one_shard_and_none_costs_more_than_another_by_more_than_one_test(costs, of):
    shards = [Shard(number, of).of_all(costs) for number in range(1, of + 1)]

    assert sorted(name for shard in shards for name in shard) == sorted(costs)
    sums = [sum(costs[name] for name in shard) for shard in shards]
    assert max(sums) - min(sums) <= max(costs.values(), default=0) + 1e-6


@given(COSTS, st.randoms(use_true_random=False))
def test_a_shard_does_not_depend_on_the_order_of_the_tests(costs, chance: random.Random):
    shuffled = list(costs)
    chance.shuffle(shuffled)

    assert Shard(2, 3).of_all({name: costs[name] for name in shuffled}) == Shard(2, 3).of_all(costs)


@pytest.mark.parametrize("of", [2, 3, 4])
def test_the_shards_of_the_suite_cost_the_same_within_15_percent(of):
    """With one test of each requirement, of which the dearest is a fifth of all: no test is in two shards."""
    of_suite = weights({id_: id_ for id_ in with_a_test()}, 12)
    sums = [sum(of_suite[name] for name in Shard(number, of).of_all(of_suite)) for number in range(1, of + 1)]

    assert max(sums) < 1.15 * sum(sums) / of
    assert min(sums) > 0.85 * sum(sums) / of


def with_a_test() -> list[str]:
    """The requirements that a test of the suite has."""
    return [id_ for id_, place in catalogue.places().items() if place.startswith(str(SUITE))]


def test_a_test_that_was_not_measured_counts_as_the_one_in_the_middle():
    costs = {"TIM-01": Cost(1, 0, 1.0), "DEV-07": Cost(2, 0, 2.0), "PUB-01": Cost(3, 1, 3.0), "": Cost(7)}

    middle = 2.0 + 2 * USUAL_LATENCY
    assert weights({"a": "DEV-07", "b": "NEW-01", "c": "", "d": "PUB-01"}, 2, costs) == {
        "a": middle,
        "b": middle,
        "c": middle,
        "d": 3.0 + 5 * USUAL_LATENCY,
    }


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

    assert len(first) + len(second) == 4
    assert first
    assert second
    assert (others, rest) == (second, first)


def test_what_the_profile_leaves_out_is_in_no_shard():
    (first, _), (second, _) = (selected_by(shard, scope={"only": ["DEV", "TIM"]}) for shard in ("1/2", "2/2"))

    assert (len(first), len(second)) == (1, 1)


def test_a_witness_of_a_check_is_in_one_shard():
    """RSP-01 has no test of its own: the tests that ask run for their exchanges."""
    (first, _), (second, _) = (selected_by(shard, scope={"only": ["RSP-01"]}) for shard in ("1/2", "2/2"))
    (whole, _) = selected_by("", scope={"only": ["RSP-01"]})

    assert whole
    assert first | second == whole
    assert not first & second
