"""The gate: what of a conclusion stops a build. Each test here is a mutant of the gate that must not live."""

from __future__ import annotations

import json

import pytest

from conformance.errors import UsageError
from conformance.model import Finding, Verdict
from conformance.run.options import Options
from conformance.selftest.verdict.test_verdict import STATS, TIME, judged, requirement, waiver
from conformance.verdict.result import Conclusion, Exit

PASS, INCONCLUSIVE, FAIL, ERROR = Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR
FINGERPRINT = Finding("200", "500", requirement="HDR-01", operation=TIME).fingerprint


def gated(verdict: Verdict = FAIL, level: str = "must", waivers: tuple = (), **options):
    verdicts = {("HDR-01", TIME): verdict}
    return judged(requirement("HDR-01", level), verdicts=verdicts, waivers=list(waivers), gate=options)


def test_by_default_a_failed_must_closes_the_gate():
    assert gated().exit is Exit.NOT_CONFORMANT


def test_by_default_a_failed_should_does_not():
    assert gated(level="should").exit is Exit.CONFORMANT


def test_a_should_closes_the_gate_where_the_profile_says_so():
    found = gated(level="should", levels=["must", "should"])

    assert (found.exit, found.conclusion) == (Exit.NOT_CONFORMANT, Conclusion.CONFORMANT)
    assert found.sentence.endswith("the gate is closed by HDR-01")


def test_the_conclusion_stays_what_it_is_when_the_gate_is_open():
    found = gated(levels=["may"])

    assert (found.exit, found.conclusion) == (Exit.CONFORMANT, Conclusion.NOT_CONFORMANT)
    assert "the gate is open" in found.sentence


@pytest.mark.parametrize(("wish", "exit_status"), [("fails", Exit.INCONCLUSIVE), ("passes", Exit.CONFORMANT)])
def test_an_inconclusive_run_does_what_the_profile_says(wish, exit_status):
    assert gated(INCONCLUSIVE, inconclusive=wish).exit is exit_status


def test_an_error_of_ours_never_passes_for_an_inconclusive_run():
    assert gated(ERROR, inconclusive="passes").exit is Exit.SUITE_ERROR


def test_a_finding_of_the_baseline_does_not_close_the_gate():
    found = gated(baseline=[FINGERPRINT])

    assert (found.exit, found.conclusion) == (Exit.CONFORMANT, Conclusion.NOT_CONFORMANT)
    assert found.sentence.endswith("the gate is open: the baseline knows HDR-01")


def test_a_new_finding_of_a_requirement_in_the_baseline_closes_the_gate():
    verdicts = {("HDR-01", TIME): FAIL, ("HDR-01", STATS): FAIL}

    found = judged(requirement("HDR-01"), verdicts=verdicts, gate={"baseline": [FINGERPRINT]})

    assert found.exit is Exit.NOT_CONFORMANT


def test_a_baseline_hides_no_stale_waiver():
    assert gated(baseline=[FINGERPRINT], waivers=(waiver("HDR-01", until="2026-11-22"),)).exit is Exit.NOT_CONFORMANT


def test_a_waiver_with_a_fingerprint_forgives_that_cause():
    narrow = {**waiver("HDR-01"), "fingerprint": FINGERPRINT}

    assert gated(waivers=(narrow,)).exit is Exit.CONFORMANT


def test_a_waiver_with_a_fingerprint_forgives_no_other_cause_and_is_red_itself():
    narrow = {**waiver("HDR-01"), "fingerprint": "0123456789ab"}

    found = gated(waivers=(narrow,))

    assert found.exit is Exit.NOT_CONFORMANT
    assert "the waiver of HDR-01 is no longer needed: it was reached and passed" in found.problems


def test_a_waiver_that_was_not_reached_is_a_note():
    found = judged(
        requirement("HDR-01"),
        requirement("DEV-07", "should"),
        verdicts={("HDR-01", TIME): PASS},
        waivers=[waiver("DEV-07")],
    )

    assert (found.exit, found.problems) == (Exit.CONFORMANT, ("the waiver of DEV-07 was not reached in this run",))


def test_a_waiver_that_runs_out_soon_is_a_note():
    found = gated(waivers=(waiver("HDR-01", until="2026-11-30"),))

    assert (found.exit, found.problems) == (
        Exit.CONFORMANT,
        ("the waiver of HDR-01 runs out on 2026-11-30, in 7 days",),
    )


def options(profile) -> Options:
    return Options(str(profile), "http://127.0.0.1:9", "app.key:secret", profile.parent, 7, 1, "")


def test_a_baseline_is_read_from_an_earlier_report(tmp_path):
    report = tmp_path / "earlier.json"
    report.write_text(json.dumps({"requirements": [{"findings": [{"fingerprint": "0123456789ab"}]}]}))
    profile = tmp_path / "mine.toml"
    profile.write_text(f'[gate]\nbaseline = "{report}"\n')

    found = resolve(options(profile))

    assert found.baseline == ("0123456789ab",)


@pytest.mark.parametrize("content", [None, "no json", "{}", "[]"])
def test_a_baseline_that_is_no_report_stops_before_the_first_request(tmp_path, content):
    report = tmp_path / "earlier.json"
    if content is not None:
        report.write_text(content)
    profile = tmp_path / "mine.toml"
    profile.write_text(f'[gate]\nbaseline = "{report}"\n')

    with pytest.raises(UsageError, match="baseline"):
        resolve(options(profile))


def test_an_unknown_level_is_named_with_the_nearest_one(tmp_path):
    profile = tmp_path / "mine.toml"
    profile.write_text('[gate]\nlevels = ["must", "shuold"]\n')

    with pytest.raises(UsageError, match="did you mean 'should'"):
        resolve(options(profile))
