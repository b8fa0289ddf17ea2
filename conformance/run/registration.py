"""Which of the two plugins a pytest process gets: the controller where the user is, a worker where tests run.

Without pytest-xdist one process is both.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance import catalogue
from conformance.cases.binding import FILLED
from conformance.command_line import OF_SOAK, destination
from conformance.contract import Contract
from conformance.contract.templates import variables
from conformance.errors import ContractError, UsageError
from conformance.profile import ScopeSection, refuse_unknown_scope, refuse_unknown_world
from conformance.run.announcement import Announcement
from conformance.run.config import Aim, RunConfig
from conformance.run.console import Console, Ending, EndingOfPytest, OwnEnding
from conformance.run.controller import CONTROLLER, JOURNAL, Controller
from conformance.run.interruption import Interruption
from conformance.run.live import NAME as LIVE
from conformance.run.machines import OtherMachines, Place, are_beside, expanded, handed, refuse, relocatable, taken
from conformance.run.options import contract_of, options_of, resolve

if TYPE_CHECKING:
    from conformance.run.worker import Worker

WORKER: pytest.StashKey[Worker] = pytest.StashKey()
_ALONE = "main"
_RUN_CONFIG = "conformance-run-config"
_SECRETS = "conformance-secrets"
_ACCIDENT = "conformance_accident"
_JOURNAL = "conformance-journal"


def register(config: pytest.Config) -> None:
    """Register the plugin of this process. Raises pytest.UsageError when the options cannot be resolved."""
    given = getattr(config, "workerinput", None)  # set by pytest-xdist in its worker processes
    if given is None:
        _let_workers_help_each_other(config)
    interruption = Interruption(waits=given is None and _is_distributed(config))
    config.pluginmanager.register(interruption, "conformance-interruption")
    if given is not None:
        try:
            place = taken(given[_RUN_CONFIG], JOURNAL)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        _start_worker(config, place.run_config, given["workerid"])
        end = _WorkerEnd(config.stash[WORKER], place, given["workerid"])
        config.pluginmanager.register(end, "conformance-worker-end")
        return
    try:
        _refuse_options_of_others(config)
        run_config = resolve(options_of(config))
        _prepare_for_other_machines(config, run_config)
        contract = contract_of(run_config.profile)
        _check_words(run_config, contract)
        live = config.pluginmanager.get_plugin(LIVE)
        ending: Ending = OwnEnding() if live else EndingOfPytest()
        controller = Controller(run_config, contract, (CONTROLLER, *_workers(config)), ending)
        if run_config.aim is not Aim.JUDGE:
            config.option.dist, config.option.tx = "no", []  # one process collects, and none runs a test
    except (UsageError, ContractError) as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(_WorkerStart(controller, config), "conformance-worker-start")
    config.pluginmanager.register(controller, "conformance-controller")
    config.pluginmanager.register(Console(controller.last_words, ending.title), "conformance-console")
    if live:
        live.has_until(run_config.budget.until)
    announcement = Announcement(config, lambda: (controller.run_config, controller.readiness))
    config.pluginmanager.register(announcement, "conformance-announcement")


def runs_tests(config: pytest.Config) -> bool:
    """Whether this process collects and runs tests itself, and does not only direct others that do."""
    return hasattr(config, "workerinput") or not _is_distributed(config)


def _refuse_options_of_others(config: pytest.Config) -> None:
    """Raises UsageError for options of pytest, of a plugin or of a soak, under which a run could not be judged."""
    if getattr(config.option, "forked", False):
        raise UsageError("--forked runs each test in a process whose evidence is lost; remove it, or use -n")
    for name in filter(lambda each: config.getoption(destination(each)), OF_SOAK):
        raise UsageError(f"{name} makes several runs, and this is one: give it to `ably-conformance run {name}`")
    if config.getoption("assertmode", "rewrite") == "plain" and not __debug__:
        raise UsageError("with -O or PYTHONOPTIMIZE, --assert=plain switches the assertions off; remove one of the two")


def _check_words(run_config: RunConfig, contract: Contract) -> None:
    """Raises UsageError for words of the profile that the suite or the contract has to know."""
    profile, own = run_config.profile, catalogue.own_places(run_config.also)
    operations = [each.label for each in contract.operations]
    if profile.scope != ScopeSection():
        refuse_unknown_scope(profile, {**catalogue.places(), **own}, operations)
    refuse_unknown_world(profile, {name for each in contract.operations for name in variables(each.path)} - FILLED)


def _workers(config: pytest.Config) -> tuple[str, ...]:
    if not _is_distributed(config):
        return (_ALONE,)
    return tuple(f"gw{number}" for number in range(len(expanded(config.option.tx))))


def _is_distributed(config: pytest.Config) -> bool:
    return bool(getattr(config.option, "tx", None)) and config.option.dist != "no"


def _prepare_for_other_machines(config: pytest.Config, run_config: RunConfig) -> None:
    """Raises UsageError where workers that are elsewhere could not do what is asked for."""
    specs = expanded(config.option.tx) if _is_distributed(config) else []
    if are_beside(specs):
        return
    refuse(specs, run_config)
    given = config.invocation_params
    config.invocation_params = replace(given, args=tuple(relocatable(map(str, given.args))))
    if config.option.maxworkerrestart is None:  # pytest-xdist would start a worker that cannot begin for ever
        config.option.maxworkerrestart = str(len(specs))
    config.pluginmanager.register(OtherMachines(), "conformance-other-machines")


def _let_workers_help_each_other(config: pytest.Config) -> None:
    """What is left of a worker that is behind goes to one that is done, unless the user chose otherwise with --dist.
    Without that pytest-xdist would start no worker of --tx.
    """
    chosen = any(str(arg).startswith(("--dist", "-d")) for arg in config.invocation_params.args)
    if getattr(config.option, "tx", None) and config.option.dist in {"load", "no"} and not chosen:
        config.option.dist = "worksteal"


class _WorkerStart:
    """Hands the run config to the workers, once the controller has completed it in its pre-flight, and the secrets that
    they learned to the controller. Both go over a pipe, and never into a file.
    """

    def __init__(self, controller: Controller, config: pytest.Config) -> None:
        self._controller = controller
        self._config = config
        self._nodes: list[Any] = []

    def pytest_sessionstart(self) -> None:
        if not _is_distributed(self._config):
            _start_worker(self._config, self._controller.run_config, _ALONE)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """After the worker's own and that of pytest-xdist, which ends the workers, and before that of the controller,
        which is registered later. Once a signal ended the loop, pytest-xdist reports no worker as finished.
        """
        if WORKER in session.config.stash:
            worker = session.config.stash[WORKER]
            self._controller.learn(worker.learned)
            self._controller.admit(worker.accident)
        for node in tuple(self._nodes):
            self._take(node)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        if node in self._nodes:  # pytest-xdist reports one that a signal ended twice
            self._take(node)

    def _take(self, node: Any) -> None:
        """What a worker hands over at its end, once. A worker that died has nothing."""
        self._nodes.remove(node)
        output = getattr(node, "workeroutput", None) or {}
        if _SECRETS in output:
            self._controller.learn(pickle.loads(output[_SECRETS]))  # noqa: S301  from our own worker, over a pipe
            self._controller.admit(output[_ACCIDENT])
            if output[_JOURNAL]:
                self._controller.take_journal(node.gateway.id, output[_JOURNAL])

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_RUN_CONFIG] = handed(self._controller.run_config, str(node.gateway.spec))
        self._nodes.append(node)


class _WorkerEnd:
    """In a process of pytest-xdist."""

    def __init__(self, worker: Worker, place: Place, name: str) -> None:
        self._worker = worker
        self._place = place
        self._name = name

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output: dict[str, Any] = getattr(session.config, "workeroutput", {})
        output[_SECRETS] = pickle.dumps(self._worker.learned)
        output[_ACCIDENT] = self._worker.accident
        output[_JOURNAL] = self._place.journal(self._name)


def _start_worker(config: pytest.Config, run_config: RunConfig, name: str) -> None:
    from conformance.run.worker import Worker  # noqa: PLC0415  a controller alone needs no library that tests need

    worker = Worker(run_config, contract_of(run_config.profile), name, (CONTROLLER, name))
    config.stash[WORKER] = worker
    config.pluginmanager.register(worker, "conformance-worker")
