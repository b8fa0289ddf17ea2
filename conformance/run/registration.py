"""Who plays which part in which process: a director where the user is, an examiner wherever tests run."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from conformance import catalogue
from conformance.contract import document
from conformance.errors import ContractError, UsageError
from conformance.profile import ScopeSection, refuse_strangers
from conformance.run.config import Situation
from conformance.run.controller import Director, is_worker
from conformance.run.options import choose_profile, wishes_of
from conformance.run.worker import Examiner

EXAMINER = pytest.StashKey[Examiner]()
_SITUATION = "conformance-situation"


def appoint(config: pytest.Config) -> None:
    """Register whoever this process is. Raises pytest.UsageError where the user's wishes cannot be met."""
    if is_worker(config):
        _take_part(config)
    else:
        _take_charge(config)


def _take_charge(config: pytest.Config) -> None:
    wishes = wishes_of(config)
    try:
        profile = choose_profile(wishes)
        judged_by = document.load(profile.contract.errata.value)
        if profile.scope != ScopeSection():
            refuse_strangers(profile, catalogue.places(), [each.label for each in judged_by.operations])
        director = Director(wishes, profile, judged_by, _workers(config))
    except (UsageError, ContractError) as flaw:
        raise pytest.UsageError(str(flaw)) from flaw
    config.pluginmanager.register(director, "conformance-director")
    config.pluginmanager.register(Link(director, config), "conformance-link")


def _workers(config: pytest.Config) -> tuple[str, ...]:
    if not _is_distributed(config):
        return ("main",)
    return tuple(f"gw{number}" for number in range(len(config.option.tx)))


def _is_distributed(config: pytest.Config) -> bool:
    return bool(getattr(config.option, "tx", None)) and config.option.dist != "no"


class Link:
    """Hands the situation to whoever runs tests, once the director knows it."""

    def __init__(self, director: Director, config: pytest.Config) -> None:
        self._director = director
        self._config = config

    def pytest_sessionstart(self) -> None:
        if not _is_distributed(self._config):
            _enlist(self._config, self._director.situation, "main", ("director", "main"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_SITUATION] = pickle.dumps(self._director.situation)


def _take_part(config: Any) -> None:
    situation = pickle.loads(config.workerinput[_SITUATION])  # noqa: S301  from our own director, over a pipe
    worker = config.workerinput["workerid"]
    _enlist(config, situation, worker, ("director", worker))


def _enlist(config: pytest.Config, situation: Situation, worker: str, workers: tuple[str, ...]) -> None:
    examiner = Examiner(situation, document.load(situation.profile.contract.errata.value), worker, workers)
    config.stash[EXAMINER] = examiner
    config.pluginmanager.register(examiner, "conformance-examiner")
