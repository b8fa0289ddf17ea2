"""GEN: every operation meets what can be made from the contract: examples, coverage, random valid and random invalid.

The checks judge each exchange; what is asserted here is what no answer can show: that there was one.
"""

from __future__ import annotations

import pytest

from conformance.cases.binding import CaseFixtures, bind
from conformance.cases.generator import Generator, examples, is_breakable
from conformance.contract import load
from conformance.errors import Inconclusive
from conformance.model import MUST, Clause, Origin
from conformance.requirement import EVERY_OPERATION, requirement
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import NOBODY

OPERATIONS = load("none").operations
ALL = (
    *((each.label, Origin.EXAMPLES) for each in OPERATIONS if any(examples(each))),
    *((each.label, kind) for each in OPERATIONS for kind in (Origin.COVERAGE, Origin.VALID)),
    *((each.label, Origin.INVALID) for each in OPERATIONS if is_breakable(each)),
)


@pytest.mark.parametrize(("operation", "kind"), ALL, ids=[f"{label} {kind.value}" for label, kind in ALL])
@requirement(
    "GEN-05",
    MUST,
    "Every request generated from the contract gets a response",
    clause=Clause("RFC 9110 section 3.4", "a server responds to each request"),
    operations=EVERY_OPERATION,
    needs={"cases"},
)
def test_every_generated_request_gets_an_answer(
    target: Target, generator: Generator, case_fixtures: CaseFixtures, operation: str, kind: Origin
) -> None:
    cases = generator.cases(operation, kind)
    calls = [bind(case, case_fixtures, target.names) for case in cases]
    answers = [target.send(call) for call in calls if target.may_send(call)]
    if not answers:
        pytest.skip("none of these requests stays within the blast radius")

    unanswered = [answer.exchange.request.url for answer in answers if answer.exchange.response is None]
    if unanswered:
        _refuse_to_judge_a_target_that_is_gone(target)
    assert unanswered == []


def _refuse_to_judge_a_target_that_is_gone(target: Target) -> None:
    answer: Answer = target.get("/time", principal=NOBODY)
    if answer.exchange.response is None:
        raise Inconclusive(f"the target went away during the run: {answer.exchange.failure}")
