"""A requirement is attached to a function, and the catalogue holds each one once."""

from __future__ import annotations

import pytest

from conformance.errors import SuiteError
from conformance.model import MUST, SHOULD, Clause, Requirement
from conformance.requirement import catalogue, head_of, requirement

CLAUSE = Clause("#/paths/~1time", "/time")


def head(id_: str = "DEV-07", title: str = "A device is deleted", level=MUST) -> Requirement:
    return Requirement(id_, level, title, CLAUSE)


def test_attaching_a_head_returns_the_same_function():
    def judge() -> str:
        return "judged"

    attached = requirement(
        "DEV-07", MUST, "A device is deleted", clause=CLAUSE, operations=["GET /time"], needs=["push"]
    )(judge)

    assert attached is judge
    assert attached() == "judged"


def test_a_head_has_the_arguments_of_its_decorator():
    @requirement(
        "DEV-07", SHOULD, "A device is deleted", clause=CLAUSE, operations=["GET /time"], needs=["push", "state"]
    )
    def judge() -> None: ...

    assert head_of(judge) == Requirement(
        "DEV-07", SHOULD, "A device is deleted", CLAUSE, ("GET /time",), frozenset({"push", "state"})
    )
    assert head_of(judge).area == "DEV"


def test_a_function_without_a_head_has_none():
    assert head_of(print) is None
    assert head_of(None) is None


def test_a_catalogue_is_sorted_by_id():
    assert list(catalogue([head("SUB-01"), head("DEV-07"), head("DEV-01")])) == ["DEV-01", "DEV-07", "SUB-01"]


def test_a_head_that_is_found_twice_is_listed_once():
    """A parametrized test has its head as often as it has parameters."""
    assert list(catalogue([head(), head()])) == ["DEV-07"]


@pytest.mark.parametrize("other", [head(title="A device is kept"), head(level=SHOULD)])
def test_an_id_of_two_requirements_is_rejected(other):
    with pytest.raises(SuiteError, match="DEV-07 names two requirements"):
        catalogue([head(), other])


@pytest.mark.parametrize("id_", ["dev-07", "DEV-7", "DEV07", "DEVI-07", "DEV-0007", "", "DEV-07 "])
def test_a_malformed_id_is_rejected(id_):
    with pytest.raises(SuiteError, match="is not a requirement id"):
        catalogue([head(id_)])


def test_a_title_of_more_than_90_characters_is_rejected():
    with pytest.raises(SuiteError, match="The title of DEV-07 has 91 characters"):
        catalogue([head(title="x" * 91)])
