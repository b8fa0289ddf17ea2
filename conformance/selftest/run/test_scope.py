"""Paths, requirements and writes that a profile leaves out are neither requested nor judged."""

from __future__ import annotations

import pytest
import requests

from conformance import catalogue
from conformance.contract import load
from conformance.errors import UsageError
from conformance.model import FORM, MSGPACK, MUST, Clause, Requirement
from conformance.paths import PROFILES
from conformance.profile import FEATURES, Profile, parse, refuse_unknown_scope
from conformance.profile import load as load_profile
from conformance.run.scope import may_ask, out_of_scope
from conformance.selftest.harness.runs import Run, suite
from conformance.target.embedded import reference_server

LABELS = [each.label for each in load("none").operations]
IDS = ["TIM-01", "DEV-07", "DEV-08"]
UNREGISTER, TIME = "DELETE /push/deviceRegistrations/{device_id}", "GET /time"
QUICK = ("--seed", "7", "--examples", "1", "-k", "generated or AUT-0 or AUT-32 or TIM or DEV-0")


def profile(**sections) -> Profile:
    return parse("mine", sections)


def head(id_: str = "DEV-07", *operations: str) -> Requirement:
    return Requirement(id_, MUST, "something holds", Clause("RFC 9110", ""), operations)


# Which requirements --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ({}, IDS),
        ({"only": ["TIM"]}, ["TIM-01"]),
        ({"only": ["TIM", "DEV-08"]}, ["TIM-01", "DEV-08"]),
        ({"without": ["DEV"]}, ["TIM-01"]),
        ({"only": ["DEV"], "without": ["DEV-08"]}, ["DEV-07"]),
    ],
)
def test_a_scope_names_areas_and_requirements(scope, left):
    chosen = profile(scope=scope)

    assert [id_ for id_ in IDS if not out_of_scope(head(id_), chosen)] == left


def test_a_requirement_that_is_left_out_names_the_profile():
    assert out_of_scope(head(), profile(scope={"only": ["TIM"]})) == "the profile mine leaves it out"


def test_a_requirement_that_uses_any_name_is_left_out_of_a_shared_application():
    """A profile of the user's own that says nothing of `offers` offers everything."""
    anywhere = Requirement("ERR-10", MUST, "something holds", Clause("RFC 9110", ""), (), needs=frozenset({"any-name"}))

    assert "blast_radius" in out_of_scope(anywhere, profile(target={"blast_radius": "namespaced"}))
    assert out_of_scope(anywhere, profile(target={"blast_radius": "exclusive"})) == ""


def test_a_requirement_of_operations_that_are_not_served_is_left_out():
    chosen = profile(scope={"paths": ["/time"]})

    assert out_of_scope(head("DEV-07", UNREGISTER), chosen) == "the profile mine does not allow any of its operations"
    assert out_of_scope(head("DEV-07", UNREGISTER, TIME), chosen) == ""
    assert out_of_scope(head("RSP-01"), chosen) == ""


PUBLISH, STATS = "POST /channels/{channel_id}/messages", "GET /stats"
PRESENCE = "GET /channels/{channel_id}/presence"


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ({"operations": [TIME]}, {TIME}),
        ({"operations": [TIME], "paths": ["/stats"]}, {TIME, STATS}),
        ({"without": [TIME]}, {PUBLISH, STATS, PRESENCE, UNREGISTER}),
        ({"without": [PUBLISH, "DEV"], "paths": ["/channels"]}, {PRESENCE}),
        ({"operations": [TIME, STATS], "without": [STATS]}, {TIME}),
    ],
)
def test_operations_are_named_exactly_and_negatively(scope, left):
    chosen = profile(scope=scope)

    assert {each for each in (TIME, PUBLISH, STATS, PRESENCE, UNREGISTER) if may_ask(each, chosen)} == left


def test_a_target_without_presence_is_not_asked_for_it():
    chosen = profile(target={"offers": [each for each in FEATURES if each != "presence"]})

    assert not may_ask(PRESENCE, chosen)
    assert may_ask(PUBLISH, chosen)
    assert out_of_scope(head("PRE-01", PRESENCE), chosen) == "the profile mine does not offer presence"
    assert out_of_scope(head("PRE-01", PRESENCE, PUBLISH), chosen) == ""


def test_a_read_only_profile_allows_only_operations_that_change_nothing():
    chosen = profile(target={"blast_radius": "read-only"})

    asked = {label for label in LABELS if may_ask(label, chosen)}

    writes = {label for label in LABELS if not label.startswith("GET ")} - {"POST /keys/{keyName}/requestToken"}
    assert set(LABELS) - asked == writes | {"GET /push/deviceRegistrations/{device_id}/resetUpdateToken"}


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        ({"only": ["TIME"]}, "there is no requirement or area 'TIME'; did you mean 'TIM'?"),
        ({"without": ["DEV-99"]}, "there is no requirement or area 'DEV-99'; did you mean 'DEV-0"),
        ({"operations": ["GET /tim"]}, "operations: there is no operation 'GET /tim'; did you mean 'GET /time'?"),
        ({"without": ["GET /stat"]}, "there is no operation 'GET /stat'; did you mean 'GET /stats'?"),
        ({"only": ["GET /time"]}, "there is no requirement or area 'GET /time'; known: "),
        ({"paths": ["/channel/"]}, "paths: no operation begins with '/channel/'; did you mean '/channels'?"),
    ],
)
def test_an_unknown_name_in_a_scope_is_rejected_with_the_nearest_one(scope, sentence):
    with pytest.raises(UsageError) as refused:
        refuse_unknown_scope(profile(scope=scope), IDS, LABELS)

    assert f"profile mine: [scope] {sentence}" in str(refused.value)


@pytest.mark.parametrize("name", sorted(path.stem for path in PROFILES.glob("*.toml")))
def test_a_shipped_profile_has_a_valid_scope(name):
    refuse_unknown_scope(load_profile(name), catalogue.places(), LABELS)


# Whole runs ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Run a shipped profile against an existing application, without its limit of requests per second."""
    with reference_server() as url:
        made = requests.post(
            f"{url}/apps", json={"keys": [{}], "namespaces": [{"id": "pushenabled", "pushEnabled": True}]}
        )
        key = made.json()["keys"][0]["keyStr"]

        def run(name: str, *args: str) -> Run:
            folder = tmp_path_factory.mktemp(name)
            text = (PROFILES / f"{name}.toml").read_text().replace("requests_per_second = 20.0", "")
            own = folder / f"{name}.toml"
            own.write_text(text)
            return suite(folder, "--profile", str(own), "--target", url, *args, ABLY_API_KEY=key)

        yield run


def asked(run: Run) -> set[str]:
    return {each["operation"] for each in run.records if each["kind"] == "exchange"} - {""}


def test_a_read_only_run_sends_no_write_and_is_conformant(judged):
    run = judged("read-only", *QUICK)

    chosen = load_profile("read-only")
    assert (run.status, run.report["conclusion"]) == (0, "conformant"), run.said
    assert {label for label in asked(run) if not may_ask(label, chosen)} == set()
    assert "GET /channels/{channel_id}/messages" in asked(run)


def test_a_server_without_push_gets_no_push_request(judged):
    run = judged("pubsub", *QUICK)

    assert (run.status, run.report["conclusion"]) == (0, "conformant"), run.said
    assert {label for label in asked(run) if "/push/" in label or "/stats" in label} == set()
    assert run.verdicts["AUT-01"] == "pass"
    row = next(each for each in run.report["requirements"] if each["id"] == "AUT-01")
    assert "GET /channels/{channel_id}/messages" in row["operations"]


LEAN = """
extends = "sandbox"
[target]
offers = ["documentation", "state", "credentials", "provisioning", "push", "msgpack", "html", "any-name", "cases"]
[scope]
without = ["POST /push/publish", "GET /channels", "DELETE /push/deviceRegistrations"]
[pace]
patience = 1
"""
"""Without presence, JWTs, forms and three operations."""

MEETING_THEM = "generated or AUT-3 or TOK-8 or PRE-0 or PAG-0 or PUB-84 or RSP-4 or SUB-1 or DEV-0 or PSH-0 or STA-0"


def test_what_a_profile_leaves_out_is_never_sent_and_the_rest_is_conformant(tmp_path):
    own = tmp_path / "lean.toml"
    own.write_text(LEAN)
    with reference_server() as url:
        given = ("--profile", str(own), "--target", url, "--seed", "7", "--examples", "1", "-k", MEETING_THEM)
        run = suite(tmp_path / "reports", *given)

    assert (run.status, run.report["conclusion"]) == (0, "conformant"), run.said
    sent = [each for each in run.records if each["kind"] == "exchange"]
    assert not asked(run) & set(load_profile(str(own)).scope.without)
    assert {label for label in asked(run) if "presence" in label} == set()
    assert {each["principal"] for each in sent if "JWT" in each["principal"]} == set()
    kinds = {value for each in sent for name, value in each["request"]["headers"] if name == "Content-Type"}
    assert FORM not in kinds
    assert MSGPACK in kinds


def test_the_smoke_profile_is_small(judged):
    run = judged("smoke", "--seed", "7")

    judged_rows = [each for each in run.report["requirements"] if not each["out_of_scope"]]
    assert (run.status, run.report["conclusion"]) == (0, "conformant"), run.said
    assert 40 < len(judged_rows) < 80
    assert sum(each["kind"] == "exchange" for each in run.records) < 500
