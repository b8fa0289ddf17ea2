"""What every test of the suite may ask for. Fixtures arrange; a refused set-up is inconclusive, never a fail."""

from __future__ import annotations

import pytest

from conformance.aim import World
from conformance.cases import Generator
from conformance.examiner import Examiner
from conformance.model import Json
from conformance.plugin import EXAMINER
from conformance.suite.devices import Subscribed, device, push_channel, registered, subscribed
from conformance.target import Target


@pytest.fixture(scope="session")
def examiner(pytestconfig: pytest.Config) -> Examiner:
    return pytestconfig.stash[EXAMINER]


@pytest.fixture(scope="session")
def target(examiner: Examiner) -> Target:
    return examiner.target


@pytest.fixture(scope="session")
def generator(examiner: Examiner) -> Generator:
    return examiner.generator


@pytest.fixture(scope="session")
def world(examiner: Examiner) -> World:
    return examiner.world()


@pytest.fixture
def registered_device(target: Target) -> Json:
    return registered(target, device(target.names.fresh("device"), clientId=target.names.fresh("client")))


@pytest.fixture
def subscribed_device(target: Target, registered_device: Json) -> Subscribed:
    return subscribed(target, push_channel(target), registered_device["id"])
