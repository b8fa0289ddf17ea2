"""How many workers `-n auto` starts: more than there are cores where a run mostly waits for the network."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from statistics import median
from urllib.parse import urlsplit

import pytest

from conformance.errors import UsageError
from conformance.run.options import choose_profile, options_of

_OWN_TIME = 0.004
"""Seconds that a worker computes for each exchange: to make the request, to judge the answer and to write it down."""

_MOST_OF_A_CORE = 4
_CONNECTIONS = 3
_PATIENCE = 2.0
_PORTS = {"http": 80, "https": 443}


def number_of_workers(config: pytest.Config) -> int | None:
    """None where nothing is known about the way to the target; pytest-xdist then takes one worker for each core."""
    try:
        target = choose_profile(options_of(config)).target
    except UsageError:  # told once the run is set up
        return None
    is_asked = bool(target.url) and not target.proxy and not config.option.collectonly
    seconds = latency(target.url) if is_asked else None
    return None if seconds is None else workers_for(seconds, os.cpu_count() or 1)


def workers_for(seconds: float, cores: int) -> int:
    """seconds: that a request and its response are on the way, in which a core can serve other workers."""
    return round(cores * min(1 + seconds / _OWN_TIME, _MOST_OF_A_CORE))


def latency(url: str) -> float | None:
    """Seconds of a round trip, by the time to connect; None for a server that cannot be reached."""
    parts = urlsplit(url)
    found = []
    with suppress(OSError, ValueError):
        for _ in range(_CONNECTIONS):
            began = time.monotonic()
            with socket.create_connection((parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)), _PATIENCE):
                found.append(time.monotonic() - began)
    return median(found) if found else None
