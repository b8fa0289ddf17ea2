"""Messages as the scenarios publish and read them, and what is looked at when they come back."""

from __future__ import annotations

from collections.abc import Callable

from conformance.contract.templates import fill
from conformance.model import JSON, Call, Headers, Json
from conformance.suite.steps.endpoints import MESSAGES
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

OLDEST_FIRST = {"direction": "forwards", "limit": "1000"}
BOTH = (f"POST {MESSAGES}", f"GET {MESSAGES}")
SENTINEL = "the last of its channel"


def channel_of(target: Target) -> str:
    return target.names.fresh("channel")


def with_ids(base: str, count: int) -> list[Json]:
    """Messages with ids of the form that several in one publish must have."""
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
    """A body that no encoder would make."""
    lines = (("Accept", JSON), ("Content-Type", kind), *headers)
    path = fill(MESSAGES, {"channel_id": channel})
    return target.send(Call("POST", path, query, lines, body, operation=f"POST {MESSAGES}"))


def published(target: Target, channel: str, body: Json, **how: Json) -> Answer:
    """Set-up: the messages are accepted, or nothing was judged."""
    with target.arranging():
        return arranged(publish(target, channel, body, **how))


def history(target: Target, channel: str, count: int = 1, **how: Json) -> Answer:
    """Read until that many messages are there, oldest first unless the query says otherwise."""
    return target.poll(MESSAGES, channel_id=channel, until=holds(count), **{"query": OLDEST_FIRST, **how})


def holds(count: int) -> Callable[[Answer], bool]:
    return lambda answer: isinstance(answer.body, list) and len(answer.body) >= count


def only(answer: Answer) -> Json:
    """The one message that was read."""
    assert len(answer.body) == 1, f"one message was published, {len(answer.body)} are read"
    return answer.body[0]


def members(answer: Answer, name: str) -> list[Json]:
    """One member of every message that was read, None where it is absent."""
    return [message.get(name) for message in answer.body]


def kept(target: Target, channel: str) -> list[Json]:
    """All that a channel holds, oldest first. What is not there when a later message is, was not stored."""
    published(target, channel, {"name": SENTINEL})
    answer = target.poll(
        MESSAGES, channel_id=channel, query=OLDEST_FIRST, until=lambda answer: SENTINEL in members(answer, "name")
    )
    return [message for message in answer.body if message.get("name") != SENTINEL]


def data_of(messages: list[Json]) -> list[Json]:
    return [message.get("data") for message in messages]


def is_id_or_base(answered: Json, stored: str) -> bool:
    """The messageId of an answer is the id of the first message, or what all ids of the publish begin with (BPR2b)."""
    return isinstance(answered, str) and bool(answered) and (stored == answered or stored.startswith(f"{answered}:"))
