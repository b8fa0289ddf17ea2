"""The header of a journal reads back as it was written, and journals of format 1 are still read."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.evidence.header import clause_record, header_of, record_of, waiver_record
from conformance.evidence.journal import FORMAT, read
from conformance.model import (
    MUST,
    SHOULD,
    Clause,
    ContractFacts,
    ErratumFacts,
    GateSettings,
    Level,
    OperationFacts,
    ProfileFacts,
    Requirement,
    RunHeader,
    ScopedRequirement,
    Selection,
    Verdict,
    Waiver,
)
from conformance.series import LoadStep, Recurrence, Soak
from conformance.verdict.judge import judge

FORMAT_1 = Path(__file__).parent / "format-1"
"""Journals that the version before format 2 wrote, shortened: a run of a mutant, and one whose target was down."""

UNREGISTER = "DELETE /push/deviceRegistrations/{device_id}"
FULL = RunHeader(
    run="7f3a99",
    worker="gw0",
    workers=("controller", "gw0", "gw1"),
    suite="0.1.0",
    started=1_795_000_000.25,
    url="https://host:8443/base",
    profile=ProfileFacts("mine", "my own", "repairs", "namespaced", ("push", "state"), 3),
    contract=ContractFacts("Platform API", "1.1.0", "75" * 32),
    errata=(ErratumFacts("E-001", "repairs", "because", "ably/docs", ("#/info", "#/paths"), (2, 40)),),
    seed=7,
    selection="only -k 'DEV'",
    blockers=("connection refused", "the key is rejected"),
    operations=(OperationFacts(UNREGISTER, "#/paths/~1push", 881, "Unregister a device"),),
    requirements=(
        ScopedRequirement(
            Requirement("DEV-07", MUST, "Unregistering deletes", Clause("#/paths/~1push", "will be"), (UNREGISTER,)),
            884,
        ),
        ScopedRequirement(
            Requirement("HIS-04", SHOULD, "Newest first", Clause("ably/docs rest-api", "the default is backwards")),
            out_of_scope="the profile mine leaves it out",
            file="conformance/suite/channels/test_history.py",
        ),
    ),
    gate=GateSettings((Level.MUST, Level.SHOULD), "passes", ("0123456789ab", "DEV-07 GET /time")),
    waivers=(Waiver("DEV-07", "known", "https://issues.example/1", date(2026, 12, 31), UNREGISTER, "us", "ab" * 6),),
    reproduce="ably-conformance run --profile mine --seed 7",
    tests=("conformance/suite/push/test_a.py::test_x[1]", "conformance/suite/test_b.py::test_y"),
    deselected=("conformance/suite/test_c.py::test_z",),
    catalogue=643,
    circumstances=("the key may only publish on team:*",),
    chosen=Selection("DEV", "slow", ("test_a.py",), ("test_b.py",), ("2/4",), ("traffic.har",), (50.0, 100.5)),
    labels=(("commit", "4f2a91c"), ("region", "eu")),
    soak=Soak(
        12, "ably-conformance run --profile mine", (Recurrence("DEV-07", 3, 9), Recurrence("0123456789ab", 1, 18))
    ),
    load=(LoadStep(50.0, 49.5, 30.0, 1485, 150, 3, 2, 4.1, 37.0, (("RSP-03", 12),), 41.5, is_whole=False),),
)

TEXT = st.text(max_size=12)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
NUMBERS = st.integers(0, 2**31)
REQUIREMENTS = st.builds(
    Requirement,
    id=TEXT,
    level=st.sampled_from(Level),
    title=TEXT,
    clause=st.builds(Clause, pointer=TEXT | TEXT.map("#/{}".format), text=TEXT),
    operations=TEXTS,
    needs=st.just(frozenset()),
)
HEADERS = st.builds(
    RunHeader,
    run=TEXT,
    worker=TEXT,
    workers=TEXTS,
    suite=TEXT,
    started=st.floats(0, 2**40),
    url=TEXT,
    profile=st.builds(ProfileFacts, TEXT, TEXT, TEXT, TEXT, TEXTS, NUMBERS),
    contract=st.builds(ContractFacts, TEXT, TEXT, TEXT),
    errata=st.lists(
        st.builds(ErratumFacts, TEXT, TEXT, TEXT, TEXT, TEXTS, st.lists(NUMBERS, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    seed=NUMBERS,
    selection=TEXT,
    blockers=TEXTS,
    operations=st.lists(st.builds(OperationFacts, TEXT, TEXT, NUMBERS, TEXT), max_size=2).map(tuple),
    requirements=st.lists(st.builds(ScopedRequirement, REQUIREMENTS, NUMBERS, TEXT, TEXT), max_size=2).map(tuple),
    gate=st.builds(GateSettings, st.lists(st.sampled_from(Level), max_size=3).map(tuple), TEXT, TEXTS),
    waivers=st.lists(st.builds(Waiver, TEXT, TEXT, TEXT, st.dates(), TEXT, TEXT, TEXT), max_size=2).map(tuple),
    reproduce=TEXT,
    tests=TEXTS,
    deselected=TEXTS,
    catalogue=NUMBERS,
    chosen=st.builds(Selection, TEXT, TEXT, TEXTS, TEXTS, TEXTS),
    labels=st.dictionaries(TEXT, TEXT, max_size=3).map(lambda labels: tuple(labels.items())),
    soak=st.none()
    | st.builds(Soak, NUMBERS, TEXT, st.lists(st.builds(Recurrence, TEXT, NUMBERS, NUMBERS), max_size=2).map(tuple)),
)


def written(header: RunHeader) -> dict:
    """The record as it stands in a journal."""
    return json.loads(json.dumps(record_of(header)))


def records(name: str) -> list[dict]:
    return [json.loads(line) for line in (FORMAT_1 / name).read_text(encoding="utf-8").splitlines()]


# Format 2 ------------------------------------------------------------------------------------------------------------


def test_a_header_with_every_member_reads_back():
    unset = [each.name for each in fields(FULL) if not getattr(FULL, each.name)]

    assert unset == []
    assert header_of(written(FULL)) == FULL


@given(HEADERS)
def test_any_header_reads_back(header):
    assert header_of(written(header)) == header


def test_the_members_of_a_header_have_their_names_of_format_2():
    record = written(FULL)

    assert FORMAT == 2
    assert record["target"] == {"url": FULL.url}
    assert record["blockers"] == list(FULL.blockers)
    assert record["gate"]["levels"] == ["must", "should"]
    assert record["waivers"][0]["until"] == "2026-12-31"
    assert record["requirements"][0]["clause"] == {
        "pointer": "#/paths/~1push",
        "text": "will be",
        "is_verbatim": True,
        "line": 884,
    }
    assert not {"url", "trouble"} & set(record)


@pytest.mark.parametrize(("pointer", "is_verbatim"), [("#/paths", True), ("ably/docs rest-api", False)])
def test_only_a_clause_in_the_contract_is_recorded_as_verbatim(pointer, is_verbatim):
    assert clause_record(Clause(pointer, "text"), 1)["is_verbatim"] is is_verbatim


def test_a_waiver_is_recorded_with_its_last_day_as_text():
    assert waiver_record(FULL.waivers[0])["until"] == "2026-12-31"


@pytest.mark.parametrize("lost", ["worker", "started", "target", "profile", "contract"])
def test_a_record_that_is_not_a_header_is_rejected(lost):
    record = written(FULL)
    del record[lost]

    with pytest.raises(KeyError, match=lost):
        header_of(record)


def test_members_that_a_header_may_omit_have_defaults():
    needed = ("worker", "started", "target", "profile", "contract")
    record = {name: member for name, member in written(FULL).items() if name in needed}

    assert header_of(record) == RunHeader("", "gw0", (), "", FULL.started, FULL.url, FULL.profile, FULL.contract)


# Format 1 ------------------------------------------------------------------------------------------------------------


def test_a_journal_of_format_1_is_read_whole():
    found = read([FORMAT_1 / "judged.jsonl"])

    kinds = Counter(record["kind"] for record in records("judged.jsonl"))
    assert found.cut == ()
    assert found.header.workers == ("director", "main")
    assert (len(found.exchanges), len(found.outcomes)) == (kinds["exchange"], kinds["outcome"])
    assert [(each.requirement, each.verdict) for each in found.outcomes] == [
        ("DEV-07", Verdict.FAIL),
        ("TIM-01", Verdict.PASS),
    ]
    assert found.opportunities["RSP-01", "GET /time"] == 1


def test_the_quote_of_format_1_is_the_text_of_a_clause():
    scoped = {each.requirement.id: each for each in read([FORMAT_1 / "judged.jsonl"]).header.requirements}

    assert scoped["DEV-07"].requirement.clause == Clause(
        "#/paths/~1push~1deviceRegistrations~1{device_id}/delete/description",
        "All its subscriptions for receiving push notifications through channels will also be deleted.",
    )
    assert scoped["DEV-07"].line == 884
    assert scoped["AUT-01"].out_of_scope == "not selected"


def test_the_trouble_of_format_1_blocks_the_run():
    found = read([FORMAT_1 / "blocked.jsonl"])

    (blocker,) = found.header.blockers
    assert blocker == records("blocked.jsonl")[0]["trouble"][0]
    assert judge(found).sentence == f"inconclusive: {blocker}, 0 waived"


def test_a_finding_of_format_1_keeps_its_fingerprint():
    """A baseline or a waiver of that time names it."""
    (finding,) = read([FORMAT_1 / "judged.jsonl"]).findings

    assert finding.subject == ""
    assert finding.fingerprint == "5aaf4f3b0a4d"


def test_a_journal_of_format_1_is_judged_as_it_was():
    judgement = judge(read([FORMAT_1 / "judged.jsonl"]))

    assert {row.id: row.verdict for row in judgement.rows} == {
        "AUT-01": Verdict.NONE,
        "DEV-07": Verdict.FAIL,
        "RSP-01": Verdict.PASS,
        "TIM-01": Verdict.PASS,
    }


def test_a_journal_of_format_1_written_anew_has_the_names_of_format_2():
    old = header_of(records("blocked.jsonl")[0])

    assert header_of(written(replace(old, selection="only -k x"))).blockers == old.blockers
