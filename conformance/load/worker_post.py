"""A worker of Locust as a worker of a load: it hands on what it is told, and sends what it found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from locust.exception import StopUser

from conformance.errors import ContractError, UsageError
from conformance.load import messages
from conformance.load.brief import brief_of
from conformance.load.master import config_of
from conformance.load.messages import PATIENCE, settings_from, wait
from conformance.load.tally import record_of
from conformance.load.worker import User, Worker
from conformance.model import Exchange
from conformance.run.options import contract_of

_LARGEST = 256 * 1024
"""Bytes of a part of a journal in one message."""

_FOR_BRIEF = 10.0
"""Seconds that users wait to be told whom they ask; they may be started before that."""


class WorkerPost:
    def __init__(self, environment: Any, runner: Any) -> None:
        self._environment = environment
        self._runner = runner
        self._worker: Worker | None = None
        self._name = ""
        self._is_ending = False
        self._is_done = False
        environment.events.quitting.add_listener(self._leave)
        runner.register_message(messages.BRIEF, self._begin)
        runner.register_message(messages.RATE, self._change)
        runner.register_message(messages.END, self._end, concurrent=True)
        self._send(messages.HELLO)

    def user(self) -> User:
        wait(_FOR_BRIEF, lambda: self._worker is not None)
        if self._worker is None:  # it could not take part, and the master knows why
            raise StopUser
        try:
            return self._worker.user()
        except Exception as error:
            self._send(messages.ERROR, words=f"a user could not begin ({type(error).__name__})")
            raise StopUser from error

    def _begin(self, msg: Any, **_: Any) -> None:
        self._name = str(msg.data.get("worker", ""))
        try:
            brief = brief_of(msg.data)
            config = config_of(brief)
            settings = settings_from(brief.options)
            contract = contract_of(config.profile)
        except (UsageError, ContractError) as error:
            self._send(messages.REFUSAL, words=str(error))
            return
        except Exception as error:  # noqa: BLE001  Locust would only log it
            self._send(messages.ERROR, words=f"the worker could not begin ({type(error).__name__})")
            self._send(messages.REFUSAL, words="it failed itself")
            return
        self._worker = Worker(config, contract, settings, brief.worker, brief.workers, self._tell)
        self._send(messages.READY)

    def _change(self, msg: Any, **_: Any) -> None:
        if self._worker:
            self._worker.begin(int(msg.data["number"]))

    def _tell(self, exchange: Exchange, broken: tuple[str, ...]) -> None:
        """For Locust's own statistics, which show no value of a request or an answer."""
        method, _, path = exchange.operation.partition(" ")
        body = exchange.response.body if exchange.response else b""
        self._environment.events.request.fire(
            request_type=method,
            name=path,
            response_time=exchange.elapsed,
            response_length=len(body),
            exception=_failure(exchange, broken),
            context={},
        )

    def _end(self, **_: Any) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        try:
            if self._worker:
                self._hand_in(self._worker)
        except Exception as error:  # noqa: BLE001  Locust would only log it
            self._send(messages.ERROR, words=f"what the worker found could not be sent ({type(error).__name__})")
        self._send(messages.DONE)
        self._is_done = True

    def _leave(self, **_: Any) -> None:
        """Also a worker whose master is gone removes what its users made."""
        self._end()
        wait(PATIENCE, lambda: self._is_done)

    def _hand_in(self, worker: Worker) -> None:
        worker.end()
        wait(PATIENCE / 2 + worker.patience, lambda: not len(self._runner.user_greenlets))
        journal = worker.journal()
        for start in range(0, len(journal), _LARGEST):
            self._send(messages.PART, part=journal[start : start + _LARGEST])
        self._send(messages.TALLIES, tallies=[record_of(each) for each in worker.tallies])
        for words in worker.errors:
            self._send(messages.ERROR, words=f"a flow ended with an error of the suite ({words})")

    def _send(self, message: str, **data: Any) -> None:
        self._runner.send_message(message, {"worker": self._name, **data})


def _failure(exchange: Exchange, broken: Iterable[str]) -> Exception | None:
    if exchange.response is None:
        return ConnectionError(exchange.failure)
    if exchange.response.status >= 400:
        return RuntimeError(f"status {exchange.response.status}")
    ids = sorted(set(broken))
    return AssertionError(", ".join(ids)) if ids else None
