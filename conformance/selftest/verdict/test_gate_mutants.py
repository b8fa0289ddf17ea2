"""The gate itself has mutants: each is the honest code with one lie, and each opens a build that has to stay closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from conformance.evidence import journal
from conformance.model import Verdict
from conformance.selftest.harness.journals import passing
from conformance.selftest.harness.journals import requirement as recorded
from conformance.selftest.verdict.test_verdict import STATS, TIME, judged, requirement, waiver
from conformance.verdict import gate, judge, waivers
from conformance.verdict.result import Exit

FAIL, PASS = Verdict.FAIL, Verdict.PASS
HDR, RSP = ("HDR-01", TIME), ("RSP-01", TIME)


@dataclass(frozen=True)
class Fault:
    """tells: in a sentence. patches: (module, name, what it does instead). build: the exit status of one situation."""

    tells: str
    patches: tuple[tuple[object, str, object], ...]
    build: Callable[[Path], Exit]
    unmodified: Exit


def failing(*given: dict, **facts) -> Exit:
    heads = (requirement("HDR-01"), requirement("RSP-01"))
    return judged(*heads, verdicts={HDR: FAIL, RSP: FAIL}, waivers=list(given), **facts).exit


def cut_short(folder: Path) -> Exit:
    """A journal whose worker died before its last line."""
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


def conclude_by_failures_alone(has_failed: bool, _is_doubtful: bool) -> judge.Conclusion:  # noqa: FBT001
    return judge.Conclusion.NOT_CONFORMANT if has_failed else judge.Conclusion.CONFORMANT


def on_one_of_two_operations(_: Path) -> Exit:
    one = waiver("HDR-01", operation=TIME)
    return judged(requirement("HDR-01"), verdicts={HDR: FAIL, ("HDR-01", STATS): FAIL}, waivers=[one]).exit


FAULTS = (
    Fault(
        "A waiver of one requirement forgives them all.",
        ((judge, "forgives", always), (gate, "forgives", always)),
        lambda _: failing(waiver("HDR-01")),
        Exit.NOT_CONFORMANT,
    ),
    Fault(
        "A waiver of one operation forgives the requirement everywhere.",
        ((judge, "forgives", of_the_requirement), (gate, "forgives", of_the_requirement)),
        on_one_of_two_operations,
        Exit.NOT_CONFORMANT,
    ),
    Fault(
        "A waiver never runs out.",
        ((judge, "day_of", lambda _: date.min), (waivers, "day_of", lambda _: date.min)),
        lambda _: failing(waiver("HDR-01", until="2026-11-22"), waiver("RSP-01")),
        Exit.NOT_CONFORMANT,
    ),
    Fault(
        "A waiver that nothing needs is nobody's business.",
        ((judge, "needless", never),),
        lambda _: judged(requirement("HDR-01"), verdicts={HDR: PASS}, waivers=[waiver("HDR-01")]).exit,
        Exit.NOT_CONFORMANT,
    ),
    Fault(
        "An empty selection is a success.",
        ((judge, "_doubts", never),),
        lambda _: judged(requirement("HDR-01"), selection="only -k nothing").exit,
        Exit.INCONCLUSIVE,
    ),
    Fault(
        "What was never exercised has passed.",
        ((judge, "_conclude", conclude_by_failures_alone),),
        lambda _: judged(requirement("HDR-01"), requirement("RSP-01"), verdicts={RSP: PASS}).exit,
        Exit.INCONCLUSIVE,
    ),
    Fault("A journal without its footer is whole.", ((journal, "_why_cut", never),), cut_short, Exit.INCONCLUSIVE),
    Fault(
        "A baseline knows whatever fails.",
        ((gate, "_is_known", always),),
        lambda _: failing(gate={"baseline": ["0" * 12]}),
        Exit.NOT_CONFORMANT,
    ),
)


@pytest.fixture(params=FAULTS, ids=lambda fault: fault.tells)
def fault(request) -> Fault:
    return request.param


def test_the_unmodified_gate_keeps_the_build_closed(fault, tmp_path):
    assert fault.build(tmp_path) is fault.unmodified


def test_each_fault_would_open_it(fault, tmp_path, monkeypatch):
    """So whoever makes the code do this is told by the test above."""
    for module, name, instead in fault.patches:
        assert hasattr(module, name)
        monkeypatch.setattr(module, name, instead)

    assert fault.build(tmp_path) is Exit.CONFORMANT
