"""PSH: pushes by deviceId, by clientId and by subscription: which devices receive them and which do not.

The devices have ablyChannel recipients. Test suites of SDKs receive such pushes over realtime connections; here they
are read from the history of the device's channel.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.devices import device, push_channel, registered, subscribe
from conformance.suite.steps.endpoints import DEVICE, MESSAGES, PUSH, SUBSCRIPTIONS, pointer
from conformance.suite.steps.push import NEEDS, arrived, mark, payloads_of, push, titled, titles_of, to_channel
from conformance.target.answer import arranged, is_empty
from conformance.target.client import Target

DELIVER = Clause(pointer("post", PUSH, "description"), "deliver a push notification payload to a single device")
CLIENT = Clause(pointer("post", PUSH, "description"), "set of devices identified by their client identifier")
SUBSCRIBE = Clause(pointer("post", SUBSCRIPTIONS, "description"), "to receive push notifications from messages sent")
DIRECT = [f"POST {PUSH}", f"GET {MESSAGES}"]
BROADCAST = [f"POST {SUBSCRIPTIONS}", f"POST {MESSAGES}", f"GET {MESSAGES}"]


@dataclass(frozen=True, slots=True)
class Phone:
    """A registered device whose pushes arrive on a channel."""

    id: str
    client: str
    channel: str


def phone(target: Target, worker: Worker, client: str) -> Phone:
    identity, channel = target.names.fresh("device"), push_channel(target)
    recipient = to_channel(worker, channel)
    registered(target, device(identity, clientId=client, push={"recipient": recipient}))
    return Phone(identity, client, channel)


@pytest.fixture
def phones(target: Target, worker: Worker) -> tuple[Phone, Phone, Phone]:
    """Two devices of one client, and one of another client."""
    one, other = target.names.fresh("client"), target.names.fresh("client")
    return phone(target, worker, one), phone(target, worker, one), phone(target, worker, other)


def publish(target: Target, channel: str, title: str) -> None:
    message = {"name": "news", "data": "text", "extras": {"push": titled(title)}}
    arranged(target.post(MESSAGES, message, channel_id=channel))


@requirement(
    "PSH-19",
    SHOULD,
    "A push to a deviceId arrives once at that device",
    clause=DELIVER,
    operations=DIRECT,
    needs=NEEDS,
)
def test_a_push_to_a_device_arrives(target: Target, phones: tuple[Phone, Phone, Phone]) -> None:
    push(target, {"deviceId": phones[0].id}, titled("to the first device"))
    received = arrived(target, phones[0].channel, count=1)

    assert payloads_of(received, [titled("to the first device")]) == [titled("to the first device")]


@requirement(
    "PSH-20",
    MUST,
    "A push to a deviceId does not arrive at other devices, even of the same client",
    clause=DELIVER,
    operations=DIRECT,
    needs=NEEDS,
)
def test_a_push_to_a_device_does_not_arrive_elsewhere(
    target: Target, worker: Worker, phones: tuple[Phone, Phone, Phone]
) -> None:
    push(target, {"deviceId": phones[0].id}, titled("to the first device"))
    marks = [mark(target, worker, each.channel) for each in phones[1:]]

    for other, last in zip(phones[1:], marks, strict=True):
        received = arrived(target, other.channel, count=1)
        assert payloads_of(received, [last]) == [last]


@requirement(
    "PSH-21",
    SHOULD,
    "A push to a clientId arrives once at every device of that client",
    clause=CLIENT,
    operations=DIRECT,
    needs=NEEDS,
)
def test_a_push_to_a_client_arrives_at_its_devices(target: Target, phones: tuple[Phone, Phone, Phone]) -> None:
    sent = [titled("to the first client")]

    push(target, {"clientId": phones[0].client}, sent[0])

    for each in phones[:2]:
        received = arrived(target, each.channel, count=1)
        assert payloads_of(received, sent) == sent


@requirement(
    "PSH-22",
    MUST,
    "A push to a clientId does not arrive at a device of another client",
    clause=CLIENT,
    operations=DIRECT,
    needs=NEEDS,
)
def test_a_push_to_a_client_does_not_arrive_at_others(
    target: Target, worker: Worker, phones: tuple[Phone, Phone, Phone]
) -> None:
    push(target, {"clientId": phones[0].client}, titled("to the first client"))
    last = mark(target, worker, phones[2].channel)

    received = arrived(target, phones[2].channel, count=1)

    assert payloads_of(received, [last]) == [last]


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "PSH-23",
    SHOULD,
    "A message with extras.push reaches a device subscribed by deviceId or clientId",
    clause=SUBSCRIBE,
    operations=BROADCAST,
    needs=NEEDS,
)
def test_a_message_arrives_at_its_subscribers(target: Target, phones: tuple[Phone, Phone, Phone], member: str) -> None:
    channel, sent = push_channel(target), [titled("for subscribers")]
    whose = {"deviceId": phones[0].id, "clientId": phones[0].client}[member]
    subscribe(target, channel=channel, **{member: whose})

    publish(target, channel, "for subscribers")
    received = arrived(target, phones[0].channel, count=1)

    assert payloads_of(received, sent) == sent


@requirement(
    "PSH-24",
    MUST,
    "A message with extras.push is not pushed to devices not subscribed to its channel",
    clause=SUBSCRIBE,
    operations=BROADCAST,
    needs=NEEDS,
)
def test_a_message_does_not_arrive_elsewhere(
    target: Target, worker: Worker, phones: tuple[Phone, Phone, Phone]
) -> None:
    channel = push_channel(target)
    subscribe(target, channel=channel, deviceId=phones[0].id)
    subscribe(target, channel=f"{channel}-x", deviceId=phones[1].id)

    publish(target, channel, "for subscribers")
    marks = [mark(target, worker, each.channel) for each in phones[1:]]

    for other, last in zip(phones[1:], marks, strict=True):
        received = arrived(target, other.channel, count=1)
        assert payloads_of(received, [last]) == [last]


@requirement(
    "PSH-25",
    MUST,
    "A message without extras.push is not pushed to a subscribed device",
    clause=Clause("ably/docs rest-api, message-extras-push", "extras.push makes a message a push notification"),
    operations=BROADCAST,
    needs=NEEDS,
)
def test_a_plain_message_is_not_pushed(target: Target, worker: Worker, phones: tuple[Phone, Phone, Phone]) -> None:
    made = subscribe(target, channel=push_channel(target), deviceId=phones[0].id)

    arranged(target.post(MESSAGES, {"name": "news", "data": "plain"}, channel_id=made["channel"]))
    last = mark(target, worker, phones[0].channel)
    received = arrived(target, phones[0].channel, count=1)

    assert payloads_of(received, [last]) == [last]


@requirement(
    "PSH-26",
    SHOULD,
    "An unsubscribed device receives no pushes from its former channel",
    clause=Clause("ably/docs rest-api, delete-channel-subscription", "stop receiving push notifications"),
    operations=[f"DELETE {SUBSCRIPTIONS}", *BROADCAST],
    needs=NEEDS,
)
def test_an_unsubscribed_device_receives_nothing(
    target: Target, worker: Worker, phones: tuple[Phone, Phone, Phone]
) -> None:
    made = subscribe(target, channel=push_channel(target), deviceId=phones[0].id)
    target.delete(SUBSCRIPTIONS, query={**made, "fullWait": "true"})
    target.poll(SUBSCRIPTIONS, query=made, until=is_empty)

    publish(target, made["channel"], "after unsubscribing")
    last = mark(target, worker, phones[0].channel)
    received = arrived(target, phones[0].channel, count=1)

    assert payloads_of(received, [last]) == [last]


@requirement(
    "PSH-27",
    SHOULD,
    "An unregistered device receives no pushes to its deviceId or former clientId",
    clause=Clause(pointer("delete", DEVICE, "description"), "Unregisters a single device by its device ID."),
    operations=[f"DELETE {DEVICE}", *DIRECT],
    needs=NEEDS,
)
def test_an_unregistered_device_receives_nothing(
    target: Target, worker: Worker, phones: tuple[Phone, Phone, Phone]
) -> None:
    target.delete(DEVICE, device_id=phones[0].id)
    target.poll(DEVICE, device_id=phones[0].id, until=lambda answer: answer.status == 404)

    push(target, {"deviceId": phones[0].id}, titled("to the removed device"))
    push(target, {"clientId": phones[0].client}, titled("to the client"))
    last = mark(target, worker, phones[0].channel)
    received = arrived(target, phones[0].channel, count=1)

    assert payloads_of(received, [last]) == [last]


@requirement(
    "PSH-28",
    SHOULD,
    "A device subscribed by both deviceId and clientId receives each message once",
    clause=SUBSCRIBE,
    operations=BROADCAST,
    needs=NEEDS,
)
def test_a_device_that_is_subscribed_twice_receives_once(
    target: Target, worker: Worker, phones: tuple[Phone, Phone, Phone]
) -> None:
    channel, one = push_channel(target), phones[0]
    subscribe(target, channel=channel, deviceId=one.id)
    subscribe(target, channel=channel, clientId=one.client)

    publish(target, channel, "for subscribers")
    arrived(target, one.channel, count=1)
    mark(target, worker, one.channel)
    received = arrived(target, one.channel, count=2)

    assert titles_of(received) == ["for subscribers", "the last"]
