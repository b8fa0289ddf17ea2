"""GEN: sends the requests generated for each operation: examples, coverage, random valid and random invalid ones.

The checks judge the responses. The test itself asserts that every request gets a response.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from conformance.cases.binding import CaseFixtures, bind
from conformance.cases.case import Case, examples, is_breakable
from conformance.errors import ForbiddenError, Inconclusive
from conformance.model import MUST, Clause, Origin
from conformance.requirement import EVERY_OPERATION, requirement
from conformance.run.registration import WORKER
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import NOBODY

if TYPE_CHECKING:
    from conformance.cases.generator import Generator


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each operation of the contract of the run, and each kind of case that it can have."""
    listed = metafunc.config.stash[WORKER].contract.published_operations
    pairs = (
        *((each.label, Origin.EXAMPLES) for each in listed if any(examples(each))),
        *((each.label, kind) for each in listed for kind in (Origin.COVERAGE, Origin.VALID)),
        *((each.label, Origin.INVALID) for each in listed if is_breakable(each)),
    )
    metafunc.parametrize(("operation", "kind"), pairs, ids=[f"{label} {kind.value}" for label, kind in pairs])


@requirement(
    "GEN-05",
    MUST,
    "Every request generated from the contract gets a response",
    clause=Clause("RFC 9110 section 3.4", "a server responds to each request"),
    operations=EVERY_OPERATION,
    needs={"cases"},
)
def test_every_generated_request_gets_a_response(
    target: Target, generator: Generator, case_fixtures: CaseFixtures, operation: str, kind: Origin
) -> None:
    cases = generator.cases(operation, kind)
    unanswered, unbound = _sent(cases, case_fixtures, target)
    if unanswered:
        _require_that_the_target_still_responds(target)
    assert [_unanswered_request_of(answer) for answer in unanswered] == []
    if unbound:
        raise Inconclusive(unbound[0])


def _sent(cases: Iterable[Case], case_fixtures: CaseFixtures, target: Target) -> tuple[list[Answer], list[str]]:
    """The requests without an answer, of all cases that may be sent, each bound just before, and why others cannot be
    bound. Answers are judged and written down as they come, and not kept: there may be thousands.
    """
    unanswered, unbound, is_allowed = [], [], False
    for case in cases:
        try:
            call = bind(case, case_fixtures, target.names)
        except Inconclusive as reason:
            unbound.append(str(reason))
            continue
        if target.may_send(call):
            is_allowed = True
            answer = target.send(call)
            unanswered += [answer] if answer.exchange.response is None else []
    if not is_allowed and not unbound:
        raise ForbiddenError("the profile and the key allow none of these requests")
    return unanswered, unbound


def _unanswered_request_of(answer: Answer) -> str:
    request = answer.exchange.request
    path_and_query = urlsplit(request.url)._replace(scheme="", netloc="").geturl()
    return f"{request.method} {path_and_query}: {answer.exchange.failure}"


def _require_that_the_target_still_responds(target: Target) -> None:
    """Raises Inconclusive if it does not respond to any request, as when it was stopped during the run."""
    answer = target.get("/time", principal=NOBODY)
    if answer.exchange.response is None:
        raise Inconclusive(f"the target stopped responding during the run: {answer.exchange.failure}")
