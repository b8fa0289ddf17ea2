"""Folds the journals of the rounds of a soak into one, whose size does not grow with the number of rounds.

Verdicts are kept whole: each finding with another fingerprint, the worst outcome of each test, the sum of all
opportunities. Exchanges are kept as far as they are evidence: those of the first round, and of later ones those that
show a finding, with what set them up, or a first pass.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from conformance.evidence.journal import Journal, merged_header, read, record_in
from conformance.evidence.redaction import Secrets
from conformance.evidence.soaks import again, rounds_in_words
from conformance.model import (
    Credential,
    Evidence,
    Finding,
    Json,
    Outcome,
    RunHeader,
    generalise,
)
from conformance.report.analysis.replay_plan import ReplaySource, owner_of, secrets_in
from conformance.series import Recurrence, Soak

WORKER = "soak"
"""What the journal of a soak names as its process."""

MOST_OF_ONE = 10
"""Findings with one fingerprint, from which on later rounds add none. Those of the first round are all kept."""
MOST_DIFFERENT = 10_000
"""Fingerprints, after which a soak ends: each is kept, because a baseline or a waiver may name all the others."""
_MOST_ADDED = 5_000
"""Exchanges of later rounds, after which only a finding with a new fingerprint brings its own."""
_MOST_TOLD = 20
"""Sentences of one kind."""

_Key = tuple[str, str, str]


@dataclass(slots=True)
class Fold:
    """The rounds so far. path: of the journal of the soak, which is whole after each round, but for its footer.

    aside: a folder for files that are not needed in the end. exchanges: how many were sent. failure: why the journal
    could not be written, or "". is_last_cut: whether the last round was not judged whole.
    """

    path: Path
    aside: Path
    run: str
    rounds: int = 0
    exchanges: int = 0
    failure: str = ""
    is_last_cut: bool = False
    _header: RunHeader | None = None
    _finished: float = 0.0
    _seeds: tuple[int, ...] = ()
    _findings: list[Finding] = field(default_factory=list)
    _by_fingerprint: Counter[str] = field(default_factory=Counter)
    _failed: dict[str, Recurrence] = field(default_factory=dict)
    _outcomes: dict[_Key, Outcome] = field(default_factory=dict)
    _opportunities: Counter[tuple[str, str]] = field(default_factory=Counter)
    _examples: dict[tuple[str, str], str] = field(default_factory=dict)
    _circumstances: dict[str, str] = field(default_factory=dict)
    _cut: list[str] = field(default_factory=list)
    _blocked: int = 0
    _left_out: int = 0
    _more_cut: int = 0
    _added: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether no round left a journal."""
        return self._header is None

    @property
    def is_blocked(self) -> bool:
        """Whether nothing could be judged in any round."""
        return self._blocked == self.rounds

    @property
    def has_room(self) -> bool:
        """Whether another round may bring other findings."""
        return len(self._by_fingerprint) < MOST_DIFFERENT

    def add(self, journals: Iterable[Path], seed: int) -> tuple[str, ...]:
        """Take a round in, and return the requirements that failed as in no round before. Raises UsageError for a round
        that left no journal.
        """
        journals = tuple(journals)
        found = read(journals)
        self.rounds += 1
        self.is_last_cut = False
        self._seeds = (*self._seeds[:1], seed)
        self._finished = max(self._finished, found.finished)
        self.exchanges += len(found.exchanges)
        self._take_header(found.header, seed)
        self.tell_cut(seed, *found.cut)
        new = [each for each in found.findings if each.fingerprint not in self._by_fingerprint]
        kept = list(self._keep_findings(found.findings))
        self._count_failures(found.findings, seed)
        passed = {key: id_ for key, id_ in found.examples.items() if key not in self._examples}
        self._examples |= passed
        self._opportunities += found.opportunities
        for outcome in found.outcomes:
            self._take_outcome(outcome)
        self._copy(journals, None if self.rounds == 1 else _Wanted(found, kept, passed.values()))
        self._write(None, interrupted=False)
        return tuple(dict.fromkeys(each.requirement for each in new))

    def lose(self, seed: int, why: str) -> None:
        """Count a round that left no journal."""
        self.rounds += 1
        self._seeds = (*self._seeds[:1], seed)
        self.tell_cut(seed, why)

    def end(self, *, interrupted: bool) -> None:
        """Write the footer."""
        self._write(self._finished, interrupted=interrupted)

    def tell_cut(self, seed: int, *reasons: str) -> None:
        """A round was not judged whole, for these reasons, of which each is told once."""
        for sentence in (f"round {self.rounds} (seed {seed}): {reason}" for reason in reasons):
            self.is_last_cut = True
            if sentence in self._cut:
                continue
            if len(self._cut) < _MOST_TOLD:
                self._cut.append(sentence)
            else:
                self._more_cut += 1

    # What is kept ----------------------------------------------------------------------------------------------------

    def _take_header(self, header: RunHeader, seed: int) -> None:
        """Facts of the first round; a requirement is in scope if it was in any round."""
        self._blocked += bool(header.blockers)
        for sentence in header.circumstances:
            if len(self._circumstances) < _MOST_TOLD:
                self._circumstances.setdefault(generalise(sentence), sentence)
        if self._header is None:
            self._header = header
            return
        if header.blockers or self._header.blockers:
            self.tell_cut(seed, *header.blockers)
        merged = merged_header([self._header, header])
        self._header = replace(merged, blockers=self._header.blockers if self.is_blocked else ())

    def _keep_findings(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Those whose exchanges are kept, too."""
        for finding in findings:
            seen = self._by_fingerprint[finding.fingerprint]
            if self.rounds > 1 and seen >= MOST_OF_ONE:
                self._left_out += 1
                continue
            self._by_fingerprint[finding.fingerprint] += 1
            self._findings.append(finding)
            if not seen or self._added < _MOST_ADDED:
                yield finding

    def _count_failures(self, findings: Iterable[Finding], seed: int) -> None:
        """In how many rounds each requirement failed, and each finding was made."""
        for subject in dict.fromkeys(name for each in findings for name in (each.requirement, each.fingerprint)):
            self._failed[subject] = again(self._failed.get(subject), Recurrence(subject, 1, seed))

    def _take_outcome(self, outcome: Outcome) -> None:
        """A test has its worst outcome. What was left behind on the target belongs to no requirement."""
        key = (outcome.requirement, outcome.test, "" if outcome.requirement else outcome.reason)
        if outcome.out_of_scope:
            key = (outcome.requirement, outcome.test, "out of scope")
        before = self._outcomes.get(key)
        if before:
            worst = outcome if outcome.verdict > before.verdict else before
            self._outcomes[key] = replace(worst, seconds=before.seconds + outcome.seconds)
        elif outcome.requirement or self._left_behind < _MOST_TOLD:
            self._outcomes[key] = outcome

    @property
    def _left_behind(self) -> int:
        return sum(not requirement for requirement, _, _ in self._outcomes)

    # On disk ---------------------------------------------------------------------------------------------------------

    @property
    def _kept(self) -> Path:
        """The records of exchanges and credentials that are kept."""
        return self.aside / "kept.jsonl"

    def _copy(self, journals: Iterable[Path], wanted: _Wanted | None) -> None:
        """wanted: None for all of the first round."""
        with self._kept.open("a", encoding="utf-8", newline="\n") as kept:
            for line, record in _evidence_in(journals):
                if wanted is None or wanted.holds(record):
                    kept.write(line)
                    self._added += wanted is not None and record["kind"] == "exchange"

    def _write(self, finished: float | None, *, interrupted: bool) -> None:
        """finished: None while more rounds may follow, and then without a footer. Nothing in it needs striking."""
        written = self.aside / "writing.jsonl"
        with closing(Journal(written, Secrets())) as journal:
            self._write_to(journal, finished, interrupted=interrupted)
        self.failure = journal.failure
        if not self.failure:
            written.replace(self.path)

    def _write_to(self, journal: Journal, finished: float | None, *, interrupted: bool) -> None:
        journal.write_header(self._told)
        for line, record in _evidence_in([self._kept] if self._kept.exists() else []):
            journal.copy(record["kind"], line.rstrip("\n"))
        for finding in self._findings:
            journal.write_finding(finding)
        for outcome in self._outcomes.values():
            journal.write_outcome(outcome)
        journal.write_opportunities(self._opportunities, self._examples)
        if finished is not None:
            more = (f"{self._more_cut:,} more such sentences on later rounds",) if self._more_cut else ()
            journal.write_footer(finished, interrupted=interrupted, cut=(*self._cut, *more))

    @property
    def _told(self) -> RunHeader:
        """The header of the soak."""
        first = self._header
        if first is None:
            raise AssertionError("a soak is written once a round was taken in")
        command = first.reproduce.replace(f" --seed {first.seed}", "", 1)
        return replace(
            first,
            run=self.run,
            worker=WORKER,
            workers=(WORKER,),
            reproduce=f"{command} --seed {first.seed} --repeat {self.rounds}",
            circumstances=(*self._circumstances.values(), *self._in_words()),
            soak=Soak(self.rounds, command, tuple(self._failed.values())),
        )

    def _in_words(self) -> Iterator[str]:
        failed = "; what failed in one of them is failed" if self._failed and self.rounds > 1 else ""
        yield f"{rounds_in_words(self.rounds, self._seeds)}{failed}"
        if self.rounds > 1:
            yield (
                f"{self.exchanges:,} exchanges were judged; those of the first round are kept, and of later rounds "
                "those that show something new: the report counts what is kept"
            )
        if self._left_out:
            yield f"{self._left_out:,} more findings of later rounds are like those that are kept"


class _Wanted:
    """What is kept of a later round: the exchanges that show something, and the credentials that they need."""

    def __init__(self, evidence: Evidence, findings: Iterable[Finding], passed: Iterable[str]) -> None:
        source = ReplaySource(evidence)
        ids = {step.id for finding in findings for step in source.plan(finding).steps}
        if ids:  # a replay makes the application again
            ids |= {each.id for each in evidence.exchanges if owner_of(each).endswith("-controller")}
        self._ids = ids | set(passed)
        kept = [each for each in evidence.exchanges if each.id in self._ids]
        self._names = _named({name for each in kept for name in secrets_in(each)}, evidence.credentials)

    def holds(self, record: Json) -> bool:
        if record["kind"] == "credential":
            return bool(self._ids) and (bool(record.get("key_name")) or record["name"] in self._names)
        return record["id"] in self._ids


_NAME = re.compile(r"<(?:secret:|name:)?([^<>|\n]+)(?:\|[^<>\n]*)?>")


def _named(names: set[str], credentials: Iterable[Credential]) -> set[str]:
    """The credentials of these names, and those of which they are made."""
    made = {
        each.name: {*_NAME.findall(f"{each.text}{each.header}{each.claims}"), each.signed_by} for each in credentials
    }
    found, open_ = set[str](), list(names)
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += made.get(name, ())
    return found


def _evidence_in(journals: Iterable[Path]) -> Iterator[tuple[str, Json]]:
    """The lines of exchanges and credentials, each with its record, without what a cut journal has of its last one."""
    for path in journals:
        with path.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                record = record_in(line) if line.endswith("\n") else None
                if record and record["kind"] in {"exchange", "credential"}:
                    yield line, record
