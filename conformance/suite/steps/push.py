"""Pushes as the scenarios send them, and what of them can be read back: the transport for tests makes messages."""

from __future__ import annotations

import json
from collections.abc import Callable

from conformance.model import Json
from conformance.run.worker import Worker
from conformance.suite.steps.devices import saved
from conformance.suite.steps.endpoints import MESSAGES, PUSH
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

NEEDS = ("state", "push", "documentation")
PAYLOAD: Json = {"notification": {"title": "a title", "body": "a body"}, "data": {"for": "the test"}}
ARRIVED = "__ably_push__"
"""The name of the message that a push becomes (FEAT RSH1a)."""


def to_channel(worker: Worker, channel: str) -> Json:
    """The recipient that the service keeps for tests: what is pushed to it becomes a message."""
    run_config = worker.run_config
    key = run_config.keys["full"]
    return {"transportType": "ablyChannel", "channel": channel, "ablyKey": key.text, "ablyUrl": run_config.url}


def titled(title: str) -> Json:
    return {"notification": {"title": title}, "data": {"title": title}}


def push(target: Target, recipient: Json, payload: Json) -> Answer:
    return target.post(PUSH, {"recipient": recipient, **payload})


def arrived(target: Target, channel: str, *, count: int) -> list[Json]:
    """The payloads that arrived on a channel, oldest first, once there are as many, or patience ended."""

    def are_enough(answer: Answer) -> bool:
        return isinstance(answer.body, list) and len(answer.body) >= count

    history = target.poll(MESSAGES, channel_id=channel, query={"direction": "forwards"}, until=are_enough)
    return [json.loads(each["data"]) for each in history.body if each.get("name") == ARRIVED]


def mark(target: Target, worker: Worker, channel: str) -> Json:
    """Push to a channel directly, last of all: what was to arrive before has had its time when this has."""
    with target.arranging():
        arranged(push(target, to_channel(worker, channel), titled("the last")))
        target.poll(MESSAGES, channel_id=channel, until=_holds("the last"))
    return titled("the last")


def _holds(title: str) -> Callable[[Answer], bool]:
    return lambda answer: any(title in str(each.get("data")) for each in answer.body)


def as_sent(received: list[Json], sent: list[Json]) -> list[Json]:
    """Of what arrived, the members that were sent; what nobody sent stays as it is."""
    return [saved(one, other) for one, other in zip(received, sent, strict=False)] + received[len(sent) :]
