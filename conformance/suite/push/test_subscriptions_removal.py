"""SUB: unsubscribing devices and clients, and what goes and what stays."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.devices import (
    NEEDS,
    Subscribed,
    device,
    essence,
    has_items,
    push_channel,
    registered,
    subscribe,
)
from conformance.suite.steps.endpoints import DEVICE, SUBSCRIPTIONS, pointer
from conformance.target.answer import Answer, is_empty
from conformance.target.client import Target

PARAMETERS = pointer("delete", SUBSCRIPTIONS, "parameters")
ON_CHANNEL = Clause(PARAMETERS, "Filter to restrict to subscriptions associated with that channel.")
EVERYWHERE = Clause(
    "ably/docs rest-api, delete-channel-subscription", "without channel, subscriptions to all channels are deleted"
)
NOT_BOTH = Clause(PARAMETERS, "cannot be used with clientId")
NOT_NEITHER = Clause(PARAMETERS, "Must be set when clientId is empty")
RUBY = "ably/ably-ruby spec/acceptance/rest/push_admin_spec"
AGAIN = Clause(RUBY, "remove_where succeeds if nothing matches")
BOTH = [f"DELETE {SUBSCRIPTIONS}", f"GET {SUBSCRIPTIONS}"]


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Two channels, each with a device, a device named like it, their client and a client named like that one."""

    channels: tuple[str, str]
    device: str
    client: str
    subscriptions: tuple[Json, ...]

    def without(self, **filters: str) -> set[tuple[str, str, str]]:
        """Who is left when those that match are unsubscribed."""
        return essence(each for each in self.subscriptions if not filters.items() <= each.items())


@pytest.fixture
def subscriptions(target: Target) -> Subscriptions:
    channels = push_channel(target), push_channel(target)
    identity, client = target.names.fresh("device"), target.names.fresh("client")
    for each in (identity, f"{identity}-x"):
        registered(target, device(each, clientId=client))
    who = [{"deviceId": identity}, {"deviceId": f"{identity}-x"}, {"clientId": client}, {"clientId": f"{client}-x"}]
    made = tuple(subscribe(target, channel=channel, **each) for channel in channels for each in who)
    return Subscriptions(channels, identity, client, made)


def unsubscribe(target: Target, **filters: str) -> int:
    return target.delete(SUBSCRIPTIONS, query={**filters, "fullWait": "true"}).status


def left_of(
    target: Target, subscriptions: Subscriptions, expected: set[tuple[str, str, str]]
) -> set[tuple[str, str, str]]:
    """Who is subscribed, read as often as patience allows until it is as expected."""

    def on(channel: str) -> set[tuple[str, str, str]]:
        mine = {each for each in expected if each[0] == channel}

        def is_expected(answer: Answer) -> bool:
            return essence(answer.body) == mine

        return essence(target.poll(SUBSCRIPTIONS, query={"channel": channel}, until=is_expected).body)

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

    status = unsubscribe(target, **filters)

    assert (status, left_of(target, subscriptions, expected)) == (204, expected)


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

    status = unsubscribe(target, **filters)

    assert (status, left_of(target, subscriptions, expected)) == (204, expected)


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

    status = unsubscribe(target, deviceId=subscriptions.device)

    assert (status, left_of(target, subscriptions, expected)) == (204, expected)


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

    status = unsubscribe(target, clientId=subscriptions.client)

    assert (status, left_of(target, subscriptions, expected)) == (204, expected)


@requirement(
    "SUB-37",
    MUST,
    "Unsubscribing by both deviceId and clientId is rejected with 400 and removes nothing",
    clause=NOT_BOTH,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_by_both_ids_is_refused(target: Target, subscriptions: Subscriptions) -> None:
    both = {"deviceId": subscriptions.device, "clientId": subscriptions.client}
    statuses = unsubscribe(target, **both), unsubscribe(target, channel=subscriptions.channels[0], **both)

    assert (statuses, left_of(target, subscriptions, subscriptions.without(channel=""))) == (
        (400, 400),
        subscriptions.without(channel=""),
    )


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
    nobody = {member: target.names.fresh("nobody")}

    statuses = unsubscribe(target, **nobody), unsubscribe(target, channel=subscribed_device.channel, **nobody)
    left = target.get(SUBSCRIPTIONS, query={"channel": subscribed_device.channel})

    assert (statuses, len(left.body)) == ((204, 204), 1)


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

    assert (first, second) == (204, 204)


@requirement(
    "SUB-40",
    MUST,
    "Unsubscribing by channel alone keeps every subscription to other channels",
    clause=ON_CHANNEL,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_channel_leaves_other_channels(target: Target, subscriptions: Subscriptions) -> None:
    """The documents let it be a filter, the service does not support it: both are well."""
    other = subscriptions.channels[1]

    unsubscribe(target, channel=subscriptions.channels[0])
    left = target.get(SUBSCRIPTIONS, query={"channel": other})

    assert essence(left.body) == {
        each for each in subscriptions.without(channel=subscriptions.channels[0]) if each[0] == other
    }


@requirement(
    "SUB-41",
    SHOULD,
    "Unsubscribing by channel alone is rejected with 400 and removes nothing",
    clause=NOT_NEITHER,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_by_a_channel_alone_is_refused(target: Target, subscribed_device: Subscribed) -> None:
    status = unsubscribe(target, channel=subscribed_device.channel)
    left = target.get(SUBSCRIPTIONS, query={"channel": subscribed_device.channel})

    assert (status, len(left.body)) == (400, 1)


@requirement(
    "SUB-42",
    MUST,
    "An unsubscribed device stays registered and can be subscribed again",
    clause=ON_CHANNEL,
    operations=[*BOTH, f"POST {SUBSCRIPTIONS}", f"GET {DEVICE}"],
    needs=NEEDS,
)
def test_an_unsubscribed_device_stays(target: Target, subscribed_device: Subscribed) -> None:
    filters = {"channel": subscribed_device.channel, "deviceId": subscribed_device.id}
    unsubscribe(target, **filters)
    target.poll(SUBSCRIPTIONS, query=filters, until=is_empty)

    read = target.get(DEVICE, device_id=subscribed_device.id)
    again = target.post(SUBSCRIPTIONS, filters)
    listed = target.poll(SUBSCRIPTIONS, query=filters, until=has_items)

    assert (read.status, again.status in {200, 201}) == (200, True)
    assert essence(listed.body) == essence([filters])
