"""No check judges by a part of an exchange that was not recorded: less evidence never makes another finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.checks import Checks
from conformance.contract import load
from conformance.model import JSON, Exchange, Headers, Part, lines_of
from conformance.proof.answers import ANSWERS
from conformance.proof.recordings import exchanges, read
from conformance.selftest.checks.test_all_checks import TRIALS
from conformance.selftest.checks.trials import BENCH
from conformance.selftest.harness.exchanges import HISTORY, listing, refused, with_line, without_line

ALL = {
    each.id: each
    for trial in TRIALS
    for each in (*trial.valid, *trial.altered.values(), *trial.beside.values())
    if each.response
}
RECORDED = [each for recording in read(ANSWERS) for each in exchanges(recording, load()) if each.response]


def partial(exchange: Exchange) -> Iterator[Exchange]:
    """The exchange as recorders would leave it that lose one of its parts."""
    request, response = exchange.request, exchange.response
    lost = {
        Part.RESPONSE_BODY: {"response": replace(response, body=b"")},
        Part.REQUEST_BODY: {"request": replace(request, body=b"")},
        Part.REQUEST_HEADERS: {"request": replace(request, headers=())},
        Part.HEADER_LINES: {"response": replace(response, headers=joined(response.headers))},
        Part.CREDENTIALS: {"request": replace(request, headers=struck(request.headers))},
    }
    for part, changes in lost.items():
        yield replace(exchange, unrecorded=(part,), **changes)
    for name in {name.lower() for name, _ in response.headers}:
        kept = tuple(line for line in response.headers if line[0].lower() != name)
        yield replace(exchange, unrecorded=(Part.RESPONSE_HEADERS,), response=replace(response, headers=kept))
    yield replace(exchange, unrecorded=(Part.RESPONSE_HEADERS,), response=replace(response, headers=()))


def joined(headers: Headers) -> Headers:
    names = dict.fromkeys(name.lower() for name, _ in headers)
    return tuple((name, ", ".join(lines_of(headers, name))) for name in names)


def struck(headers: Headers) -> Headers:
    others = [line for line in headers if line[0].lower() != "authorization"]
    return (*others, *([("Authorization", "Bearer <secret:full>")] if len(others) < len(headers) else []))


@pytest.mark.parametrize(
    "whole",
    [pytest.param(each, id=f"{number}: {each.id}") for number, each in enumerate((*ALL.values(), *RECORDED))],
)
def test_less_evidence_never_makes_another_finding(whole):
    before = {each.requirement for each in BENCH.judge(whole).findings}

    for less in partial(whole):
        result = BENCH.judge(less)
        more = {each.requirement for each in result.findings} - before
        assert more == set(), less.unrecorded


def test_a_check_that_needs_a_lost_part_is_not_asked_and_others_are():
    page = listing(HISTORY)
    asked = set(BENCH.judge(page).applicable)
    without = set(BENCH.judge(replace(page, unrecorded=(Part.RESPONSE_BODY,))).applicable)

    assert {"RSP-01", "RSP-04", "PAG-20", "RSP-12"} & asked - without == {"RSP-01", "RSP-04", "RSP-12"} & asked
    assert {"HDR-01", "HDR-02", "RSP-03", "PAG-01"} <= without


def test_a_header_that_may_have_been_left_out_is_no_finding():
    missing = without_line(listing(HISTORY), "Link")

    assert "HDR-01" in {each.requirement for each in BENCH.judge(missing).findings}
    assert "HDR-01" not in BENCH.judge(replace(missing, unrecorded=(Part.RESPONSE_HEADERS,))).applicable


def test_what_a_request_asked_for_is_unknown_without_all_of_its_headers():
    mute = listing(HISTORY, accept="", media="application/x-msgpack")
    lost = replace(mute, unrecorded=(Part.REQUEST_HEADERS,))

    assert "RSP-07" in {each.requirement for each in BENCH.judge(mute).findings}
    assert "RSP-07" not in BENCH.judge(lost).applicable


def test_links_in_one_line_are_no_finding_where_a_recorder_may_have_joined_them():
    line = '<./stats?a=1>; rel="first", <./stats?b=1>; rel="current"'
    page = with_line(without_line(listing("GET /stats"), "Link"), "Link", line)

    assert "PAG-23" in {each.requirement for each in BENCH.judge(page).findings}
    assert "PAG-23" not in BENCH.judge(replace(page, unrecorded=(Part.HEADER_LINES,))).applicable


def test_a_struck_secret_is_judged_neither_by_its_value_nor_by_its_form():
    checks = Checks(load("all"))
    leak = refused(message="the key is app.key:a-very-secret-secret", code=40101, statusCode=401)
    sent = replace(leak.request, headers=(("Accept", JSON), ("Authorization", "Basic <secret:full>")))
    lost = replace(leak, request=sent, unrecorded=(Part.CREDENTIALS,))

    assert not {"SEC-01", "SEC-02"} & set(checks.judge(lost).applicable)
    assert "ERR-22" in checks.judge(lost).applicable
