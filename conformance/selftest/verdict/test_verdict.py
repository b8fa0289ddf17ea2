"""`verdict.judge` derives the verdict of each requirement, the conclusion and the exit status from the evidence."""

from __future__ import annotations

import os
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from conformance.evidence.header import header_of
from conformance.model import Evidence, Finding, Outcome, RunHeader, Verdict
from conformance.verdict.judge import Judgement, judge
from conformance.verdict.result import Conclusion, Exit

NONE, PASS, INCONCLUSIVE, FAIL, ERROR = Verdict
TIME, STATS = "GET /time", "GET /stats"
STARTED = datetime(2026, 11, 23, 23, 30, tzinfo=UTC).timestamp()


def requirement(id_: str, level: str = "must", out_of_scope: str = "") -> dict:
    clause = {"pointer": "#/paths/~1time", "text": "time", "line": 1}
    return {
        "id": id_,
        "level": level,
        "title": f"The title of {id_}",
        "clause": clause,
        "operations": [],
        "out_of_scope": out_of_scope,
    }


def waiver(requirement_id: str, until: str = "2026-12-31", operation: str = "") -> dict:
    return {
        "requirement": requirement_id,
        "reason": "known",
        "issue": "https://issues.example/1",
        "until": until,
        "operation": operation,
        "owner": "",
    }


def header(**facts) -> RunHeader:
    known = {
        "worker": "main",
        "started": STARTED,
        "target": {"url": "http://127.0.0.1:1"},
        "profile": {"name": "mine"},
        "contract": {"title": "Ably", "version": "1", "sha256": "0"},
        "operations": [{"label": each, "pointer": "", "line": 1, "summary": ""} for each in (TIME, STATS)],
    }
    return header_of({**known, **facts})


def judged(
    *requirements: dict, verdicts: dict[tuple[str, str], Verdict] | None = None, cut: tuple[str, ...] = (), **facts
) -> Judgement:
    """verdicts: of each requirement on each operation. facts: members of the header."""
    verdicts = verdicts or {}
    findings = [
        Finding("200", "500", requirement=id_, operation=operation)
        for (id_, operation), verdict in verdicts.items()
        if verdict is FAIL
    ]
    outcomes = [
        Outcome(id_, "test_x", verdict, "the reason", (operation,))
        for (id_, operation), verdict in verdicts.items()
        if verdict in {INCONCLUSIVE, ERROR}
    ]
    applicable = Counter({pair: 1 for pair, verdict in verdicts.items() if verdict in {PASS, FAIL}})
    head = header(requirements=list(requirements), **facts)
    return judge(Evidence(head, (), tuple(findings), tuple(outcomes), applicable, STARTED + 40, cut))


# One requirement -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "verdict", "conclusion", "exit_status"),
    [
        ("must", NONE, "inconclusive", 6),
        ("must", PASS, "conformant", 0),
        ("must", INCONCLUSIVE, "inconclusive", 6),
        ("must", FAIL, "not conformant", 1),
        ("must", ERROR, "inconclusive", 3),
        ("should", NONE, "conformant", 0),
        ("should", PASS, "conformant", 0),
        ("should", INCONCLUSIVE, "conformant", 0),
        ("should", FAIL, "conformant", 0),
        ("may", FAIL, "conformant", 0),
    ],
)
def test_the_level_decides_what_a_verdict_means_for_the_run(level, verdict, conclusion, exit_status):
    found = judged(
        requirement("DEV-07", level),
        requirement("RSP-01"),
        verdicts={("DEV-07", TIME): verdict, ("RSP-01", TIME): PASS},
    )

    assert (found.conclusion.value, found.exit.value) == (conclusion, exit_status)


def with_outcomes(*outcomes: Outcome, opportunities: int = 0) -> Judgement:
    """DEV-07 has these outcomes, and RSP-01 passed."""
    applicable = Counter({("RSP-01", TIME): 1, **({("DEV-07", TIME): opportunities} if opportunities else {})})
    head = header(requirements=[requirement("DEV-07"), requirement("RSP-01")])
    return judge(Evidence(head, (), (), outcomes, applicable, STARTED + 40))


FORBIDDEN = Outcome(
    "DEV-07", "test_x", NONE, operations=("GET /stats",), out_of_scope="the key may not read statistics"
)


def test_a_requirement_that_the_key_rules_out_is_out_of_scope():
    found = with_outcomes(FORBIDDEN)

    assert found.sentence == "conformant: 1 of 1 musts passed, 0 waived"
    assert (found.rows[0].verdict, found.rows[0].out_of_scope) == (NONE, "the key may not read statistics")


def test_a_requirement_that_the_key_rules_out_on_one_operation_is_judged_on_the_others():
    found = with_outcomes(FORBIDDEN, Outcome("DEV-07", "test_y", PASS, operations=(TIME,)))

    assert found.sentence == "conformant: 2 of 2 musts passed, 0 waived"
    assert (found.rows[0].by_operation, found.rows[0].out_of_scope) == ({TIME: PASS}, "")


def test_a_test_that_another_plugin_skips_is_not_out_of_scope():
    found = with_outcomes(Outcome("DEV-07", "test_x", NONE, "skipped by a plugin", (TIME,)))

    assert found.conclusion.value == "inconclusive"


def test_nothing_was_judged_where_every_test_is_ruled_out():
    head = header(requirements=[requirement("DEV-07")])

    found = judge(Evidence(head, (), (), (FORBIDDEN,), Counter(), STARTED + 40))

    assert found.sentence == "inconclusive: nothing was judged, 0 waived"


def test_a_check_without_an_opportunity_has_the_verdict_none():
    found = judged(requirement("HDR-01"), requirement("RSP-01"), verdicts={("RSP-01", TIME): PASS})

    assert found.rows[0].verdict is NONE
    what = "no request was made, or no response received, that exercises HDR-01 “The title of HDR-01”"
    assert found.sentence == f"inconclusive: {what}, 0 waived"
    assert found.problems == (
        f"{what}; raise examples under [pace] in the profile, or leave them out with `without` under [scope]",
    )


def test_what_nothing_exercised_names_the_features_that_the_profile_does_not_offer():
    offers = ["state", "credentials", "push", "msgpack"]

    found = judged(requirement("HDR-01"), requirement("ERR-02"), profile={"name": "mine", "offers": offers})

    assert found.problems[-1].startswith("no request was made, or no response received, that exercises HDR-01 “")
    assert (
        "(and ERR-02); the profile mine offers no html and no cases: add to offers under [target]" in found.problems[-1]
    )


def test_a_requirement_whose_operation_was_not_asked_says_which():
    found = judged(
        {**requirement("HDR-01"), "operations": [STATS]}, requirement("RSP-01"), verdicts={("RSP-01", TIME): PASS}
    )

    assert found.sentence.startswith(f"inconclusive: no request to {STATS} was answered, so nothing exercised HDR-01")


def test_the_verdict_is_the_worst_one_of_all_operations():
    found = judged(requirement("RSP-01"), verdicts={("RSP-01", TIME): PASS, ("RSP-01", STATS): FAIL})

    assert found.rows[0].verdict is FAIL
    assert found.rows[0].by_operation == {TIME: PASS, STATS: FAIL}


@pytest.mark.parametrize("other", [ERROR, INCONCLUSIVE, PASS])
def test_a_deviation_counts_even_if_another_operation_has_another_verdict(other):
    found = judged(requirement("RSP-01"), verdicts={("RSP-01", TIME): other, ("RSP-01", STATS): FAIL})

    assert found.exit is Exit.NOT_CONFORMANT


def test_a_finding_outweighs_opportunities_that_passed():
    evidence = Evidence(
        header(requirements=[requirement("RSP-01")]),
        (),
        (Finding("200", "500", requirement="RSP-01", operation=TIME),),
        (),
        Counter({("RSP-01", TIME): 1000}),
        STARTED,
    )

    assert judge(evidence).rows[0].by_operation == {TIME: FAIL}


def test_findings_are_counted_for_their_own_requirement():
    found = judged(
        requirement("RSP-01"), requirement("RSP-02"), verdicts={("RSP-01", TIME): FAIL, ("RSP-02", TIME): PASS}
    )

    assert [row.verdict for row in found.rows] == [FAIL, PASS]
    assert [len(row.findings) for row in found.rows] == [1, 0]


# The run -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "conclusion", "exit_status"),
    [
        ((PASS, PASS), Conclusion.CONFORMANT, Exit.CONFORMANT),
        ((PASS, FAIL), Conclusion.NOT_CONFORMANT, Exit.NOT_CONFORMANT),
        ((INCONCLUSIVE, FAIL), Conclusion.NOT_CONFORMANT, Exit.NOT_CONFORMANT),
        ((ERROR, FAIL), Conclusion.NOT_CONFORMANT, Exit.NOT_CONFORMANT),
        ((NONE, FAIL), Conclusion.NOT_CONFORMANT, Exit.NOT_CONFORMANT),
        ((PASS, INCONCLUSIVE), Conclusion.INCONCLUSIVE, Exit.INCONCLUSIVE),
        ((PASS, NONE), Conclusion.INCONCLUSIVE, Exit.INCONCLUSIVE),
        ((NONE, ERROR), Conclusion.INCONCLUSIVE, Exit.SUITE_ERROR),
        ((INCONCLUSIVE, ERROR), Conclusion.INCONCLUSIVE, Exit.SUITE_ERROR),
    ],
)
def test_the_verdicts_of_two_musts_decide_conclusion_and_exit_status(verdicts, conclusion, exit_status):
    found = judged(
        requirement("DEV-01"),
        requirement("DEV-02"),
        verdicts={("DEV-01", TIME): verdicts[0], ("DEV-02", TIME): verdicts[1]},
    )

    assert (found.conclusion, found.exit) == (conclusion, exit_status)


def test_the_exit_statuses_are_those_of_the_documentation():
    assert {each.name: each.value for each in Exit} == {
        "CONFORMANT": 0,
        "NOT_CONFORMANT": 1,
        "INTERRUPTED": 2,
        "SUITE_ERROR": 3,
        "USAGE": 4,
        "NOTHING_SELECTED": 5,
        "INCONCLUSIVE": 6,
    }


def test_a_requirement_out_of_scope_does_not_make_a_run_inconclusive():
    found = judged(
        requirement("DEV-07", out_of_scope="the profile mock does not offer push"),
        requirement("RSP-01"),
        verdicts={("RSP-01", TIME): PASS},
    )

    assert found.sentence == "conformant: 1 of 1 musts passed, 0 waived"


def test_a_run_that_judged_nothing_is_not_conformant():
    assert (
        judged(requirement("DEV-07", out_of_scope="not selected")).sentence
        == "inconclusive: nothing was judged, 0 waived"
    )


@pytest.mark.parametrize("cut", ["the run was interrupted", "the journal of worker gw1 is missing"])
def test_incomplete_evidence_is_inconclusive(cut):
    found = judged(requirement("RSP-01"), verdicts={("RSP-01", TIME): PASS}, cut=(cut,))

    assert found.exit is Exit.INCONCLUSIVE
    assert found.sentence == f"inconclusive: {cut}, 0 waived"


def test_incomplete_evidence_with_a_deviation_is_not_conformant():
    found = judged(requirement("RSP-01"), verdicts={("RSP-01", TIME): FAIL}, cut=("the run was interrupted",))

    assert found.exit is Exit.NOT_CONFORMANT


def test_a_blocker_is_the_only_reason():
    found = judged(
        requirement("RSP-01"), requirement("RSP-02"), blockers=["the target cannot be reached: connection refused"]
    )

    assert found.sentence == "inconclusive: the target cannot be reached: connection refused, 0 waived"
    assert found.exit is Exit.INCONCLUSIVE


def test_a_selection_may_pass_and_is_named():
    found = judged(
        requirement("DEV-07"), requirement("RSP-01"), verdicts={("DEV-07", TIME): PASS}, selection="only -k 'DEV-07'"
    )

    assert found.sentence == "conformant: 1 of 1 musts passed, 0 waived (only -k 'DEV-07')"


def test_a_selection_may_fail():
    found = judged(requirement("DEV-07"), verdicts={("DEV-07", TIME): FAIL}, selection="only -k 'DEV-07'")

    assert found.exit is Exit.NOT_CONFORMANT


def test_the_sentence_names_the_failed_requirements():
    ids = [f"DEV-{number:02}" for number in range(1, 9)]

    found = judged(*map(requirement, ids), verdicts={(id_, TIME): FAIL for id_ in ids})

    assert found.sentence == (
        "not conformant: 8 of 8 musts failed (DEV-01, DEV-02, DEV-03, DEV-04, DEV-05, DEV-06 and 2 more), 0 waived"
    )


def test_an_inconclusive_requirement_is_named_with_its_reason():
    found = judged(requirement("DEV-07"), verdicts={("DEV-07", TIME): INCONCLUSIVE})

    assert found.sentence == "inconclusive: DEV-07 could not be judged: the reason, 0 waived"


def test_the_same_evidence_gives_the_same_judgement():
    arguments = {"verdicts": {("DEV-07", TIME): FAIL, ("RSP-01", STATS): PASS}, "waivers": [waiver("DEV-07")]}

    assert judged(requirement("DEV-07"), requirement("RSP-01"), **arguments) == judged(
        requirement("DEV-07"), requirement("RSP-01"), **arguments
    )


# Waivers -------------------------------------------------------------------------------------------------------------

FAILS_ON_TIME = {("HDR-01", TIME): FAIL, ("HDR-01", STATS): PASS}


def with_waiver(*waivers: dict, verdicts=FAILS_ON_TIME, **facts) -> Judgement:
    return judged(requirement("HDR-01"), verdicts=verdicts, waivers=list(waivers), **facts)


def test_a_waived_fail_is_counted_apart_from_passes():
    found = with_waiver(waiver("HDR-01"))

    assert found.rows[0].verdict is FAIL
    assert found.rows[0].is_waived
    assert found.sentence == "conformant: 0 of 1 musts passed, 1 waived"


@pytest.mark.parametrize("operation", ["", TIME])
def test_a_waiver_covers_its_operation_or_all(operation):
    assert with_waiver(waiver("HDR-01", operation=operation)).exit is Exit.CONFORMANT


def test_a_waiver_covers_no_other_operation():
    found = with_waiver(waiver("HDR-01", operation=TIME), verdicts={("HDR-01", TIME): FAIL, ("HDR-01", STATS): FAIL})

    assert not found.rows[0].is_waived
    assert found.sentence == "not conformant: 1 of 1 musts failed (HDR-01), 0 waived"


def test_a_waiver_covers_no_other_requirement():
    assert with_waiver(waiver("HDR-02")).exit is Exit.NOT_CONFORMANT


def test_two_waivers_cover_two_operations():
    both = [waiver("HDR-01", operation=TIME), waiver("HDR-01", operation=STATS)]

    assert with_waiver(*both, verdicts={("HDR-01", TIME): FAIL, ("HDR-01", STATS): FAIL}).exit is Exit.CONFORMANT


@pytest.mark.parametrize(("other", "exit_status"), [(INCONCLUSIVE, 6), (ERROR, 3)])
def test_a_waiver_covers_only_a_fail(other, exit_status):
    found = with_waiver(waiver("HDR-01", operation=TIME), verdicts={("HDR-01", TIME): FAIL, ("HDR-01", STATS): other})

    assert found.exit.value == exit_status


def test_an_expired_waiver_fails_the_run():
    found = with_waiver(waiver("HDR-01", until="2026-11-22"))

    assert found.exit is Exit.NOT_CONFORMANT
    assert "the waiver of HDR-01 expired on 2026-11-22" in found.problems
    assert not found.rows[0].is_waived


def test_an_expired_waiver_fails_a_run_that_needs_none():
    found = with_waiver(waiver("HDR-01", until="2026-11-22"), verdicts={("HDR-01", TIME): PASS})

    assert found.sentence == "not conformant: the waiver of HDR-01 expired on 2026-11-22, 0 waived"


def test_a_waiver_is_valid_on_its_last_day():
    assert with_waiver(waiver("HDR-01", until="2026-11-23")).exit is Exit.CONFORMANT


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_a_waiver_expires_by_the_day_in_utc(monkeypatch, zone):
    """23:30 UTC on the 23rd is the 24th in Kiribati and the 23rd in Samoa."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert with_waiver(waiver("HDR-01", until="2026-11-23")).exit is Exit.CONFORMANT
        assert with_waiver(waiver("HDR-01", until="2026-11-22")).exit is Exit.NOT_CONFORMANT
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def test_a_waiver_that_is_no_longer_needed_fails_the_run():
    found = with_waiver(waiver("HDR-01"), verdicts={("HDR-01", TIME): PASS})

    assert found.sentence == (
        "not conformant: the waiver of HDR-01 is no longer needed: the requirement was exercised and passed, 0 waived"
    )


def test_a_waiver_of_an_operation_that_passed_is_no_longer_needed():
    both = [waiver("HDR-01", operation=TIME), waiver("HDR-01", operation=STATS)]

    assert "is no longer needed" in with_waiver(*both).sentence


def test_a_waiver_of_an_operation_that_was_not_reached_is_accepted():
    """Random cases do not reach every operation in each run."""
    found = with_waiver(waiver("HDR-01", operation=STATS), verdicts={("HDR-01", TIME): PASS})

    assert found.exit is Exit.CONFORMANT


def test_a_selection_does_not_make_a_waiver_stale():
    for unneeded in (waiver("HDR-01"), waiver("DEV-99")):
        found = with_waiver(unneeded, verdicts={("HDR-01", TIME): PASS}, selection="only -k 'HDR'")
        assert found.exit is Exit.CONFORMANT


def test_a_waiver_of_an_unknown_requirement_fails_the_run():
    found = with_waiver(waiver("HDR-01"), waiver("HDR-99"))

    assert found.sentence == "not conformant: a waiver names HDR-99, which is not a requirement, 1 waived"


def test_a_waiver_of_an_unknown_operation_fails_the_run():
    found = with_waiver(waiver("HDR-01"), waiver("HDR-01", operation="GET /tmie"))

    assert found.sentence == "not conformant: the waiver of HDR-01 names GET /tmie, which is not an operation, 1 waived"


def test_the_verdict_does_not_depend_on_the_environment(monkeypatch):
    for name in list(os.environ):
        monkeypatch.delenv(name)

    assert with_waiver(waiver("HDR-01")).exit is Exit.CONFORMANT
