"""PUB: what was published is what is read."""

from __future__ import annotations

from conformance.model import MUST, Clause
from conformance.requirement import requirement
from conformance.suite.paths import MESSAGES, pointer
from conformance.target import Target, arranged

PUBLISH = Clause(pointer("post", MESSAGES, "description"), "Publish a message to the specified channel")
EXTRAS = Clause("#/components/schemas/Extras/description", "Currently only allows for [push]")
BOTH = [f"POST {MESSAGES}", f"GET {MESSAGES}"]


@requirement(
    "PUB-01",
    MUST,
    "A published message is the one that history holds, with the id that was answered",
    clause=PUBLISH,
    operations=BOTH,
    needs={"state"},
)
def test_a_published_message_is_in_history(target: Target) -> None:
    channel = target.names.fresh("channel")

    published = target.post(MESSAGES, {"name": "greeting", "data": "hello"}, channel_id=channel)
    history = target.poll(MESSAGES, channel_id=channel, until=lambda answer: bool(answer.body))

    found = [(each["id"], each["name"], each["data"]) for each in history.body]
    assert found == [(published.body["messageId"], "greeting", "hello")]


@requirement(
    "PUB-02",
    MUST,
    "The push payload in the extras of a message is read back unchanged",
    clause=EXTRAS,
    operations=BOTH,
    needs={"state"},
)
def test_extras_are_read_back_unchanged(target: Target) -> None:
    channel = target.names.fresh("channel")
    extras = {"push": {"notification": {"title": "a title", "body": "a body"}, "data": {"key": "value"}}}
    arranged(target.post(MESSAGES, {"name": "news", "data": "text", "extras": extras}, channel_id=channel))

    history = target.poll(MESSAGES, channel_id=channel, until=lambda answer: bool(answer.body))

    assert [each["extras"] for each in history.body] == [extras]
