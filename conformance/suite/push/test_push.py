"""PSH: pushes to one recipient; those to an ablyChannel recipient are read back."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.devices import APPLE, BROWSER, GOOGLE, has_items, push_channel
from conformance.suite.steps.endpoints import MESSAGES, PUSH, pointer
from conformance.suite.steps.push import (
    ARRIVED,
    NEEDS,
    PAYLOAD,
    arrived,
    mark,
    payloads_of,
    push,
    titled,
    titles_of,
    to_channel,
)
from conformance.target.client import Target

DELIVER = Clause(pointer("post", PUSH, "description"), "deliver a push notification payload to a single device")
RECIPIENT = Clause(pointer("post", PUSH, "requestBody/content/application~1json/schema/required"), "recipient")
SHAPE = Clause("ably/docs rest-api, push-publish", "recipient: by deviceId, by clientId, or by transport")
RUBY = "ably/ably-ruby spec/acceptance/rest/push_admin_spec"
DELIVERED = Clause(RUBY, "a push becomes a message named __ably_push__ with JSON text as data")
BAD_RECIPIENT = Clause(RUBY, "invalid recipient: an invalid request")
BAD_PAYLOAD = Clause(RUBY, "invalid push data: an invalid request")
BOTH = [f"POST {PUSH}", f"GET {MESSAGES}"]
OPERATION = [f"POST {PUSH}"]
SUCCESS = {200, 201, 204}


@requirement(
    "PSH-01",
    MUST,
    "A push to an ablyChannel recipient arrives as one message that contains the payload",
    clause=DELIVER,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_push_to_a_channel_arrives_as_one_message(target: Target, worker: Worker) -> None:
    channel = push_channel(target)

    pushed = push(target, to_channel(worker, channel), PAYLOAD)
    received = arrived(target, channel, count=1)

    assert pushed.status in SUCCESS
    assert payloads_of(received, [PAYLOAD]) == [PAYLOAD]


@requirement(
    "PSH-02",
    MUST,
    "A push without a recipient is rejected with 400",
    clause=RECIPIENT,
    operations=OPERATION,
    needs=(*NEEDS, "any-name"),
)
def test_a_push_without_recipient_is_rejected(target: Target) -> None:
    rejected = target.post(PUSH, PAYLOAD)

    assert rejected.status == 400


@requirement(
    "PSH-03",
    MUST,
    "A push to ablyChannel becomes a message __ably_push__ with text data and no encoding",
    clause=DELIVERED,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_push_becomes_a_message_of_text(target: Target, worker: Worker) -> None:
    channel = push_channel(target)

    push(target, to_channel(worker, channel), PAYLOAD)
    history = target.poll(MESSAGES, channel_id=channel, until=has_items)

    messages = history.body
    assert len(messages) == 1
    message = messages[0]
    assert facts(name=message.get("name"), data=type(message.get("data")), encoding=message.get("encoding")) == facts(
        name=ARRIVED, data=str, encoding=None
    )


@requirement(
    "PSH-04",
    MUST,
    "Several pushes to a channel arrive as one message each, with their own payloads",
    clause=Clause("ably/ably-php tests/PushAdminTest", "exactly one message arrives for a push"),
    operations=BOTH,
    needs=NEEDS,
)
def test_several_pushes_arrive_once_each(target: Target, worker: Worker) -> None:
    channel, titles = push_channel(target), ["one", "two", "three"]

    for each in titles:
        push(target, to_channel(worker, channel), titled(each))
    mark(target, worker, channel)

    received = arrived(target, channel, count=len(titles) + 1)
    assert titles_of(received) == sorted([*titles, "the last"])


@requirement(
    "PSH-05",
    MUST,
    "A push to one channel does not arrive on another channel",
    clause=DELIVER,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_push_arrives_on_its_channel_alone(target: Target, worker: Worker) -> None:
    channel = push_channel(target)
    other = f"{channel}-x"

    push(target, to_channel(worker, channel), titled("to one channel"))
    arrived(target, channel, count=1)
    last = mark(target, worker, other)

    received = arrived(target, other, count=1)
    assert payloads_of(received, [last]) == [last]


@pytest.mark.parametrize("payload", [{"notification": {"title": "alone"}}, {"data": {"alone": "yes"}}], ids=list)
@requirement(
    "PSH-06",
    MUST,
    "A push with only a notification or only data is accepted and arrives as sent",
    clause=Clause("ably/ably-python test/ably/rest/restpush_test", "a push with only data is accepted"),
    operations=BOTH,
    needs=NEEDS,
)
def test_one_member_is_enough(target: Target, worker: Worker, payload: Json) -> None:
    channel = push_channel(target)

    pushed = push(target, to_channel(worker, channel), payload)
    received = arrived(target, channel, count=1)

    assert pushed.status in SUCCESS
    assert payloads_of(received, [payload]) == [payload]


@requirement(
    "PSH-07",
    MUST,
    "Quotes, line breaks and non-ASCII text in a push payload arrive unchanged",
    clause=DELIVERED,
    operations=BOTH,
    needs=NEEDS,
)
def test_any_text_arrives(target: Target, worker: Worker) -> None:
    channel = push_channel(target)
    text = 'quotes " and \\, lines \n, é e\u0301 \u05d0\u05d1 😀 \u2028 </script>'
    payload = {"notification": {"title": text, "body": text}, "data": {"text": text}}

    push(target, to_channel(worker, channel), payload)
    received = arrived(target, channel, count=1)

    assert payloads_of(received, [payload]) == [payload]


@requirement(
    "PSH-08",
    MUST,
    "A push sent in MessagePack is accepted and arrives with its payload unchanged",
    clause=Clause(pointer("post", PUSH, "requestBody/content"), "application/x-msgpack"),
    operations=BOTH,
    needs=(*NEEDS, "msgpack"),
)
def test_a_push_in_msgpack(target: Target, worker: Worker) -> None:
    channel = push_channel(target)
    body = {"recipient": to_channel(worker, channel), **PAYLOAD}

    pushed = target.post(PUSH, body, send_as=MSGPACK, accept=MSGPACK)
    received = arrived(target, channel, count=1)

    assert pushed.status in SUCCESS
    assert payloads_of(received, [PAYLOAD]) == [PAYLOAD]


@pytest.mark.parametrize("recipient", [APPLE, GOOGLE, BROWSER], ids=["apns", "fcm", "web"])
@requirement(
    "PSH-09",
    SHOULD,  # an application without the credentials of a push service may be told so
    "A push to an apns, fcm or web recipient is accepted",
    clause=SHAPE,
    operations=OPERATION,
    needs=(*NEEDS, "any-name"),
)
def test_every_transport_is_accepted(target: Target, recipient: Json) -> None:
    pushed = push(target, recipient, PAYLOAD)

    assert pushed.status in SUCCESS


@requirement(
    "PSH-10",
    MUST,
    "A push to a clientId without any registered device is accepted",
    clause=Clause("ably/ably-python test/ably/rest/restpush_test", "publish({clientId: ablyChannel}, data) succeeds"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_an_unknown_client_is_accepted(target: Target) -> None:
    pushed = push(target, {"clientId": target.names.fresh("client")}, PAYLOAD)

    assert pushed.status in SUCCESS


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "PSH-11",
    MUST,
    "A push to a registered device by deviceId or clientId is accepted",
    clause=DELIVER,
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_registered_device_is_accepted(target: Target, registered_device: Json, member: str) -> None:
    whose = {"deviceId": registered_device["id"], "clientId": registered_device["clientId"]}[member]

    pushed = push(target, {member: whose}, PAYLOAD)

    assert pushed.status in SUCCESS


@requirement(
    "PSH-12",
    MUST,
    "A push with an empty recipient is rejected with 400",
    clause=Clause("ably/specification features RSH1a", "a recipient that is empty is refused"),
    operations=OPERATION,
    needs=(*NEEDS, "any-name"),
)
def test_an_empty_recipient_is_rejected(target: Target) -> None:
    rejected = push(target, {}, PAYLOAD)

    assert rejected.status == 400


@requirement(
    "PSH-13",
    MUST,
    "A push whose recipient has no known member is rejected with 400",
    clause=BAD_RECIPIENT,
    operations=OPERATION,
    needs=(*NEEDS, "any-name"),
)
def test_an_unknown_recipient_is_rejected(target: Target) -> None:
    rejected = push(target, {"invalidRecipientDetails": "foo.bar"}, PAYLOAD)

    assert rejected.status == 400


@requirement(
    "PSH-14",
    SHOULD,
    "A push to a recipient with an unknown transportType is rejected with 400",
    clause=SHAPE,
    operations=OPERATION,
    needs=(*NEEDS, "any-name"),
)
def test_an_unknown_transport_is_rejected(target: Target) -> None:
    rejected = push(target, {**APPLE, "transportType": "xyz"}, PAYLOAD)

    assert rejected.status == 400


@pytest.mark.parametrize("recipient", [APPLE, {"clientId": "unknown"}], ids=["transport", "client"])
@requirement(
    "PSH-15",
    MUST,
    "A push whose payload has no known member is rejected with 400",
    clause=BAD_PAYLOAD,
    operations=OPERATION,
    needs=(*NEEDS, "any-name"),
)
def test_an_unknown_payload_is_rejected(target: Target, recipient: Json) -> None:
    rejected = push(target, recipient, {"xxx": 5})

    assert rejected.status == 400


@requirement(
    "PSH-16",
    SHOULD,
    "A push without a payload is rejected with 400",
    clause=Clause("ably/specification features RSH1a", "a payload that is empty is refused"),
    operations=OPERATION,
    needs=(*NEEDS, "any-name"),
)
def test_an_empty_payload_is_rejected(target: Target) -> None:
    rejected = push(target, APPLE, {})

    assert rejected.status == 400


@requirement(
    "PSH-17",
    MUST,
    "A push with an invalid payload is rejected with 400 and does not arrive",
    clause=BAD_PAYLOAD,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_rejected_push_does_not_arrive(target: Target, worker: Worker) -> None:
    channel = push_channel(target)

    rejected = push(target, to_channel(worker, channel), {"xxx": "an unknown member"})
    last = mark(target, worker, channel)
    received = arrived(target, channel, count=1)

    assert rejected.status == 400
    assert payloads_of(received, [last]) == [last]


@requirement(
    "PSH-18",
    SHOULD,
    "A push to an ablyChannel recipient without a channel is rejected with 400",
    clause=Clause("ably/specification features RSH1a", "an ablyChannel recipient has channel, ablyKey and ablyUrl"),
    operations=OPERATION,
    needs=(*NEEDS, "any-name"),
)
def test_a_test_recipient_without_channel_is_rejected(target: Target, worker: Worker) -> None:
    recipient = to_channel(worker, "")
    del recipient["channel"]

    rejected = push(target, recipient, PAYLOAD)

    assert rejected.status == 400
