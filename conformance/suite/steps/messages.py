"""Publishes messages to a channel, reads them from history, and picks what the tests compare."""

from __future__ import annotations

from collections.abc import Callable

from conformance.contract.templates import fill
from conformance.facts import Facts, facts
from conformance.model import JSON, Call, Headers, Json
from conformance.suite.steps.answers import items_of
from conformance.suite.steps.endpoints import MESSAGES
from conformance.target.answer import Answer, arranged, seen
from conformance.target.client import Target

OLDEST_FIRST = {"direction": "forwards", "limit": "1000"}
BOTH = (f"POST {MESSAGES}", f"GET {MESSAGES}")
SENTINEL = "the last of its channel"
"""The name of the message after which `kept` stops reading."""


def channel_of(target: Target) -> str:
    """The name of a channel that no other test uses."""
    return target.names.fresh("channel")


def with_ids(base: str, count: int) -> list[Json]:
    """Messages with ids of the form base:index, which ids of an array must have."""
    return [{"id": f"{base}:{number}", "data": str(number)} for number in range(count)]


def publish(target: Target, channel: str, body: Json, **how: Json) -> Answer:
    return target.post(MESSAGES, body, channel_id=channel, **how)


def published_raw(
    target: Target,
    channel: str,
    body: bytes,
    kind: str = JSON,
    *,
    query: tuple[tuple[str, str], ...] = (),
    headers: Headers = (),
) -> Answer:
    """Publish the given bytes, which need not be a body that an encoder writes."""
    lines = (("Accept", JSON), ("Content-Type", kind), *headers)
    path = fill(MESSAGES, {"channel_id": channel})
    return target.send(Call("POST", path, query, lines, body, operation=f"POST {MESSAGES}"))


def published(target: Target, channel: str, body: Json, **how: Json) -> Answer:
    """Publish as set-up. Raises Inconclusive when the target rejects it."""
    with target.arranging():
        return arranged(publish(target, channel, body, **how))


def history(target: Target, channel: str, count: int = 1, **how: Json) -> Answer:
    """Read history until it has `count` messages, oldest first unless `query` is given."""
    return target.poll(MESSAGES, channel_id=channel, until=holds(count), **{"query": OLDEST_FIRST, **how})


def holds(count: int) -> Callable[[Answer], bool]:
    return lambda answer: isinstance(answer.body, list) and len(answer.body) >= count


def only(answer: Answer) -> Json:
    """The single message of a history; a history with another number of messages fails the test."""
    assert facts(stored_messages=len(answer.body)) == facts(stored_messages=1)
    return answer.body[0]


def single_message(messages: list[Json], *names: str) -> Facts:
    """The number of messages and the named members of the first one, to be compared with `stored_messages=1`."""
    first: Json = next(iter(messages), {})
    return facts(stored_messages=len(messages), **{name: first.get(name) for name in names})


def members(answer: Answer, name: str) -> list[Json]:
    """One member of each message of a history, None where it is absent."""
    return [message.get(name) for message in items_of(answer)]


def kept(target: Target, channel: str) -> list[Json]:
    """All messages of a channel, oldest first.

    Publishes a last message and reads until history has it: a message that is missing then was not stored.
    """
    published(target, channel, {"name": SENTINEL})
    answer = target.poll(MESSAGES, channel_id=channel, query=OLDEST_FIRST, until=has_sentinel)
    seen(answer, holds(1))
    return [message for message in items_of(answer) if message.get("name") != SENTINEL]


def has_sentinel(answer: Answer) -> bool:
    """Whether history has the last message of its channel."""
    return answer.status == 200 and SENTINEL in members(answer, "name")


def data_of(messages: list[Json]) -> list[Json]:
    return [message.get("data") for message in messages]


def is_id_or_base(answered: Json, stored: str) -> bool:
    """Whether a messageId is the id of the first message, or the base that all ids of the publish share (BPR2b)."""
    return isinstance(answered, str) and bool(answered) and (stored == answered or stored.startswith(f"{answered}:"))
