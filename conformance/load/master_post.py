"""The master of Locust as the master of a load: it sets the rates, and ends with one report of all workers."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import gevent
from locust import LoadTestShape

from conformance.command_line import destination
from conformance.errors import ContractError, SuiteError, UsageError
from conformance.load import messages
from conformance.load.brief import record_of
from conformance.load.ending import tell
from conformance.load.master import Judged, Master
from conformance.load.messages import PATIENCE, settings_from, stop, wait
from conformance.load.settings import OPTIONS, Course
from conformance.load.tally import tally_of
from conformance.report.formats import console
from conformance.report.text.load_table import lines
from conformance.report.text.safe_text import one_line
from conformance.verdict.result import Exit

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Of the second one Locust takes notice only after the load."""


class MasterPost:
    def __init__(self, environment: Any, runner: Any) -> None:
        self._environment = environment
        self._runner = runner
        self._clients: dict[str, str] = {}
        self._ready: set[str] = set()
        self._done: set[str] = set()
        self._early: list[str] = []
        self._is_prepared = False
        self._is_over = False
        self._is_interrupted = False
        self._is_collected = False
        environment.process_exit_code = Exit.SUITE_ERROR.value  # until there is a judgement
        if not environment.parsed_options.headless:
            stop("--headless is needed: a load follows its rates, and not a web page", Exit.USAGE)
        options = {name: getattr(environment.parsed_options, destination(name)) or "" for name in OPTIONS}
        self._workers = environment.parsed_options.expect_workers
        try:
            self._settings = settings_from(options)
            self._course = Course(self._settings)
            self._master = Master(options, environment.host or "", self._settings, self._workers)
        except (UsageError, ContractError) as error:
            stop(str(error), Exit.USAGE)
        environment.shape_class = Rates(self)
        environment.events.test_stopping.add_listener(self._collect)
        environment.events.quitting.add_listener(self._conclude)
        self._listen(messages.HELLO, lambda msg: self._welcome(msg.node_id))
        self._listen(messages.READY, lambda msg: self._ready.add(msg.node_id))
        self._listen(messages.PART, lambda msg: self._master.take_part(msg.data["worker"], msg.data["part"]))
        self._listen(messages.TALLIES, self._take_tallies)
        self._listen(messages.ERROR, self._take_error)
        self._listen(messages.REFUSAL, self._take_refusal)
        self._listen(messages.DONE, lambda msg: self._done.add(msg.node_id))

    def _listen(self, message: str, take: Callable[[Any], None]) -> None:
        """Locust only logs what a listener raises."""

        def take_or_tell(msg: Any, **_: Any) -> None:
            try:
                take(msg)
            except Exception as error:  # noqa: BLE001  whatever it is, the load ends with the exit status 3
                self._master.take_error(f"the master could not take the message {message} ({type(error).__name__})")

        self._runner.register_message(message, take_or_tell)

    def prepare(self) -> None:
        """However it ends, what it made is removed."""
        this = gevent.getcurrent()
        handlers = [gevent.signal_handler(each, this.throw, KeyboardInterrupt) for each in _SIGNALS]
        try:
            self._master.prepare()
        except BaseException as error:  # noqa: BLE001  the interruption of the user, too
            self._abandon(*_why_not_prepared(error))
        for each in handlers:
            each.cancel()
        if self._master.is_blocked:
            self._is_collected = True
            self._conclude()
            sys.exit(self._environment.process_exit_code)
        self._is_prepared = True
        for number in _SIGNALS:
            gevent.signal_handler(number, self._interrupt)
        patience = self._environment.parsed_options.expect_workers_max_wait
        if patience:  # Locust itself would end without a word to anybody
            gevent.spawn_later(patience, self._give_up, patience)
        for client in self._early:
            self._welcome(client)

    def _give_up(self, seconds: float) -> None:
        if self._course.number < 0:
            began = f"{len(self._ready)} of {self._workers} workers began within {seconds:g} s"
            self._abandon(f"suite error: {began}", Exit.SUITE_ERROR)

    def _abandon(self, words: str, status: Exit) -> NoReturn:
        """Before the first request of the load. What it has made is removed, or named."""
        for left in self._master.release():
            print(one_line(left), file=sys.stderr, flush=True)  # noqa: T201  the console of this command
        stop(words, status)

    def wait_for_workers(self) -> None:
        """Locust takes a worker for ready that reads the contract still, and would miss a part of the first rate."""
        wait(PATIENCE, lambda: self._is_over or all(each.id in self._ready for each in self._runner.clients.ready))

    def rate(self, seconds: float) -> tuple[int, float] | None:
        """Users, and how many are to be started a second, after so many seconds of the load; None at its end."""
        before = self._course.number
        if not self._is_over:
            self._course.advance(seconds)
        if self._is_over or self._course.is_over:
            return None
        number = self._course.number
        if number != before:
            self._runner.send_message(messages.RATE, {"number": number})
            print(f"{self._settings.rates[number]:g} requests a second", flush=True)  # noqa: T201
        users = self._settings.users_at(number)
        return users, users

    def _welcome(self, client: str) -> None:
        """A worker may come before the target is prepared, and after the load has begun."""
        if not self._is_prepared:
            self._early.append(client)
            return
        self._brief(client)
        if self._course.number >= 0:
            self._runner.send_message(messages.RATE, {"number": self._course.number}, client)

    def _brief(self, client: str) -> None:
        brief = self._master.brief()
        self._clients[client] = brief.worker
        self._runner.send_message(messages.BRIEF, record_of(brief), client)

    def _take_tallies(self, msg: Any) -> None:
        self._master.take_tallies(msg.data["worker"], [tally_of(each) for each in msg.data["tallies"]])

    def _take_error(self, msg: Any) -> None:
        self._master.take_error(f"{msg.data['worker']}: {msg.data['words']}")

    def _take_refusal(self, msg: Any) -> None:
        """Without one of its workers a load would ask less than it means to."""
        self._master.note(f"{msg.data['worker']} could not take part: {msg.data['words']}")
        self._is_over = True

    def _interrupt(self) -> None:
        if self._course.number < 0:
            self._abandon("interrupted before the first request of the load", Exit.INTERRUPTED)
        self._is_over = self._is_interrupted = True

    def _collect(self, **_: Any) -> None:
        """Each worker ends its users and sends what it found; one that is gone has no journal, and is named."""
        if self._is_collected:  # Locust stops once more when a worker is too busy to be heard of
            return
        self._is_collected = True
        self._runner.send_message(messages.END, {})
        wait(self._patience, lambda: all(each in self._done for each in self._clients if each in self._runner.clients))

    @property
    def _patience(self) -> float:
        return PATIENCE + self._master.patience

    def _conclude(self, **_: Any) -> None:
        if self._course.number >= 0 and not self._is_collected:  # Locust was ended otherwise
            self._is_interrupted = True
            self._collect()
        for left in self._master.release():
            self._master.note(left)
        lost = [name for client, name in self._clients.items() if client not in self._done]
        for name in lost:
            self._master.note(f"{name} went away, or did not send all that it found within {self._patience:g} s")
        try:
            judged = self._master.conclude(is_interrupted=self._is_interrupted)
        except OSError as error:
            stop(f"--into: {error.filename} cannot be written: {error.strerror}", Exit.USAGE)
        self._environment.process_exit_code = judged.status.value
        tell(judged.status)
        for line in _last_words(judged, self._environment.parsed_options.conformance_into):
            print(line, flush=True)  # noqa: T201  the console of this command


class Rates(LoadTestShape):  # type: ignore[misc]  # without Locust it is no class
    def __init__(self, post: MasterPost) -> None:
        super().__init__()
        self._post = post
        self._is_begun = False

    def tick(self) -> tuple[int, float] | None:
        if not self._is_begun:
            self._is_begun = True
            self._post.wait_for_workers()
        return self._post.rate(self.get_run_time())


def _why_not_prepared(error: BaseException) -> tuple[str, Exit]:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted before the first request of the load", Exit.INTERRUPTED
    words = str(error) if isinstance(error, SuiteError) else type(error).__name__
    return f"suite error: the load could not be prepared: {words}", Exit.SUITE_ERROR


def _last_words(judged: Judged, into: str) -> Iterable[str]:
    evidence, judgement = judged.evidence, judged.judgement
    yield from console.render(evidence, judgement, judged.contract)
    yield from (f"note: {one_line(note)}" for note in (*evidence.header.circumstances, *judgement.problems))
    yield from lines(evidence.header.load)
    yield f"report: {into}/report.html"
    yield from map(one_line, filter(None, (judgement.under_load, judgement.sentence)))
