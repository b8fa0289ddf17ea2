"""SUB: the list of channels with push subscriptions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model import MSGPACK, MUST, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.devices import IN_MSGPACK, NEEDS, Subscribed, everything, push_channel, subscribe
from conformance.suite.steps.endpoints import DEVICE, MESSAGES, PUSH_CHANNELS, SUBSCRIPTIONS, pointer
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

WITH_SUBSCRIBERS = Clause(pointer("get", PUSH_CHANNELS, "summary"), "at least one subscribed device")
PAGINATED = Clause(pointer("get", PUSH_CHANNELS, "description"), "Returns a paginated response of channel names.")
OPERATION = [f"GET {PUSH_CHANNELS}"]
WHOLE = {"limit": 1000}
NUMBER_OF_CHANNELS = 6


def times_listed(target: Target, channel: str, *, until: Callable[[int], bool]) -> int:
    """How many times a channel is in the list, over all pages.

    Polled until the number is as expected: other tests add and remove channels meanwhile, which may shift the pages.
    """

    def count(answer: Answer) -> int:
        return everything(target, answer).count(channel)

    return count(target.poll(PUSH_CHANNELS, query=WHOLE, until=lambda answer: until(count(answer))))


def is_one(count: int) -> bool:
    return count == 1


def is_none(count: int) -> bool:
    return count == 0


@pytest.fixture(scope="module")
def several_channels(target: Target) -> list[str]:
    client, made = target.names.fresh("client"), [push_channel(target) for _ in range(NUMBER_OF_CHANNELS)]
    for each in made:
        subscribe(target, channel=each, clientId=client)
    with target.arranging():
        target.poll(PUSH_CHANNELS, query=WHOLE, until=lambda answer: set(made) <= set(everything(target, answer)))
    return made


@requirement(
    "SUB-05",
    MUST,
    "A channel with a subscribed device is listed once among the push channels",
    clause=WITH_SUBSCRIBERS,
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_subscribed_channel_is_a_push_channel(target: Target, subscribed_device: Subscribed) -> None:
    assert times_listed(target, subscribed_device.channel, until=is_one) == 1


@requirement(
    "SUB-06",
    MUST,
    "A channel whose last subscribed device is unregistered is not in the push channel list",
    clause=WITH_SUBSCRIBERS,
    operations=[f"DELETE {DEVICE}", *OPERATION],
    needs=NEEDS,
)
def test_a_channel_without_subscriptions_is_not_listed(target: Target, subscribed_device: Subscribed) -> None:
    with target.arranging():
        times_listed(target, subscribed_device.channel, until=is_one)

    target.delete(DEVICE, device_id=subscribed_device.id)

    assert times_listed(target, subscribed_device.channel, until=is_none) == 0


@requirement(
    "SUB-43",
    MUST,
    "A channel with only a client subscribed is listed once among the push channels",
    clause=Clause("ably/ably-js test/rest/push.test", "listChannels: channels that clients are subscribed to"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_channel_with_a_subscribed_client_is_a_push_channel(target: Target) -> None:
    made = subscribe(target, channel=push_channel(target), clientId=target.names.fresh("client"))

    assert times_listed(target, made["channel"], until=is_one) == 1


@requirement(
    "SUB-44",
    MUST,
    "A channel with several subscriptions is listed once among the push channels",
    clause=WITH_SUBSCRIBERS,
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_push_channel_is_listed_once(target: Target, subscribed_device: Subscribed) -> None:
    for _ in range(2):
        subscribe(target, channel=subscribed_device.channel, clientId=target.names.fresh("client"))

    assert times_listed(target, subscribed_device.channel, until=is_one) == 1


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "SUB-45",
    MUST,
    "A channel whose last device or client is unsubscribed is not in the push channel list",
    clause=WITH_SUBSCRIBERS,
    operations=[f"DELETE {SUBSCRIPTIONS}", *OPERATION],
    needs=NEEDS,
)
def test_a_channel_is_not_listed_after_the_last_unsubscription(
    target: Target, registered_device: Json, member: str
) -> None:
    whose = {"deviceId": registered_device["id"], "clientId": registered_device["clientId"]}[member]
    made = subscribe(target, channel=push_channel(target), **{member: whose})
    with target.arranging():
        times_listed(target, made["channel"], until=is_one)

    target.delete(SUBSCRIPTIONS, query={**made, "fullWait": "true"})

    assert times_listed(target, made["channel"], until=is_none) == 0


@requirement(
    "SUB-46",
    MUST,
    "A channel stays in the push channel list as long as it has a subscription",
    clause=WITH_SUBSCRIBERS,
    operations=[f"DELETE {SUBSCRIPTIONS}", *OPERATION],
    needs=NEEDS,
)
def test_a_channel_with_one_subscription_left_is_listed(target: Target, subscribed_device: Subscribed) -> None:
    leaving = {"channel": subscribed_device.channel, "deviceId": subscribed_device.id}
    subscribe(target, channel=subscribed_device.channel, clientId=target.names.fresh("client"))

    target.delete(SUBSCRIPTIONS, query={**leaving, "fullWait": "true"})
    target.poll(SUBSCRIPTIONS, query=leaving, until=lambda answer: answer.body == [])

    assert times_listed(target, subscribed_device.channel, until=is_one) == 1


@requirement(
    "SUB-47",
    MUST,
    "A channel with published messages but no subscription is not in the push channel list",
    clause=WITH_SUBSCRIBERS,
    operations=[f"POST {MESSAGES}", *OPERATION],
    needs=NEEDS,
)
def test_a_channel_with_only_messages_is_not_listed(target: Target) -> None:
    channel = push_channel(target)
    with target.arranging():
        arranged(target.post(MESSAGES, {"data": "text"}, channel_id=channel))

    assert times_listed(target, channel, until=is_none) == 0


@requirement(
    "SUB-48",
    MUST,
    "The pages of the push channel list contain every channel once, for any limit",
    clause=PAGINATED,
    operations=OPERATION,
    needs=NEEDS,
)
@given(data=st.data())
def test_pages_hold_everything_once(target: Target, several_channels: list[str], data: st.DataObject) -> None:
    """The list contains the channels of all tests, so the limit is drawn as a fraction of its length."""
    total = len(everything(target, target.get(PUSH_CHANNELS, query=WHOLE)))
    limit = max(1, total // data.draw(st.integers(1, 5)))

    def own_channels_of(first: Answer) -> list[str]:
        return sorted(name for name in everything(target, first) if name in several_channels)

    first = target.poll(
        PUSH_CHANNELS, query={"limit": limit}, until=lambda answer: own_channels_of(answer) == sorted(several_channels)
    )

    assert own_channels_of(first) == sorted(several_channels)


@requirement(
    "SUB-49",
    MUST,
    "The first page of the push channel list has limit names if that many channels exist",
    clause=Clause("ably/ably-python test/ably/rest/restpush_test", "list_channels(limit=1) returns one item"),
    operations=OPERATION,
    needs=NEEDS,
)
@pytest.mark.usefixtures("several_channels")
@given(limit=st.integers(1, NUMBER_OF_CHANNELS))
def test_a_page_is_as_long_as_its_limit(target: Target, limit: int) -> None:
    listed_channels = target.get(PUSH_CHANNELS, query={"limit": limit}).body

    assert len(listed_channels) == limit


@requirement(
    "SUB-50",
    MUST,
    "The push channel list in MessagePack contains every subscribed channel once",
    clause=PAGINATED,
    operations=OPERATION,
    needs=IN_MSGPACK,
)
def test_push_channels_in_msgpack(target: Target, several_channels: list[str]) -> None:
    channels = everything(target, target.get(PUSH_CHANNELS, query=WHOLE, accept=MSGPACK))

    own_channels = [name for name in channels if name in several_channels]
    assert sorted(own_channels) == sorted(several_channels)


@requirement(
    "SUB-51",
    MUST,
    "A push channel whose name needs percent-encoding is listed under its unencoded name",
    clause=WITH_SUBSCRIBERS,
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_push_channel_keeps_its_name(target: Target) -> None:
    channel = f"{push_channel(target)}:a/b c&d=é?#+%41😀"
    subscribe(target, channel=channel, clientId=target.names.fresh("client"))

    assert times_listed(target, channel, until=is_one) == 1
