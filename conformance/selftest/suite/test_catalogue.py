"""The catalogue of requirements and its page."""

from __future__ import annotations

from conformance import catalogue
from conformance.contract import load
from conformance.requirement import AREAS


def test_the_page_of_requirements_is_up_to_date():
    fresh = catalogue.render()

    is_stale = catalogue.PAGE.read_text(encoding="utf-8") != fresh

    assert not is_stale, "docs/requirements.md is stale: write it anew with `ably-conformance requirements --write`"


def test_the_catalogue_has_every_requirement_of_the_sources():
    assert set(catalogue.places()) == set(catalogue.collect())


def test_every_area_has_a_name():
    assert {head.area for head in catalogue.collect().values()} <= set(AREAS)


def test_every_operation_has_a_requirement_that_names_it():
    named = {label for head in catalogue.collect().values() for label in head.operations}

    assert {operation.label for operation in load("none").operations} - named == set()


def test_every_operation_of_a_requirement_is_in_the_contract():
    named = {label for head in catalogue.collect().values() for label in head.operations}

    assert named <= {operation.label for operation in load("none").operations}
