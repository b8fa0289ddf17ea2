"""The work list: one entry for each mistake, however many requirements it breaks, and the one that reaches furthest
first.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model import Clause, Finding, Level, Requirement, Verdict
from conformance.report.analysis.causes import Cause
from conformance.report.analysis.symptoms import Kind, is_in_another_order, symptoms_of
from conformance.report.analysis.worklist import worklist
from conformance.report.page.first_screen import first_screen
from conformance.report.text.worklist import sentence
from conformance.selftest.harness.journals import digested, failing, passing
from conformance.verdict.result import RequirementResult

HISTORY, PUBLISH, TIME = "GET /channels/{channel_id}/messages", "POST /channels/{channel_id}/messages", "GET /time"
DEVICES = "GET /push/deviceRegistrations"
ASKED = f", for {PUBLISH} asked with the key that may do everything"


def checked(at: str, expected: str, received: str, *, operation: str = HISTORY, exchange: str = "main-1") -> Finding:
    return Finding(expected, received, at=at, operation=operation, exchanges=(exchange,))


def asserted(subject: str, expected: str, received: str, exchange: str = "main-2") -> Finding:
    return Finding(expected, f"{received}{ASKED}", operation=PUBLISH, subject=subject, exchanges=("main-0", exchange))


def cause(id_: str, *findings: Finding, level: Level = Level.MUST, is_waived: bool = False) -> Cause:
    requirement = Requirement(id_, level, f"The title of {id_}", Clause("#/paths", ""))
    findings = tuple(replace(each, requirement=id_) for each in findings)
    result = RequirementResult(requirement, Verdict.FAIL, {HISTORY: Verdict.FAIL}, 1, findings)
    return Cause(f"key-{id_}", result, findings, is_waived)


def listed(*causes: Cause) -> list[str]:
    return [sentence(each) for each in worklist(causes)]


# Sentences -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (
            checked("Link", "the header Link", "no header Link"),
            f"The header `Link` is missing on `{HISTORY}`, 1 answer",
        ),
        (checked("status", "204", "status 200"), f"Status 200 instead of 204 on `{HISTORY}`, 1 answer"),
        (
            checked("status", "a status below 500", "status 500"),
            f"Status 500, an error of the server itself, on `{HISTORY}`, 1 answer",
        ),
        (
            checked("status", "a success", 'status 400 with the message "no"'),
            f"A valid request is rejected with status 400 on `{HISTORY}`, 1 answer",
        ),
        (
            checked("/error/statusCode", "an integer", '"401" at /error/statusCode'),
            f'The member `error.statusCode` is "401" instead of an integer on `{HISTORY}`, 1 answer',
        ),
        (
            checked("/3/status", 'the member "presence"', "{} at /3/status"),
            f"`status.presence` is missing in the body on `{HISTORY}`, 1 answer",
        ),
        (
            checked("", "an array", '{"time": 1} as the body', operation=TIME),
            f'The body is {{"time": 1}} instead of an array on `{TIME}`, 1 answer',
        ),
        (
            asserted("status", "status 201", "status 200"),
            f"Status 200 instead of 201 on `{PUBLISH}`, 1 answer",
        ),
        (
            asserted("ids", '3 ids: "a", "b", "c"', '3 ids: "c", "b", "a"'),
            f"The items are in another order than expected on `{PUBLISH}`, 1 answer",
        ),
        (
            asserted("status, units", 'units "month"', "units null"),
            f'`{PUBLISH}`: received units null; expected units "month", 1 answer',
        ),
        (
            checked("", "callback(value)", "a syntax error"),
            f"A syntax error instead of callback(value) on `{HISTORY}`, 1 answer",
        ),
    ],
)
def test_an_entry_is_one_sentence_with_the_header_member_or_status_in_it(finding, words):
    assert listed(cause("HIS-01", finding)) == [words]


def test_a_backtick_of_the_target_marks_nothing():
    (found,) = listed(cause("HIS-01", checked("/a", "an `integer`", "`x` at /a")))

    assert found.count("`") == 4


@pytest.mark.parametrize(
    ("expected", "received", "is_another"),
    [
        ('"a", "b", "c", "d"', '"d", "c", "b", "a"', True),
        ("12 ids", "12 ids: the same in another order (the expected numbers 2, 1)", True),
        ('"a", "b", "c", "d"', '"a", "b", "c", "x"', False),
        ("status 200", "status 201", False),
    ],
)
def test_the_same_values_in_another_order_are_recognised(expected, received, is_another):
    assert is_in_another_order(expected, received) is is_another


# Entries -------------------------------------------------------------------------------------------------------------


def test_requirements_that_fail_by_the_same_status_are_one_entry():
    causes = [cause(f"PUB-{n:02}", asserted("status", "status 201", "status 200", f"main-{n}")) for n in range(1, 20)]

    (entry,) = worklist([*causes, cause("RSP-03", checked("status", "201", "status 200", operation=PUBLISH))])

    assert len(entry.solved) == 20
    assert sentence(entry).startswith("Status 200 instead of 201 on")


def test_what_is_wrongly_accepted_is_an_entry_for_each_rule():
    assert len(worklist([cause(id_, asserted("status", "status 400", "status 200")) for id_ in ("A-01", "A-02")])) == 2


def test_a_requirement_that_fails_by_two_mistakes_passes_with_the_second():
    order = asserted("ids", '"a", "b", "c", "d"', '"d", "c", "b", "a"')
    both = asserted("status, ids", 'status 201, "a", "b", "c", "d"', 'status 200, "d", "c", "b", "a"', "main-5")
    status = asserted("status", "status 201", "status 200")

    first, second = worklist([cause("A-01", status), cause("A-02", status), cause("A-03", both), cause("A-04", order)])

    assert first.symptom.kind is Kind.STATUS
    assert ([each.id for each in first.solved], [each.id for each in first.others]) == (["A-01", "A-02"], ["A-03"])
    assert [each.id for each in second.solved] == ["A-03", "A-04"]


def test_what_breaks_no_must_comes_last_and_what_is_waived_is_left_out():
    header = checked("x-ably-serverid", "the header", "no header x-ably-serverid")
    wide = [checked("Link", "the header", "no header Link", operation=each) for each in (HISTORY, TIME, PUBLISH)]
    causes = [
        cause("A-01", *wide, level=Level.SHOULD),
        cause("A-02", header),
        cause("A-03", checked("status", "204", "status 200"), is_waived=True),
    ]

    assert [each.names for each in worklist(causes)] == [("x-ably-serverid",), ("Link",)]


def test_answers_and_operations_are_counted_once():
    findings = [checked("Link", "the header Link", "no header Link", exchange=f"main-{n % 3}") for n in range(9)]
    other = checked("Link", "the header Link", "no header Link", operation=DEVICES, exchange="main-9")

    assert listed(cause("HDR-01", *findings, other)) == [
        f"The header `Link` is missing on `{HISTORY}` and 1 more GET operation, 4 answers"
    ]


def test_a_finding_always_shows_a_symptom():
    assert symptoms_of(Finding("", ""))[0].kind is Kind.OTHER


# The first screen ----------------------------------------------------------------------------------------------------


def test_the_first_screen_shows_each_area_by_its_must_requirements(tmp_path):
    areas = {each.area: each.words for each in first_screen(digested(failing(tmp_path))).areas}

    assert areas["RSP"] == "2 of 3 fail"
    assert areas["AUT"] == "1 of 1 not judged"
    assert "STT" not in areas, "its only requirement is a MAY"
    assert "PRE" not in areas, "its only requirement is out of scope"


def test_a_conformant_target_has_nothing_to_mend(tmp_path):
    screen = first_screen(digested(passing(tmp_path)))

    assert screen.first == ()
    assert {each.words.split()[0] for each in screen.areas} == {"all"}
