"""Packs every exchange of the run into the page: compressed and in base64, so that no body can end its element.

The page opens without reading them; its script unpacks the chunk that a reader opens.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.model import Exchange, Json, Origin
from conformance.report.page.exchange_view import exchange_view, record
from conformance.report.text.callers import caller_in_words
from conformance.report.text.safe_text import encodable, legible
from conformance.report.text.steps import step_name

CHUNK = 200
"""Exchanges in one chunk."""


@dataclass(frozen=True, slots=True)
class Archive:
    """index: the packed table of all exchanges. chunks: the packed exchanges, CHUNK in each."""

    index: str
    chunks: tuple[str, ...]


def case_of(exchange: Exchange) -> str:
    """Whether a request that was generated from the contract is "valid" or "invalid" by it; "" for other requests."""
    if exchange.origin in {Origin.SETUP, Origin.SCENARIO, Origin.OBSERVED}:
        return ""
    return "invalid" if exchange.defect else "valid"


def archive(exchanges: Sequence[Exchange]) -> Archive:
    return Archive(
        _packed(_index(exchanges)),
        tuple(
            _packed([record(exchange_view(each)) for each in exchanges[start : start + CHUNK]])
            for start in range(0, len(exchanges), CHUNK)
        ),
    )


def _index(exchanges: Iterable[Exchange]) -> Json:
    """One row for each exchange; values that repeat cost almost nothing once compressed."""
    return {
        "chunk": CHUNK,
        "rows": [
            [
                each.id,
                legible(step_name(each)),
                each.response.status if each.response else 0,
                each.response.media_type if each.response else "",
                each.origin.value,
                case_of(each),
                legible(caller_in_words(each.principal)),
                round(each.elapsed, 1),
            ]
            for each in exchanges
        ],
    }


def _packed(value: Json) -> str:
    text = encodable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return base64.b64encode(zlib.compress(text.encode())).decode()
