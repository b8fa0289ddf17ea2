"""Reads presence members and presence events of the channel whose members were set up with the application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from conformance.facts import Facts
from conformance.model import JSON, Json
from conformance.suite.steps.answers import items_of
from conformance.suite.steps.endpoints import PRESENCE, PRESENCE_HISTORY
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.provisioning import MEMBERS

NEEDS = ("provisioning", "presence-fixtures", "documentation")
NAMES = tuple(each["clientId"] for each in MEMBERS)
PRESENT, ENTER = 1, 2
_CLIENT_FILTERS = frozenset({"clientId", "client_id"})
_CONNECTION_FILTERS = frozenset({"connectionId", "connection_id"})


def are_all_present(answer: Answer) -> bool:
    return isinstance(answer.body, list) and len(answer.body) >= len(MEMBERS)


def members(
    target: Target, channel: str, accept: str = JSON, *, awaited: Iterable[str] | None = None, **query: str
) -> list[Json]:
    """All members that match a query, from all pages, read until none of the awaited is missing or patience ends.

    awaited: clientIds; by default all that the filters of the query do not leave out.
    """
    expected = _that_match(query) if awaited is None else set(awaited)
    for _ in target.attempts():
        found = _items(target, PRESENCE, channel, accept, query)
        if expected <= {each["clientId"] for each in found}:
            break
    return found


def _that_match(query: Mapping[str, str]) -> set[str]:
    """None for a connection filter: a member that it leaves out would be waited for until patience ends."""
    if not _CONNECTION_FILTERS.isdisjoint(query):
        return set()
    return {name for name in NAMES if all(query.get(each, name) == name for each in _CLIENT_FILTERS)}


def events(target: Target, channel: str, accept: str = JSON, **query: str) -> list[Json]:
    """All events of the presence history that match a query, from all pages."""
    return _items(target, PRESENCE_HISTORY, channel, accept, query)


def _items(target: Target, path: str, channel: str, accept: str, query: dict[str, str]) -> list[Json]:
    pages = target.pages(target.get(path, channel_id=channel, query={"limit": "1000", **query}, accept=accept))
    for page in pages:
        assert page.error_code is None, f"status {page.status} and error code {page.error_code}"
    return [item for page in pages for item in items_of(page)]


def clients(target: Target, channel: str, *, awaited: Iterable[str] | None = None, **query: str) -> list[str]:
    """The clientIds of the members that match a query, in alphabetical order."""
    return sorted(each["clientId"] for each in members(target, channel, awaited=awaited, **query))


def payloads_of(items: Sequence[Json], payload: Callable[[Json], Facts]) -> dict[str, Json]:
    """The data and the encoding of members or events by clientId; payload: `carried` or `unwrapped`."""
    return {f"{name} of {item['clientId']}": value for item in items for name, value in payload(item).items()}


def similar_names(target: Target, channel: str) -> dict[str, str]:
    """Channels without members whose names resemble that of the presence channel, by how they differ from it."""
    return {
        "in upper case": channel.upper(),
        "with a suffix": f"{channel}:{target.names.fresh()}",
        "without its namespace": channel.partition(":")[2],
    }
