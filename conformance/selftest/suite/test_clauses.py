"""The head of every requirement: its title is a statement of fact, and its clause is found where it points."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace

import pytest

from conformance.catalogue import collect
from conformance.contract import load
from conformance.contract.pointers import parts_of
from conformance.errors import SuiteError
from conformance.model import Clause, Level, Requirement
from conformance.profile import FEATURES, OF_PATHS

CONTRACT = load("none")
HEADS = tuple(collect().values())
IN_CONTRACT = [head for head in HEADS if head.clause.is_in_contract]
ELSEWHERE = [head for head in HEADS if not head.clause.is_in_contract]

DOCUMENTS = re.compile(
    r"""RFC\ \d+\ section\ \d+(\.\d+)*
      | ably/(docs|specification|ably-common|ably-(js|go|php|python|pubsub-python|ruby|java|dotnet|cocoa))\ \S.*
      | (Fetch\ standard|MessagePack\ specification),\ \S.*""",
    re.VERBOSE,
)
"""The public documents and test suites that a clause outside of the contract may name, with the place in them."""

UNLIKE_A_FACT = re.compile(
    r"\b(should|must|shall|will|ought|tests? that|verif(y|ies)|checks? that|ensures?|asserts?|correctly|properly)\b",
    re.IGNORECASE,
)


def is_quoted(clause: Clause) -> bool:
    """Whether the text is found at the pointer: in a text, in the subtree as JSON, or in the name of the pointer."""
    found = CONTRACT.resolve(clause.pointer)
    return any(clause.text in text for text in (_text(found), parts_of(clause.pointer)[-1]))


def _text(found: object) -> str:
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


# Clauses -------------------------------------------------------------------------------------------------------------


def test_every_clause_in_the_contract_is_quoted_from_its_place():
    lost = [(head.id, head.clause.pointer, head.clause.text) for head in IN_CONTRACT if not is_quoted(head.clause)]

    assert lost == []


def test_every_clause_in_the_contract_has_a_line_of_its_own():
    """Reports link to that line, so the line of an ancestor is not enough."""
    assert [head.id for head in IN_CONTRACT if head.clause.pointer not in CONTRACT.lines] == []


def test_every_other_clause_names_a_place_in_a_public_document():
    nameless = [(head.id, head.clause.pointer) for head in ELSEWHERE if not DOCUMENTS.fullmatch(head.clause.pointer)]

    assert nameless == []


def test_every_clause_has_a_text():
    assert [head.id for head in HEADS if len(head.clause.text.strip()) < 2] == []


def test_a_clause_with_an_unknown_pointer_is_rejected():
    with pytest.raises(SuiteError, match="The contract has nothing at #/paths/~1tmie"):
        is_quoted(Clause("#/paths/~1tmie/get", "time"))


def test_a_text_that_is_not_in_the_contract_is_found():
    found = next(head.clause for head in IN_CONTRACT)

    assert is_quoted(found)
    assert not is_quoted(replace(found, text="words that the contract does not contain"))


# Titles --------------------------------------------------------------------------------------------------------------


def test_every_title_is_unique():
    titles = Counter(head.title.casefold() for head in HEADS)

    assert [title for title, count in titles.items() if count > 1] == []


def test_a_title_is_one_short_sentence_without_a_full_stop():
    odd = [head.id for head in HEADS if not 15 <= len(head.title) <= 90 or head.title != head.title.strip(" .")]

    assert odd == []


def test_a_title_is_a_statement_of_fact():
    """The level says how binding it is, so the title has no modal verb."""
    assert [(head.id, head.title) for head in HEADS if UNLIKE_A_FACT.search(head.title)] == []


def test_a_title_begins_with_a_capital_letter_or_a_name():
    names = ("x-", "/", "`", "clientId ")

    assert [head.id for head in HEADS if not (head.title[0].isupper() or head.title.startswith(names))] == []


# Heads ---------------------------------------------------------------------------------------------------------------


def test_an_id_consists_of_an_area_and_a_number():
    assert [head.id for head in HEADS if not re.fullmatch(r"[A-Z]{3}-\d{2,3}", head.id)] == []


def test_every_must_has_a_clause():
    """A MUST without a written clause is an opinion."""
    musts = [head for head in HEADS if head.level is Level.MUST]

    assert [head.id for head in musts if not _stands(head)] == []


def _stands(head: Requirement) -> bool:
    return is_quoted(head.clause) if head.clause.is_in_contract else bool(DOCUMENTS.fullmatch(head.clause.pointer))


def test_a_requirement_needs_only_features_that_a_profile_can_offer():
    assert {need for head in HEADS for need in head.needs} <= set(FEATURES)


def test_every_feature_is_needed_by_a_requirement_or_decides_the_set_up():
    used = {need for head in HEADS for need in head.needs}

    of_set_up = {"documentation", "credentials", "provisioning", "presence-fixtures", "two-apps"}
    assert set(FEATURES) - used <= of_set_up | set(OF_PATHS)


def test_no_requirement_names_an_operation_twice():
    assert [head.id for head in HEADS if len(set(head.operations)) != len(head.operations)] == []
