"""Sending pushes and reading them back: the transport "ablyChannel" turns each push into a message on a channel."""

from __future__ import annotations

from collections.abc import Callable

from conformance.model import Json
from conformance.run.worker import Worker
from conformance.suite.steps.devices import saved
from conformance.suite.steps.endpoints import MESSAGES, PUSH
from conformance.suite.steps.payloads import parsed
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

NEEDS = ("state", "push", "documentation")
PAYLOAD: Json = {"notification": {"title": "a title", "body": "a body"}, "data": {"for": "the test"}}
ARRIVED = "__ably_push__"
"""The name of the message that a push becomes (FEAT RSH1a)."""


def to_channel(worker: Worker, channel: str) -> Json:
    """A recipient of the transport "ablyChannel": pushes to it become messages on the channel."""
    run_config = worker.run_config
    key = run_config.keys["full"]
    return {"transportType": "ablyChannel", "channel": channel, "ablyKey": key.text, "ablyUrl": run_config.url}


def titled(title: str) -> Json:
    return {"notification": {"title": title}, "data": {"title": title}}


def push(target: Target, recipient: Json, payload: Json) -> Answer:
    return target.post(PUSH, {"recipient": recipient, **payload})


def arrived(target: Target, channel: str, *, count: int) -> list[Json]:
    """The payloads of the pushes on a channel, oldest first, polled until there are `count` messages."""

    def are_enough(answer: Answer) -> bool:
        return isinstance(answer.body, list) and len(answer.body) >= count

    history = target.poll(MESSAGES, channel_id=channel, query={"direction": "forwards"}, until=are_enough)
    return [parsed(each["data"]) for each in history.body if each.get("name") == ARRIVED]


def mark(target: Target, worker: Worker, channel: str) -> Json:
    """Set-up: push "the last" to a channel and wait for it, so that earlier pushes have had the time to arrive."""
    with target.arranging():
        arranged(push(target, to_channel(worker, channel), titled("the last")))
        target.poll(MESSAGES, channel_id=channel, until=_holds("the last"))
    return titled("the last")


def _holds(title: str) -> Callable[[Answer], bool]:
    return lambda answer: any(title in str(each.get("data")) for each in answer.body)


def payloads_of(received: list[Json], sent: list[Json]) -> list[Json]:
    """Received payloads, each reduced to the members that were sent; surplus payloads stay as they are."""
    return [saved(one, other) for one, other in zip(received, sent, strict=False)] + received[len(sent) :]


def titles_of(payloads: list[Json]) -> list[str]:
    """The titles of the notifications, sorted; a payload without one counts as "no title"."""
    return sorted(each.get("notification", {}).get("title", "no title") for each in payloads)
