"""Lists that do not change while they are read, and the ways to page through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from conformance.model import Json
from conformance.suite.steps.endpoints import PRESENCE, PRESENCE_HISTORY, STATS
from conformance.suite.steps.stats import Past
from conformance.target.answer import Answer
from conformance.target.client import Target

NEEDS = ("provisioning", "presence-fixtures", "stats-injection", "documentation")
LISTED = tuple(f"GET {path}" for path in (PRESENCE, PRESENCE_HISTORY, STATS))
DIRECTED = LISTED[1:]
MOST = 40


@dataclass(frozen=True, slots=True)
class Listing:
    """path: the contract's template, and what fills it. named: the member that tells two items apart."""

    path: str
    named: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    def get(self, target: Target, **query: str) -> Answer:
        return target.get(self.path, query={**self.query, **query}, **self.parameters)

    def walk(self, target: Target, **query: str) -> list[Answer]:
        """The pages of a list of a few items; next has to end long before MOST."""
        pages = [self.get(target, **query)]
        while "next" in pages[-1].links:
            assert len(pages) < MOST, "next leads on and on"
            pages.append(target.follow(pages[-1].links["next"], pages[-1]))
        return pages

    def names(self, *pages: Answer) -> list[Json]:
        return [item[self.named] for page in pages for item in page.body]


def listings(presence_channel: str, past: Past) -> dict[str, Listing]:
    """By the labels of their operations."""
    channel = {"channel_id": presence_channel}
    every = (
        Listing(PRESENCE, "id", channel),
        Listing(PRESENCE_HISTORY, "id", channel),
        Listing(STATS, "intervalId", query={**past.month, "unit": "minute"}),
    )
    return {f"GET {each.path}": each for each in every}


def ways(operation: str) -> Iterator[dict[str, str]]:
    """The directions in which an operation lists; {} where it knows none."""
    yield from [{"direction": way} for way in ("forwards", "backwards")] if operation in DIRECTED else [{}]
