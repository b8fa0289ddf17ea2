"""Every exchange of the run, packed into the page: deflated, and in base64, so that no body can end its element.

The page opens without looking at it; its script unpacks the one chunk that a reader asks for.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.model import Exchange, Json
from conformance.report.page.exchange_view import exchange_view, record
from conformance.report.text.safe_text import encodable, legible
from conformance.report.text.steps import step_name

CHUNK = 200
"""Exchanges that are unpacked together."""


@dataclass(frozen=True, slots=True)
class Archive:
    """index: one packed table of all exchanges. chunks: the exchanges themselves, CHUNK at a time."""

    index: str
    chunks: tuple[str, ...]


def archive(exchanges: Sequence[Exchange], started: float) -> Archive:
    return Archive(
        _packed(_index(exchanges, started)),
        tuple(_chunk(exchanges[start : start + CHUNK]) for start in range(0, len(exchanges), CHUNK)),
    )


def _chunk(exchanges: Iterable[Exchange]) -> str:
    return _packed([record(exchange_view(each)) for each in exchanges])


def _index(exchanges: Iterable[Exchange], started: float) -> Json:
    """Columns that repeat themselves deflate to almost nothing."""
    return {
        "chunk": CHUNK,
        "rows": [
            [
                each.id,
                legible(step_name(each)),
                each.response.status if each.response else 0,
                each.response.media_type if each.response else "",
                each.origin.value,
                legible(each.principal),
                round(each.started - started, 2),
                round(each.elapsed, 1),
            ]
            for each in exchanges
        ],
    }


def _packed(value: Json) -> str:
    text = encodable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()
