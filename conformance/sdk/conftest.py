"""The server and the application that all SDK tests share; names keep them apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from ably.sync import AblyRestSync

from conformance.sdk.ably_python import Clients
from conformance.sdk.local_ably import LocalAbly, running


@pytest.fixture(scope="session")
def local_ably(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAbly]:
    with running(tmp_path_factory.mktemp("authority")) as local_ably, pytest.MonkeyPatch.context() as environment:
        # httpx, on which ably-python stands, trusts what this names; a recorder in between has its own authority.
        if "SSL_CERT_FILE" not in os.environ:
            environment.setenv("SSL_CERT_FILE", str(local_ably.ca_file))
        yield local_ably


@pytest.fixture(scope="session")
def app(local_ably: LocalAbly) -> dict[str, Any]:
    return local_ably.provision()


@pytest.fixture(params=[False, True], ids=["json", "msgpack"])
def is_binary(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def clients(local_ably: LocalAbly, app: dict[str, Any], *, is_binary: bool) -> Iterator[Clients]:
    clients = Clients(local_ably, app, is_binary=is_binary)
    yield clients
    clients.close()


@pytest.fixture
def ably(clients: Clients) -> AblyRestSync:
    return clients.make()
