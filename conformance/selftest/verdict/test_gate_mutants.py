"""Mutants of the gate: each is a fault in the code of the verdict that would open a build that has to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from conformance.evidence import journal
from conformance.model import Evidence, Outcome, Verdict
from conformance.selftest.harness.journals import passing
from conformance.selftest.harness.journals import requirement as recorded
from conformance.selftest.verdict.test_gate import FINGERPRINT
from conformance.selftest.verdict.test_verdict import STATS, TIME, judged, requirement, waiver
from conformance.verdict import gate, judge, waivers
from conformance.verdict.doubts import Doubt
from conformance.verdict.result import Exit, RequirementResult

FAIL, PASS = Verdict.FAIL, Verdict.PASS
HDR, RSP = ("HDR-01", TIME), ("RSP-01", TIME)


_DOUBTS, _DECIDE = vars(judge)["doubts"], gate.decide


@dataclass(frozen=True)
class Fault:
    """does: in a sentence. patches: module, name and replacement. build: makes the exit status of one situation."""

    does: str
    patches: tuple[tuple[object, str, object], ...]
    build: Callable[[Path], Exit]
    unmodified: Exit


def failing(*given: dict, **facts) -> Exit:
    heads = (requirement("HDR-01"), requirement("RSP-01"))
    return judged(*heads, verdicts={HDR: FAIL, RSP: FAIL}, waivers=list(given), **facts).exit


def cut_short(folder: Path) -> Exit:
    """The exit status for a journal without its footer."""
    run = passing(folder)
    run.facts["requirements"] = [recorded("RSP-01", "must", "An answer has a body", "RFC 9110", "")]
    path = run.write()
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    return judge.judge(journal.read([path])).exit


def never(*_: object, **__: object) -> tuple[str, ...]:
    return ()


def always(*_: object, **__: object) -> bool:
    return True


def of_the_requirement(a_waiver, finding) -> bool:
    return a_waiver.requirement == finding.requirement


def doubts_but_of_unexercised(evidence: Evidence, rows: Iterable[RequirementResult]) -> Iterable[Doubt]:
    part = replace(evidence, header=replace(evidence.header, selection="only a part"))
    return _DOUBTS(part, rows)


def decide_without_doubts(*arguments: object, doubts: object = (), **named: object) -> tuple[Exit, str]:
    return _DECIDE(*arguments, **named)


def on_one_of_two_operations(_: Path) -> Exit:
    one = waiver("HDR-01", operation=TIME)
    return judged(requirement("HDR-01"), verdicts={HDR: FAIL, ("HDR-01", STATS): FAIL}, waivers=[one]).exit


def all_findings_are_accepted(row: RequirementResult, baseline: frozenset[str]) -> bool:
    return all(each.fingerprint in baseline for each in row.findings)


def a_fail_without_findings(folder: Path) -> Exit:
    run = passing(folder)
    run.facts["requirements"] = [recorded("RSP-01", "must", "An answer has a body", "RFC 9110", "")]
    run.facts["gate"] = {"levels": ["must"], "inconclusive": "fails", "baseline": ["0" * 12]}
    run.outcomes.append(Outcome("RSP-01", "test_x", FAIL, "", (TIME,)))
    return judge.judge(journal.read([run.write()])).exit


FAULTS = (
    Fault(
        "A waiver of one requirement covers all of them.",
        ((judge, "covers", always), (gate, "covers", always)),
        lambda _: failing(waiver("HDR-01")),
        Exit.NOT_CONFORMANT,
    ),
    Fault(
        "A waiver of one operation covers the requirement on every operation.",
        ((judge, "covers", of_the_requirement), (gate, "covers", of_the_requirement)),
        on_one_of_two_operations,
        Exit.NOT_CONFORMANT,
    ),
    Fault(
        "A waiver never expires.",
        ((judge, "day_of", lambda _: date.min), (waivers, "day_of", lambda _: date.min)),
        lambda _: failing(waiver("HDR-01", until="2026-11-22"), waiver("RSP-01")),
        Exit.NOT_CONFORMANT,
    ),
    Fault(
        "A waiver that is not needed is accepted.",
        ((judge, "needless", never),),
        lambda _: judged(requirement("HDR-01"), verdicts={HDR: PASS}, waivers=[waiver("HDR-01")]).exit,
        Exit.NOT_CONFORMANT,
    ),
    Fault(
        "An empty selection is a success.",
        ((judge, "doubts", never),),
        lambda _: judged(requirement("HDR-01"), selection="only -k nothing").exit,
        Exit.INCONCLUSIVE,
    ),
    Fault(
        "A requirement that was not exercised has passed.",
        ((judge, "doubts", doubts_but_of_unexercised),),
        lambda _: judged(requirement("HDR-01"), requirement("RSP-01"), verdicts={RSP: PASS}).exit,
        Exit.INCONCLUSIVE,
    ),
    Fault("A journal without its footer is complete.", ((journal, "_why_cut", never),), cut_short, Exit.INCONCLUSIVE),
    Fault(
        "A baseline accepts every fail.",
        ((gate, "_is_known", always),),
        lambda _: failing(gate={"baseline": ["0" * 12]}),
        Exit.NOT_CONFORMANT,
    ),
    Fault(
        "Accepted fails open the gate over what was not judged.",
        ((gate, "decide", decide_without_doubts),),
        lambda _: (
            judged(
                requirement("HDR-01"), requirement("RSP-01"), verdicts={HDR: FAIL}, gate={"baseline": [FINGERPRINT]}
            ).exit
        ),
        Exit.INCONCLUSIVE,
    ),
    Fault(
        "A fail without findings is in every baseline.",
        ((gate, "_is_known", all_findings_are_accepted),),
        a_fail_without_findings,
        Exit.NOT_CONFORMANT,
    ),
)


@pytest.fixture(params=FAULTS, ids=lambda fault: fault.does)
def fault(request) -> Fault:
    return request.param


def test_the_unmodified_gate_fails_the_build(fault, tmp_path):
    assert fault.build(tmp_path) is fault.unmodified


def test_each_fault_would_pass_the_build(fault, tmp_path, monkeypatch):
    """With such a fault the test above fails."""
    for module, name, instead in fault.patches:
        assert hasattr(module, name)
        monkeypatch.setattr(module, name, instead)

    assert fault.build(tmp_path) is Exit.CONFORMANT
