"""SUB: unsubscribing devices and clients: which subscriptions are removed and which are kept."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.devices import (
    NEEDS,
    Subscribed,
    device,
    has_items,
    push_channel,
    registered,
    subscribe,
    subscriptions_of,
)
from conformance.suite.steps.endpoints import DEVICE, SUBSCRIPTIONS, pointer
from conformance.target.answer import Answer, is_empty
from conformance.target.client import Target

PARAMETERS = pointer("delete", SUBSCRIPTIONS, "parameters")
ON_CHANNEL = Clause(
    f"{PARAMETERS}/channel/description", "Filter to restrict to subscriptions associated with that channel."
)
EVERYWHERE = Clause(
    "ably/docs rest-api, delete-channel-subscription", "without channel, subscriptions to all channels are deleted"
)
NOT_BOTH = Clause(f"{PARAMETERS}/deviceId/description", "cannot be used with clientId")
NOT_NEITHER = Clause(f"{PARAMETERS}/deviceId/description", "Must be set when clientId is empty")
RUBY = "ably/ably-ruby spec/acceptance/rest/push_admin_spec"
AGAIN = Clause(RUBY, "remove_where succeeds if nothing matches")
BOTH = [f"DELETE {SUBSCRIPTIONS}", f"GET {SUBSCRIPTIONS}"]


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Two channels, each with subscriptions of two devices with similar ids and two clients with similar names."""

    channels: tuple[str, str]
    device: str
    client: str
    subscriptions: tuple[Json, ...]

    def without(self, **filters: str) -> list[Json]:
        """The subscriptions that remain if those that match all filters are removed."""
        return [each for each in self.subscriptions if not filters.items() <= each.items()]


@pytest.fixture
def subscriptions(target: Target) -> Subscriptions:
    channels = push_channel(target), push_channel(target)
    identity, client = target.names.fresh("device"), target.names.fresh("client")
    for each in (identity, f"{identity}-x"):
        registered(target, device(each, clientId=client))
    subscribers = [
        {"deviceId": identity},
        {"deviceId": f"{identity}-x"},
        {"clientId": client},
        {"clientId": f"{client}-x"},
    ]
    made = tuple(subscribe(target, channel=channel, **each) for channel in channels for each in subscribers)
    return Subscriptions(channels, identity, client, made)


def unsubscribe(target: Target, **filters: str) -> Answer:
    return target.delete(SUBSCRIPTIONS, query={**filters, "fullWait": "true"})


def subscriptions_left(target: Target, subscriptions: Subscriptions, expected: list[Json]) -> set[str]:
    """The subscriptions on both channels, in words; each channel is polled until its list is as expected."""

    def on(channel: str) -> set[str]:
        expected_here = subscriptions_of(each for each in expected if each["channel"] == channel)

        def is_expected(answer: Answer) -> bool:
            return subscriptions_of(answer.body) == expected_here

        return subscriptions_of(target.poll(SUBSCRIPTIONS, query={"channel": channel}, until=is_expected).body)

    return {each for channel in subscriptions.channels for each in on(channel)}


@requirement(
    "SUB-33",
    MUST,
    "Unsubscribing a device from a channel returns 204 and removes only that subscription",
    clause=ON_CHANNEL,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_device_from_a_channel(target: Target, subscriptions: Subscriptions) -> None:
    filters = {"channel": subscriptions.channels[0], "deviceId": subscriptions.device}
    expected = subscriptions.without(**filters)

    removed = unsubscribe(target, **filters)
    remaining_subscriptions = subscriptions_left(target, subscriptions, expected)

    assert removed.status == 204
    assert remaining_subscriptions == subscriptions_of(expected)


@requirement(
    "SUB-34",
    MUST,
    "Unsubscribing a client from a channel returns 204 and removes only that subscription",
    clause=ON_CHANNEL,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_client_from_a_channel(target: Target, subscriptions: Subscriptions) -> None:
    filters = {"channel": subscriptions.channels[0], "clientId": subscriptions.client}
    expected = subscriptions.without(**filters)

    removed = unsubscribe(target, **filters)
    remaining_subscriptions = subscriptions_left(target, subscriptions, expected)

    assert removed.status == 204
    assert remaining_subscriptions == subscriptions_of(expected)


@requirement(
    "SUB-35",
    MUST,
    "Unsubscribing by deviceId alone returns 204 and removes exactly its subscriptions",
    clause=EVERYWHERE,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_device_everywhere(target: Target, subscriptions: Subscriptions) -> None:
    expected = subscriptions.without(deviceId=subscriptions.device)

    removed = unsubscribe(target, deviceId=subscriptions.device)
    remaining_subscriptions = subscriptions_left(target, subscriptions, expected)

    assert removed.status == 204
    assert remaining_subscriptions == subscriptions_of(expected)


@requirement(
    "SUB-36",
    MUST,
    "Unsubscribing by clientId alone returns 204 and removes exactly its own subscriptions",
    clause=EVERYWHERE,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_client_everywhere(target: Target, subscriptions: Subscriptions) -> None:
    expected = subscriptions.without(clientId=subscriptions.client)

    removed = unsubscribe(target, clientId=subscriptions.client)
    remaining_subscriptions = subscriptions_left(target, subscriptions, expected)

    assert removed.status == 204
    assert remaining_subscriptions == subscriptions_of(expected)


@requirement(
    "SUB-37",
    MUST,
    "Unsubscribing by both deviceId and clientId is rejected with 400 and removes nothing",
    clause=NOT_BOTH,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_by_both_ids_is_rejected(target: Target, subscriptions: Subscriptions) -> None:
    both = {"deviceId": subscriptions.device, "clientId": subscriptions.client}
    expected = list(subscriptions.subscriptions)

    everywhere = unsubscribe(target, **both)
    on_a_channel = unsubscribe(target, channel=subscriptions.channels[0], **both)
    remaining_subscriptions = subscriptions_left(target, subscriptions, expected)

    assert facts(status=everywhere.status, status_with_a_channel=on_a_channel.status) == facts(
        status=400, status_with_a_channel=400
    )
    assert remaining_subscriptions == subscriptions_of(expected)


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "SUB-38",
    MUST,
    "Unsubscribing a device or client that is not subscribed returns 204 and removes nothing",
    clause=AGAIN,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_without_a_match(target: Target, subscribed_device: Subscribed, member: str) -> None:
    unknown = {member: target.names.fresh("unknown")}

    everywhere = unsubscribe(target, **unknown)
    on_a_channel = unsubscribe(target, channel=subscribed_device.channel, **unknown)
    subscriptions = target.poll(SUBSCRIPTIONS, query={"channel": subscribed_device.channel}, until=has_items).body

    assert facts(status=everywhere.status, status_with_a_channel=on_a_channel.status) == facts(
        status=204, status_with_a_channel=204
    )
    assert len(subscriptions) == 1


@requirement(
    "SUB-39",
    MUST,
    "Unsubscribing a device from a channel a second time returns 204",
    clause=Clause("ably/ably-python test/ably/rest/restpush_test", "removing a subscription again does not fail: 204"),
    operations=[f"DELETE {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_unsubscribing_twice(target: Target, subscribed_device: Subscribed) -> None:
    filters = {"channel": subscribed_device.channel, "deviceId": subscribed_device.id}

    first = unsubscribe(target, **filters)
    target.poll(SUBSCRIPTIONS, query=filters, until=is_empty)
    second = unsubscribe(target, **filters)

    assert facts(first_status=first.status, second_status=second.status) == facts(first_status=204, second_status=204)


@requirement(
    "SUB-40",
    MUST,
    "Unsubscribing by channel alone keeps every subscription to other channels",
    clause=ON_CHANNEL,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_channel_keeps_other_channels(target: Target, subscriptions: Subscriptions) -> None:
    """The documents describe channel as a filter, and the service does not support it alone; both are accepted."""
    other = subscriptions.channels[1]

    unsubscribe(target, channel=subscriptions.channels[0])
    expected = subscriptions_of(subscriptions.without(channel=subscriptions.channels[0]))
    left = target.poll(SUBSCRIPTIONS, query={"channel": other}, until=lambda it: subscriptions_of(it.body) == expected)

    assert subscriptions_of(left.body) == expected


@requirement(
    "SUB-41",
    SHOULD,
    "Unsubscribing by channel alone is rejected with 400 and removes nothing",
    clause=NOT_NEITHER,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_by_a_channel_alone_is_rejected(target: Target, subscribed_device: Subscribed) -> None:
    rejected = unsubscribe(target, channel=subscribed_device.channel)
    subscriptions = target.poll(SUBSCRIPTIONS, query={"channel": subscribed_device.channel}, until=has_items).body

    assert rejected.status == 400
    assert len(subscriptions) == 1


@requirement(
    "SUB-42",
    MUST,
    "An unsubscribed device stays registered and can be subscribed again",
    clause=ON_CHANNEL,
    operations=[*BOTH, f"POST {SUBSCRIPTIONS}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_an_unsubscribed_device_stays_registered(target: Target, subscribed_device: Subscribed) -> None:
    filters = {"channel": subscribed_device.channel, "deviceId": subscribed_device.id}
    unsubscribe(target, **filters)
    target.poll(SUBSCRIPTIONS, query=filters, until=is_empty)

    read = target.get(DEVICE, device_id=subscribed_device.id)
    again = target.post(SUBSCRIPTIONS, filters)
    listed = target.poll(SUBSCRIPTIONS, query=filters, until=has_items)

    assert read.status == 200
    assert again.status in {200, 201}
    assert subscriptions_of(listed.body) == subscriptions_of([filters])
