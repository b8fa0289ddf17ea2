"""`proof.localization` reads from a report.json where the report puts one fault."""

from __future__ import annotations

from conformance.proof import localization
from conformance.reference.mutants import MUTANTS
from conformance.requirement import AREAS

MUTANT = "unregister-keeps-subscriptions"
"""Breaks DEV-07."""


def cause(key: str, requirement: str, under: str | None = None) -> dict:
    return {"key": key, "requirement": requirement, "under": under}


def report(*causes: dict) -> dict:
    failed = {each["requirement"] for each in causes}
    return {
        "causes": list(causes),
        "requirements": [{"id": id_, "verdict": "fail" if id_ in failed else "pass"} for id_ in ("DEV-07", "DEV-68")],
        "counts": {"findings": 1200},
        "suspects": [{"step": "DELETE /time 204"}, {"step": "GET /time 200"}],
    }


def many(number: int) -> list[dict]:
    return [cause(f"of {each}", "DEV-68") for each in range(number)]


def test_the_entry_of_a_requirement_is_the_one_that_it_is_folded_under():
    found = localization.spread_of(
        MUTANT, report(cause("a", "RSP-01"), cause("b", "DEV-68"), cause("c", "DEV-07", under="b"))
    )

    assert (found.entries, found.place, found.lead) == (2, 2, "DEV-68")
    assert (found.fell, found.findings, found.suspect) == (("DEV-07", "DEV-68"), 1200, "DELETE /time 204")
    assert list(localization.gaps([found])) == []


def test_a_requirement_far_from_the_top_is_a_gap():
    found = localization.spread_of(MUTANT, report(*many(3), cause("b", "DEV-07")))

    assert list(localization.gaps([found])) == [
        f"{MUTANT}: DEV-07 is entry 4 of 4, led by DEV-07, and entry 4 of its area"
    ]


def test_the_first_entry_of_an_area_is_no_gap_however_many_areas_a_fault_reaches():
    others = [cause(f"of {area}", f"{area}-01") for area in ("RSP", "HDR", "ERR")]
    found = localization.spread_of(MUTANT, report(*others, cause("b", "DEV-07")))

    assert (found.place, found.place_in_area) == (4, 1)
    assert list(localization.gaps([found])) == []


def test_a_mutant_that_survives_a_whole_run_is_a_gap():
    found = localization.spread_of(MUTANT, report(*many(1)))

    (gap,) = localization.gaps([found])
    assert gap.startswith(f"{MUTANT} survives DEV-07 in a whole run: ")


def test_the_sample_is_twenty_mutants_of_all_areas():
    assert len(localization.SAMPLE) == len(set(localization.SAMPLE)) == 20
    assert {MUTANTS[name].breaks.partition("-")[0] for name in localization.SAMPLE} == set(AREAS)


def test_the_page_lists_the_sample():
    """A run makes the figures; this test compares the list of mutants."""
    faults = [
        line.split("|")[1].strip() for line in localization.PAGE.read_text(encoding="utf-8").splitlines() if "|" in line
    ]

    assert faults[2:] == [MUTANTS[name].fault for name in localization.SAMPLE]
