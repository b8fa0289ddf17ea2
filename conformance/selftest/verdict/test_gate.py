"""The gate decides which results fail the build."""

from __future__ import annotations

import pytest

from conformance.errors import UsageError
from conformance.model import Finding, Verdict
from conformance.run.options import Options, resolve
from conformance.selftest.verdict.test_verdict import STATS, TIME, judged, requirement, waiver
from conformance.verdict.result import Conclusion, Exit

PASS, INCONCLUSIVE, FAIL, ERROR = Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR
FINGERPRINT = Finding("200", "500", requirement="HDR-01", operation=TIME).fingerprint


def gated(verdict: Verdict = FAIL, level: str = "must", waivers: tuple = (), **options):
    verdicts = {("HDR-01", TIME): verdict}
    return judged(requirement("HDR-01", level), verdicts=verdicts, waivers=list(waivers), gate=options)


def test_a_failed_must_closes_the_gate_by_default():
    assert gated().exit is Exit.NOT_CONFORMANT


def test_a_failed_should_does_not_close_the_gate_by_default():
    assert gated(level="should").exit is Exit.CONFORMANT


def test_a_failed_should_closes_the_gate_if_the_profile_lists_its_level():
    found = gated(level="should", levels=["must", "should"])

    assert (found.exit, found.conclusion) == (Exit.NOT_CONFORMANT, Conclusion.CONFORMANT)
    assert found.sentence.endswith("the gate is closed by HDR-01")


def test_an_open_gate_does_not_change_the_conclusion():
    found = gated(levels=["may"])

    assert (found.exit, found.conclusion) == (Exit.CONFORMANT, Conclusion.NOT_CONFORMANT)
    assert "the gate is open" in found.sentence


@pytest.mark.parametrize(("wish", "exit_status"), [("fails", Exit.INCONCLUSIVE), ("passes", Exit.CONFORMANT)])
def test_the_profile_decides_the_exit_status_of_an_inconclusive_run(wish, exit_status):
    assert gated(INCONCLUSIVE, inconclusive=wish).exit is exit_status


def test_a_suite_error_never_opens_the_gate():
    assert gated(ERROR, inconclusive="passes").exit is Exit.SUITE_ERROR


def test_a_finding_of_the_baseline_does_not_close_the_gate():
    found = gated(baseline=[FINGERPRINT])

    assert (found.exit, found.conclusion) == (Exit.CONFORMANT, Conclusion.NOT_CONFORMANT)
    assert found.sentence.endswith("the gate is open: the baseline accepts HDR-01")


def test_a_new_finding_of_a_requirement_in_the_baseline_closes_the_gate():
    verdicts = {("HDR-01", TIME): FAIL, ("HDR-01", STATS): FAIL}

    found = judged(requirement("HDR-01"), verdicts=verdicts, gate={"baseline": [FINGERPRINT]})

    assert found.exit is Exit.NOT_CONFORMANT
    assert found.sentence.endswith(
        "the gate is closed by what the baseline does not have: HDR-01 (The title of HDR-01)"
    )


def test_only_the_new_fails_are_named_beside_a_baseline():
    ids = [f"DEV-{number:02}" for number in range(1, 6)]
    verdicts = {("HDR-01", TIME): FAIL, **{(id_, TIME): FAIL for id_ in ids}}

    found = judged(*map(requirement, ["HDR-01", *ids]), verdicts=verdicts, gate={"baseline": [FINGERPRINT]})

    assert found.exit is Exit.NOT_CONFORMANT
    assert found.sentence.endswith(
        "the gate is closed by what the baseline does not have: DEV-01 (The title of DEV-01), "
        "DEV-02 (The title of DEV-02), DEV-03 (The title of DEV-03) and 2 more"
    )


# Results that were not judged ----------------------------------------------------------------------------------------

ACCEPTED = ({"baseline": [FINGERPRINT]}, {"levels": ["may"]})
"""Settings that open the gate over the fail of HDR-01."""


def doubtful(verdict: Verdict, *, cut: tuple[str, ...] = (), **settings):
    """HDR-01 fails, and RSP-01 has a verdict of its own."""
    verdicts = {("HDR-01", TIME): FAIL, ("RSP-01", TIME): verdict}
    return judged(requirement("HDR-01"), requirement("RSP-01"), verdicts=verdicts, cut=cut, gate=settings)


@pytest.mark.parametrize("settings", ACCEPTED)
@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.NONE, "no request was made, or no response received, that exercises RSP-01"),
        (INCONCLUSIVE, "RSP-01 could not be judged"),
    ],
)
def test_accepted_fails_do_not_open_the_gate_over_what_was_not_judged(settings, verdict, words):
    found = doubtful(verdict, **settings)

    assert (found.exit, found.conclusion) == (Exit.INCONCLUSIVE, Conclusion.NOT_CONFORMANT)
    assert f"; the gate is closed, because not everything was judged: {words}" in found.sentence


@pytest.mark.parametrize("settings", ACCEPTED)
def test_accepted_fails_do_not_open_the_gate_over_a_cut_run(settings):
    found = doubtful(PASS, cut=("the run was interrupted", "the journal of worker gw1 is missing"), **settings)

    assert found.exit is Exit.INCONCLUSIVE
    assert found.sentence.endswith(
        "the gate is closed, because not everything was judged: the run was interrupted (and 1 more)"
    )


@pytest.mark.parametrize("settings", ACCEPTED)
def test_accepted_fails_do_not_open_the_gate_over_a_suite_error(settings):
    assert doubtful(ERROR, inconclusive="passes", **settings).exit is Exit.SUITE_ERROR


def test_a_profile_may_open_the_gate_over_what_was_not_judged():
    found = doubtful(INCONCLUSIVE, baseline=[FINGERPRINT], inconclusive="passes")

    assert found.exit is Exit.CONFORMANT
    assert found.sentence.endswith(
        "the gate is open: the baseline accepts HDR-01, and the profile lets an inconclusive run pass"
    )


def test_a_new_fail_closes_the_gate_whatever_was_not_judged():
    assert doubtful(INCONCLUSIVE, inconclusive="passes").exit is Exit.NOT_CONFORMANT


# Baselines and waivers -----------------------------------------------------------------------------------------------


def test_a_stale_waiver_closes_the_gate_beside_a_baseline():
    assert gated(baseline=[FINGERPRINT], waivers=(waiver("HDR-01", until="2026-11-22"),)).exit is Exit.NOT_CONFORMANT


def test_a_waiver_with_a_fingerprint_covers_that_cause():
    narrow = {**waiver("HDR-01"), "fingerprint": FINGERPRINT}

    assert gated(waivers=(narrow,)).exit is Exit.CONFORMANT


def test_a_waiver_with_a_fingerprint_covers_no_other_cause_and_is_stale_itself():
    narrow = {**waiver("HDR-01"), "fingerprint": "0123456789ab"}

    found = gated(waivers=(narrow,))

    assert found.exit is Exit.NOT_CONFORMANT
    assert "the waiver of HDR-01 is no longer needed: the requirement was exercised and passed" in found.problems


def test_a_waiver_that_was_not_reached_is_a_note():
    found = judged(
        requirement("HDR-01"),
        requirement("DEV-07", "should"),
        verdicts={("HDR-01", TIME): PASS},
        waivers=[waiver("DEV-07")],
    )

    assert (found.exit, found.problems) == (Exit.CONFORMANT, ("the waiver of DEV-07 was not reached in this run",))


def test_a_waiver_that_expires_soon_is_a_note():
    found = gated(waivers=(waiver("HDR-01", until="2026-11-30"),))

    assert (found.exit, found.problems) == (
        Exit.CONFORMANT,
        ("the waiver of HDR-01 expires on 2026-11-30, in 7 days",),
    )


def options(profile) -> Options:
    return Options(str(profile), "http://127.0.0.1:9", "app.key:secret", profile.parent, 7, 1, "")


def test_an_unknown_level_is_rejected_with_the_nearest_one(tmp_path):
    profile = tmp_path / "mine.toml"
    profile.write_text('[gate]\nlevels = ["must", "shuold"]\n')

    with pytest.raises(UsageError, match="did you mean 'should'"):
        resolve(options(profile))
