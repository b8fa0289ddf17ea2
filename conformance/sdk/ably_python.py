"""Clients of ably-python, each of one protocol, and what the tests do with all of them."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from ably.sync import AblyException, AblyRestSync

from conformance.sdk.local_ably import HOST, LocalAbly

# The version of the protocol that this SDK speaks, which request() wants to be told.
VERSION = "5"

numbers = count(1)


class Clients:
    """Makes clients of one protocol, and closes them."""

    def __init__(self, local_ably: LocalAbly, app: dict[str, Any], *, is_binary: bool) -> None:
        self.app = app
        self.options = {
            "endpoint": HOST,
            "port": local_ably.port,
            "tls_port": local_ably.tls_port,
            "use_binary_protocol": is_binary,
        }
        self.made: list[AblyRestSync] = []

    def key(self, index: int = 0) -> dict[str, Any]:
        key: dict[str, Any] = self.app["keys"][index]
        return key

    def make(self, **options: Any) -> AblyRestSync:
        """A client with the credentials given, or with the key that may do everything."""
        is_authorized = {"key", "token", "token_details", "auth_callback", "key_name"} & set(options)
        credentials = {} if is_authorized else {"key": self.key()["keyStr"]}
        client = AblyRestSync(**self.options, **credentials, **options)
        self.made.append(client)
        return client

    def close(self) -> None:
        for client in self.made:
            client.close()


def fresh(prefix: str = "channel") -> str:
    return f"{prefix}-{next(numbers)}"


def refusal(attempt: Any, *arguments: Any, **options: Any) -> tuple[int, int]:
    """Status and code of the refusal that the attempt meets."""
    with pytest.raises(AblyException) as raised:
        attempt(*arguments, **options)
    return raised.value.status_code, raised.value.code


def pages_of(page: Any) -> list[list[Any]]:
    pages = [page.items]
    while page.has_next():
        page = page.next()
        pages.append(page.items)
    return pages
