"""The master of Locust as the master of a load: it sets the rates, and ends with one report of all workers."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable
from typing import Any

import gevent
from locust import LoadTestShape

from conformance.command_line import destination
from conformance.errors import ContractError, SuiteError, UsageError
from conformance.load.brief import record_of
from conformance.load.master import Judged, Master
from conformance.load.messages import (
    BRIEF,
    DONE,
    END,
    ERROR,
    HELLO,
    PART,
    PATIENCE,
    RATE,
    REFUSAL,
    TALLIES,
    settings_from,
    stop,
    wait,
)
from conformance.load.settings import OPTIONS
from conformance.load.tally import tally_of
from conformance.report.formats import console
from conformance.report.text.load_table import lines
from conformance.report.text.safe_text import one_line
from conformance.verdict.result import Exit


class MasterPost:
    def __init__(self, environment: Any, runner: Any) -> None:
        self._environment = environment
        self._runner = runner
        self._clients: dict[str, str] = {}
        self._done: set[str] = set()
        self._early: list[str] = []
        self._number = -1
        self._is_prepared = False
        self._is_over = False
        self._is_interrupted = False
        self._is_collected = False
        environment.process_exit_code = Exit.SUITE_ERROR.value  # until there is a judgement
        if not environment.parsed_options.headless:
            stop("--headless is needed: a load follows its rates, and not a web page", Exit.USAGE)
        options = {name: getattr(environment.parsed_options, destination(name)) or "" for name in OPTIONS}
        try:
            self._settings = settings_from(options)
            self._master = Master(options, environment.host or "", self._settings)
        except (UsageError, ContractError) as error:
            stop(str(error), Exit.USAGE)
        environment.shape_class = Rates(self)
        environment.events.test_stopping.add_listener(self._collect)
        environment.events.quitting.add_listener(self._conclude)
        runner.register_message(HELLO, lambda msg, **_: self._welcome(msg.node_id))
        runner.register_message(PART, lambda msg, **_: self._master.take_part(msg.data["worker"], msg.data["part"]))
        runner.register_message(TALLIES, self._take_tallies)
        runner.register_message(ERROR, self._take_error)
        runner.register_message(REFUSAL, self._take_refusal)
        runner.register_message(DONE, lambda msg, **_: self._done.add(msg.node_id))

    def prepare(self) -> None:
        try:
            self._master.prepare()
        except SuiteError as error:
            self._master.release()
            stop(str(error), Exit.SUITE_ERROR)
        if self._master.is_blocked:
            self._is_collected = True
            self._conclude()
            sys.exit(self._environment.process_exit_code)
        self._is_prepared = True
        gevent.signal_handler(signal.SIGINT, self._interrupt)
        for client in self._early:
            self._welcome(client)

    def rate(self, seconds: float) -> tuple[int, float] | None:
        """Users, and how many are to be started a second, after so many seconds of the load; None at its end."""
        number = int(seconds // self._settings.step)
        if self._is_over or number >= len(self._settings.rates):
            return None
        if number != self._number:
            self._number = number
            self._runner.send_message(RATE, {"number": number})
            print(f"{self._settings.rates[number]:g} requests a second", flush=True)  # noqa: T201
        users = self._settings.users_at(number)
        return users, users

    def _welcome(self, client: str) -> None:
        """A worker may come before the target is prepared, and after the load has begun."""
        if not self._is_prepared:
            self._early.append(client)
            return
        self._brief(client)
        if self._number >= 0:
            self._runner.send_message(RATE, {"number": self._number}, client)

    def _brief(self, client: str) -> None:
        brief = self._master.brief()
        self._clients[client] = brief.worker
        self._runner.send_message(BRIEF, record_of(brief), client)

    def _take_tallies(self, msg: Any, **_: Any) -> None:
        self._master.take_tallies(msg.data["worker"], [tally_of(each) for each in msg.data["tallies"]])

    def _take_error(self, msg: Any, **_: Any) -> None:
        self._master.take_error(f"{msg.data['worker']}: {msg.data['words']}")

    def _take_refusal(self, msg: Any, **_: Any) -> None:
        """Without one of its workers a load would ask less than it means to."""
        self._master.note(f"{msg.data['worker']} could not take part: {msg.data['words']}")
        self._is_over = True

    def _interrupt(self) -> None:
        if self._number < 0:
            self._master.release()
            stop("interrupted before the first request of the load", Exit.INTERRUPTED)
        self._is_over = self._is_interrupted = True

    def _collect(self, **_: Any) -> None:
        """Each worker ends its users and sends what it found; one that is gone has no journal, and is named."""
        if self._is_collected:  # Locust stops once more when a worker is too busy to be heard of
            return
        self._is_collected = True
        self._runner.send_message(END, {})
        wait(PATIENCE, lambda: all(each in self._done for each in self._clients if each in self._runner.clients))

    def _conclude(self, **_: Any) -> None:
        if self._number >= 0 and not self._is_collected:  # SIGTERM
            self._is_interrupted = True
            self._collect()
        self._master.release()
        lost = [name for client, name in self._clients.items() if client not in self._done]
        for name in lost:
            self._master.note(f"{name} went away, or did not send all that it found within {PATIENCE:g} s")
        try:
            judged = self._master.conclude(is_interrupted=self._is_interrupted)
        except OSError as error:
            stop(f"--into: {error.filename} cannot be written: {error.strerror}", Exit.USAGE)
        for line in _last_words(judged, self._environment.parsed_options.conformance_into):
            print(line, flush=True)  # noqa: T201  the console of this command
        self._environment.process_exit_code = judged.status.value


class Rates(LoadTestShape):  # type: ignore[misc]  # without Locust it is no class
    def __init__(self, post: MasterPost) -> None:
        super().__init__()
        self._post = post

    def tick(self) -> tuple[int, float] | None:
        return self._post.rate(self.get_run_time())


def _last_words(judged: Judged, into: str) -> Iterable[str]:
    evidence, judgement = judged.evidence, judged.judgement
    yield from console.render(evidence, judgement, judged.contract)
    yield from (f"note: {one_line(note)}" for note in (*evidence.header.circumstances, *judgement.problems))
    yield from lines(evidence.header.load)
    yield f"report: {into}/report.html"
    yield one_line(judgement.under_load)
    yield one_line(judgement.sentence)
