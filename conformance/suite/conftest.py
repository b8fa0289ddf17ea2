"""What every test of the suite may ask for. Fixtures arrange; a refused set-up is inconclusive, never a fail."""

from __future__ import annotations

import pytest

from conformance.aim import World
from conformance.cases import Generator
from conformance.examiner import Examiner
from conformance.plugin import EXAMINER
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
