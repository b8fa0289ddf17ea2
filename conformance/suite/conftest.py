"""What every test of the suite may ask for. Fixtures arrange; a refused set-up is inconclusive, never a fail."""

from __future__ import annotations

import pytest

from conformance.cases.binding import World
from conformance.cases.generator import Generator
from conformance.model import Json
from conformance.run.registration import EXAMINER
from conformance.run.worker import Examiner
from conformance.suite.steps.devices import Subscribed, device, push_channel, registered, subscribed
from conformance.suite.steps.endpoints import PRESENCE
from conformance.suite.steps.operations import Room
from conformance.suite.steps.presence import are_all_present
from conformance.suite.steps.stats import Past, injected, months
from conformance.suite.steps.tokens import Issuer, issuer_of
from conformance.suite.steps.world import world_of
from conformance.target.client import Target


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
    return world_of(examiner)


@pytest.fixture(scope="session")
def issuer(examiner: Examiner) -> Issuer:
    return issuer_of(examiner, "full")


@pytest.fixture(scope="session")
def key_name(examiner: Examiner) -> str:
    """The name of the key that may do everything."""
    return examiner.situation.keys["full"].name


@pytest.fixture(scope="session")
def presence_channel(examiner: Examiner) -> str:
    """The channel whose present members were asked for when the application was made; they may come in late."""
    channel = examiner.situation.presence_channel
    with examiner.target.arranging():
        examiner.target.poll(PRESENCE, channel_id=channel, until=are_all_present)
    return channel


@pytest.fixture(scope="session")
def past(examiner: Examiner) -> Past:
    """Minutes of the past, put into the statistics once by each worker, each into months of its own."""
    return injected(examiner.target, Past(*months(examiner.target.names.prefix.rpartition("-")[2])))


@pytest.fixture(scope="session")
def room(target: Target, examiner: Examiner) -> Room:
    """Behind every door; where push is not offered its device is a name and no more."""
    found = Room(target.names, f"allowed:{target.names.fresh('channel')}", target.names.fresh("device"))
    if "push" in examiner.situation.profile.target.offers:
        registered(target, device(found.device))
    return found


@pytest.fixture
def registered_device(target: Target) -> Json:
    return registered(target, device(target.names.fresh("device"), clientId=target.names.fresh("client")))


@pytest.fixture
def subscribed_device(target: Target, registered_device: Json) -> Subscribed:
    return subscribed(target, push_channel(target), registered_device["id"])
