"""The dataclasses of a run, and the fingerprint of a finding."""

from __future__ import annotations

import dataclasses
import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import model
from conformance.model import Clause, Finding, Response, Verdict, generalise, lines_of

CLASSES = [each for _, each in inspect.getmembers(model, inspect.isclass) if dataclasses.is_dataclass(each)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_dataclass_is_frozen_and_has_slots(cls):
    assert cls.__dataclass_params__.frozen
    assert hasattr(cls, "__slots__")


def test_verdicts_are_ordered_from_best_to_worst():
    in_order = [Verdict.NONE, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR]

    assert sorted(Verdict) == in_order
    assert [str(verdict) for verdict in in_order] == ["none", "pass", "inconclusive", "fail", "error"]


def test_header_names_are_compared_without_case():
    headers = (("Link", "a"), ("X", "b"), ("LINK", "c"))

    assert lines_of(headers, "link") == ("a", "c")
    assert lines_of(headers, "absent") == ()


@pytest.mark.parametrize(
    ("line", "media_type"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        (" text/html ;x", "text/html"),
        ("", ""),
    ],
)
def test_a_media_type_has_no_parameters_and_is_lower_case(line, media_type):
    assert Response(200, (("Content-Type", line),)).media_type == media_type


def test_a_response_without_content_type_has_no_media_type():
    assert Response(200).media_type == ""
    assert Response(200).content_type == ""


def test_a_clause_is_in_the_contract_if_its_pointer_is():
    assert Clause("#/paths/~1time", "time").is_in_contract
    assert not Clause("RFC 9110 section 15", "status").is_in_contract


def test_a_cause_has_the_same_fingerprint_in_every_run():
    first = Finding("conf-7f3a-main-3 is deleted", "200", at="/0/id", requirement="DEV-07", operation="GET /x")
    again = Finding("conf-99bc-gw1-channel-12 is deleted", "500", at="/7/id", requirement="DEV-07", operation="GET /x")

    assert first.fingerprint == again.fingerprint


@pytest.mark.parametrize("member", ["requirement", "operation", "pointer", "expected", "at"])
def test_another_cause_has_another_fingerprint(member):
    one = Finding("a success", "400", pointer="#/x", at="/y", requirement="GEN-01", operation="GET /time")

    assert dataclasses.replace(one, **{member: "another"}).fingerprint != one.fingerprint


SCENARIO = Finding(
    "status 200",
    "status 404, for GET /time asked with a token",
    "#/x",
    requirement="DEV-07",
    operation="GET /time",
    subject="status",
)
"""A finding of a scenario, which has a subject; a finding of a check has none."""


@given(st.text(), st.text())
def test_the_fingerprint_of_a_scenario_does_not_depend_on_expected_and_received(expected, received):
    again = dataclasses.replace(SCENARIO, expected=expected, received=received)

    assert again.fingerprint == SCENARIO.fingerprint


def test_two_subjects_have_two_fingerprints():
    assert dataclasses.replace(SCENARIO, subject="error code").fingerprint != SCENARIO.fingerprint


def test_a_finding_with_a_subject_and_one_without_have_two_fingerprints():
    assert dataclasses.replace(SCENARIO, subject="").fingerprint != SCENARIO.fingerprint


def test_the_subject_is_the_fault_and_without_one_the_expectation():
    assert SCENARIO.fault == "status"
    assert dataclasses.replace(SCENARIO, expected="12 items", subject="").fault == "# items"


@pytest.mark.parametrize("member", ["received", "exchanges", "test", "as_published"])
def test_a_member_that_differs_from_run_to_run_is_not_part_of_the_fingerprint(member):
    changed = ("x1", "x2") if member == "exchanges" else "another"
    for one in (SCENARIO, dataclasses.replace(SCENARIO, subject="")):
        assert dataclasses.replace(one, **{member: changed}).fingerprint == one.fingerprint


@given(st.text(), st.text())
def test_a_fingerprint_is_twelve_hexadecimal_digits(text, at):
    found = Finding(text, "received", at=at).fingerprint

    assert re.fullmatch("[0-9a-f]{12}", found)


def test_a_fingerprint_is_stable_across_versions():
    """A baseline and a waiver name it."""
    assert SCENARIO.fingerprint == "0f36ac2d3a8f"
    assert Finding("200", "500", requirement="HDR-01", operation="GET /time").fingerprint == "87764cafb8b6"


@pytest.mark.parametrize(("pointer", "is_verbatim"), [("#/paths", True), ("RFC 9110 section 15", False), ("#", False)])
def test_only_a_clause_in_the_contract_is_verbatim(pointer, is_verbatim):
    assert Clause(pointer, "text").is_verbatim is is_verbatim


def test_only_names_of_the_run_and_numbers_are_generalised():
    assert generalise("conf-7f3a-main-1 has 12 of pushenabled:conf-7f3a-gw0-channel-2") == "# has # of pushenabled:#"
    assert generalise("configuration") == "configuration"
