"""Every requirement by its head: a sentence that is true of a conforming target, and words found where it says."""

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
from conformance.profile import FEATURES

CONTRACT = load("none")
HEADS = tuple(collect().values())
IN_CONTRACT = [head for head in HEADS if head.clause.is_in_contract]
ELSEWHERE = [head for head in HEADS if not head.clause.is_in_contract]

DOCUMENTS = re.compile(
    r"""RFC\ \d+\ section\ \d+(\.\d+)*
      | ably/(docs|specification|ably-common|ably-(js|go|php|python|ruby|java|dotnet|cocoa))\ \S.*
      | (Fetch\ standard|MessagePack\ specification),\ \S.*""",
    re.VERBOSE,
)
"""What a clause outside of the contract may name: public documents and test suites, and where in them."""

UNLIKE_A_FACT = re.compile(
    r"\b(should|must|shall|will|ought|tests? that|verif(y|ies)|checks? that|ensures?|asserts?|correctly|properly)\b",
    re.IGNORECASE,
)


def is_quoted(clause: Clause) -> bool:
    """Whether the words stand at the pointer: in its text, in its subtree as JSON, or in its own name."""
    found = CONTRACT.resolve(clause.pointer)
    return any(clause.text in text for text in (_text(found), parts_of(clause.pointer)[-1]))


def _text(found: object) -> str:
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


# Clauses -------------------------------------------------------------------------------------------------------------


def test_every_clause_in_the_contract_quotes_what_stands_there():
    lost = [(head.id, head.clause.pointer, head.clause.text) for head in IN_CONTRACT if not is_quoted(head.clause)]

    assert lost == []


def test_every_clause_in_the_contract_has_a_line_of_its_own():
    """A reader is sent there; the nearest ancestor would do for the page, and not for a clause."""
    assert [head.id for head in IN_CONTRACT if head.clause.pointer not in CONTRACT.lines] == []


def test_every_other_clause_names_a_public_document_and_a_place_in_it():
    nameless = [(head.id, head.clause.pointer) for head in ELSEWHERE if not DOCUMENTS.fullmatch(head.clause.pointer)]

    assert nameless == []


def test_every_clause_has_words():
    assert [head.id for head in HEADS if len(head.clause.text.strip()) < 2] == []


def test_a_clause_that_the_contract_does_not_have_is_noticed():
    with pytest.raises(SuiteError, match="The contract has nothing at #/paths/~1tmie"):
        is_quoted(Clause("#/paths/~1tmie/get", "time"))


def test_words_that_do_not_stand_there_are_noticed():
    found = next(head.clause for head in IN_CONTRACT)

    assert is_quoted(found)
    assert not is_quoted(replace(found, text="words that nobody has written"))


# Titles --------------------------------------------------------------------------------------------------------------


def test_no_two_requirements_say_the_same():
    titles = Counter(head.title.casefold() for head in HEADS)

    assert [title for title, count in titles.items() if count > 1] == []


def test_a_title_is_one_short_sentence_without_a_full_stop():
    odd = [head.id for head in HEADS if not 15 <= len(head.title) <= 90 or head.title != head.title.strip(" .")]

    assert odd == []


def test_a_title_is_a_fact_and_no_wish():
    """Present tense, true of a conforming target; the level says how much it binds."""
    assert [(head.id, head.title) for head in HEADS if UNLIKE_A_FACT.search(head.title)] == []


def test_a_title_begins_as_a_sentence_does():
    assert [head.id for head in HEADS if not (head.title[0].isupper() or head.title.startswith(("x-", "/", "`")))] == []


# Heads ---------------------------------------------------------------------------------------------------------------


def test_an_id_is_an_area_and_a_number():
    assert [head.id for head in HEADS if not re.fullmatch(r"[A-Z]{3}-\d{2,3}", head.id)] == []


def test_every_must_stands_on_a_clause():
    """A MUST that nobody has written down is an opinion."""
    musts = [head for head in HEADS if head.level is Level.MUST]

    assert [head.id for head in musts if not _stands(head)] == []


def _stands(head: Requirement) -> bool:
    return is_quoted(head.clause) if head.clause.is_in_contract else bool(DOCUMENTS.fullmatch(head.clause.pointer))


def test_what_a_requirement_needs_is_what_a_profile_can_offer():
    assert {need for head in HEADS for need in head.needs} <= set(FEATURES)


def test_what_a_profile_can_offer_is_needed_by_somebody_or_decides_who_is_asked():
    used = {need for head in HEADS for need in head.needs}

    assert set(FEATURES) - used <= {"documentation", "credentials", "provisioning", "presence-fixtures", "two-apps"}


def test_no_requirement_names_an_operation_twice():
    assert [head.id for head in HEADS if len(set(head.operations)) != len(head.operations)] == []
