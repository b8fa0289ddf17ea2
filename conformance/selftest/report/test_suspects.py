"""JudgedTests of suspects: the steps that failed tests have in common, and other tests do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model import Exchange, Origin, Outcome, Response, Verdict
from conformance.report.analysis.suspects import JudgedTests, Step, Suspect, judged_tests, steps_of, suspects
from conformance.selftest.harness.journals import Run

LISTING, REMOVAL = "GET /push/channelSubscriptions", "DELETE /push/deviceRegistrations/{device_id}"
FAILED = {"of one", "of all", "of none"}


@pytest.fixture
def run(tmp_path) -> Run:
    made = Run(tmp_path)
    for test in (*FAILED, "kept", "listed", "counted"):
        made.exchange(LISTING, test=test)
    for test in FAILED:
        made.exchange(REMOVAL, 204, test=test)
        made.exchange(REMOVAL, 204, test=test)
    return made


def suspected(run: Run, failed: set[str]) -> list[Suspect]:
    judged = {each.test: "DEV" for each in run.exchanges if each.test}
    return list(suspects(run.exchanges, steps_of(run.exchanges), JudgedTests(judged, frozenset(failed))))


def test_the_step_that_only_failed_tests_include_comes_first(run):
    first, second = suspected(run, FAILED)

    assert first == Suspect(Step(REMOVAL, "204", is_next=False), failed=3, taken=3, likeness=1.0)
    assert (str(second.step), second.failed, second.taken) == (f"{LISTING} 200", 3, 6)


def test_another_status_is_another_step(run):
    run.exchange(REMOVAL, 404, test="another")

    assert suspected(run, FAILED)[0].taken == 3


def test_the_steps_of_a_single_test_are_not_suspected(run):
    assert suspected(run, {"of one"}) == []


def test_a_step_of_many_tests_that_passed_is_not_suspected(run):
    for number in range(300):
        run.exchange(LISTING, test=f"passing {number}")

    assert [str(each.step) for each in suspected(run, FAILED)] == [f"{REMOVAL} 204"]


def test_a_run_without_failed_tests_has_no_suspects(run):
    assert suspected(run, set()) == []


def test_another_error_code_is_another_step(run):
    for code in ("40104", "40142"):
        run.exchange(REMOVAL, response=Response(401, (("X-Ably-ErrorCode", code),)), test=f"with {code}")

    steps = steps_of(run.exchanges).values()
    assert [str(each) for each in steps][-2:] == [
        f"{REMOVAL} 401, error code 40104",
        f"{REMOVAL} 401, error code 40142",
    ]


def test_a_test_that_was_not_judged_says_nothing_about_its_steps():
    verdicts = (("DEV-07", Verdict.FAIL), ("DEV-08", Verdict.INCONCLUSIVE), ("PUB-01", Verdict.PASS))
    tests = judged_tests([Outcome(id_, f"test of {id_}", verdict) for id_, verdict in verdicts], frozenset())

    assert tests.area_of == {"test of DEV-07": "DEV", "test of PUB-01": "PUB"}


def linked(run: Run, test: str) -> Exchange:
    """Add a page and the next page that it links to; return the second exchange."""
    run.exchange(LISTING, response=Response(200, (("Link", '<?page=2>; rel="next"'),)), test=test)
    first = run.exchanges[-1]
    run.exchange(LISTING, request=replace(first.request, url=f"{first.request.url}?page=2"), test=test)
    run.exchanges[-2:] = [replace(each, origin=Origin.SCENARIO) for each in run.exchanges[-2:]]
    return run.exchanges[-1]


def test_a_page_that_was_reached_by_a_link_is_a_separate_step(run):
    followed = linked(run, "paged")

    assert str(steps_of(run.exchanges)[followed.id]) == f"{LISTING} 200, the next page"


def test_a_later_page_that_was_not_reached_by_a_link_is_not_a_next_page(run):
    followed = linked(run, "paged")
    run.exchanges.append(replace(followed, id="main-999", test="another"))

    assert str(steps_of(run.exchanges)["main-999"]) == f"{LISTING} 200"


def test_an_exchange_outside_of_the_contract_is_not_a_step(run):
    run.exchange("", test="of one", request=run.exchanges[0].request)

    assert run.exchanges[-1].id not in steps_of(run.exchanges)
