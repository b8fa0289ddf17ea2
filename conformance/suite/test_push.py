"""PSH: pushing to devices and clients, as far as a test recipient lets it be read back."""

from __future__ import annotations

import json

from conformance.examiner import Examiner
from conformance.model import MUST, Clause, Json
from conformance.requirement import requirement
from conformance.suite.paths import MESSAGES, PUSH, pointer
from conformance.target import Answer, Target

NEEDS = ("state", "push")
DELIVER = Clause(pointer("post", PUSH, "description"), "deliver a push notification payload to a single device")
RECIPIENT = Clause(pointer("post", PUSH, "requestBody/content/application~1json/schema/required"), "recipient")
PAYLOAD = {"notification": {"title": "a title", "body": "a body"}, "data": {"for": "the test"}}


def to_channel(examiner: Examiner, channel: str) -> Json:
    """The recipient that the service keeps for tests: what is pushed to it becomes a message (FEAT RSH1a)."""
    situation = examiner.situation
    key = situation.keys["full"]
    return {"transportType": "ablyChannel", "channel": channel, "ablyKey": key.text, "ablyUrl": situation.url}


def has_message(answer: Answer) -> bool:
    return isinstance(answer.body, list) and bool(answer.body)


@requirement(
    "PSH-01",
    MUST,
    "A push to an ablyChannel recipient arrives as one message that holds the payload",
    clause=DELIVER,
    operations=[f"POST {PUSH}", f"GET {MESSAGES}"],
    needs=(*NEEDS, "documentation"),
)
def test_a_push_to_a_channel_arrives_as_one_message(target: Target, examiner: Examiner) -> None:
    channel = f"pushenabled:{target.names.fresh('channel')}"

    pushed = target.post(PUSH, {"recipient": to_channel(examiner, channel), **PAYLOAD})
    history = target.poll(MESSAGES, channel_id=channel, until=has_message)

    assert pushed.status in {200, 201, 204}
    assert [(each["name"], json.loads(each["data"])) for each in history.body] == [("__ably_push__", PAYLOAD)]


@requirement(
    "PSH-02",
    MUST,
    "A push without a recipient is refused",
    clause=RECIPIENT,
    operations=[f"POST {PUSH}"],
    needs=NEEDS,
)
def test_a_push_without_recipient_is_refused(target: Target) -> None:
    refused = target.post(PUSH, PAYLOAD)

    assert refused.status == 400
