"""Proof that every check can fail: each mutant is judged by the requirement that it breaks.

    ably-conformance matrix              all mutants, and the unmodified server by all requirements
    ably-conformance matrix DEV SUB-02   those of an area, or of one requirement

Every finding that the mutants cause is read, too: it has to be in words. Mutants run in a few long-lived processes, so
that libraries are imported only a few times.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import pytest

from conformance.catalogue import collect, places
from conformance.command_line import suite_command
from conformance.errors import SuiteError, UsageError, nearest
from conformance.evidence.journal import journals_in, read
from conformance.model import Evidence, Verdict
from conformance.paths import SUITE
from conformance.proof import mutation_page
from conformance.proof.readability import notations
from conformance.reference.mutants import MUTANTS, Mutant
from conformance.reference.parts import UNMODIFIED, Parts
from conformance.reference.server import serving_in_thread
from conformance.verdict.judge import judge as judge_evidence

SEED = 7
EXAMPLES = 6
"""Random cases for each operation and kind. A mutant that needs more is detected only by luck."""

_WITHOUT = ("-p", "no:unraisableexception")
"""unraisableexception collects all garbage ten times in a run, which takes a third of the time of a short one."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The result of one mutant.

    verdict: of the requirement that it breaks. fell: every requirement that failed. requests: how many were sent until
    the run ended. findings: every different one of the run, "expected X; received Y". unreadable: those of them that
    show Python or a name of the run, each with what they show. fingerprints: of the scenario that it breaks.
    """

    mutant: str
    fault: str
    breaks: str
    verdict: str
    fell: tuple[str, ...]
    requests: int
    findings: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()

    @property
    def unreadable(self) -> tuple[str, ...]:
        return tuple(f"{finding} ({shown})" for finding in self.findings for shown in notations(finding))

    @property
    def is_killed(self) -> bool:
        return self.verdict == str(Verdict.FAIL)


def select(words: Iterable[str]) -> list[Mutant]:
    """The mutants of areas, requirements or names; all without a word. Raises UsageError for an unknown word."""
    wanted = set(words)
    everyone = sorted(MUTANTS.values(), key=lambda each: (each.breaks, each.name))
    known = {word for each in everyone for word in _words(each)}
    for word in sorted(wanted - known):
        hint = f"{nearest(word, known)} (`ably-conformance mutants` lists them)"
        raise UsageError(f"No mutant, requirement or area is called {word!r}: {hint}")
    return [each for each in everyone if not wanted or wanted & _words(each)]


def _words(mutant: Mutant) -> set[str]:
    return {mutant.name, mutant.breaks, mutant.breaks.split("-")[0]}


def workers(processes: int) -> ProcessPoolExecutor:
    """A pool of long-lived processes that import the libraries once."""
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


def judge_all(pool: Executor, mutants: Iterable[Mutant], seed: int = SEED) -> Iterator[Kill]:
    """In the order in which they finish."""
    for each in as_completed([pool.submit(judge, mutant.name, seed) for mutant in mutants]):
        yield each.result()


def judge(name: str, seed: int = SEED) -> Kill:
    """Run the test of the requirement that a mutant breaks; for a check, the tests in `seen_by`."""
    mutant = MUTANTS[name]
    test = _test_of(mutant.breaks)
    tests = [test] if test and not mutant.seen_by else [str(SUITE), "-k", mutant.seen_by or mutant.breaks]
    found = evidence_of(mutant.parts, tests, seed)
    rows = judge_evidence(found).rows
    fell = tuple(row.id for row in rows if row.verdict is Verdict.FAIL)
    own = next((str(row.verdict) for row in rows if row.id == mutant.breaks), "unknown")
    findings = dict.fromkeys(
        f"{each.requirement}: expected {each.expected}; received {each.received}" for each in found.findings
    )
    marks = sorted({each.fingerprint for each in found.findings if each.requirement == mutant.breaks and each.subject})
    return Kill(name, mutant.fault, mutant.breaks, own, fell, len(found.exchanges), tuple(findings), tuple(marks))


def selections_of(mutants: Collection[Mutant]) -> list[tuple[str, ...]]:
    """Arguments for pytest: what the unmodified server has to pass, so that a kill of these mutants proves something.

    The test file of each mutant; for one that a check detects the tests in which it does; for all mutants all files.
    """
    if len(mutants) == len(MUTANTS):
        return [(str(file),) for file in sorted(SUITE.rglob("test_*.py"))]
    files = {(_test_of(mutant.breaks).partition("::")[0],) for mutant in mutants if _test_of(mutant.breaks)}
    of_checks = [mutant for mutant in mutants if not _test_of(mutant.breaks)]
    return sorted(files | {(str(SUITE), "-k", mutant.seen_by or mutant.breaks) for mutant in of_checks})


def failed_by_unmodified(selection: tuple[str, ...]) -> tuple[str, ...]:
    """The requirements that the unmodified server fails in a selection; a kill by one of them proves nothing."""
    rows = judge_evidence(evidence_of(UNMODIFIED, list(selection))).rows
    return tuple(row.id for row in rows if row.verdict is Verdict.FAIL)


def evidence_of(parts: Parts, tests: list[str], seed: int = SEED, profile: str = "mutants") -> Evidence:
    """The evidence of a run of these tests, without a report."""
    with tempfile.TemporaryDirectory() as folder, serving_in_thread(parts) as url:
        choices = [f"--profile={profile}", "--journal-only", f"--seed={seed}", f"--examples={EXAMPLES}"]
        run_quietly([*tests, *choices, "--target", url, "--report-dir", folder])
        return read(journals_in(Path(folder) / "latest"))


def _test_of(requirement: str) -> str:
    """File and function of the test of a requirement, or "" for a check or an unknown id."""
    place = places().get(requirement, "")
    return place if SUITE in Path(place).parents else ""


def run_quietly(arguments: list[str]) -> None:
    """Run the suite in this process without output; the results are in its report folder.

    Raises SuiteError with the last output of a run that could not start.
    """
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = pytest.main(suite_command([*_WITHOUT, "-q", "--tb=no", *arguments]))
    if status == pytest.ExitCode.USAGE_ERROR:
        raise SuiteError(f"The run could not be made: {' '.join(said.getvalue().split()[-60:])}")


def gaps(kills: Iterable[Kill], unmodified: Collection[str]) -> Iterator[str]:
    """Sentences on gaps in the proof. unmodified: the requirements that the unmodified server fails."""
    catalogue = collect()
    for kill in kills:
        if kill.breaks not in catalogue:
            yield f"{kill.mutant} breaks {kill.breaks}, which is not a requirement: correct the id or remove it"
        elif kill.breaks in unmodified:
            yield f"{kill.mutant} proves nothing: the unmodified server also fails {kill.breaks}; fix that first"
        elif not kill.is_killed:
            yield f"{kill.mutant} survives {kill.breaks} ({kill.verdict}): sharpen the requirement or the fault"
        yield from (f"{kill.mutant}: a finding is not in words: {each}" for each in kill.unreadable)
    for id_ in unbroken():
        yield f"{id_} has no mutant: add one with the fault that it forbids"


def unstable(first: Iterable[Kill], second: Iterable[Kill]) -> Iterator[str]:
    """Mutants whose findings have other fingerprints in a second run, with other draws and another application.

    A random sequence may miss a mutant in the second run; then there is nothing to compare.
    """
    before = {kill.mutant: kill.fingerprints for kill in first}
    for kill in second:
        if kill.fingerprints and kill.fingerprints != before[kill.mutant]:
            yield f"{kill.mutant}: the fingerprints of {kill.breaks} are others in another run: name what is compared"


def unbroken() -> list[str]:
    """Requirements without a mutant."""
    broken = {mutant.breaks for mutant in MUTANTS.values()}
    return [id_ for id_ in collect() if id_ not in broken]


def write(kills: list[Kill], folder: Path) -> None:
    """Write matrix.json and index.html: every mutant, what it breaks, what failed, and its findings."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {**asdict(kill), "killed": kill.is_killed, "unreadable": kill.unreadable}
        for kill in sorted(kills, key=lambda each: each.mutant)
    ]
    document = {"seed": SEED, "examples": EXAMPLES, "mutants": rows, "unbroken": unbroken()}
    (folder / "matrix.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    (folder / "index.html").write_text(mutation_page.render(kills, collect()), encoding="utf-8")


def processes() -> int:
    """Three for each core: a mutant that drops something makes its tests wait rather than work."""
    return 3 * (os.cpu_count() or 1)
