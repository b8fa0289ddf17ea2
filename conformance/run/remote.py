"""Begins a worker of pytest-xdist in another folder or on another machine, with the paths that the suite has there."""

from __future__ import annotations

import runpy
from typing import Any

from conformance.paths import PACKAGE

PLACE = "conformance-is-in:"
"""Stands in an argument for the folder in which the package is installed where the worker is."""


def begin(channel: Any) -> None:
    """channel: of execnet. Its first message has the arguments of pytest; everything else is left to pytest-xdist."""
    given, arguments, *rest = channel.receive()
    here = [each.replace(PLACE, str(PACKAGE.parent), 1) for each in arguments]
    first = _FirstMessage(channel, (given, here, *rest))
    runpy.run_module("xdist.remote", {"channel": first}, run_name="__channelexec__")


class _FirstMessage:
    """A channel whose first message was received already."""

    def __init__(self, channel: Any, message: tuple[Any, ...]) -> None:
        self._channel = channel
        self._message = message

    def receive(self) -> tuple[Any, ...]:
        return self._message

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)
