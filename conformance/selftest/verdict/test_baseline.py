"""`verdict.baseline` reads the accepted findings of an earlier report.json, also of one in format 1."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.errors import UsageError
from conformance.model import Finding, Verdict
from conformance.run.options import resolve
from conformance.selftest.harness.journals import HISTORY, failing, passing
from conformance.selftest.verdict.test_gate import options
from conformance.verdict.baseline import Rewriting, is_accepted, read_baseline, rewrite_baseline
from conformance.verdict.judge import judge

TIME, STATS = "GET /time", "GET /stats"
CHECK = Finding("a header", "none", requirement="HDR-01", operation=TIME)
SCENARIO = Finding("status 200", "status 404", requirement="DEV-07", operation=TIME, subject="status")


def written(folder, *findings: Finding, **facts):
    """A report.json with these findings."""
    rows = [
        {
            "id": each.requirement,
            "findings": [{"fingerprint": each.fingerprint, "operation": each.operation, "at": each.at}],
        }
        for each in findings
    ]
    path = folder / "report.json"
    path.write_text(json.dumps({"requirements": rows, **facts}), encoding="utf-8")
    return path


def accepted(path, finding: Finding) -> bool:
    return is_accepted(finding, frozenset(read_baseline(path)))


def test_a_baseline_is_read_from_an_earlier_report(tmp_path):
    report = tmp_path / "earlier.json"
    report.write_text(json.dumps({"requirements": [{"findings": [{"fingerprint": "0123456789ab"}]}]}))
    profile = tmp_path / "mine.toml"
    profile.write_text(f'[gate]\nbaseline = "{report}"\n')

    found = resolve(options(profile))

    assert found.baseline == ("0123456789ab",)


@pytest.mark.parametrize("content", [None, "no json", "{}", "[]"])
def test_a_baseline_that_is_not_a_report_is_rejected(tmp_path, content):
    report = tmp_path / "earlier.json"
    if content is not None:
        report.write_text(content)
    profile = tmp_path / "mine.toml"
    profile.write_text(f'[gate]\nbaseline = "{report}"\n')

    with pytest.raises(UsageError, match="baseline"):
        resolve(options(profile))


@pytest.mark.parametrize("content", ["no json", "{}", "[]", '{"requirements": [{"id": "x", "findings": [{}]}]}'])
def test_a_file_that_is_not_a_report_is_a_value_error(tmp_path, content):
    path = tmp_path / "report.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ValueError, match=r"not a report\.json|Expecting value"):
        read_baseline(path)


@pytest.mark.parametrize("finding", [CHECK, SCENARIO])
def test_a_finding_of_format_2_is_accepted_by_its_fingerprint(tmp_path, finding):
    path = written(tmp_path, finding, format=2)

    assert read_baseline(path) == (finding.fingerprint,)
    assert accepted(path, finding)
    assert not accepted(path, Finding("another", "thing", requirement=finding.requirement, operation=TIME, subject="x"))


@pytest.mark.parametrize("facts", [{}, {"format": 1}])
def test_a_scenario_of_format_1_is_accepted_by_requirement_and_operation(tmp_path, facts):
    """Its fingerprint held the wording of that time."""
    old = Finding("[]", "[1]", requirement="DEV-07", operation=TIME)
    path = written(tmp_path, old, **facts)

    assert accepted(path, SCENARIO)
    assert not accepted(path, Finding("", "", requirement="DEV-07", operation=STATS, subject="status"))
    assert not accepted(path, Finding("", "", requirement="DEV-08", operation=TIME, subject="status"))


def test_a_check_of_format_1_is_accepted_by_its_place(tmp_path):
    """Wordings of checks have changed since, too; the member or header that deviates has not."""
    old = Finding("x-ably-errorcode: 40160", "40000", requirement="ERR-03", operation=TIME, at="x-ably-errorcode")
    path = written(tmp_path, old, format=1)

    assert accepted(path, Finding("a header", "40000", requirement="ERR-03", operation=TIME, at="x-ably-errorcode"))
    assert not accepted(path, Finding("a header", "40000", requirement="ERR-03", operation=TIME, at="x-ably-serverid"))


# Rewriting -----------------------------------------------------------------------------------------------------------

UPDATE, PRUNE = Rewriting


def rewritten(path, rewriting, run):
    evidence, judgement = run.judged()
    return rewrite_baseline(path, rewriting, evidence, judgement.rows)


def entries(path) -> list[tuple[str, str]]:
    rows = json.loads(path.read_text())["requirements"]
    return [(row["id"], finding["operation"]) for row in rows for finding in row["findings"]]


def test_an_update_writes_the_first_baseline_and_the_gate_accepts_it(tmp_path):
    run, path = failing(tmp_path), tmp_path / "baseline.json"

    done = rewritten(path, UPDATE, run)

    assert done.marks == read_baseline(path)
    run.facts["gate"] = {"baseline": list(done.marks)}
    run.outcomes = [
        replace(each, verdict=Verdict.PASS) if each.requirement == "AUT-01" else each for each in run.outcomes
    ]
    assert judge(run.judged()[0]).sentence.endswith("the baseline accepts DEV-07, ERR-01, HDR-01, RSP-02, RSP-03")


def test_a_waived_finding_is_left_to_its_waiver(tmp_path):
    path = tmp_path / "baseline.json"
    rewritten(path, UPDATE, failing(tmp_path))

    assert "HDR-02" not in dict(entries(path))
    assert {"HDR-01", "RSP-03", "DEV-07"} <= set(dict(entries(path)))


def test_an_update_drops_what_is_fixed_and_adds_what_is_new(tmp_path):
    path = written(tmp_path, CHECK, format=2)

    done = rewritten(path, UPDATE, failing(tmp_path))

    assert CHECK.fingerprint not in done.marks
    assert done.sentence.endswith("13 added, 1 removed, 13 in all")


def test_pruning_drops_what_is_fixed_and_adds_nothing(tmp_path):
    run = failing(tmp_path)
    (still_there,) = [each for each in run.findings if each.requirement == "ERR-01"]
    path = written(tmp_path, CHECK, still_there, format=2)

    done = rewritten(path, PRUNE, run)

    assert done.marks == (still_there.fingerprint,)
    assert done.sentence.endswith("0 added, 1 removed, 1 in all")


def test_what_was_not_judged_again_stays(tmp_path):
    """AUT-01 is inconclusive, and no request of STT-01 was made on that operation."""
    kept = [Finding("a", "b", requirement="AUT-01", operation=HISTORY), Finding("a", "b", requirement="STT-01")]
    path = written(tmp_path, *kept, format=2)

    for rewriting in (PRUNE, UPDATE):
        assert {each.fingerprint for each in kept} <= set(rewritten(path, rewriting, failing(tmp_path)).marks)


def test_a_part_of_the_suite_shows_nothing_as_fixed(tmp_path):
    path, run = written(tmp_path, CHECK, format=2), failing(tmp_path)
    run.facts["selection"] = "only -k 'DEV'"

    assert rewritten(path, PRUNE, run).sentence.startswith(f"{path} was not changed: this run was a part of the suite")
    assert read_baseline(path) == (CHECK.fingerprint,)
    assert rewritten(path, UPDATE, run).sentence.endswith("13 added, 0 removed, 14 in all")


@pytest.mark.parametrize("rewriting", Rewriting)
def test_a_run_that_was_cut_changes_no_baseline(tmp_path, rewriting):
    path, run = written(tmp_path, CHECK, format=2), failing(tmp_path)
    run.facts["workers"] = ["main", "gw1"]

    done = rewritten(path, rewriting, run)

    assert done.sentence == f"{path} was not changed: the journal of worker gw1 is missing"
    assert done.marks == read_baseline(path) == (CHECK.fingerprint,)


def test_a_baseline_of_format_1_is_pruned_to_the_fingerprints_of_today(tmp_path):
    run = failing(tmp_path)
    (finding,) = [each for each in run.findings if each.requirement == "DEV-07"]
    path = written(tmp_path, Finding("old words", "x", requirement="DEV-07", operation=finding.operation))

    assert rewritten(path, PRUNE, run).marks == (finding.fingerprint,)
    assert json.loads(path.read_text())["format"] == 2


def test_pruning_a_baseline_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"the baseline .*baseline\.json cannot be read"):
        rewritten(tmp_path / "baseline.json", PRUNE, passing(tmp_path))


@pytest.mark.parametrize(
    ("gate", "given", "words"),
    [
        ("", {"updates_baseline": True}, "--baseline-update: the profile mine names no file"),
        ("", {"prunes_baseline": True}, "--baseline-prune: the profile mine names no file"),
        ("b.json", {"updates_baseline": True, "prunes_baseline": True}, "remove --baseline-prune"),
        (
            "b.json",
            {"updates_baseline": True, "shard": "1/2"},
            "give --baseline-update FILE to `ably-conformance merge`",
        ),
        ("b.json", {"prunes_baseline": True}, r"\[gate\] baseline: .*b\.json: cannot be read"),
    ],
)
def test_options_that_have_no_baseline_to_rewrite_are_rejected(tmp_path, gate, given, words):
    profile = tmp_path / "mine.toml"
    profile.write_text(f'[gate]\nbaseline = "{gate}"\n' if gate else "")

    with pytest.raises(UsageError, match=words):
        resolve(replace(options(profile), **given))


def test_an_update_may_name_a_file_that_is_not_there_yet(tmp_path):
    profile = tmp_path / "mine.toml"
    profile.write_text('[gate]\nbaseline = "b.json"\n')

    found = resolve(replace(options(profile), updates_baseline=True))

    assert (found.baseline, found.rewriting) == ((), UPDATE)
