"""Generated cases are seeded, cover every operation and format, and are valid unless they state a defect."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib import import_module
from urllib.parse import parse_qsl, urlencode

import pytest

from conformance.cases.binding import CaseFixtures, bind
from conformance.cases.case import Case, examples, is_breakable
from conformance.cases.generator import WHOLE_FROM, Generator
from conformance.cases.seed import derived_seed
from conformance.checks.schemas import Judge
from conformance.contract import Operation, load
from conformance.model import FORM, JSON, MSGPACK, Call, Json, Origin
from conformance.names import Names
from conformance.wire.codec import NOTHING, decode

CONTRACT = load("all")
JUDGE = Judge(CONTRACT.document, CONTRACT.published)
FORMATS = ("msgpack", "html", "cases")
SEED, FEW = 7, 2
FIXTURES = CaseFixtures(
    "app123.key456", lambda: 1_600_000_000_000, lambda: "conf-channel", "persisted:conf-presence", lambda: "conf-device"
)
QUICK = ("GET /stats", "POST /push/channelSubscriptions", "PATCH /push/deviceRegistrations/{device_id}")
"""Operations that are quick to draw for: with parameters, with alternative bodies, and with nested bodies."""


def kinds_of(operation: Operation) -> list[Origin]:
    return [Origin.COVERAGE, Origin.VALID, *([Origin.INVALID] if is_breakable(operation) else [])]


@pytest.fixture(scope="module")
def drawn() -> dict[tuple[str, Origin], tuple[Case, ...]]:
    """The cases of a small run, by operation and kind."""
    generator = Generator(CONTRACT, SEED, FEW, FORMATS)
    return {
        (operation.label, kind): generator.cases(operation.label, kind)
        for operation in CONTRACT.operations
        for kind in kinds_of(operation)
    }


@pytest.fixture(scope="module")
def bound(drawn) -> list[tuple[Case, Call]]:
    names = Names("conf-7f3a-main")
    return [(case, bind(case, FIXTURES, names)) for cases in drawn.values() for case in cases]


# Every operation -----------------------------------------------------------------------------------------------------


def test_every_operation_has_cases_of_each_possible_kind(drawn):
    assert [pair for pair, cases in drawn.items() if not cases] == []
    assert {label for label, _ in drawn} == {operation.label for operation in CONTRACT.operations}


def test_only_operations_without_constraints_have_no_invalid_case():
    assert {each.label for each in CONTRACT.operations if not is_breakable(each)} == {
        "GET /time",
        "GET /channels/{channel_id}",
        "GET /push/deviceRegistrations/{device_id}",
        "GET /push/deviceRegistrations/{device_id}/resetUpdateToken",
        "DELETE /push/deviceRegistrations/{device_id}",
    }


def test_every_operation_is_requested_in_every_response_format(drawn):
    for operation in CONTRACT.operations:
        asked = {(case.accept, dict(case.query).get("format")) for case in drawn[operation.label, Origin.VALID]}
        assert {("*/*", "html"), ("*/*", "jsonp"), ("*/*", "json"), (JSON, None), (MSGPACK, None)} <= asked


def test_every_operation_is_sent_in_every_request_format(drawn):
    for operation in CONTRACT.operations:
        sent = {case.send_as for kind in kinds_of(operation) for case in drawn[operation.label, kind]}
        assert {each.media_type for each in operation.bodies} - {FORM} <= sent


def test_formats_that_a_target_does_not_offer_are_not_used():
    generator = Generator(CONTRACT, SEED, FEW, ("cases",))

    cases = [case for label in QUICK for case in generator.cases(label, Origin.VALID)]

    assert {case.accept for case in cases} == {JSON, "*/*"}
    assert {dict(case.query).get("format", "json") for case in cases} == {"json"}
    assert {case.send_as for case in cases} <= {JSON, FORM}


def test_every_example_of_the_contract_is_sent_unchanged():
    published = [
        (operation.label, body.example)
        for operation in CONTRACT.operations
        for body in operation.bodies
        if body.example is not None
    ]
    sent = [(case.operation.label, case.body) for each in CONTRACT.operations for case in examples(each)]

    assert all(pair in sent for pair in published)
    assert published


# Valid and invalid cases ---------------------------------------------------------------------------------------------


def deviations(case: Case, call: Call) -> list[Json]:
    """Deviations of the request as sent from the corrected contract."""
    query = parse_qsl(urlencode(call.query), keep_blank_values=True)
    found = [each for name, text in query for each in JUDGE.parameter_findings(case.operation, name, text)]
    kind = dict(call.headers).get("Content-Type", "")
    if kind in {JSON, MSGPACK}:
        found += JUDGE.request_findings(case.operation, kind, decode(kind, call.body).value)
    return found


def test_a_valid_case_conforms_to_the_corrected_contract_as_sent(bound):
    broken = [(call.operation, found) for case, call in bound if not case.defect and (found := deviations(case, call))]

    assert broken == []


def test_a_valid_case_has_no_duplicate_parameter(bound):
    twice = [call.query for case, call in bound if not case.defect and len(dict(call.query)) < len(call.query)]

    assert twice == []


def test_only_an_invalid_case_states_a_defect(drawn):
    invalid = [case for (_, kind), cases in drawn.items() if kind is Origin.INVALID for case in cases]

    assert all(case.defect for case in invalid)
    assert not any(case.defect for (_, kind), cases in drawn.items() if kind is Origin.VALID for case in cases)


def test_most_invalid_cases_violate_the_contract_as_sent(bound):
    """Parameters are sent as texts, so some defects vanish on the wire; checks skip those requests."""
    invalid = [(case, call) for case, call in bound if case.defect and dict(call.headers).get("Content-Type") != FORM]

    breaking = [call for case, call in invalid if deviations(case, call)]

    assert len(breaking) > len(invalid) / 2


def test_an_invalid_body_is_sent_unchanged(bound):
    for case, call in bound:
        kind = dict(call.headers).get("Content-Type", "")
        if case.defect and kind == JSON and case.body is not NOTHING:
            assert decode(JSON, call.body).value == case.body


# Credentials and names -----------------------------------------------------------------------------------------------


def test_no_case_has_credentials(bound):
    assert {name for _, call in bound for name, _ in call.headers} == {"Accept", "Content-Type"}
    assert not {name.lower() for _, call in bound for name, _ in call.query} & {
        "key",
        "access_token",
        "accesstoken",
    }


def test_every_write_has_a_fresh_name_of_the_run(bound):
    paths = [call.path for case, call in bound if call.method == "PUT" or ("/messages" in call.path and call.body)]

    assert all("conf-7f3a-main" in path for path in paths)
    assert len(set(paths)) == len(paths)


def test_every_path_is_filled(bound):
    assert [call.path for _, call in bound if "{" in call.path or "//" in call.path] == []


# The seed ------------------------------------------------------------------------------------------------------------


def digest(cases: list[Case]) -> str:
    facts = [(case.origin, case.query, case.body, case.defect, case.send_as, case.accept) for case in cases]
    return hashlib.sha256(repr(facts).encode("utf-8", "backslashreplace")).hexdigest()


def some(seed: int) -> list[Case]:
    generator = Generator(CONTRACT, seed, FEW, FORMATS)
    kinds = (Origin.COVERAGE, Origin.VALID, Origin.INVALID)
    return [case for label in QUICK for kind in kinds for case in generator.cases(label, kind)]


def test_the_same_seed_draws_the_same_cases_in_any_process():
    """Processes differ in the order of sets and in the modules that are loaded."""
    import_module("conformance.reference.server")
    program = "from conformance.selftest.cases.test_generator import *; print(digest(some(SEED)))"
    here = digest(some(SEED))

    there = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert there.stdout.strip() == here


def test_another_seed_draws_other_cases():
    label = "PATCH /push/deviceRegistrations/{device_id}"
    first, second = (Generator(CONTRACT, seed, 6, FORMATS).cases(label, Origin.VALID) for seed in (7, 8))

    assert digest(list(first)) != digest(list(second))


def test_coverage_is_thinned_with_few_examples_and_whole_with_many():
    few, many = (
        Generator(CONTRACT, SEED, number, FORMATS).cases("POST /push/publish", Origin.COVERAGE)
        for number in (WHOLE_FROM - 1, WHOLE_FROM)
    )

    assert len(few) <= 4 * (WHOLE_FROM - 1) < len(many)
    assert {each.defect for each in few} <= {each.defect for each in many}


def test_with_many_examples_each_case_is_sent_in_every_format():
    """And in every request format, at least one of which goes with another format of the answer."""
    cases = Generator(CONTRACT, SEED, WHOLE_FROM, FORMATS).cases("POST /push/publish", Origin.COVERAGE)
    asked: dict[str, list[str]] = {}
    sent: dict[str, set[str]] = {}
    for case in cases:
        same = repr((case.body, [pair for pair in case.query if pair[0] != "format"], case.defect))
        asked.setdefault(same, []).append(dict(case.query).get("format", case.accept).rpartition("/")[2])
        sent.setdefault(same, set()).add(case.send_as)

    assert {frozenset(each) for each in asked.values()} <= {
        frozenset({"json", "x-msgpack", "html"}),
        frozenset({"json", "msgpack", "jsonp"}),
        frozenset({"json", "x-msgpack", "html", "msgpack", "jsonp"}),
    }
    assert sum(sent[same] == {JSON, MSGPACK} for same in sent) > 0.9 * len(sent)


def test_a_body_that_media_types_share_is_drawn_once():
    cases = Generator(CONTRACT, SEED, WHOLE_FROM, ("msgpack", "cases")).cases("POST /push/publish", Origin.COVERAGE)

    drawn = [repr((case.body, case.query, case.defect, case.accept, case.send_as)) for case in cases]

    assert len(set(drawn)) > 0.95 * len(drawn)


def test_the_cases_of_an_operation_do_not_depend_on_earlier_draws():
    label = "GET /stats"
    alone = Generator(CONTRACT, SEED, FEW, FORMATS)
    after = Generator(CONTRACT, SEED, FEW, FORMATS)
    after.cases("POST /push/channelSubscriptions", Origin.VALID)

    assert digest(list(alone.cases(label, Origin.VALID))) == digest(list(after.cases(label, Origin.VALID)))


def test_a_derived_seed_is_stable_across_versions():
    """The seed of an earlier report still reproduces its run."""
    assert derived_seed(7, "GET /time", "valid") == 1_375_349_385
    assert derived_seed(7, "GET /time", "invalid") != derived_seed(8, "GET /time", "invalid")


def test_drawing_writes_no_file(tmp_path, monkeypatch):
    """A database of examples could store secrets."""
    monkeypatch.chdir(tmp_path)

    Generator(CONTRACT, SEED, FEW, FORMATS).cases("GET /stats", Origin.VALID)

    assert list(tmp_path.iterdir()) == []
