"""The process that the user started: it prepares the target, and turns the journals into report and exit status.

There is one controller a run. It makes the pre-flight and the application before the first test; after the last one it
removes the application, reads the journals of all workers, judges them and writes the report.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.errors import Inconclusive, SuiteError, UsageError
from conformance.evidence.journal import Journal, join, journals_in, read, strike_again
from conformance.evidence.redaction import Secrets
from conformance.har import writing as har
from conformance.model import Evidence, Exchange
from conformance.profile import Blast, Start
from conformance.report import CONTRACT
from conformance.report.analysis import comparison
from conformance.report.text.safe_text import one_line
from conformance.run.config import Aim, RunConfig
from conformance.run.connection import open_target, secrets_of_the_way
from conformance.run.console import Ending, last_words
from conformance.run.edition import circumstances
from conformance.run.folder import point_latest_at, relative
from conformance.run.header import header_for
from conformance.run.machines import write_journal
from conformance.run.readiness import Readiness, latency_of, server_of
from conformance.run.selection import selection
from conformance.target.cleanup import left_by
from conformance.target.client import Target
from conformance.target.embedded import reference_server
from conformance.target.limits import Limits
from conformance.target.preflight import allowed_to, clock_skew, require_accepted_key
from conformance.target.provisioning import (
    Application,
    give_back,
    presence_channel,
    provision,
    provision_other_app,
)
from conformance.target.proxy import proxy_in_words
from conformance.verdict.baseline import rewrite_baseline
from conformance.verdict.judge import Judgement, judge
from conformance.verdict.result import Exit

CONTROLLER = "controller"
"""What the journal of this process is called."""
JOURNAL = f"journal-{CONTROLLER}.jsonl"
"""Its file, which is there before the first worker is."""


class Controller:
    """Raises UsageError when the folder of the run cannot be written, or the earlier report cannot be read."""

    def __init__(self, run_config: RunConfig, contract: Contract, workers: tuple[str, ...], ending: Ending) -> None:
        self.run_config = replace(run_config, workers=max(len(workers) - 1, 1))
        self.readiness = Readiness()
        self._contract = contract
        self._workers = workers
        self._ending = ending
        self._open = ExitStack()
        self._exchanges: list[Exchange] = []
        self._applications: list[Application] = []
        self._judgement: Judgement | None = None
        self._error = ""
        self._is_ready = False
        self._is_cut = False
        self._notes: list[str] = []
        self._secrets = Secrets()
        self._earlier = comparison.read(run_config.compare_to) if run_config.compare_to else None
        if run_config.aim is not Aim.JUDGE:
            _refuse_unwritable(run_config.parent)
            folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="ably-conformance-"))
            self.run_config = replace(self.run_config, folder=Path(folder))
        self._journal_path = _writable_journal(self.run_config, contract)

    # Before the first test -----------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        try:
            self._prepare()
        except BaseException:  # pytest ends a session that did not start without another hook
            self.release()
            raise

    def _prepare(self) -> None:
        self._tell(circumstances(self._contract, self.run_config.profile))
        if self.run_config.aim is not Aim.LIST:
            self._fly_ahead()
            server, latency = server_of(self._exchanges), latency_of(self._exchanges)
            self.readiness = replace(self.readiness, server=server, latency=latency)

    def _fly_ahead(self) -> None:
        start = self.run_config.profile.target.start
        if start is Start.EMBEDDED:
            self._start_reference_server()
        self._tell(proxy_in_words(self.run_config.url, self.run_config.profile.target.proxy))
        try:
            target = self._target
            skew = clock_skew(target)
            self.readiness = Readiness(skew, self._exchanges[-1].elapsed, tls=target.tls)
            self.run_config = replace(self.run_config, skew=skew or 0)
            if start is not Start.GIVEN:
                self._provision()
            if "credentials" in self.run_config.profile.target.offers:
                require_accepted_key(self._target)
            if start is Start.GIVEN:
                self._find_limits()
        except Inconclusive as reason:
            self.run_config = self.run_config.unusable(str(reason))

    def _start_reference_server(self) -> None:
        try:
            url = self._open.enter_context(reference_server(self.run_config.mutant))
        except SuiteError as error:
            pytest.exit(str(error), Exit.SUITE_ERROR.value)
        self.run_config = replace(self.run_config, url=url)

    def _provision(self) -> None:
        self._own(provision(self._target))
        self.run_config = replace(self.run_config, presence_channel=presence_channel(self.run_config.profile.world))
        # A target that makes only one application can still be judged by all that needs no second one.
        with suppress(Inconclusive):
            self._own(provision_other_app(self._target))

    def _own(self, application: Application) -> None:
        self._applications.append(application)
        self.run_config = replace(self.run_config, keys={**self.run_config.keys, **application.keys})

    def _find_limits(self) -> None:
        """What the key and the application of the user do not allow is not for the target to answer for."""
        chosen, key = self.run_config.profile, self.run_config.keys["full"]
        found = allowed_to(key, chosen, self.run_config.skew, self._target_within)
        self.readiness = replace(self.readiness, capability=found.capability)
        self.run_config = replace(self.run_config, limits=found.limits)
        self._tell(found.limits.in_words(chosen.world))

    def _tell(self, sentences: Iterable[str]) -> None:
        self.run_config = replace(self.run_config, circumstances=(*self.run_config.circumstances, *sentences))

    @property
    def _target(self) -> Target:
        return self._target_within(self.run_config.limits)

    def _target_within(self, limits: Limits) -> Target:
        """Not limited to the run's own names: an application has none, and only the run has its key."""
        config, prefix = replace(self.run_config, limits=limits), f"conf-{self.run_config.run}-{CONTROLLER}"
        return open_target(config, self._contract, prefix, self._exchanges.append, blast=Blast.EXCLUSIVE)

    def learn(self, secrets: Iterable[tuple[str, str]]) -> None:
        """Take over the secrets that a worker met, to strike them everywhere: each worker knows only its own."""
        for name, value in secrets:
            self._secrets.add(name, value)

    def admit(self, accident: str) -> None:
        """Something of this machine kept a worker from its work; "": nothing did."""
        self._error = self._error or accident

    def take_journal(self, name: str, pieces: Iterable[bytes]) -> None:
        """From a worker that does not see the folder of the run. Without it the run is cut."""
        self._attempt(lambda: write_journal(self.run_config.folder, name, pieces))

    # After the last test -------------------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.release()
        if self.run_config.aim is not Aim.JUDGE:
            ready = Exit.INCONCLUSIVE if self.run_config.blockers else Exit.CONFORMANT
            session.exitstatus = self._status_of_pytest(exitstatus, ready)
            self._is_ready = session.exitstatus == Exit.CONFORMANT.value
            return
        steps = (
            lambda: self._write_journal(session.config, exitstatus),
            lambda: self._rewrite_baseline(session.config, exitstatus),
            self._judge,
            self._write_har,
            self._point_latest_here,
        )
        for step in steps:
            self._attempt(step)
        session.exitstatus = self._exit_status(exitstatus)

    def release(self) -> None:
        """Delete the applications of the run, as far as it made any, and stop the embedded server."""
        for application in self._applications:
            self._notes += give_back(self._target, application)
        self._applications.clear()
        self._open.close()

    def _attempt(self, step: Callable[[], None]) -> None:
        """What fails after the last test is an error of the suite, and takes nothing away that was done before."""
        try:
            step()
        except Exception as error:  # noqa: BLE001  whatever it is, the user gets a sentence and the exit status 3
            self._error = self._error or _in_words(error)

    def _write_journal(self, config: pytest.Config, exitstatus: int) -> None:
        chosen = selection(config, str(self.run_config.shard or ""))
        header = header_for(self.run_config, self._contract, worker=CONTROLLER, workers=self._workers, chosen=chosen)
        for name, key in self.run_config.keys.items():
            self._secrets.add_key(name, key.text)
        self.learn(secrets_of_the_way(self.run_config))
        journal = Journal(self._journal_path, self._secrets)
        journal.write_header(header)
        for number, exchange in enumerate(self._exchanges, 1):
            journal.write_exchange(replace(exchange, id=f"{exchange.id}-{number}"))
        is_interrupted = exitstatus == pytest.ExitCode.INTERRUPTED and not self._error
        journal.write_footer(self.run_config.now, interrupted=is_interrupted)
        self.admit(journal.failure)

    def _rewrite_baseline(self, config: pytest.Config, exitstatus: int) -> None:
        """The journal of this process then holds the new baseline, so that a merge judges by it, too."""
        if self.run_config.rewriting is None:
            return
        evidence = read(journals_in(self.run_config.folder))
        path = Path(self.run_config.profile.gate.baseline)
        rewritten = rewrite_baseline(path, self.run_config.rewriting, evidence, judge(evidence).rows)
        self._notes.append(rewritten.sentence)
        self.run_config = replace(self.run_config, baseline=rewritten.marks)
        self._write_journal(config, exitstatus)

    def _judge(self) -> None:
        folder = self.run_config.folder
        journals = journals_in(folder)
        for journal in journals:
            self._strike_again(journal)
        evidence = read(journals)
        self._judgement = judge(evidence)
        self._is_cut = bool(evidence.cut)
        self._notes += [f"left behind: {words}" for words in self._left_by_dead_workers(journals)]
        join(journals, folder)
        if not self.run_config.journal_only:
            self._report(evidence, self._judgement)
        self._ending.judged(evidence, self._judgement, self._contract, str(relative(folder)))

    def _strike_again(self, journal: Path) -> None:
        """On a full disk a journal goes rather than that it keeps a secret."""
        try:
            strike_again(journal, self._secrets)
        except OSError as error:
            journal.unlink()
            raise SuiteError(f"{journal} was removed: its secrets cannot be struck: {error.strerror}") from error

    def _left_by_dead_workers(self, journals: list[Path]) -> Iterator[str]:
        """A worker that ended without its clean-up left what its journal still tells; an own application is gone."""
        if self.run_config.profile.target.start is Start.GIVEN:
            for evidence in (read([journal]) for journal in journals if journal.stat().st_size):
                if any("has no footer" in reason for reason in evidence.cut):
                    yield from left_by(evidence.exchanges, self.run_config.url)

    def _report(self, evidence: Evidence, judgement: Judgement) -> None:
        from conformance.report.writing import write  # noqa: PLC0415  the target need not wait for a page

        try:
            self._notes += write(
                evidence,
                judgement,
                self.run_config.folder,
                self._contract,
                earlier=self._earlier,
                history_file=self.run_config.parent / "history.sqlite",
            )
        except Exception as error:  # noqa: BLE001  a broken report must not hide the verdict
            self._error = f"the report could not be written: {_in_words(error)}"

    def _write_har(self) -> None:
        if self.run_config.har:
            har.write(journals_in(self.run_config.folder), self.run_config.folder / har.TRAFFIC)

    def _point_latest_here(self) -> None:
        """A run is complete without it."""
        self._notes += point_latest_at(self.run_config.folder)

    def _exit_status(self, exitstatus: int) -> int:
        if self._judgement is None:
            return self._status_of_pytest(exitstatus, Exit.SUITE_ERROR)
        is_ours = bool(self._error) and self._judgement.exit is not Exit.NOT_CONFORMANT
        return self._status_of_pytest(exitstatus, Exit.SUITE_ERROR if is_ours else self._judgement.exit)

    def _status_of_pytest(self, exitstatus: int, otherwise: Exit) -> int:
        """Pytest's own status stands where the run could not be made as asked."""
        own = {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}
        is_empty = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
        nothing = (
            is_empty and not self.run_config.blockers and not self._is_cut
        )  # workers that never began have no tests
        is_stopped_by_user = exitstatus in own and not self._error
        return exitstatus if is_stopped_by_user or nothing else otherwise.value

    def last_words(self) -> Iterator[str]:
        """What the user reads at the end; nothing where the run ended before anything could be judged."""
        if self.run_config.aim is not Aim.JUDGE:
            yield from map(self._safe, self._words_without_judgement())
            return
        if self._judgement is None and not self._error:
            return
        problems = self._judgement.problems if self._judgement else ()
        notes = (*self.run_config.notes, *self.run_config.circumstances, *problems, *self._notes)
        written = "journal.jsonl" if self.run_config.journal_only else "report.html"
        conclusion = self._judgement.sentence if self._judgement else ""
        last = last_words(notes, self.run_config.folder / written, conclusion, self._error, self._safe)
        yield from self._ending.lines(last)

    def _words_without_judgement(self) -> Iterator[str]:
        notes = (*self.run_config.notes, *self.run_config.circumstances, *self._notes)
        yield from (f"note: {note}" for note in notes)
        if self.run_config.blockers:
            yield f"inconclusive: nothing was judged, and a run could not start: {'; '.join(self.run_config.blockers)}"
        elif self._is_ready:
            more = ": nothing was sent" if self.run_config.aim is Aim.LIST else "; a run can start"
            yield f"nothing was judged ({self.run_config.aim.value}){more}"
        else:
            yield f"nothing was judged ({self.run_config.aim.value})"

    def _safe(self, sentence: str) -> str:
        """One line without secrets and control characters: a sentence may hold what a target or a key said."""
        return one_line(self._secrets.strike_text(sentence))


def _refuse_unwritable(folder: Path) -> None:
    """Raises UsageError for a folder that a run could not make or write in."""
    parents = (folder, *folder.resolve().parents)
    nearest = next(each for each in parents if os.path.exists(each))  # noqa: PTH110  Path.exists raises in a closed one
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        why = "permission denied" if nearest.is_dir() else "it is not a folder"
        raise UsageError(f"--report-dir: {nearest} cannot be written: {why}")


def _writable_journal(run_config: RunConfig, contract: Contract) -> Path:
    """The path of the journal of this process, made before the first request, with the contract that a merged report
    needs beside it. Raises UsageError.
    """
    path = run_config.folder / JOURNAL
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        if not contract.is_packed:
            path.with_name(CONTRACT).write_text(contract.text, encoding="utf-8")
    except OSError as error:
        where = error.filename or run_config.folder
        raise UsageError(f"--report-dir: {where} cannot be written: {error.strerror}") from error
    return path


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return f"{type(error).__name__}: {error}"
