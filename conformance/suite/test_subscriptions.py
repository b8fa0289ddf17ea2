"""SUB: subscribing devices and clients to channels, and what remains of it."""

from __future__ import annotations

from conformance.model import MUST, Clause, Json
from conformance.requirement import requirement
from conformance.suite.devices import Subscribed, names, push_channel
from conformance.suite.paths import DEVICE, PUSH_CHANNELS, SUBSCRIPTIONS, pointer
from conformance.target import Target

PUSH = ("state", "push")
BY_CHANNEL = Clause(
    pointer("get", SUBSCRIPTIONS, "parameters"), "Filter to restrict to subscriptions associated with that channel."
)
NOT_BOTH = Clause(pointer("post", SUBSCRIPTIONS, "requestBody"), "cannot be used with clientId")
NOT_NEITHER = Clause(pointer("post", SUBSCRIPTIONS, "requestBody"), "Must be set when clientId is empty")
WITH_SUBSCRIBERS = Clause(pointer("get", PUSH_CHANNELS, "summary"), "at least one subscribed device")


def whole_list(target: Target, channel: str) -> Json:
    return target.get(SUBSCRIPTIONS, query={"channel": channel}).body


@requirement(
    "SUB-01",
    MUST,
    "A subscription of a device is listed for its channel",
    clause=BY_CHANNEL,
    operations=[f"POST {SUBSCRIPTIONS}", f"GET {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_subscription_is_listed_for_its_channel(target: Target, subscribed_device: Subscribed) -> None:
    listed = whole_list(target, subscribed_device.channel)

    assert [(each["channel"], each["deviceId"]) for each in listed] == [
        (subscribed_device.channel, subscribed_device.id)
    ]


@requirement(
    "SUB-02",
    MUST,
    "A subscription with both deviceId and clientId is refused and not made",
    clause=NOT_BOTH,
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_subscription_with_both_ids_is_refused(target: Target, registered_device: Json) -> None:
    channel = push_channel(target)
    both = {"channel": channel, "deviceId": registered_device["id"], "clientId": target.names.fresh("client")}

    refused = target.post(SUBSCRIPTIONS, both)

    assert (refused.status, whole_list(target, channel)) == (400, [])


@requirement(
    "SUB-03",
    MUST,
    "A subscription with neither deviceId nor clientId is refused and not made",
    clause=NOT_NEITHER,
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_subscription_with_neither_id_is_refused(target: Target) -> None:
    channel = push_channel(target)

    refused = target.post(SUBSCRIPTIONS, {"channel": channel})

    assert (refused.status, whole_list(target, channel)) == (400, [])


@requirement(
    "SUB-04",
    MUST,
    "A subscription of a device that is not registered is refused and not made",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "an unknown device is an invalid request"),
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_subscription_of_an_unknown_device_is_refused(target: Target) -> None:
    channel = push_channel(target)

    refused = target.post(SUBSCRIPTIONS, {"channel": channel, "deviceId": target.names.fresh("device")})

    assert (refused.status, whole_list(target, channel)) == (400, [])


@requirement(
    "SUB-05",
    MUST,
    "A channel with a subscription is among the push channels, once",
    clause=WITH_SUBSCRIBERS,
    operations=[f"GET {PUSH_CHANNELS}"],
    needs=PUSH,
)
def test_a_subscribed_channel_is_a_push_channel(target: Target, subscribed_device: Subscribed) -> None:
    pages = target.pages(target.get(PUSH_CHANNELS))
    listed = [name for page in pages for name in page.body]

    assert listed.count(subscribed_device.channel) == 1


@requirement(
    "SUB-06",
    MUST,
    "A channel whose last subscribed device is unregistered is no push channel",
    clause=WITH_SUBSCRIBERS,
    operations=[f"DELETE {DEVICE}", f"GET {PUSH_CHANNELS}"],
    needs=PUSH,
)
def test_a_channel_without_subscriptions_is_no_push_channel(target: Target, subscribed_device: Subscribed) -> None:
    channel = subscribed_device.channel
    target.delete(DEVICE, device_id=subscribed_device.id)

    listed = target.poll(PUSH_CHANNELS, until=lambda answer: not names(answer, channel))

    assert channel not in [name for page in target.pages(listed) for name in page.body]


@requirement(
    "SUB-07",
    MUST,
    "Subscribing twice leaves one subscription",
    clause=Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "saving a subscription again is harmless"),
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_subscribing_twice_leaves_one_subscription(target: Target, subscribed_device: Subscribed) -> None:
    again = {"channel": subscribed_device.channel, "deviceId": subscribed_device.id}

    answer = target.post(SUBSCRIPTIONS, again)

    assert answer.status in {200, 201}
    assert len(whole_list(target, subscribed_device.channel)) == 1
