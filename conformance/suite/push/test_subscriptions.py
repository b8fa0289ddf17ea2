"""SUB: subscribing devices and clients to channels."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import FORM, JSON, MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected
from conformance.suite.steps.devices import (
    IN_MSGPACK,
    NEEDS,
    Subscribed,
    has_items,
    push_channel,
    saved,
    subscribe,
    subscriptions_of,
)
from conformance.suite.steps.endpoints import SUBSCRIPTIONS, pointer
from conformance.target.answer import Answer
from conformance.target.client import Target

BY_CHANNEL = Clause(
    pointer("get", SUBSCRIPTIONS, "parameters", "channel", "description"),
    "Filter to restrict to subscriptions associated with that channel.",
)
NOT_BOTH = Clause(pointer("post", SUBSCRIPTIONS, "requestBody"), "cannot be used with clientId")
NOT_NEITHER = Clause(pointer("post", SUBSCRIPTIONS, "requestBody"), "Must be set when clientId is empty")
ITEM = Clause(
    "ably/docs rest-api, list-channel-subscriptions", "deviceId is present only if clientId is not, and vice versa"
)
RUBY = "ably/ably-ruby spec/acceptance/rest/push_admin_spec"
BOTH = [f"POST {SUBSCRIPTIONS}", f"GET {SUBSCRIPTIONS}"]
OPERATION = [f"POST {SUBSCRIPTIONS}"]
CHOSEN = (*NEEDS, "provisioning")
"""Only an application that the run has created is certain to have channels without push enabled."""


def whole_list(target: Target, channel: str) -> Json:
    return target.get(SUBSCRIPTIONS, query={"channel": channel}).body


def listed_for(target: Target, channel: str) -> Answer:
    return target.poll(SUBSCRIPTIONS, query={"channel": channel}, until=has_items)


@requirement(
    "SUB-01",
    MUST,
    "The subscription of a device is listed for its channel",
    clause=BY_CHANNEL,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_subscription_is_listed_for_its_channel(target: Target, subscribed_device: Subscribed) -> None:
    sent = {"channel": subscribed_device.channel, "deviceId": subscribed_device.id}

    subscriptions = [{name: each[name] for name in sent} for each in listed_for(target, sent["channel"]).body]

    assert subscriptions == [sent]


@requirement(
    "SUB-02",
    MUST,
    "A subscription with both deviceId and clientId is rejected with 400 and not created",
    clause=NOT_BOTH,
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_subscription_with_both_ids_is_rejected(target: Target, registered_device: Json) -> None:
    channel = push_channel(target)
    both = {"channel": channel, "deviceId": registered_device["id"], "clientId": registered_device["clientId"]}

    rejected = target.post(SUBSCRIPTIONS, both)
    subscriptions = whole_list(target, channel)

    assert rejected.status == 400
    assert subscriptions == []


@requirement(
    "SUB-03",
    MUST,
    "A subscription with neither deviceId nor clientId is rejected with 400 and not created",
    clause=NOT_NEITHER,
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_subscription_with_neither_id_is_rejected(target: Target) -> None:
    channel = push_channel(target)

    rejected = target.post(SUBSCRIPTIONS, {"channel": channel})
    subscriptions = whole_list(target, channel)

    assert rejected.status == 400
    assert subscriptions == []


@requirement(
    "SUB-04",
    MUST,
    "A subscription of an unregistered device is rejected with 400 and not created",
    clause=Clause(RUBY, "an unknown device is an invalid request"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_subscription_of_an_unknown_device_is_rejected(target: Target) -> None:
    channel = push_channel(target)

    rejected = target.post(SUBSCRIPTIONS, {"channel": channel, "deviceId": target.names.fresh("device")})
    subscriptions = whole_list(target, channel)

    assert rejected.status == 400
    assert subscriptions == []


@requirement(
    "SUB-07",
    MUST,
    "Repeating a subscription request succeeds and leaves one subscription",
    clause=Clause(RUBY, "allows any number of subsequent saves of a subscription"),
    operations=BOTH,
    needs=NEEDS,
)
def test_subscribing_again_leaves_one_subscription(target: Target, subscribed_device: Subscribed) -> None:
    again = {"channel": subscribed_device.channel, "deviceId": subscribed_device.id}

    answers = [target.post(SUBSCRIPTIONS, again) for _ in range(3)]
    subscriptions = listed_for(target, subscribed_device.channel).body

    for answer in answers:
        assert answer.status in {200, 201}
    assert len(subscriptions) == 1


@requirement(
    "SUB-08",
    MUST,
    "A client without any registered device can be subscribed and is listed for its channel",
    clause=Clause("ably/ably-php tests/PushChannelSubscriptionsTest", "a clientId needs no registered device"),
    operations=BOTH,
    needs=NEEDS,
)
def test_a_client_is_subscribed(target: Target) -> None:
    sent = {"channel": push_channel(target), "clientId": target.names.fresh("client")}

    answer = target.post(SUBSCRIPTIONS, sent)
    listed = listed_for(target, sent["channel"])

    assert answer.status in {200, 201}
    subscriptions = [{name: each[name] for name in sent} for each in listed.body]
    assert subscriptions == [sent]


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "SUB-09",
    MUST,
    "A listed subscription shows only the deviceId or clientId that it was created with",
    clause=ITEM,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_subscription_shows_one_id(target: Target, registered_device: Json, member: str) -> None:
    """The device belongs to the client, so a target that joins both tables would show both ids."""
    ids = {"deviceId": registered_device["id"], "clientId": registered_device["clientId"]}
    sent = subscribe(target, channel=push_channel(target), **{member: ids[member]})

    listed = listed_for(target, sent["channel"]).body

    subscribers = [{name: each[name] for name in ids if name in each} for each in listed]
    assert subscribers == [{member: ids[member]}]


@requirement(
    "SUB-10",
    MUST,
    "The response to a subscription request shows no channel or ID other than those sent",
    clause=Clause(
        "ably/ably-python test/ably/rest/restpush_test", "a saved subscription has the channel and the device ID"
    ),
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_subscription_returns_only_sent_values(target: Target, registered_device: Json) -> None:
    """One document describes the response as an empty object, so a missing member is accepted here."""
    sent = {"channel": push_channel(target), "deviceId": registered_device["id"]}

    answer = target.post(SUBSCRIPTIONS, sent)

    shown = answer.body if isinstance(answer.body, dict) else {}
    assert answer.status in {200, 201, 204}
    subscription = {name: shown[name] for name in (*sent, "clientId") if name in shown}
    assert subscription == {name: sent[name] for name in sent if name in shown}


@requirement(
    "SUB-11",
    SHOULD,
    "The response to a subscription request contains the channel and clientId that were sent",
    clause=Clause("ably/ably-js test/rest/push.test", "save returns channel and clientId"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_subscription_request_returns_the_subscription(target: Target) -> None:
    sent = {"channel": push_channel(target), "clientId": target.names.fresh("client")}

    answer = target.post(SUBSCRIPTIONS, sent)

    assert facts(subscription=saved(answer.body, sent)) == facts(subscription=sent)


@requirement(
    "SUB-12",
    MUST,
    "A device subscription to a push-disabled channel is rejected with 401 and not created",
    clause=Clause(
        "ably/ably-python test/ably/rest/restpush_test",
        "saving a subscription to channel notallowed raises AblyAuthException",
    ),
    operations=OPERATION,
    needs=CHOSEN,
)
def test_a_channel_without_push_rule_is_rejected(target: Target, registered_device: Json) -> None:
    channel = target.names.fresh("channel")

    rejected = target.post(SUBSCRIPTIONS, {"channel": channel, "deviceId": registered_device["id"]})
    subscriptions = target.get(SUBSCRIPTIONS, query={"deviceId": registered_device["id"]}).body

    assert rejected.status == 401
    assert subscriptions == []


@requirement(
    "SUB-13",
    MUST,
    "A client subscription to a push-disabled namespace is rejected with 4xx and not created",
    clause=Clause(RUBY, "subscribing to a channel without push enabled is an unauthorized request"),
    operations=OPERATION,
    needs=CHOSEN,
)
def test_a_namespace_without_push_rule_is_rejected(target: Target) -> None:
    client = target.names.fresh("client")
    sent = {"channel": target.names.persisted_channel(), "clientId": client}

    rejected = target.post(SUBSCRIPTIONS, sent)
    subscriptions = target.get(SUBSCRIPTIONS, query={"clientId": client}).body

    assert is_rejected(rejected), f"status {rejected.status}"
    assert subscriptions == []


@requirement(
    "SUB-14",
    MUST,
    "Subscribing an unknown device to a push-disabled channel is rejected with 401",
    clause=Clause(RUBY, "save(not-enabled-channel, foo) is unauthorized, although device foo is not registered"),
    operations=OPERATION,
    needs=CHOSEN,
)
def test_the_channel_is_checked_before_the_device(target: Target) -> None:
    unknown = {"channel": target.names.fresh("channel"), "deviceId": target.names.fresh("device")}

    rejected = target.post(SUBSCRIPTIONS, unknown)

    assert rejected.status == 401


@requirement(
    "SUB-15",
    MUST,
    "A subscription without a channel is rejected with a 4xx status and not created",
    clause=Clause("ably/docs rest-api, post-channel-subscription", "channel: a required string"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_subscription_without_channel_is_rejected(target: Target) -> None:
    client = target.names.fresh("client")

    rejected = target.post(SUBSCRIPTIONS, {"clientId": client})
    subscriptions = target.get(SUBSCRIPTIONS, query={"clientId": client}).body

    assert is_rejected(rejected), f"status {rejected.status}"
    assert subscriptions == []


@pytest.mark.parametrize("media_type", [MSGPACK, FORM])
@requirement(
    "SUB-16",
    MUST,
    "A subscription can be created with a MessagePack or form-encoded request body",
    clause=Clause(pointer("post", SUBSCRIPTIONS, "requestBody/content"), "application/x-www-form-urlencoded"),
    operations=BOTH,
    needs=(*IN_MSGPACK, "forms"),
)
def test_a_subscription_in_another_format(target: Target, registered_device: Json, media_type: str) -> None:
    sent = {"channel": push_channel(target), "deviceId": registered_device["id"]}

    target.post(SUBSCRIPTIONS, sent, send_as=media_type)
    listed = listed_for(target, sent["channel"])

    assert subscriptions_of(listed.body) == subscriptions_of([sent])


@requirement(
    "SUB-17",
    MUST,
    "A subscription list has the same items in MessagePack as in JSON",
    clause=Clause("ably/ably-python test/ably/rest/restpush_test", "every test runs in both JSON and MessagePack"),
    operations=[f"GET {SUBSCRIPTIONS}"],
    needs=IN_MSGPACK,
)
def test_subscriptions_in_msgpack(target: Target, subscribed_device: Subscribed) -> None:
    subscribe(target, channel=subscribed_device.channel, clientId=target.names.fresh("client"))
    query = {"channel": subscribed_device.channel}

    in_json, in_msgpack = (
        target.poll(SUBSCRIPTIONS, query=query, accept=accept, until=lambda answer: len(answer.body) == 2)
        for accept in (JSON, MSGPACK)
    )

    assert facts(
        number_of_subscriptions=len(in_msgpack.body), subscriptions=subscriptions_of(in_msgpack.body)
    ) == facts(number_of_subscriptions=2, subscriptions=subscriptions_of(in_json.body))


@requirement(
    "SUB-18",
    MUST,
    "A channel whose name needs percent-encoding can be subscribed to and listed by its name",
    clause=BY_CHANNEL,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_channel_name_is_kept(target: Target) -> None:
    sent = {"channel": f"{push_channel(target)}:a/b c&d=é?#+%41😀", "clientId": target.names.fresh("client")}

    target.post(SUBSCRIPTIONS, sent)
    listed = listed_for(target, sent["channel"])

    assert subscriptions_of(listed.body) == subscriptions_of([sent])
