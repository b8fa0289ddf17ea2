"""A `RunConfig` travels to the workers whole, and its keys are not written to the journal."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from conformance.contract import load
from conformance.evidence.header import record_of
from conformance.model import MUST, Clause, Requirement, Selection, Waiver
from conformance.profile import PaceSection, Profile, TargetSection
from conformance.run.config import RunConfig, run_folder
from conformance.run.header import header_for
from conformance.run.scope import out_of_scope
from conformance.target.credentials import Key

CONTRACT = load("all")
SECRET = "a-secret-without-access"
IN_CONTRACT = Clause("#/paths/~1time/get", "time")
WAIVER = Waiver("HDR-01", "known", "https://issues.example/1", date(2026, 12, 31))


def head(clause: Clause = IN_CONTRACT, *needs: str) -> Requirement:
    return Requirement("DEV-07", MUST, "A device is deleted", clause, needs=frozenset(needs))


@pytest.fixture
def run_config() -> RunConfig:
    return RunConfig(
        run="7f3a99",
        profile=Profile(
            "mine", "my own", TargetSection(offers=("push",)), pace=PaceSection(examples=3), waivers=(WAIVER,)
        ),
        url="http://127.0.0.1:1",
        seed=7,
        parent=Path("reports"),
        folder=Path("reports/x"),
        started=1_795_000_000.0,
        reproduce="ably-conformance run --seed 7",
        keys={"full": Key("app.key", SECRET)},
    )


def test_a_run_config_is_pickled_whole(run_config):
    assert pickle.loads(pickle.dumps(run_config)) == run_config


def facts_of(run_config: RunConfig, out_of_scope: str = "", worker: str = "main") -> dict:
    requirements = [(head(), out_of_scope)]
    written = header_for(
        run_config,
        CONTRACT,
        worker=worker,
        workers=(worker,),
        requirements=requirements,
        chosen=Selection(keyword="DEV-07"),
    )
    return record_of(written)


def test_the_header_has_no_key(run_config):
    facts = facts_of(run_config)

    assert SECRET not in json.dumps(facts)
    assert SECRET not in repr(run_config)


def test_the_header_has_the_facts_of_the_run(run_config):
    facts = facts_of(run_config, "not selected", "gw0")

    assert (facts["run"], facts["worker"], facts["seed"]) == ("7f3a99", "gw0", 7)
    assert (facts["target"], facts["selection"]) == ({"url": "http://127.0.0.1:1"}, "only -k 'DEV-07'")
    assert facts["contract"]["sha256"] == CONTRACT.sha256
    assert len(facts["operations"]) == len(CONTRACT.operations)
    assert len(facts["errata"]) == len(CONTRACT.errata)
    assert facts["waivers"][0]["until"] == "2026-12-31"
    (requirement,) = facts["requirements"]
    assert requirement["clause"]["line"] == CONTRACT.line(IN_CONTRACT.pointer)
    assert requirement["out_of_scope"] == "not selected"


def test_the_principals_are_those_with_a_key_and_an_unauthenticated_one(run_config):
    assert set(run_config.principals) == {"full", "nobody"}


def test_every_blocker_is_kept(run_config):
    blocked = run_config.unusable("connection refused").unusable("the key is rejected")

    assert blocked.blockers == ("connection refused", "the key is rejected")
    assert replace(blocked, blockers=()) == run_config


def test_the_folder_of_a_run_is_named_by_its_start_in_utc():
    assert run_folder(Path("reports"), "7f3a99", 1_795_000_000.0) == Path("reports/20261118T110640Z-7f3a99")


@pytest.mark.parametrize(
    ("requirement", "reason"),
    [
        (head(), ""),
        (head(IN_CONTRACT, "push"), ""),
        (head(IN_CONTRACT, "push", "state"), "the profile mine does not offer state"),
        (head(Clause("RFC 9110 section 15.6", "an error")), ""),
        (head(Clause("ably/docs rest-api", "a sentence")), "the profile mine does not offer documentation"),
        (
            head(Clause("ably/docs rest-api", "a sentence"), "html"),
            "the profile mine does not offer documentation, html",
        ),
    ],
)
def test_a_requirement_that_needs_more_than_the_profile_offers_is_out_of_scope(run_config, requirement, reason):
    assert out_of_scope(requirement, run_config.profile) == reason
