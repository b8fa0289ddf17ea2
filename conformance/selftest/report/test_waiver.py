"""The waiver stanza of a finding is pasted into a profile as it stands."""

from __future__ import annotations

from datetime import date

import pytest

from conformance import profile
from conformance.contract import load
from conformance.model import Finding
from conformance.report.analysis.digest import digest
from conformance.report.page.findings import cluster_views
from conformance.report.text.waiver import stanza
from conformance.selftest.harness.journals import HOSTILE, STARTED, failing, hostile

OWN = 'description = "Ours"\n\n[gate]\nlevels = ["must"]\n'


def pasted(folder, *stanzas: str) -> profile.Profile:
    path = folder / "own.toml"
    path.write_text(OWN + "".join(f"\n{each}\n" for each in stanzas), encoding="utf-8")
    return profile.load(str(path))


@pytest.mark.parametrize("made", [failing, hostile])
def test_every_stanza_of_a_report_is_accepted_as_it_is_pasted(made, tmp_path):
    evidence, judgement = made(tmp_path).judged()
    views = [
        view
        for cluster in cluster_views(digest(evidence, judgement, load("all")))
        for view in (cluster.lead, *cluster.companions, *cluster.related)
    ]

    for view in views:
        (waiver,) = pasted(tmp_path, view.waiver).waivers
        assert waiver.requirement == view.cause.result.id
        assert waiver.fingerprint in {"", *(each.fingerprint for each in view.cause.findings)}
    assert len(pasted(tmp_path, *(view.waiver for view in views)).waivers) == len(views) > 0


def test_a_stanza_is_as_narrow_as_its_findings_and_ends_by_itself(tmp_path):
    one = Finding("a header", "none", requirement="HDR-01", operation="GET /time")
    other = Finding("another", "none", requirement="HDR-01", operation="GET /stats")

    (narrow,) = pasted(tmp_path, stanza("HDR-01", [one], STARTED)).waivers
    (wide,) = pasted(tmp_path, stanza("HDR-01", [one, other], STARTED)).waivers

    assert (narrow.operation, narrow.fingerprint) == ("GET /time", one.fingerprint)
    assert (wide.operation, wide.fingerprint) == ("", "")
    assert narrow.until == date(2027, 2, 16)
    assert narrow.reason == "not explained yet: a header"


def test_text_of_a_target_stays_text_in_a_stanza(tmp_path):
    finding = Finding(f'a"\n[gate]\nlevels = []\n{HOSTILE}\ud800\x7f', "none", requirement="RSP-02")

    found = pasted(tmp_path, stanza("RSP-02", [finding], STARTED))

    assert found.gate.levels == ("must",)
    assert found.waivers[0].reason.startswith('not explained yet: a" [gate] levels')
