"""The members of the fixture channel, and the events by which they came."""

from __future__ import annotations

from conformance.model import JSON, Json
from conformance.suite.steps.endpoints import PRESENCE, PRESENCE_HISTORY
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.provisioning import MEMBERS

NEEDS = ("provisioning", "presence-fixtures", "documentation")
NAMES = tuple(each["clientId"] for each in MEMBERS)
PRESENT, ENTER = 1, 2


def are_all_present(answer: Answer) -> bool:
    return isinstance(answer.body, list) and len(answer.body) >= len(MEMBERS)


def members(target: Target, channel: str, accept: str = JSON, **query: str) -> list[Json]:
    """All that one query finds, whatever the number of pages."""
    return _whole(target, PRESENCE, channel, accept, query)


def events(target: Target, channel: str, accept: str = JSON, **query: str) -> list[Json]:
    return _whole(target, PRESENCE_HISTORY, channel, accept, query)


def _whole(target: Target, path: str, channel: str, accept: str, query: dict[str, str]) -> list[Json]:
    first = target.get(path, channel_id=channel, query={"limit": "1000", **query}, accept=accept)
    return [item for page in target.pages(first) for item in page.body]


def found(target: Target, channel: str, **query: str) -> list[str]:
    """The clients that a query finds, in their alphabetical order."""
    return sorted(each["clientId"] for each in members(target, channel, **query))
