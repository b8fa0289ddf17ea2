"""All checks together: each one has a trial, no fault hides another, and no response raises an exception."""

from __future__ import annotations

import json
from dataclasses import replace
from time import process_time

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import checks
from conformance.checks import Checks
from conformance.contract import load
from conformance.model import HTML, JAVASCRIPT, JSON, MSGPACK, Origin
from conformance.selftest.checks import (
    test_checks_errors,
    test_checks_framing,
    test_checks_generated,
    test_checks_headers,
    test_checks_pagination,
    test_checks_responses,
    test_checks_secrecy,
)
from conformance.selftest.checks.trials import BENCH, LITERAL, findings
from conformance.selftest.harness.exchanges import (
    DEVICE,
    ERROR,
    HISTORY,
    MESSAGE,
    SERVER,
    altered,
    exchange,
    listing,
    refused,
    unanswered,
    with_body,
    with_line,
    without_line,
)

AREAS = (
    test_checks_responses,
    test_checks_headers,
    test_checks_errors,
    test_checks_framing,
    test_checks_pagination,
    test_checks_generated,
    test_checks_secrecy,
)
TRIALS = tuple(trial for area in AREAS for trial in area.TRIALS)
OPERATIONS = [operation.label for operation in load("none").operations]


def test_every_check_has_a_trial():
    """A new check needs a trial in which it passes, fails and does not apply. A check that cannot fail is a defect."""
    untried = {head.id for head in checks.requirements()} - {trial.id for trial in TRIALS}

    assert untried == set(), "add a Trial to conformance/selftest/checks/test_checks_<area>.py"


def test_every_trial_belongs_to_a_check():
    assert {trial.id for trial in TRIALS} <= {head.id for head in checks.requirements()}


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.id)
def test_every_trial_has_exchanges_of_each_kind(trial):
    assert trial.valid
    assert trial.altered
    assert trial.beside


# No fault hides another ----------------------------------------------------------------------------------------------


def test_a_status_a_header_and_a_body_that_are_wrong_are_three_findings():
    """Validators stop at the first fault, so that an invalid header hides the body."""
    page = with_line(with_body(listing(), [{**MESSAGE, "name": 5}]), "Link", "nonsense")

    found = findings(altered(page, status=202))

    assert {"RSP-03", "HDR-02", "RSP-01"} <= set(found)


@pytest.mark.parametrize("media", [JSON, MSGPACK])
def test_all_faults_of_one_response_are_found(media):
    broken = with_body(refused(HISTORY, media=media), {"error": {**ERROR, "code": "x", "statusCode": 400}})
    broken = with_line(without_line(broken, "x-ably-errormessage"), "Content-Type", "text/html")

    found = findings(broken)

    assert {"ERR-02", "ERR-03", "ERR-04", "ERR-22", "HDR-01"} <= set(found)


def test_the_default_response_of_the_contract_does_not_accept_every_status():
    """Every operation has a `default` response, so a check for documented statuses could never fail."""
    for label in OPERATIONS:
        judged = BENCH.judge(exchange(label, 299, lines=(SERVER,)))
        assert "RSP-03" in judged.applicable
        assert "RSP-03" in {each.requirement for each in judged.findings}


def test_a_body_with_a_syntax_error_is_still_judged_by_its_schema():
    body = json.dumps([{**MESSAGE, "name": 5}]).encode().replace(b"[{", b'[{"id": "x", ')

    assert {"RSP-06", "RSP-01"} <= set(findings(altered(listing(), body=body)))


# Findings ------------------------------------------------------------------------------------------------------------


def test_every_finding_names_its_requirement_operation_exchange_and_test():
    made = replace(with_body(listing(), [5]), test="test_x")

    (found,) = findings(made)["RSP-01"]

    assert (found.requirement, found.operation, found.exchanges, found.test) == (
        "RSP-01",
        HISTORY,
        (made.id,),
        "test_x",
    )


def test_an_exchange_without_a_response_is_not_judged():
    judged = BENCH.judge(unanswered())

    assert (judged.findings, judged.applicable) == ((), ())


def test_requirements_out_of_scope_are_not_judged():
    checks = Checks(load("all"), lambda head: head.id != "RSP-01")

    judged = checks.judge(with_body(listing(), [5]))

    assert "RSP-01" not in judged.applicable
    assert "RSP-01" not in {each.requirement for each in judged.findings}


def test_the_contract_without_errata_judges_differently():
    """As published, the response of the list of devices is one device; an erratum corrects it."""
    devices = exchange("GET /push/deviceRegistrations", body=[DEVICE], lines=(SERVER,))

    assert "RSP-01" not in findings(devices)
    assert "RSP-01" in findings(devices, LITERAL)


def test_the_same_exchange_is_judged_the_same_way():
    page = with_line(with_line(listing(), "Link", '<./x?a=1>; rel="z y x w"'), "Link", "nonsense")

    assert BENCH.judge(page) == Checks(load("all")).judge(page)


# Arbitrary responses -------------------------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*MESSAGE, *DEVICE, *ERROR, "error", "push", "recipient"]), inner, max_size=4)
    ),
    max_leaves=10,
)
PACKED = st.recursive(
    st.none() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=4) | st.text(max_size=4) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.integers(0, 3) | st.binary(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
).map(msgpack.packb)
BODIES = st.one_of(
    st.tuples(st.just(JSON), ANYTHING.map(lambda value: json.dumps(value).encode())),
    st.tuples(st.just(MSGPACK), PACKED),
    st.tuples(st.sampled_from([JSON, MSGPACK, HTML, JAVASCRIPT, "text/plain"]), st.binary(max_size=40)),
)
LINES = st.lists(
    st.tuples(
        st.sampled_from(
            ["Link", "x-ably-errorcode", "X-Ably-ErrorMessage", "x-ably-serverid", "Content-Length", "Server"]
        ),
        st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=12),
    ),
    max_size=4,
)


@given(
    label=st.sampled_from([*OPERATIONS, "", "HEAD /time"]),
    status=st.sampled_from([200, 201, 204, 299, 304, 400, 401, 404, 429, 500, 503]),
    body=BODIES,
    lines=LINES,
    accept=st.sampled_from([JSON, MSGPACK, "*/*", "text/html", ""]),
    origin=st.sampled_from(Origin),
)
def test_no_response_makes_a_check_raise(label, status, body, lines, accept, origin):
    media, raw = body

    judged = BENCH.judge(exchange(label, status, raw, media=media, lines=tuple(lines), accept=accept, origin=origin))

    for found in judged.findings:
        texts = [
            getattr(found, name) for name in ("expected", "received", "pointer", "at", "as_published", "fingerprint")
        ]
        assert all(isinstance(text, str) for text in texts)
        assert found.expected
        assert found.received
    assert {found.requirement for found in judged.findings} <= set(judged.applicable)


@pytest.mark.parametrize(
    "body",
    [
        b"/a" * 30_000,
        b"at " + b"a." * 30_000,
        b'File "' * 10_000,
        b"[" * 60_000,
        b'{"error":{"message":"' + b"x" * 60_000,
    ],
)
def test_every_response_is_judged_within_two_seconds(body):
    before = process_time()

    BENCH.judge(altered(refused(), body=body))

    assert process_time() - before < 2
