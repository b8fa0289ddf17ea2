"""SEC: applications are isolated from each other.

"The other application" is a second one; its key may do everything there and nothing in the application of the run.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from conformance.errors import Inconclusive
from conformance.facts import facts
from conformance.model import JSON, MUST, Call, Clause
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import is_rejected, items_of, rejection, status_and_code, status_in_words
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
from conformance.suite.steps.messages import single_message
from conformance.suite.steps.operations import Fixtures
from conformance.suite.steps.stats import between, interval_id
from conformance.suite.steps.tokens import Issuer, capability, issuer_of
from conformance.target.answer import arranged
from conformance.target.client import Target
from conformance.target.credentials import Key, basic, bearer, json_web_token, sign
from conformance.target.provisioning import OTHER_APP

NEEDS = {"credentials", "state", "two-apps"}
PUSH = {*NEEDS, "push"}
PRESENCE_NEEDS = {*NEEDS, "presence-fixtures"}

ISOLATED = Clause("ably/docs platform, app management", "each app is a sandboxed environment, isolated from others")
OF_ITS_KEY = Clause("ably/docs token-request-spec, API key format", "the secret is uniquely associated with its key")


@pytest.fixture(scope="module")
def other_app(worker: Worker) -> str:
    if OTHER_APP not in worker.run_config.keys:
        raise Inconclusive("the target created no second application")
    return OTHER_APP


@pytest.fixture(scope="module")
def other_app_key(worker: Worker, other_app: str) -> Key:
    return worker.run_config.keys[other_app]


@pytest.fixture
def channel(target: Target) -> str:
    """A channel of this application with one message."""
    name = target.names.fresh("channel")
    with target.arranging():
        arranged(target.post(MESSAGES, {"name": "of this application"}, channel_id=name))
        target.poll(MESSAGES, channel_id=name, until=lambda answer: answer.body != [])
    return name


# Channels -----------------------------------------------------------------------------------------------------------


@requirement(
    "SEC-11",
    MUST,
    "Messages are not visible in the channel of the same name in another application",
    clause=ISOLATED,
    operations=[f"POST {MESSAGES}", f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_messages_stay_in_their_application(target: Target, other_app: str, channel: str) -> None:
    target.post(MESSAGES, {"name": "of the other application"}, channel_id=channel, principal=other_app)

    theirs = target.poll(MESSAGES, channel_id=channel, principal=other_app, until=lambda answer: answer.body != [])
    ours = target.poll(MESSAGES, channel_id=channel, until=lambda answer: answer.body != [])

    assert [message["name"] for message in ours.body] == ["of this application"]
    assert [message["name"] for message in theirs.body] == ["of the other application"]


@requirement(
    "SEC-12",
    MUST,
    "A message ID used in one application is not treated as a duplicate in another",
    clause=ISOLATED,
    operations=[f"POST {MESSAGES}", f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_message_ids_are_separate_in_each_application(target: Target, other_app: str) -> None:
    channel, message = target.names.fresh("channel"), {"id": target.names.fresh("id"), "data": "once"}

    arranged(target.post(MESSAGES, message, channel_id=channel))
    target.post(MESSAGES, message, channel_id=channel, principal=other_app)
    theirs = target.poll(MESSAGES, channel_id=channel, principal=other_app, until=lambda answer: answer.body != [])

    assert single_message(theirs.body, "id") == facts(stored_messages=1, id=message["id"])


@pytest.mark.parametrize("path", [PRESENCE, PRESENCE_HISTORY], ids=["members", "history"])
@requirement(
    "SEC-13",
    MUST,
    "A channel's presence members and presence history are empty in another application",
    clause=ISOLATED,
    operations=[f"GET {PRESENCE}", f"GET {PRESENCE_HISTORY}"],
    needs=PRESENCE_NEEDS,
)
def test_members_stay_in_their_application(target: Target, worker: Worker, other_app: str, path: str) -> None:
    presence_channel = worker.run_config.presence_channel

    ours = target.get(path, channel_id=presence_channel)
    theirs = target.get(path, channel_id=presence_channel, principal=other_app)

    assert ours.body != []
    assert facts(status=theirs.status, items=theirs.body) == facts(status=200, items=[])


@requirement(
    "SEC-14",
    MUST,
    "A channel of one application is not listed in another application",
    clause=ISOLATED,
    operations=[f"GET {CHANNELS}"],
    needs=NEEDS,
)
def test_channels_stay_in_their_application(target: Target, other_app: str, channel: str) -> None:
    pages = pages_of(target, query={"by": "id", "prefix": channel}, principal=other_app)

    listed_channels = [name for page in pages for name in items_of(page)]
    assert listed_channels == []


# Push ----------------------------------------------------------------------------------------------------------------


@requirement(
    "SEC-15",
    MUST,
    "In another application a device is not listed and reading it returns 404",
    clause=ISOLATED,
    operations=[f"GET {DEVICE}", f"GET {DEVICES}"],
    needs=PUSH,
)
def test_devices_stay_in_their_application(target: Target, other_app: str) -> None:
    identity, client = target.names.fresh("device"), target.names.fresh("client")
    registered(target, device(identity, clientId=client))

    read = target.get(DEVICE, device_id=identity, principal=other_app)
    by_id = target.get(DEVICES, query={"deviceId": identity}, principal=other_app)
    by_client = target.get(DEVICES, query={"clientId": client}, principal=other_app)

    assert read.status == 404
    assert facts(devices_with_the_id=by_id.body) == facts(devices_with_the_id=[])
    assert facts(devices_of_the_client=by_client.body) == facts(devices_of_the_client=[])


@requirement(
    "SEC-16",
    MUST,
    "Deleting a device ID in one application does not delete it in another",
    clause=ISOLATED,
    operations=[f"DELETE {DEVICE}", f"DELETE {DEVICES}"],
    needs=PUSH,
)
def test_a_delete_in_another_application_removes_no_device(target: Target, other_app: str) -> None:
    identity, client = target.names.fresh("device"), target.names.fresh("client")
    registered(target, device(identity, clientId=client))

    target.delete(DEVICE, device_id=identity, principal=other_app)
    target.delete(DEVICES, query={"clientId": client}, principal=other_app)

    read = target.get(DEVICE, device_id=identity)
    assert read.status == 200


@requirement(
    "SEC-17",
    MUST,
    "The same device ID can be registered separately in two applications",
    clause=ISOLATED,
    operations=[f"PUT {DEVICE}", f"GET {DEVICE}"],
    needs=PUSH,
)
def test_device_ids_are_separate_in_each_application(target: Target, other_app: str) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity, metadata={"of": "this application"}))

    target.put(
        DEVICE, device(identity, metadata={"of": "the other application"}), device_id=identity, principal=other_app
    )
    ours = target.get(DEVICE, device_id=identity)
    theirs = target.poll(DEVICE, device_id=identity, principal=other_app, until=lambda answer: answer.status == 200)

    assert ours.body.get("metadata") == {"of": "this application"}
    assert theirs.body.get("metadata") == {"of": "the other application"}


@requirement(
    "SEC-18",
    MUST,
    "Push subscriptions and push channels of one application are not listed in another",
    clause=ISOLATED,
    operations=[f"GET {SUBSCRIPTIONS}", f"GET {PUSH_CHANNELS}"],
    needs=PUSH,
)
def test_subscriptions_stay_in_their_application(target: Target, other_app: str, subscribed_device: Subscribed) -> None:
    query = {"channel": subscribed_device.channel}

    subscriptions = target.get(SUBSCRIPTIONS, query=query, principal=other_app)
    channels = target.pages(target.get(PUSH_CHANNELS, principal=other_app))

    is_listed = subscribed_device.channel in [name for page in channels for name in page.body]
    assert facts(subscriptions=subscriptions.body) == facts(subscriptions=[])
    assert facts(push_channel_is_listed=is_listed) == facts(push_channel_is_listed=False)


@requirement(
    "SEC-19",
    MUST,
    "Deleting a push subscription in one application does not delete it in another",
    clause=ISOLATED,
    operations=[f"DELETE {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_delete_in_another_application_removes_no_subscription(
    target: Target, other_app: str, subscribed_device: Subscribed
) -> None:
    query = {"channel": subscribed_device.channel, "deviceId": subscribed_device.id}

    target.delete(SUBSCRIPTIONS, query=query, principal=other_app)

    subscribed_devices = [each["deviceId"] for each in target.get(SUBSCRIPTIONS, query=query).body]
    assert subscribed_devices == [subscribed_device.id]


@requirement(
    "SEC-20",
    MUST,
    "Subscribing a device of another application is rejected with 400",
    clause=ISOLATED,
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=PUSH,
)
def test_a_device_of_another_application_is_not_subscribed(target: Target, other_app: str) -> None:
    identity = target.names.fresh("device")
    registered(target, device(identity))

    rejected = target.post(SUBSCRIPTIONS, {"channel": push_channel(target), "deviceId": identity}, principal=other_app)

    assert rejected.status == 400


# Statistics ----------------------------------------------------------------------------------------------------------


@requirement(
    "SEC-27",
    MUST,
    "Statistics of one application are not included in those of another",
    clause=ISOLATED,
    operations=[f"GET {STATS}"],
    needs={*NEEDS, "stats-injection"},
)
def test_statistics_stay_in_their_application(target: Target, other_app: str) -> None:
    minute = datetime(datetime.now(UTC).year - 2, 1, 2, 3, 4, tzinfo=UTC)
    bounds = between(minute, minute)
    with target.arranging():
        _inject(target, minute, bounds)

    theirs = target.get(STATS, query=bounds, principal=other_app)

    assert facts(statistics=theirs.body) == facts(statistics=[])


def _inject(target: Target, minute: datetime, bounds: dict[str, str]) -> None:
    messages = {"messages": {"count": 7, "data": 700}}
    body = json.dumps([{"intervalId": interval_id(minute), "inbound": {"realtime": messages}}]).encode()
    arranged(target.send(Call("POST", STATS, headers=(("Accept", JSON), ("Content-Type", JSON)), body=body)))
    if target.poll(STATS, query=bounds, until=lambda answer: answer.body != []).body == []:
        raise Inconclusive("injected statistics are not returned")


# Keys and tokens -----------------------------------------------------------------------------------------------------


@requirement(
    "SEC-21",
    MUST,
    "A token reads channel history only from the application of its API key",
    clause=ISOLATED,
    operations=[f"POST {TOKENS}", f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_token_reads_messages_of_its_application(
    target: Target, worker: Worker, other_app: str, channel: str
) -> None:
    theirs = issuer_of(worker, other_app).bearer("a token of another application")
    ours = issuer_of(worker, "full").bearer("a token of the application")

    read_by_ours = target.poll(MESSAGES, channel_id=channel, principal=ours, until=lambda answer: answer.body != [])
    read_by_theirs = target.get(MESSAGES, channel_id=channel, principal=theirs)

    assert facts(messages=len(read_by_ours.body)) == facts(messages=1)
    assert facts(messages=len(read_by_theirs.body)) == facts(messages=0)


@requirement(
    "SEC-22",
    MUST,
    "A token request with the API key of another application is rejected with a 4xx status",
    clause=OF_ITS_KEY,
    operations=[f"POST {TOKENS}"],
    needs=NEEDS,
)
def test_a_key_of_another_application_gets_no_token(target: Target, issuer: Issuer, other_app: str) -> None:
    answer = issuer.ask(issuer.request(), target.principals[other_app])

    assert is_rejected(answer), status_in_words(answer)


@requirement(
    "SEC-23",
    MUST,
    "A token request signed by another application's key is rejected with 401 and code 40101",
    clause=OF_ITS_KEY,
    operations=[f"POST {TOKENS}"],
    needs=NEEDS,
)
def test_a_key_of_another_application_signs_no_token_request(issuer: Issuer, other_app_key: Key) -> None:
    answer = issuer.ask_signed(sign(issuer.request(), other_app_key))

    assert status_and_code(answer) == rejection(401, 40101)


@requirement(
    "SEC-24",
    MUST,
    "A JWT signed with a key secret of another application is rejected with 401",
    clause=OF_ITS_KEY,
    operations=[f"GET {MESSAGES}"],
    needs={*NEEDS, "jwt"},
)
def test_a_key_of_another_application_signs_no_jwt(
    target: Target, issuer: Issuer, other_app_key: Key, fixtures: Fixtures
) -> None:
    now = issuer.now // 1000
    claims = {"iat": now, "exp": now + 600, "x-ably-capability": capability("*", "*")}
    jwt = json_web_token(claims, other_app_key, kid=issuer.key.name)
    principal = bearer("a JWT signed with the secret of another application's key", jwt)

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=principal)

    assert answer.status == 401


@requirement(
    "SEC-25",
    MUST,
    "An API key with the secret of another application's key is rejected with 401",
    clause=OF_ITS_KEY,
    operations=[f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_secret_is_valid_only_for_its_key(
    target: Target, issuer: Issuer, other_app_key: Key, fixtures: Fixtures
) -> None:
    mixed = basic("a key with the secret of another application's key", Key(issuer.key.name, other_app_key.secret))

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=mixed)

    assert answer.status == 401


@requirement(
    "SEC-26",
    MUST,
    "A key ID combined with another application's ID is rejected with 401 or 404",
    clause=OF_ITS_KEY,
    operations=[f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_key_id_is_valid_only_in_its_application(
    target: Target, issuer: Issuer, other_app_key: Key, fixtures: Fixtures
) -> None:
    key = Key(f"{other_app_key.app}.{issuer.key.name.partition('.')[2]}", issuer.key.secret)
    principal = basic("a key with another application's ID", key)

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=principal)

    assert answer.status in {401, 404}
