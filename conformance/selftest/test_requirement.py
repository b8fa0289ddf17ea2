"""The head of a requirement, and the catalogue of all heads."""

from __future__ import annotations

import pytest

from conformance.errors import SuiteError
from conformance.model import MUST, SHOULD, Clause, Requirement
from conformance.requirement import catalogue, head_of, requirement

CLAUSE = Clause("#/paths/~1time", "/time")


def head(id_: str = "DEV-07", title: str = "A device is gone", level=MUST) -> Requirement:
    return Requirement(id_, level, title, CLAUSE)


def test_a_head_leaves_the_function_as_it_is():
    def judge() -> str:
        return "judged"

    attached = requirement("DEV-07", MUST, "A device is gone", clause=CLAUSE, operations=["GET /time"], needs=["push"])(
        judge
    )

    assert attached is judge
    assert attached() == "judged"


def test_a_head_says_what_it_was_told():
    @requirement("DEV-07", SHOULD, "A device is gone", clause=CLAUSE, operations=["GET /time"], needs=["push", "state"])
    def judge() -> None: ...

    assert head_of(judge) == Requirement(
        "DEV-07", SHOULD, "A device is gone", CLAUSE, ("GET /time",), frozenset({"push", "state"})
    )
    assert head_of(judge).area == "DEV"


def test_what_wears_no_head_has_none():
    assert head_of(print) is None
    assert head_of(None) is None


def test_a_catalogue_is_in_order_of_ids_whatever_order_it_was_found_in():
    assert list(catalogue([head("SUB-01"), head("DEV-07"), head("DEV-01")])) == ["DEV-01", "DEV-07", "SUB-01"]


def test_the_same_head_may_be_found_many_times():
    """A parametrised test wears one head as often as it has parameters."""
    assert list(catalogue([head(), head()])) == ["DEV-07"]


@pytest.mark.parametrize("other", [head(title="A device is there"), head(level=SHOULD)])
def test_an_id_that_means_two_things_is_refused(other):
    with pytest.raises(SuiteError, match="DEV-07 names two requirements"):
        catalogue([head(), other])


@pytest.mark.parametrize("id_", ["dev-07", "DEV-7", "DEV07", "DEVI-07", "DEV-0007", "", "DEV-07 "])
def test_a_malformed_id_is_refused(id_):
    with pytest.raises(SuiteError, match="is no requirement id"):
        catalogue([head(id_)])


def test_a_title_too_long_for_a_table_is_refused():
    with pytest.raises(SuiteError, match="The title of DEV-07 has 91 characters"):
        catalogue([head(title="x" * 91)])
