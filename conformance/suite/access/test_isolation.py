"""SEC: an application is a world of its own. A stranger has every right in another one, and none here."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from conformance.errors import Inconclusive
from conformance.model import JSON, MUST, Call, Clause
from conformance.requirement import requirement
from conformance.run.worker import Examiner
from conformance.suite.steps.channels import pages_of
from conformance.suite.steps.devices import Subscribed, device, push_channel, registered
from conformance.suite.steps.endpoints import (
    CHANNELS,
    DEVICE,
    DEVICES,
    MESSAGES,
    PRESENCE,
    PRESENCE_HISTORY,
    PUSH_CHANNELS,
    STATS,
    SUBSCRIPTIONS,
    TOKENS,
)
from conformance.suite.steps.operations import Room
from conformance.suite.steps.stats import between, interval_id
from conformance.suite.steps.tokens import Issuer, capability, issuer_of, standing
from conformance.target.answer import arranged
from conformance.target.client import Target
from conformance.target.credentials import Key, basic, bearer, json_web_token, sign
from conformance.target.provisioning import STRANGER

NEEDS = {"credentials", "state", "two-apps"}
PUSH = {*NEEDS, "push"}
PRESENCE_NEEDS = {*NEEDS, "presence-fixtures"}

ISOLATED = Clause("ably/docs platform, app management", "each app is a sandboxed environment, isolated from others")
OF_ITS_KEY = Clause("ably/docs token-request-spec, API key format", "the secret is uniquely associated with its key")


@pytest.fixture(scope="module")
def stranger(examiner: Examiner) -> str:
    if STRANGER not in examiner.situation.keys:
        raise Inconclusive("the target made no second application")
    return STRANGER


@pytest.fixture(scope="module")
def strange_key(examiner: Examiner, stranger: str) -> Key:
    return examiner.situation.keys[stranger]


@pytest.fixture
def channel(target: Target) -> str:
    """A channel of ours that holds one message."""
    name = target.names.fresh("channel")
    with target.arranging():
        arranged(target.post(MESSAGES, {"name": "ours"}, channel_id=name))
        target.poll(MESSAGES, channel_id=name, until=lambda answer: answer.body != [])
    return name


# Channels -----------------------------------------------------------------------------------------------------------


@requirement(
    "SEC-11",
    MUST,
    "The messages of a channel are not in the channel of that name in another application",
    clause=ISOLATED,
    operations=[f"POST {MESSAGES}", f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_messages_stay_in_their_application(target: Target, stranger: str, channel: str) -> None:
    target.post(MESSAGES, {"name": "theirs"}, channel_id=channel, principal=stranger)

    theirs = target.poll(MESSAGES, channel_id=channel, principal=stranger, until=lambda answer: answer.body != [])
    ours = target.get(MESSAGES, channel_id=channel)

    names = [[message["name"] for message in answer.body] for answer in (ours, theirs)]
    assert names == [["ours"], ["theirs"]]


@requirement(
    "SEC-12",
    MUST,
    "An id that one application has used is new to another",
    clause=ISOLATED,
    operations=[f"POST {MESSAGES}", f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_ids_are_of_their_application(target: Target, stranger: str) -> None:
    channel, message = target.names.fresh("channel"), {"id": target.names.fresh("id"), "data": "once"}

    arranged(target.post(MESSAGES, message, channel_id=channel))
    target.post(MESSAGES, message, channel_id=channel, principal=stranger)
    theirs = target.poll(MESSAGES, channel_id=channel, principal=stranger, until=lambda answer: answer.body != [])

    assert [each["id"] for each in theirs.body] == [message["id"]]


@pytest.mark.parametrize("path", [PRESENCE, PRESENCE_HISTORY], ids=["members", "history"])
@requirement(
    "SEC-13",
    MUST,
    "The members of a channel are not present in another application",
    clause=ISOLATED,
    operations=[f"GET {PRESENCE}", f"GET {PRESENCE_HISTORY}"],
    needs=PRESENCE_NEEDS,
)
def test_members_stay_in_their_application(target: Target, examiner: Examiner, stranger: str, path: str) -> None:
    fixture = examiner.situation.presence_channel

    ours = target.get(path, channel_id=fixture)
    theirs = target.get(path, channel_id=fixture, principal=stranger)

    assert (ours.body != [], theirs.status, theirs.body) == (True, 200, [])


@requirement(
    "SEC-14",
    MUST,
    "The channels of an application are not listed in another",
    clause=ISOLATED,
    operations=[f"GET {CHANNELS}"],
    needs=NEEDS,
)
def test_channels_stay_in_their_application(target: Target, stranger: str, channel: str) -> None:
    pages = pages_of(target, query={"by": "id", "prefix": channel}, principal=stranger)

    assert [name for page in pages for name in page.body] == []


# Push ----------------------------------------------------------------------------------------------------------------


@requirement(
    "SEC-15",
    MUST,
    "A device of one application is not found in another, neither by its id nor in a list",
    clause=ISOLATED,
    operations=[f"GET {DEVICE}", f"GET {DEVICES}"],
    needs=PUSH,
)
def test_devices_stay_in_their_application(target: Target, stranger: str) -> None:
    identity, client = target.names.fresh("device"), target.names.fresh("client")
    registered(target, device(identity, clientId=client))

    read = target.get(DEVICE, device_id=identity, principal=stranger)
    by_id = target.get(DEVICES, query={"deviceId": identity}, principal=stranger)
    by_client = target.get(DEVICES, query={"clientId": client}, principal=stranger)

    assert (read.status, by_id.body, by_client.body) == (404, [], [])


@requirement(
    "SEC-16",
    MUST,
    "Unregistering a device in one application leaves the one of that id in another",
    clause=ISOLATED,
    operations=[f"DELETE {DEVICE}", f"DELETE {DEVICES}"],
    needs=PUSH,
)
def test_a_stranger_removes_no_device(target: Target, stranger: str) -> None:
    identity, client = target.names.fresh("device"), target.names.fresh("client")
    registered(target, device(identity, clientId=client))

    target.delete(DEVICE, device_id=identity, principal=stranger)
    target.delete(DEVICES, query={"clientId": client}, principal=stranger)

    assert target.get(DEVICE, device_id=identity).status == 200


@requirement(
    "SEC-17",
    MUST,
    "Two applications have each a device of the same id",
    clause=ISOLATED,
    operations=[f"PUT {DEVICE}", f"GET {DEVICE}"],
    needs=PUSH,
)
def test_ids_of_devices_are_of_their_application(target: Target, stranger: str) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity, metadata={"of": "ours"}))

    target.put(DEVICE, device(identity, metadata={"of": "theirs"}), device_id=identity, principal=stranger)
    ours = target.get(DEVICE, device_id=identity)
    theirs = target.poll(DEVICE, device_id=identity, principal=stranger, until=lambda answer: answer.status == 200)

    assert [answer.body.get("metadata") for answer in (ours, theirs)] == [{"of": "ours"}, {"of": "theirs"}]


@requirement(
    "SEC-18",
    MUST,
    "The push subscriptions and channels of one application are not listed in another",
    clause=ISOLATED,
    operations=[f"GET {SUBSCRIPTIONS}", f"GET {PUSH_CHANNELS}"],
    needs=PUSH,
)
def test_subscriptions_stay_in_their_application(target: Target, stranger: str, subscribed_device: Subscribed) -> None:
    query = {"channel": subscribed_device.channel}

    subscriptions = target.get(SUBSCRIPTIONS, query=query, principal=stranger)
    channels = target.pages(target.get(PUSH_CHANNELS, principal=stranger))

    assert subscriptions.body == []
    assert subscribed_device.channel not in [name for page in channels for name in page.body]


@requirement(
    "SEC-19",
    MUST,
    "Unsubscribing in one application leaves the same subscription in another",
    clause=ISOLATED,
    operations=[f"DELETE {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_stranger_removes_no_subscription(target: Target, stranger: str, subscribed_device: Subscribed) -> None:
    query = {"channel": subscribed_device.channel, "deviceId": subscribed_device.id}

    target.delete(SUBSCRIPTIONS, query=query, principal=stranger)

    assert [each["deviceId"] for each in target.get(SUBSCRIPTIONS, query=query).body] == [subscribed_device.id]


@requirement(
    "SEC-20",
    MUST,
    "A device of one application cannot be subscribed in another",
    clause=ISOLATED,
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_stranger_subscribes_no_device_of_ours(target: Target, stranger: str) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity))

    refused = target.post(SUBSCRIPTIONS, {"channel": push_channel(target), "deviceId": identity}, principal=stranger)

    assert refused.status == 400


# Statistics ----------------------------------------------------------------------------------------------------------


@requirement(
    "SEC-27",
    MUST,
    "The statistics of one application are not those of another",
    clause=ISOLATED,
    operations=[f"GET {STATS}"],
    needs={*NEEDS, "stats-injection"},
)
def test_statistics_stay_in_their_application(target: Target, stranger: str) -> None:
    minute = datetime(datetime.now(UTC).year - 2, 1, 2, 3, 4, tzinfo=UTC)
    bounds = between(minute, minute)
    with target.arranging():
        _inject(target, minute, bounds)

    theirs = target.get(STATS, query=bounds, principal=stranger)

    assert theirs.body == []


def _inject(target: Target, minute: datetime, bounds: dict[str, str]) -> None:
    messages = {"messages": {"count": 7, "data": 700}}
    body = json.dumps([{"intervalId": interval_id(minute), "inbound": {"realtime": messages}}]).encode()
    arranged(target.send(Call("POST", STATS, headers=(("Accept", JSON), ("Content-Type", JSON)), body=body)))
    if target.poll(STATS, query=bounds, until=lambda answer: answer.body != []).body == []:
        raise Inconclusive("a minute that was put into the statistics is not in them")


# Keys and tokens -----------------------------------------------------------------------------------------------------


@requirement(
    "SEC-21",
    MUST,
    "A token leads to the application of its key and to no other",
    clause=ISOLATED,
    operations=[f"POST {TOKENS}", f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_token_leads_to_its_application(target: Target, examiner: Examiner, stranger: str, channel: str) -> None:
    theirs = issuer_of(examiner, stranger).bearer("token of a stranger")
    ours = issuer_of(examiner, "full").bearer("token")

    read = [target.get(MESSAGES, channel_id=channel, principal=each).body for each in (ours, theirs)]

    assert [len(messages) for messages in read] == [1, 0]


@requirement(
    "SEC-22",
    MUST,
    "The owner of one application gets no token of another",
    clause=OF_ITS_KEY,
    operations=[f"POST {TOKENS}"],
    needs=NEEDS,
)
def test_a_stranger_gets_no_token_of_ours(target: Target, issuer: Issuer, stranger: str) -> None:
    answer = issuer.ask(issuer.request(), target.principals[stranger])

    assert answer.status // 100 == 4


@requirement(
    "SEC-23",
    MUST,
    "The secret of one application signs no token request of another",
    clause=OF_ITS_KEY,
    operations=[f"POST {TOKENS}"],
    needs=NEEDS,
)
def test_a_stranger_signs_no_token_request_of_ours(issuer: Issuer, strange_key: Key) -> None:
    answer = issuer.ask_as_nobody(sign(issuer.request(), strange_key))

    assert standing(answer) == (401, 40101)


@requirement(
    "SEC-24",
    MUST,
    "The secret of one application signs no JWT of another",
    clause=OF_ITS_KEY,
    operations=[f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_stranger_signs_no_jwt_of_ours(target: Target, issuer: Issuer, strange_key: Key, room: Room) -> None:
    now = issuer.now // 1000
    claims = {"iat": now, "exp": now + 600, "x-ably-capability": capability("*", "*")}
    forged = bearer("JWT of a stranger", json_web_token(claims, strange_key, kid=issuer.key.name))

    answer = target.get(MESSAGES, channel_id=room.channel, principal=forged)

    assert answer.status == 401


@requirement(
    "SEC-25",
    MUST,
    "The secret of one application opens no key of another",
    clause=OF_ITS_KEY,
    operations=[f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_secret_opens_its_own_key(target: Target, issuer: Issuer, strange_key: Key, room: Room) -> None:
    chimera = basic("strange secret", Key(issuer.key.name, strange_key.secret))

    answer = target.get(MESSAGES, channel_id=room.channel, principal=chimera)

    assert answer.status == 401


@requirement(
    "SEC-26",
    MUST,
    "The id of a key means nothing in another application",
    clause=OF_ITS_KEY,
    operations=[f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_key_is_of_its_application(target: Target, issuer: Issuer, strange_key: Key, room: Room) -> None:
    moved = Key(f"{strange_key.app}.{issuer.key.name.partition('.')[2]}", issuer.key.secret)

    answer = target.get(MESSAGES, channel_id=room.channel, principal=basic("moved key", moved))

    assert answer.status in {401, 404}
