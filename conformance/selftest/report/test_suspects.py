"""Where findings meet: the step that failing tests share is named, and what every test does is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model import Exchange, Origin, Response
from conformance.report.analysis.suspects import Step, Suspect, steps_of, suspects
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
    return list(suspects(run.exchanges, steps_of(run.exchanges), frozenset(failed)))


def test_the_step_that_failures_share_comes_first(run):
    first, second = suspected(run, FAILED)

    assert first == Suspect(Step(REMOVAL, "204", is_next=False), failed=3, taken=3, likeness=1.0)
    assert (str(second.step), second.failed, second.taken) == (f"{LISTING} 200", 3, 6)


def test_another_status_is_another_step(run):
    run.exchange(REMOVAL, 404, test="of nobody")

    assert suspected(run, FAILED)[0].taken == 3


def test_the_story_of_one_test_is_no_pattern(run):
    assert suspected(run, {"of one"}) == []


def test_what_hundreds_did_without_harm_is_not_suspected(run):
    for number in range(300):
        run.exchange(LISTING, test=f"harmless {number}")

    assert [str(each.step) for each in suspected(run, FAILED)] == [f"{REMOVAL} 204"]


def test_who_has_no_finding_suspects_nobody(run):
    assert suspected(run, set()) == []


def linked(run: Run, test: str) -> Exchange:
    """A page and the one that it leads to."""
    run.exchange(LISTING, response=Response(200, (("Link", '<?page=2>; rel="next"'),)), test=test)
    first = run.exchanges[-1]
    run.exchange(LISTING, request=replace(first.request, url=f"{first.request.url}?page=2"), test=test)
    run.exchanges[-2:] = [replace(each, origin=Origin.SCENARIO) for each in run.exchanges[-2:]]
    return run.exchanges[-1]


def test_a_page_that_a_link_led_to_is_a_step_of_its_own(run):
    followed = linked(run, "paged")

    assert str(steps_of(run.exchanges)[followed.id]) == f"{LISTING} 200, the next page"


def test_who_asks_for_a_later_page_without_being_led_there_follows_nothing(run):
    followed = linked(run, "paged")
    run.exchanges.append(replace(followed, id="main-999", test="another"))

    assert str(steps_of(run.exchanges)["main-999"]) == f"{LISTING} 200"


def test_what_is_outside_of_the_contract_is_no_step(run):
    run.exchange("", test="of one", request=run.exchanges[0].request)

    assert run.exchanges[-1].id not in steps_of(run.exchanges)
