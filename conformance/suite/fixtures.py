"""Fixtures of the suite, and of requirements that a team adds to it.

A set-up that the target rejects makes a test inconclusive, never failed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from conformance.cases.binding import CaseFixtures
from conformance.model import Json
from conformance.run.registration import WORKER
from conformance.run.worker import Worker
from conformance.suite.steps.case_fixtures import create_case_fixtures
from conformance.suite.steps.devices import Subscribed, device, push_channel, registered, subscribed
from conformance.suite.steps.endpoints import PRESENCE
from conformance.suite.steps.operations import Fixtures
from conformance.suite.steps.presence import are_all_present
from conformance.suite.steps.stats import Past, injected, months
from conformance.suite.steps.tokens import Issuer, issuer_of
from conformance.target.client import Target

if TYPE_CHECKING:
    from conformance.cases.generator import Generator


@pytest.fixture(scope="session")
def worker(pytestconfig: pytest.Config) -> Worker:
    return pytestconfig.stash[WORKER]


@pytest.fixture(scope="session")
def target(worker: Worker) -> Target:
    return worker.target


@pytest.fixture(scope="session")
def generator(worker: Worker) -> Generator:
    return worker.generator


@pytest.fixture(scope="session")
def case_fixtures(worker: Worker) -> CaseFixtures:
    return create_case_fixtures(worker)


@pytest.fixture(scope="session")
def issuer(worker: Worker) -> Issuer:
    return issuer_of(worker, "full")


@pytest.fixture(scope="session")
def key_name(worker: Worker) -> str:
    """The name of the key with all capabilities."""
    return worker.run_config.keys["full"].name


@pytest.fixture(scope="session")
def presence_channel(worker: Worker) -> str:
    """The channel with the presence members of the provisioned application, which may enter with a delay."""
    channel = worker.run_config.presence_channel
    with worker.target.arranging():
        worker.target.settle(PRESENCE, channel_id=channel, until=are_all_present)
    return channel


@pytest.fixture(scope="session")
def past(worker: Worker) -> Past:
    """The injected statistics. Each worker injects them once, into months that no other worker uses."""
    return injected(worker.target, Past(*months(worker.target.names.prefix.rpartition("-")[2])))


@pytest.fixture(scope="session")
def fixtures(target: Target, worker: Worker) -> Fixtures:
    """The channel and the device of the protected operations; the device is registered if the target offers push."""

    @cache
    def register_device() -> str:
        id_ = target.names.fresh("device")
        return registered(target, device(id_))["id"] if "push" in worker.run_config.profile.target.offers else id_

    return Fixtures(target.names, f"allowed:{target.names.fresh('channel')}", register_device)


@pytest.fixture
def registered_device(target: Target) -> Json:
    return registered(target, device(target.names.fresh("device"), clientId=target.names.fresh("client")))


@pytest.fixture
def subscribed_device(target: Target, registered_device: Json) -> Subscribed:
    return subscribed(target, push_channel(target), registered_device["id"])
