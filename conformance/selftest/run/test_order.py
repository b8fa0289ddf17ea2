"""Several workers begin with the tests that take long, each with another one, and keep the order of the others."""

from __future__ import annotations

import pytest

from conformance.run.order import for_workers

CHEAP = [f"cheap {number}" for number in range(20)]
COSTS = dict.fromkeys(CHEAP, 1.0) | {"longest": 30.0, "long": 20.0, "rather long": 10.0}
TESTS = ["longest", "long", *CHEAP[:10], "rather long", *CHEAP[10:]]


def handed_out(tests: list[str], workers: int) -> list[list[str]]:
    """What each worker gets at first, as pytest-xdist deals it out."""
    parts, left = [], list(tests)
    for worker in range(workers):
        size = len(left) // (workers - worker)
        parts.append(left[:size])
        left = left[size:]
    return parts


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_no_worker_waits_behind_two_long_tests_while_another_has_none(workers):
    parts = handed_out(for_workers(TESTS, COSTS, workers), workers)

    long = [[test for test in part if COSTS[test] > 1] for part in parts]
    assert max(map(len, long)) - min(map(len, long)) <= 1
    assert [part[: len(dear)] for part, dear in zip(parts, long, strict=True)] == long
    assert long[0][0] == "longest"


@pytest.mark.parametrize("workers", [1, 2, 3, 5, 40])
def test_every_test_is_there_once_and_the_others_keep_their_order(workers):
    ordered = for_workers(TESTS, COSTS, workers)

    assert sorted(ordered) == sorted(TESTS)
    assert [test for test in ordered if COSTS[test] == 1] == CHEAP


def test_one_worker_keeps_the_order():
    assert for_workers(TESTS, COSTS, 1) == TESTS


def test_tests_without_a_cost_stay_where_they_are():
    assert for_workers(["b", "a"], {}, 2) == ["b", "a"]
