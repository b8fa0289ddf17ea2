"""The side of a run that decides what it is about and what came out: target, application, report, exit status.

There is one director a run, in the process that the user started.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import report
from conformance.contract import Contract
from conformance.errors import Inconclusive, SuiteError
from conformance.evidence.journal import Journal, read
from conformance.model import JSON, Call, Evidence, Exchange, Json, Origin
from conformance.paths import OPENAPI
from conformance.profile import Blast, Profile, Start
from conformance.report.analysis import comparison
from conformance.run.connection import known_secrets, open_target
from conformance.run.header import header
from conformance.run.options import Wishes, situation
from conformance.run.selection import selection
from conformance.target.credentials import NOBODY
from conformance.target.embedded import reference_server
from conformance.target.provisioning import PRESENCE_CHANNEL, Application, give_back, provision, provision_stranger
from conformance.verdict.judge import Exit, Judgement, judge

_WORKER = "director"


class Director:
    def __init__(self, wishes: Wishes, chosen: Profile, contract: Contract, workers: tuple[str, ...]) -> None:
        self._wishes = wishes
        self._contract = contract
        self._workers = (_WORKER, *workers)
        self._running = ExitStack()
        self._exchanges: list[Exchange] = []
        self._applications: list[Application] = []
        self._judgement: Judgement | None = None
        self._flaw = ""
        self._earlier = comparison.read(wishes.compare_to) if wishes.compare_to else None
        self.situation = situation(wishes, chosen)

    # Before the first test -----------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        if self.situation.profile.target.start is Start.EMBEDDED:
            self._embed()
        try:
            self._arrange()
        except Inconclusive as reason:
            self.situation = self.situation.without_hope(str(reason))

    def _embed(self) -> None:
        try:
            url = self._running.enter_context(reference_server(self._wishes.mutant))
        except SuiteError as flaw:
            pytest.exit(str(flaw), Exit.SUITE_ERROR.value)
        self.situation = replace(self.situation, url=url)

    def _arrange(self) -> None:
        skew = self._preflight_time()
        self.situation = replace(self.situation, skew=skew)
        if self.situation.profile.target.start in {Start.EMBEDDED, Start.PROVISION}:
            self._provision()
        if "credentials" in self.situation.profile.target.offers:
            self._preflight_key()

    def _preflight_time(self) -> int:
        """The target's clock less ours, in ms. Raises Inconclusive when nobody answers."""
        answer = self._target.send(_get("/time"), NOBODY)
        if answer.exchange.response is None:
            raise Inconclusive(f"the target {self.situation.url} is out of reach: {answer.exchange.failure}")
        body = answer.body
        is_time = isinstance(body, list) and len(body) == 1 and isinstance(body[0], int)
        return body[0] - int(time.time() * 1000) if is_time else 0

    def _provision(self) -> None:
        self._own(provision(self._target))
        self.situation = replace(self.situation, presence_channel=PRESENCE_CHANNEL)
        # Who makes one application only can still be judged by all that needs no stranger.
        with suppress(Inconclusive):
            self._own(provision_stranger(self._target))

    def _own(self, application: Application) -> None:
        self._applications.append(application)
        self.situation = replace(self.situation, keys={**self.situation.keys, **application.keys})

    def _preflight_key(self) -> None:
        """A key that one operation alone refuses is no reason to look no further: that operation may be broken."""
        channel = f"/channels/conf-{self.situation.run}-preflight"
        answers = [self._target.send(_get(path), "full") for path in (f"{channel}/messages", channel)]
        if all(each.status in {401, 403, 404} and each.error_code != 40160 for each in answers):
            answer = answers[0]
            raise Inconclusive(f"the key is refused by {self.situation.url}: {answer.status} {answer.error_code or ''}")

    @property
    def _target(self) -> Json:
        """Not bound to the run's names: an application bears none, and only the run has its key."""
        prefix = f"conf-{self.situation.run}-{_WORKER}"
        return open_target(self.situation, self._contract, prefix, self._exchanges.append, blast=Blast.EXCLUSIVE)

    # After the last test -------------------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        for application in self._applications:
            give_back(self._target, application)
        self._running.close()
        self._write_journal(session.config, interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)
        self._judge()
        session.exitstatus = self._exit_status(exitstatus)

    def _write_journal(self, config: pytest.Config, *, interrupted: bool) -> None:
        journal = Journal(self.situation.folder / f"journal-{_WORKER}.jsonl", known_secrets(self.situation))
        facts = header(self.situation, self._contract, [], _WORKER, selection(config))
        journal.write_header({**facts, "workers": list(self._workers)})
        for number, exchange in enumerate(self._exchanges, 1):
            journal.write_exchange(replace(exchange, id=f"{exchange.id}-{number}"))
        journal.write_footer(time.time(), interrupted=interrupted)

    def _judge(self) -> None:
        folder = self.situation.folder
        journals = sorted(folder.glob("journal-*.jsonl"))
        whole = folder / "journal.jsonl"
        whole.write_bytes(b"".join(journal.read_bytes() for journal in journals))
        found = read(journals)
        self._judgement = judge(found)
        _point_latest_at(folder)
        if not self._wishes.journal_only:
            self._report(found, self._judgement)

    def _report(self, found: Evidence, judgement: Judgement) -> None:
        try:
            report.write(
                found,
                judgement,
                self.situation.folder,
                OPENAPI.read_text(encoding="utf-8"),
                earlier=self._earlier,
                history_file=self._wishes.folder / "history.sqlite",
            )
        except Exception as flaw:  # noqa: BLE001  a broken report must not eat the verdict
            self._flaw = f"the report could not be written: {type(flaw).__name__}: {flaw}"

    def _exit_status(self, exitstatus: int) -> int:
        """Pytest's own word stands where it could not run as asked."""
        own = {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}
        nothing = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not self.situation.trouble
        if exitstatus in own or nothing or self._judgement is None:
            return exitstatus
        is_ours = bool(self._flaw) and self._judgement.exit is not Exit.NOT_CONFORMANT
        return Exit.SUITE_ERROR.value if is_ours else self._judgement.exit.value

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._judgement is None:
            return
        terminalreporter.section("conformance", sep="=")
        for problem in self._judgement.problems:
            terminalreporter.write_line(f"note: {problem}")
        if self._flaw:
            terminalreporter.write_line(f"suite error: {self._flaw}", red=True)
        written = "journal.jsonl" if self._wishes.journal_only else "report.html"
        terminalreporter.write_line(f"{written.partition('.')[0]}: {_relative(self.situation.folder / written)}")
        terminalreporter.write_line(self._judgement.sentence)


def _get(path: str) -> Call:
    return Call("GET", path, headers=(("Accept", JSON),), origin=Origin.SETUP)


def _point_latest_at(folder: Path) -> None:
    """Replaced in one step, so that a reader never finds it missing."""
    fresh = folder.parent / f".latest-{folder.name}"
    fresh.symlink_to(folder.name, target_is_directory=True)
    fresh.replace(folder.parent / "latest")


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
