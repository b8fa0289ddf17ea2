"""The table of coverage: every cell is decided or has a reason, and every requirement that it names can decide it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.contract import load
from conformance.proof.coverage import page, rules
from conformance.proof.coverage.rules import Cell, Rule
from conformance.proof.coverage.subjects import ANSWERED, ASKED, Place, Subject, subjects

STATUS = "GET /channels/{channel_id}"
LIMIT = Subject(STATUS, Place.QUERY, "limit", "integer")


def test_no_cell_is_empty_and_every_requirement_can_decide_its_cell():
    assert list(rules.gaps(rules.table())) == []


def test_every_rule_speaks_of_a_row():
    assert list(rules.idle_rules()) == []


def test_the_page_is_up_to_date():
    is_stale = page.PAGE.read_text(encoding="utf-8") != page.render()

    assert not is_stale, "docs/coverage.md is stale: write it anew with `ably-conformance requirements --write`"


def test_every_parameter_and_member_of_the_contract_has_a_row():
    rows = {(each.operation, each.place, each.name) for each in subjects(load("all"))}

    declared = {
        (operation.label, Place(parameter.location), parameter.name)
        for operation in load("all").operations
        for parameter in operation.parameters
    }
    assert declared <= rows
    for member in ("id", "push.recipient.transportType", "push.recipient.encryptionKey.auth", "metadata"):
        assert ("POST /push/deviceRegistrations", Place.BODY, member) in rows
    assert ("GET /channels", Place.ANSWER, "status.occupancy.metrics.publishers") in rows
    assert ("GET /time", Place.ERROR, "error.code") in rows
    assert ("GET /time", Place.ERROR_HEADER, "x-ably-errorcode") in rows


def test_a_row_has_the_conditions_of_its_side():
    cells = [cell for cell in rules.table() if cell.subject.operation == "GET /time"]

    assert {cell.condition for cell in cells if cell.subject.place is Place.QUERY} == set(ASKED)
    assert {cell.condition for cell in cells if cell.subject.place is Place.ANSWER} == set(ANSWERED)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (Cell(LIMIT, "empty"), "name a requirement, or say why no document decides it"),
        (Cell(LIMIT, "empty", requirements=("STA-999",)), "STA-999 is not a requirement"),
        (Cell(LIMIT, "empty", requirements=("TIM-01",)), f"TIM-01 does not speak of {STATUS}"),
        (Cell(LIMIT, "empty", reason="no limit"), "the reason is no sentence: no limit"),
    ],
    ids=["empty", "unknown", "of another operation", "no sentence"],
)
def test_a_cell_that_decides_nothing_is_a_gap(cell, sentence):
    assert list(rules.gaps([cell])) == [f"{STATUS} query limit (integer), empty: {sentence}"]


def test_a_requirement_without_a_mutant_decides_nothing(monkeypatch):
    monkeypatch.setattr(rules, "MUTANTS", {})

    (gap,) = rules.gaps([Cell(LIMIT, "empty", requirements=("STA-01",))])

    assert gap.endswith("STA-01 has no mutant")


def test_a_later_rule_goes_before_an_earlier_one(monkeypatch):
    general = Rule(("* query *",), {"empty": "No document says.", "absent": "RSP-01"})
    special = Rule((f"{STATUS} query limit (*",), {"empty": "RSP-02 RSP-03"})
    monkeypatch.setattr(rules, "rules", lambda: (general, special))
    rules.table.cache_clear()

    cells = {(cell.subject.name, cell.condition): cell for cell in rules.table() if cell.subject.operation == STATUS}
    rules.table.cache_clear()

    assert cells["format", "empty"].reason == "No document says."
    assert cells["format", "absent"].requirements == ("RSP-01",)
    assert cells["format", "unknown"].is_empty


def test_a_cell_that_is_empty_is_red_on_the_page_and_in_the_command(monkeypatch):
    first, *others = rules.table()
    emptied = (replace(first, requirements=(), reason=""), *others)
    for module in (rules, page):
        monkeypatch.setattr(module, "table", lambda: emptied)

    run = CliRunner().invoke(main, ["requirements", "--table"])

    assert page.EMPTY in page.render()
    assert run.exit_code == 1
    assert f"{first}: name a requirement, or say why no document decides it" in run.output
    assert run.output.splitlines()[-1].endswith("1 are empty")


def test_the_command_prints_each_cell():
    run = CliRunner().invoke(main, ["requirements", "--table"])

    assert run.exit_code == 0
    assert len(run.output.splitlines()) == len(rules.table()) + 1
