"""PSH: single members of a push."""

from __future__ import annotations

import pytest

from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import is_rejected
from conformance.suite.steps.devices import device, push_channel, read_until, registered
from conformance.suite.steps.endpoints import DEVICE, MESSAGES, PUSH, pointer
from conformance.suite.steps.push import NEEDS, PAYLOAD, arrived, mark, payloads_of, push, to_channel
from conformance.target.answer import arranged
from conformance.target.client import Target

DELIVERED = Clause(
    "ably/ably-ruby spec/acceptance/rest/push_admin_spec",
    "a push becomes a message named __ably_push__ with JSON text as data",
)
RECIPIENT = Clause(pointer("post", PUSH, "requestBody/content/application~1json/schema/required"), "recipient")
BAD_RECIPIENT = Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "invalid recipient: an invalid request")
CHANGED = Clause(pointer("patch", DEVICE, "description"), "Only clientId, metadata and push.recipient are mutable.")


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


@requirement(
    "PSH-71",
    SHOULD,
    "A push to a changed device arrives at its new recipient and not at the former one",
    clause=CHANGED,
    operations=[f"POST {PUSH}", f"PATCH {DEVICE}", f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_push_goes_to_the_new_recipient(target: Target, worker: Worker) -> None:
    former, new = push_channel(target), push_channel(target)
    sent = registered(target, device(target.names.fresh("device"), push={"recipient": to_channel(worker, former)}))
    with target.arranging():
        change = {"push": {"recipient": to_channel(worker, new)}}
        arranged(target.patch(DEVICE, change, device_id=sent["id"]))
        read_until(target, {"id": sent["id"], **change})

    push(target, {"deviceId": sent["id"]}, PAYLOAD)
    at_the_new = arrived(target, new, count=1)
    last = mark(target, worker, former)
    at_the_former = arrived(target, former, count=1)

    assert payloads_of(at_the_new, [PAYLOAD]) == [PAYLOAD]
    assert payloads_of(at_the_former, [last]) == [last]


@requirement(
    "PSH-72",
    MUST,
    "A push to a clientId does not arrive at a device that has changed to another client",
    clause=Clause(pointer("post", PUSH, "description"), "set of devices identified by their client identifier"),
    operations=[f"POST {PUSH}", f"PATCH {DEVICE}", f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_push_does_not_go_to_the_former_client(target: Target, worker: Worker) -> None:
    channel, former, new = push_channel(target), target.names.fresh("client"), target.names.fresh("client")
    recipient = to_channel(worker, channel)
    sent = registered(target, device(target.names.fresh("device"), clientId=former, push={"recipient": recipient}))
    with target.arranging():
        arranged(target.patch(DEVICE, {"clientId": new}, device_id=sent["id"]))
        read_until(target, {"id": sent["id"], "clientId": new})

    push(target, {"clientId": former}, PAYLOAD)
    last = mark(target, worker, channel)

    received = arrived(target, channel, count=1)
    assert payloads_of(received, [last]) == [last]


@requirement(
    "PSH-73",
    SHOULD,
    "A push with an unknown attribute beside its payload is accepted and arrives",
    clause=Clause(
        "ably/specification features RSF1", "unknown attributes are tolerated for compatibility with newer peers"
    ),
    operations=[f"POST {PUSH}", f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_an_unknown_member_is_ignored(target: Target, worker: Worker) -> None:
    channel = push_channel(target)

    push(target, to_channel(worker, channel), {**PAYLOAD, "somethingNew": 1})
    received = arrived(target, channel, count=1)

    assert payloads_of(received, [PAYLOAD]) == [PAYLOAD]


@pytest.mark.parametrize("payload", [{"notification": "text"}, {"data": ["a", "list"]}], ids=["notification", "data"])
@requirement(
    "PSH-74",
    SHOULD,
    "A push whose notification or data is not an object is rejected with a 4xx status",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "invalid push data: an invalid request"),
    operations=[f"POST {PUSH}"],
    needs=NEEDS,
)
def test_parts_of_a_payload_are_objects(target: Target, payload: Json) -> None:
    rejected = push(target, {"clientId": target.names.fresh("client")}, payload)

    assert is_rejected(rejected), f"status {rejected.status}"


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "PSH-75",
    SHOULD,
    "A push to an empty deviceId or clientId is rejected with a 4xx status",
    clause=Clause("ably/specification features RSH1a", "a recipient that is empty is refused"),
    operations=[f"POST {PUSH}"],
    needs=(*NEEDS, "any-name"),
)
def test_an_empty_id_is_rejected(target: Target, member: str) -> None:
    rejected = push(target, {member: ""}, PAYLOAD)

    assert is_rejected(rejected), f"status {rejected.status}"
