"""`run.witnesses` says which tests can show what a check finds."""

from __future__ import annotations

import pytest

from conformance import checks
from conformance.model import MUST, Clause, Requirement
from conformance.run.witnesses import can_show, named, unseen

TIME, STATS = "GET /time", "GET /stats"


def head(id_: str, *operations: str) -> Requirement:
    return Requirement(id_, MUST, f"The title of {id_}", Clause("#/paths", "paths"), operations)


EVERYWHERE, OF_STATS = head("RSP-01"), head("HDR-05", STATS)


@pytest.mark.parametrize(
    ("check", "operations", "expected"),
    [
        (EVERYWHERE, (TIME,), True),
        (OF_STATS, (TIME, STATS), True),
        (OF_STATS, (TIME,), False),
        (OF_STATS, (), True),
    ],
)
def test_a_test_shows_a_check_where_they_share_an_operation(check, operations, expected):
    assert can_show(check, operations) is expected


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("RSP-01", [EVERYWHERE]),
        ("rsp-01 and GEN", [EVERYWHERE]),
        ("RSP-01 or HDR-05", [EVERYWHERE, OF_STATS]),
        ("RSP", []),
        ("RSP-011", []),
        ("", []),
    ],
)
def test_a_check_is_named_by_its_whole_id(keyword, expected):
    assert named([EVERYWHERE, OF_STATS], keyword) == expected


@pytest.mark.parametrize(
    ("only", "tests", "expected"),
    [
        (["HDR-05"], [], [OF_STATS]),
        (["HDR"], [], [OF_STATS]),
        (["HDR-05"], [(head("TIM-01", TIME), (TIME,))], [OF_STATS]),
        (["HDR-05"], [(head("STT-01", STATS), (STATS,))], []),
        (["RSP-01", "TIM-01"], [(head("TIM-01", TIME), (TIME,))], []),
        (["HDR"], [(head("HDR-09", TIME), (TIME,))], []),
        ([], [], []),
    ],
)
def test_a_scope_brings_witnesses_for_checks_that_none_of_its_tests_can_show(only, tests, expected):
    assert list(unseen([EVERYWHERE, OF_STATS], only, tests)) == expected


def test_the_checks_have_ids_that_an_expression_finds():
    ids = [check.id for check in checks.requirements()]

    assert [check.id for check in named(checks.requirements(), " or ".join(ids))] == ids
