"""Describes sequences of exchanges by their steps: operation and status.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from urllib.parse import urlsplit

from conformance.model import Exchange


def trail(exchanges: Iterable[Exchange]) -> str:
    """The sequence in one line; equal steps in a row are counted: "GET /push/channels 200 (x12)"."""
    steps = groupby(f"{step_name(exchange)} {step_end(exchange)}" for exchange in exchanges)
    counted = ((step, len(list(same))) for step, same in steps)
    return " | ".join(f"{step} (x{times})" if times > 1 else step for step, times in counted)


def step_name(exchange: Exchange) -> str:
    return exchange.operation or f"{exchange.request.method} {urlsplit(exchange.request.url).path}"


def operation_name(operation: str) -> str:
    """The label of an operation, or words for requests and findings that belong to none."""
    return operation or "no operation of the contract"


def step_end(exchange: Exchange) -> str:
    return str(exchange.response.status) if exchange.response else "no response"


def runs(exchanges: Iterable[Exchange]) -> list[list[Exchange]]:
    """The exchanges, with equal ones in a row, as polling makes them, put together."""
    return [list(same) for _, same in groupby(exchanges, key=_identity)]


def _identity(exchange: Exchange) -> tuple[str, str, str, bytes, str]:
    request = exchange.request
    return (exchange.principal, request.method, request.url, request.body, step_end(exchange))
