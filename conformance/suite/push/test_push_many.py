"""DEV, SUB and PSH: what holds for one device, subscription or change holds for many, and leaves the rest as it was."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.devices import (
    NEEDS,
    Subscribed,
    device,
    device_of,
    is_gone,
    push_channel,
    read_until,
    registered,
    reset,
    subscribe,
    subscribed,
    subscriptions_of,
)
from conformance.suite.steps.endpoints import DEVICE, DEVICES, MESSAGES, PUSH, RESET, SUBSCRIPTIONS, pointer
from conformance.suite.steps.push import NEEDS as PUSH_NEEDS
from conformance.suite.steps.push import arrived, push, titled, titles_of, to_channel
from conformance.target.answer import arranged, is_empty
from conformance.target.client import Target

MANY = 5
ONLY_SOME = Clause(pointer("patch", DEVICE, "description"), "Specific attributes of an existing registration")
REPLACED = Clause(pointer("post", DEVICES, "description"), "Register a device")
CASCADE = Clause(
    pointer("delete", DEVICE, "description"),
    "All its subscriptions for receiving push notifications through channels will also be deleted.",
)
EVERYWHERE = Clause(
    "ably/docs rest-api, delete-channel-subscription", "without channel, subscriptions to all channels are deleted"
)


@requirement(
    "DEV-157",
    SHOULD,
    "A second POST of a device without metadata and clientId removes both",
    clause=REPLACED,
    operations=[f"POST {DEVICES}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_a_second_post_removes_what_is_not_sent(target: Target) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity, metadata={"color": "red"}, clientId=target.names.fresh("client")))

    target.post(DEVICES, device(identity))
    read = target.poll(DEVICE, device_id=identity, until=lambda answer: not answer.body.get("metadata"))

    assert facts(metadata=read.body.get("metadata") or {}, clientId=read.body.get("clientId")) == facts(
        metadata={}, clientId=None
    )


@requirement(
    "DEV-158",
    MUST,
    "A PATCH of a device's clientId leaves every other attribute unchanged",
    clause=ONLY_SOME,
    operations=[f"PATCH {DEVICE}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_an_update_of_the_client_keeps_the_rest(target: Target) -> None:
    sent = device(target.names.fresh("device"), metadata={"color": "red"}, clientId=target.names.fresh("client"))
    before = registered(target, sent)
    after = {**before, "clientId": target.names.fresh("client")}

    target.patch(DEVICE, {"clientId": after["clientId"]}, device_id=before["id"])
    read = read_until(target, after)

    assert device_of(read, after) == after


def subscriptions_after(target: Target, changed: Subscribed) -> set[str]:
    return subscriptions_of(target.get(SUBSCRIPTIONS, query={"deviceId": changed.id}).body)


def own(changed: Subscribed) -> set[str]:
    return subscriptions_of([{"channel": changed.channel, "deviceId": changed.id}])


@pytest.mark.parametrize("change", ["PATCH", "reset"])
@requirement(
    "DEV-159",
    MUST,
    "A PATCH of a device and a reset of its updateToken keep its channel subscriptions",
    clause=ONLY_SOME,
    operations=[f"PATCH {DEVICE}", f"GET {RESET}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_a_change_keeps_subscriptions(target: Target, subscribed_device: Subscribed, change: str) -> None:
    if change == "PATCH":
        target.patch(DEVICE, {"clientId": target.names.fresh("client")}, device_id=subscribed_device.id)
    else:
        reset(target, subscribed_device.id)

    assert subscriptions_after(target, subscribed_device) == own(subscribed_device)


@requirement(
    "DEV-160",
    SHOULD,
    "A second PUT of a device keeps its channel subscriptions",
    clause=Clause(pointer("put", DEVICE, "description"), "Device registrations can be upserted"),
    operations=[f"PUT {DEVICE}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_a_second_put_keeps_subscriptions(target: Target, registered_device: Json) -> None:
    changed = subscribed(target, push_channel(target), registered_device["id"])

    target.put(DEVICE, {**registered_device, "metadata": {"size": "large"}}, device_id=changed.id)

    assert subscriptions_after(target, changed) == own(changed)


@requirement(
    "DEV-161",
    MUST,
    "Unregistering by clientId removes every one of several devices",
    clause=Clause(pointer("delete", DEVICES, "summary"), "Unregister matching devices"),
    operations=[f"DELETE {DEVICES}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_every_device_of_a_client_is_removed(target: Target) -> None:
    client = target.names.fresh("client")
    ids = [registered(target, device(target.names.fresh("device"), clientId=client))["id"] for _ in range(MANY)]

    target.delete(DEVICES, query={"clientId": client, "fullWait": "true"})

    statuses = [target.poll(DEVICE, device_id=each, until=is_gone).status for each in ids]
    assert statuses == [404] * MANY


@requirement(
    "DEV-162",
    MUST,
    "Unregistering a device deletes every one of several subscriptions",
    clause=CASCADE,
    operations=[f"DELETE {DEVICE}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_every_subscription_of_a_device_is_deleted(target: Target, registered_device: Json) -> None:
    for _ in range(MANY):
        subscribe(target, channel=push_channel(target), deviceId=registered_device["id"])

    target.delete(DEVICE, device_id=registered_device["id"])

    left = target.poll(SUBSCRIPTIONS, query={"deviceId": registered_device["id"]}, until=is_empty)
    assert facts(subscriptions=len(left.body)) == facts(subscriptions=0)


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "SUB-104",
    MUST,
    "Unsubscribing by deviceId or clientId alone removes every one of several subscriptions",
    clause=EVERYWHERE,
    operations=["DELETE /push/channelSubscriptions", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_every_subscription_is_removed(target: Target, registered_device: Json, member: str) -> None:
    whose = {"deviceId": registered_device["id"], "clientId": registered_device["clientId"]}[member]
    for _ in range(MANY):
        subscribe(target, channel=push_channel(target), **{member: whose})

    target.delete(SUBSCRIPTIONS, query={member: whose, "fullWait": "true"})

    left = target.poll(SUBSCRIPTIONS, query={member: whose}, until=is_empty)
    assert facts(subscriptions=len(left.body)) == facts(subscriptions=0)


def phones(target: Target, worker: Worker, client: str) -> tuple[list[str], list[str]]:
    """The ids of several devices of one client, and the channels on which their pushes arrive."""
    channels = [push_channel(target) for _ in range(MANY)]
    recipients = [to_channel(worker, channel) for channel in channels]
    made = [device(target.names.fresh("device"), clientId=client, push={"recipient": each}) for each in recipients]
    return [registered(target, each)["id"] for each in made], channels


def titles_on(target: Target, channels: list[str]) -> list[list[str]]:
    return [titles_of(arrived(target, channel, count=1)) for channel in channels]


@requirement(
    "PSH-76",
    SHOULD,
    "A message with extras.push reaches every one of several subscribed devices",
    clause=Clause(pointer("post", SUBSCRIPTIONS, "description"), "to receive push notifications from messages sent"),
    operations=[f"POST {SUBSCRIPTIONS}", f"POST {MESSAGES}", f"GET {MESSAGES}"],
    needs=PUSH_NEEDS,
)
def test_a_message_reaches_every_device(target: Target, worker: Worker) -> None:
    ids, channels = phones(target, worker, target.names.fresh("client"))
    news = push_channel(target)
    for each in ids:
        subscribe(target, channel=news, deviceId=each)

    publish(target, news, "news")

    assert facts(pushes=titles_on(target, channels)) == facts(pushes=[["news"]] * MANY)


@requirement(
    "PSH-77",
    SHOULD,
    "A push to a clientId arrives at every one of several devices",
    clause=Clause(pointer("post", PUSH, "description"), "set of devices identified by their client identifier"),
    operations=[f"POST {PUSH}", f"GET {MESSAGES}"],
    needs=PUSH_NEEDS,
)
def test_a_push_reaches_every_device_of_a_client(target: Target, worker: Worker) -> None:
    client = target.names.fresh("client")
    _, channels = phones(target, worker, client)

    push(target, {"clientId": client}, titled("to all"))

    assert facts(pushes=titles_on(target, channels)) == facts(pushes=[["to all"]] * MANY)


def publish(target: Target, channel: str, *titles: str) -> None:
    """Set-up: publish one array with a push in each message."""
    messages = [{"data": each, "extras": {"push": titled(each)}} for each in titles]
    with target.arranging():
        arranged(target.post(MESSAGES, messages, channel_id=channel))


@requirement(
    "PSH-78",
    SHOULD,
    "Each message of an array with extras.push reaches a subscribed device",
    clause=Clause(pointer("post", SUBSCRIPTIONS, "description"), "to receive push notifications from messages sent"),
    operations=[f"POST {SUBSCRIPTIONS}", f"POST {MESSAGES}", f"GET {MESSAGES}"],
    needs=PUSH_NEEDS,
)
def test_each_message_of_an_array_is_pushed(target: Target, worker: Worker) -> None:
    channel, news = push_channel(target), push_channel(target)
    sent = device(target.names.fresh("device"), push={"recipient": to_channel(worker, channel)})
    subscribe(target, channel=news, deviceId=registered(target, sent)["id"])

    publish(target, news, "one", "two", "three")

    received = arrived(target, channel, count=3)
    assert titles_of(received) == ["one", "three", "two"]


@requirement(
    "PSH-79",
    SHOULD,
    "A repeated publish with the same id is not pushed again",
    clause=Clause(
        "ably/docs rest-api, idempotent publishing", "only the first message with a specific id is published"
    ),
    operations=[f"POST {SUBSCRIPTIONS}", f"POST {MESSAGES}", f"GET {MESSAGES}"],
    needs=PUSH_NEEDS,
)
def test_a_repeated_publish_is_not_pushed_again(target: Target, worker: Worker) -> None:
    channel, news = push_channel(target), push_channel(target)
    sent = device(target.names.fresh("device"), push={"recipient": to_channel(worker, channel)})
    subscribe(target, channel=news, deviceId=registered(target, sent)["id"])
    message = {"id": target.names.fresh("id"), "data": "text", "extras": {"push": titled("once")}}

    for _ in range(2):
        arranged(target.post(MESSAGES, message, channel_id=news))
    publish(target, news, "the last")

    received = arrived(target, channel, count=2)
    assert titles_of(received) == ["once", "the last"]
