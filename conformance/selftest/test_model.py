"""The nouns of a run."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from conformance import model
from conformance.model import Clause, Finding, Response, Verdict, generalise, lines_of

NOUNS = [noun for _, noun in inspect.getmembers(model, inspect.isclass) if dataclasses.is_dataclass(noun)]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_a_noun_is_frozen_and_has_no_room_for_more(noun):
    assert noun.__dataclass_params__.frozen
    assert hasattr(noun, "__slots__")


def test_the_worst_verdict_is_the_greatest():
    in_order = [Verdict.NONE, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR]

    assert sorted(Verdict) == in_order
    assert [str(verdict) for verdict in in_order] == ["none", "pass", "inconclusive", "fail", "error"]


def test_header_names_are_one_name_in_any_spelling():
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
def test_a_media_type_is_bare_and_small(line, media_type):
    assert Response(200, (("Content-Type", line),)).media_type == media_type


def test_an_answer_without_content_type_has_none():
    assert Response(200).media_type == ""
    assert Response(200).content_type == ""


def test_a_clause_says_whether_it_is_in_the_contract():
    assert Clause("#/paths/~1time", "time").is_in_contract
    assert not Clause("RFC 9110 section 15", "status").is_in_contract


def test_one_cause_has_one_fingerprint_in_every_run():
    first = Finding("conf-7f3a-main-3 is gone", "200", at="/0/id", requirement="DEV-07", operation="GET /x")
    again = Finding("conf-99bc-gw1-channel-12 is gone", "500", at="/7/id", requirement="DEV-07", operation="GET /x")

    assert first.fingerprint == again.fingerprint


@pytest.mark.parametrize("member", ["requirement", "operation", "pointer", "expected", "at"])
def test_another_cause_has_another_fingerprint(member):
    one = Finding("a success", "400", pointer="#/x", at="/y", requirement="GEN-01", operation="GET /time")

    assert dataclasses.replace(one, **{member: "another"}).fingerprint != one.fingerprint


def test_only_names_of_the_run_and_numbers_are_generalised():
    assert generalise("conf-7f3a-main-1 has 12 of pushenabled:conf-7f3a-gw0-channel-2") == "# has # of pushenabled:#"
    assert generalise("configuration") == "configuration"
