"""Paginated lists that do not change during a run: presence, presence history and statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from conformance.model import Json
from conformance.suite.steps.answers import items_of
from conformance.suite.steps.endpoints import PRESENCE, PRESENCE_HISTORY, STATS
from conformance.suite.steps.pages import pages_from
from conformance.suite.steps.stats import Past
from conformance.target.answer import Answer
from conformance.target.client import Target

NEEDS = ("provisioning", "presence-fixtures", "stats-injection", "documentation")
LISTED = tuple(f"GET {path}" for path in (PRESENCE, PRESENCE_HISTORY, STATS))
DIRECTED = LISTED[1:]
MOST = 40


@dataclass(frozen=True, slots=True)
class Listing:
    """path, parameters: the template of the contract and its values. named: the member that identifies an item."""

    path: str
    named: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    def get(self, target: Target, **query: str) -> Answer:
        return target.get(self.path, query={**self.query, **query}, **self.parameters)

    def walk(self, target: Target, **query: str) -> list[Answer]:
        """All pages of the list, which has only a few items; a list of more than MOST pages fails the test."""
        pages = pages_from(target, self.get(target, **query), MOST)
        assert "next" not in pages[-1].links, f"a next link on page {MOST} of a list of a few items"
        for page in pages:
            items_of(page)
        return pages

    def names(self, *pages: Answer) -> list[Json]:
        return [item[self.named] for page in pages for item in page.body]


def listings(presence_channel: str, past: Past) -> dict[str, Listing]:
    """The lists by the labels of their operations."""
    channel = {"channel_id": presence_channel}
    every = (
        Listing(PRESENCE, "id", channel),
        Listing(PRESENCE_HISTORY, "id", channel),
        Listing(STATS, "intervalId", query={**past.month, "unit": "minute"}),
    )
    return {f"GET {each.path}": each for each in every}


def ways(operation: str) -> Iterator[dict[str, str]]:
    """The queries for each direction that an operation accepts, or one empty query if it has no direction."""
    yield from [{"direction": way} for way in ("forwards", "backwards")] if operation in DIRECTED else [{}]
