"""The steps of a scenario in words.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from urllib.parse import urlsplit

from conformance.model import Exchange


def trail(exchanges: Iterable[Exchange]) -> str:
    """The sequence in one line; a repeated step is counted: "GET /push/channels 200 (x12)"."""
    steps = (f"{step_name(exchange)} {step_end(exchange)}" for exchange in exchanges)
    return " | ".join(_counted(step, len(list(same))) for step, same in groupby(steps))


def step_name(exchange: Exchange) -> str:
    return exchange.operation or f"{exchange.request.method} {urlsplit(exchange.request.url).path}"


def step_end(exchange: Exchange) -> str:
    return str(exchange.response.status) if exchange.response else "no answer"


def _counted(step: str, times: int) -> str:
    return f"{step} (x{times})" if times > 1 else step


def runs(exchanges: Iterable[Exchange]) -> list[list[Exchange]]:
    """Equal steps in a row, as polling leaves them, belong together."""
    return [list(same) for _, same in groupby(exchanges, key=_likeness)]


def _likeness(exchange: Exchange) -> tuple[str, str, str, bytes, str]:
    request = exchange.request
    return (exchange.principal, request.method, request.url, request.body, step_end(exchange))
