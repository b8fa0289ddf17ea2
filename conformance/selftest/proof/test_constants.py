"""Servers with one answer for everything: what passes there has a reason, and the page says it."""

from __future__ import annotations

import pytest

from conformance.catalogue import collect, places
from conformance.model import MUST
from conformance.proof import constants
from conformance.proof.constants import Reason

NAMES = [each.name for each in constants.servers()]
PASSED_FOR_NOTHING = (
    "AUT-06",
    "CON-08",
    "DEV-07",
    "DEV-63",
    "DEV-72",
    "PSH-11",
    "PUB-16",
    "PUB-94",
    "SUB-24",
    "TOK-48",
)
"""They passed where every answer is an empty list, because they judged a thing that never was there."""


def test_the_page_of_constant_servers_is_up_to_date():
    fresh = constants.render(constants.reasons())

    is_stale = constants.PAGE.read_text(encoding="utf-8") != fresh

    assert not is_stale, "docs/constant-servers.md is stale: write it anew with `ably-conformance constants --write`"


def test_there_is_a_server_for_each_kind_of_answer():
    assert len(NAMES) == 9


def test_every_reason_is_a_sentence_for_a_must_at_a_known_server():
    catalogue = collect()

    for reason in constants.reasons():
        assert reason.sentence[0].isupper()
        assert reason.sentence.endswith(".")
        assert set(reason.passes) <= set(NAMES)
        assert {catalogue[id_].level for ids in reason.passes.values() for id_ in ids} == {MUST}


def test_each_pass_has_one_reason():
    for name in NAMES:
        listed = [id_ for reason in constants.reasons() for id_ in reason.passes.get(name, ())]
        assert sorted(set(listed)) == sorted(listed)


def test_a_pass_without_a_reason_and_a_reason_without_a_pass_are_gaps():
    name = NAMES[0]
    listed = [Reason("It has to be so.", {name: ("TIM-01", "TIM-02")})]

    gaps = list(constants.gaps({name: {"TIM-02", "TIM-07"}}, listed))

    assert [gap.partition(":")[0] for gap in gaps] == [
        f"TIM-07 passes at {name}",
        f"constants.toml says why TIM-01 passes at {name}, where it does not pass",
    ]


def test_what_is_listed_is_no_gap():
    name = NAMES[0]

    assert list(constants.gaps({name: {"TIM-07"}}, [Reason("It is so.", {name: ("TIM-07",)})])) == []


@pytest.mark.parametrize("name", ["everything-is-an-empty-list", "everything-is-echoed"])
def test_what_passed_for_nothing_no_longer_passes(name):
    tests = tuple(places()[id_] for id_ in (*PASSED_FOR_NOTHING, "TOK-50", "TIM-07"))

    assert constants.judge(name, tests) & {*PASSED_FOR_NOTHING, "TOK-50"} == set()
