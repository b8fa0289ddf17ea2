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
EVERYWHERE = Clause("ably/docs rest-api, delete-channel-subscription", "without channel, all channels")
NOT_BOTH = Clause(PARAMETERS, "cannot be used with clientId")
NOT_NEITHER = Clause(PARAMETERS, "Must be set when clientId is empty")
RUBY = "ably/ably-ruby spec/acceptance/rest/push_admin_spec"
AGAIN = Clause(RUBY, "remove_where succeeds on no match")
BOTH = [f"DELETE {SUBSCRIPTIONS}", f"GET {SUBSCRIPTIONS}"]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Two channels, each with a device, a device named like it, their client and a client named like that one."""

    channels: tuple[str, str]
    device: str
    client: str
    subscriptions: tuple[Json, ...]

    def without(self, **filters: str) -> set[tuple[str, str, str]]:
        """Who is left when those that match are unsubscribed."""
        return essence(each for each in self.subscriptions if not filters.items() <= each.items())


@pytest.fixture
def crowd(target: Target) -> Crowd:
    channels = push_channel(target), push_channel(target)
    identity, client = target.names.fresh("device"), target.names.fresh("client")
    for each in (identity, f"{identity}-x"):
        registered(target, device(each, clientId=client))
    who = [{"deviceId": identity}, {"deviceId": f"{identity}-x"}, {"clientId": client}, {"clientId": f"{client}-x"}]
    made = tuple(subscribe(target, channel=channel, **each) for channel in channels for each in who)
    return Crowd(channels, identity, client, made)


def unsubscribe(target: Target, **filters: str) -> int:
    return target.delete(SUBSCRIPTIONS, query={**filters, "fullWait": "true"}).status


def left_of(target: Target, crowd: Crowd, expected: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Who is subscribed, read as often as patience allows until it is as expected."""

    def on(channel: str) -> set[tuple[str, str, str]]:
        mine = {each for each in expected if each[0] == channel}

        def is_expected(answer: Answer) -> bool:
            return essence(answer.body) == mine

        return essence(target.poll(SUBSCRIPTIONS, query={"channel": channel}, until=is_expected).body)

    return {each for channel in crowd.channels for each in on(channel)}


@requirement(
    "SUB-33",
    MUST,
    "Unsubscribing a device from a channel removes that subscription and no other",
    clause=ON_CHANNEL,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_device_from_a_channel(target: Target, crowd: Crowd) -> None:
    filters = {"channel": crowd.channels[0], "deviceId": crowd.device}
    expected = crowd.without(**filters)

    status = unsubscribe(target, **filters)

    assert (status, left_of(target, crowd, expected)) == (204, expected)


@requirement(
    "SUB-34",
    MUST,
    "Unsubscribing a client from a channel removes that subscription and no other",
    clause=ON_CHANNEL,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_client_from_a_channel(target: Target, crowd: Crowd) -> None:
    filters = {"channel": crowd.channels[0], "clientId": crowd.client}
    expected = crowd.without(**filters)

    status = unsubscribe(target, **filters)

    assert (status, left_of(target, crowd, expected)) == (204, expected)


@requirement(
    "SUB-35",
    MUST,
    "Unsubscribing a device without a channel removes all of its subscriptions and no other",
    clause=EVERYWHERE,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_device_everywhere(target: Target, crowd: Crowd) -> None:
    expected = crowd.without(deviceId=crowd.device)

    status = unsubscribe(target, deviceId=crowd.device)

    assert (status, left_of(target, crowd, expected)) == (204, expected)


@requirement(
    "SUB-36",
    MUST,
    "Unsubscribing a client without a channel removes all of its own subscriptions and no other",
    clause=EVERYWHERE,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_client_everywhere(target: Target, crowd: Crowd) -> None:
    expected = crowd.without(clientId=crowd.client)

    status = unsubscribe(target, clientId=crowd.client)

    assert (status, left_of(target, crowd, expected)) == (204, expected)


@requirement(
    "SUB-37",
    MUST,
    "Unsubscribing by deviceId and clientId at once is refused and removes nothing",
    clause=NOT_BOTH,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_by_both_ids_is_refused(target: Target, crowd: Crowd) -> None:
    both = {"deviceId": crowd.device, "clientId": crowd.client}
    statuses = unsubscribe(target, **both), unsubscribe(target, channel=crowd.channels[0], **both)

    assert (statuses, left_of(target, crowd, crowd.without(channel=""))) == ((400, 400), crowd.without(channel=""))


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "SUB-38",
    MUST,
    "Unsubscribing who is not subscribed succeeds and removes nothing",
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
    "Unsubscribing a second time succeeds",
    clause=Clause("ably/ably-python test/ably/rest/restpush_test", "remove again, it does not fail: 204"),
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
    "Unsubscribing by a channel alone touches no subscription to another channel",
    clause=ON_CHANNEL,
    operations=BOTH,
    needs=NEEDS,
)
def test_unsubscribing_a_channel_leaves_other_channels(target: Target, crowd: Crowd) -> None:
    """The documents let it be a filter, the service does not support it: both are well."""
    other = crowd.channels[1]

    unsubscribe(target, channel=crowd.channels[0])
    left = target.get(SUBSCRIPTIONS, query={"channel": other})

    assert essence(left.body) == {each for each in crowd.without(channel=crowd.channels[0]) if each[0] == other}


@requirement(
    "SUB-41",
    SHOULD,
    "Unsubscribing by a channel alone is refused and removes nothing",
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
    "A device that is unsubscribed stays registered, and may be subscribed again",
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
