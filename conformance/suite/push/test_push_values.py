"""PSH: single members of a push."""

from __future__ import annotations

import pytest

from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import is_rejected
from conformance.suite.steps.devices import push_channel
from conformance.suite.steps.endpoints import MESSAGES, PUSH, pointer
from conformance.suite.steps.push import NEEDS, PAYLOAD, arrived, payloads_of, push, to_channel
from conformance.target.client import Target

DELIVERED = Clause(
    "ably/ably-ruby spec/acceptance/rest/push_admin_spec",
    "a push becomes a message named __ably_push__ with JSON text as data",
)
RECIPIENT = Clause(pointer("post", PUSH, "requestBody/content/application~1json/schema/required"), "recipient")
BAD_RECIPIENT = Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "invalid recipient: an invalid request")


@requirement(
    "PSH-68",
    MUST,
    "Every member of a notification arrives as sent, an empty text included",
    clause=DELIVERED,
    operations=[f"POST {PUSH}", f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_every_member_of_a_notification_arrives(target: Target, worker: Worker) -> None:
    channel = push_channel(target)
    notification = {"title": "a title", "body": "", "icon": "an icon", "sound": "a sound", "collapseKey": "a key"}
    payload = {"notification": notification, "data": {"one": "1", "empty": ""}}

    push(target, to_channel(worker, channel), payload)
    received = arrived(target, channel, count=1)

    assert payloads_of(received, [payload]) == [payload]


@pytest.mark.parametrize("recipient", ["text", ["clientId"], 7], ids=["text", "array", "number"])
@requirement(
    "PSH-69",
    SHOULD,
    "A push whose recipient is not an object is rejected with a 4xx status",
    clause=BAD_RECIPIENT,
    operations=[f"POST {PUSH}"],
    needs=(*NEEDS, "any-name"),
)
def test_a_recipient_is_an_object(target: Target, recipient: Json) -> None:
    rejected = push(target, recipient, PAYLOAD)

    assert is_rejected(rejected), f"status {rejected.status}"


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "PSH-70",
    SHOULD,
    "A push to an ID that is not a text is rejected with a 4xx status",
    clause=BAD_RECIPIENT,
    operations=[f"POST {PUSH}"],
    needs=(*NEEDS, "any-name"),
)
def test_an_id_of_a_recipient_is_a_text(target: Target, member: str) -> None:
    rejected = push(target, {member: {"not": "a text"}}, PAYLOAD)

    assert is_rejected(rejected), f"status {rejected.status}"
