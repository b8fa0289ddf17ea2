"""SUB: single values of a subscription or of a filter, and the pages of lists with filters."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected
from conformance.suite.steps.devices import (
    NEEDS,
    everything,
    push_channel,
    subscribe,
    subscription_in_words,
    subscriptions_of,
)
from conformance.suite.steps.endpoints import PUSH_CHANNELS, SUBSCRIPTIONS, pointer
from conformance.target.answer import Answer
from conformance.target.client import Target

PAGED = Clause("ably/docs rest-api, pagination", "a link carries the query of the request that it continues")
FILTERED = Clause(
    pointer("get", SUBSCRIPTIONS, "parameters", "clientId", "description"),
    "restrict to devices associated with that clientId",
)
REMOVED = Clause(
    pointer("delete", SUBSCRIPTIONS, "parameters", "clientId", "description"), "Must be set when deviceId is empty"
)
BODY = Clause(pointer("post", SUBSCRIPTIONS, "requestBody"), "Channel name.")
CASE = Clause("ably/docs channels", "channel names are case sensitive")
ANY_NAME = (*NEEDS, "any-name")


def in_words(items: list[Json]) -> list[str]:
    return sorted(subscription_in_words(each) for each in items)


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "SUB-91",
    MUST,
    "The pages of a subscription list by deviceId or clientId contain only its subscriptions",
    clause=PAGED,
    operations=[f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_next_links_keep_the_filter(target: Target, registered_device: Json, member: str) -> None:
    whose = {"deviceId": registered_device["id"], "clientId": registered_device["clientId"]}
    own = [_between(target, subscribe(target, channel=push_channel(target), **{member: whose[member]})) for _ in "123"]

    first = target.get(SUBSCRIPTIONS, query={member: whose[member], "limit": "1"})

    assert facts(subscriptions=in_words(everything(target, first))) == facts(subscriptions=in_words(own))


def _between(target: Target, made: Json) -> Json:
    """The subscription, after another client's that a list without the filter contains next."""
    subscribe(target, channel=push_channel(target), clientId=target.names.fresh("client"))
    return made


@requirement(
    "SUB-92",
    MUST,
    "The pages of a subscription list with concatFilters=true contain what matches either ID",
    clause=PAGED,
    operations=[f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_next_links_keep_both_filters(target: Target, registered_device: Json) -> None:
    whose = {"deviceId": registered_device["id"], "clientId": registered_device["clientId"]}
    own = [
        _between(target, subscribe(target, channel=push_channel(target), **{member: whose[member]}))
        for member in ("deviceId", "clientId", "deviceId")
    ]

    first = target.get(SUBSCRIPTIONS, query={**whose, "concatFilters": "true", "limit": "1"})

    assert facts(subscriptions=in_words(everything(target, first))) == facts(subscriptions=in_words(own))


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "SUB-93",
    MUST,
    "Unsubscribing by an empty deviceId or clientId keeps the subscriptions of every other one",
    clause=REMOVED,
    operations=["DELETE /push/channelSubscriptions", f"GET {SUBSCRIPTIONS}"],
    needs=ANY_NAME,
)
def test_an_empty_id_removes_no_subscription(target: Target, registered_device: Json, member: str) -> None:
    channel = push_channel(target)
    own = [
        subscribe(target, channel=channel, deviceId=registered_device["id"]),
        subscribe(target, channel=channel, clientId=registered_device["clientId"]),
    ]

    target.delete(SUBSCRIPTIONS, query={"channel": channel, member: "", "fullWait": "true"})

    left = target.get(SUBSCRIPTIONS, query={"channel": channel})
    assert subscriptions_of(left.body) == subscriptions_of(own)


@requirement(
    "SUB-94",
    SHOULD,
    "Unsubscribing from an empty channel keeps the subscriptions to other channels",
    clause=Clause(
        pointer("delete", SUBSCRIPTIONS, "parameters", "channel", "description"),
        "subscriptions associated with that channel",
    ),
    operations=["DELETE /push/channelSubscriptions", f"GET {SUBSCRIPTIONS}"],
    needs=ANY_NAME,
)
def test_an_empty_channel_removes_no_subscription(target: Target) -> None:
    own = subscribe(target, channel=push_channel(target), clientId=target.names.fresh("client"))

    target.delete(SUBSCRIPTIONS, query={"channel": "", "clientId": own["clientId"], "fullWait": "true"})

    left = target.get(SUBSCRIPTIONS, query={"clientId": own["clientId"]})
    assert subscriptions_of(left.body) == subscriptions_of([own])


@pytest.mark.parametrize("member", ["channel", "deviceId", "clientId"])
@requirement(
    "SUB-95",
    SHOULD,
    "A subscription list by an empty value does not contain subscriptions with another value",
    clause=FILTERED,
    operations=[f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_an_empty_filter_matches_nothing(target: Target, registered_device: Json, member: str) -> None:
    channel = push_channel(target)
    own = [
        subscribe(target, channel=channel, deviceId=registered_device["id"]),
        subscribe(target, channel=channel, clientId=registered_device["clientId"]),
    ]

    answer = target.get(SUBSCRIPTIONS, query={member: "", "limit": "1000"})

    listed = subscriptions_of(answer.body) if isinstance(answer.body, list) else set()
    assert facts(subscriptions_with_another_value=listed & subscriptions_of(own)) == facts(
        subscriptions_with_another_value=set()
    )


@requirement(
    "SUB-96",
    MUST,
    "The channel of a subscription keeps its letter case in both lists and in the response",
    clause=CASE,
    operations=[f"POST {SUBSCRIPTIONS}", f"GET {SUBSCRIPTIONS}", f"GET {PUSH_CHANNELS}"],
    needs=NEEDS,
)
def test_a_channel_keeps_its_case(target: Target) -> None:
    channel, client = f"{push_channel(target)}:Mixed:CASE", target.names.fresh("client")

    def has_channel(answer: Answer) -> bool:
        return channel in everything(target, answer)

    answer = target.post(SUBSCRIPTIONS, {"channel": channel, "clientId": client})
    listed = target.poll(SUBSCRIPTIONS, query={"clientId": client}, until=lambda each: bool(each.body))
    push_channels = target.poll(PUSH_CHANNELS, query={"limit": "1000"}, until=has_channel)

    shown = answer.body.get("channel", channel) if isinstance(answer.body, dict) else channel
    names = [each for each in everything(target, push_channels) if each.lower() == channel.lower()]
    assert facts(
        channel_in_the_response=shown, channels_listed=[each["channel"] for each in listed.body], push_channels=names
    ) == facts(channel_in_the_response=channel, channels_listed=[channel], push_channels=[channel])


@requirement(
    "SUB-97",
    MUST,
    "Subscriptions to channels that differ only in case are kept apart",
    clause=CASE,
    operations=[f"POST {SUBSCRIPTIONS}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_channels_are_case_sensitive(target: Target) -> None:
    lower, client = f"{push_channel(target)}:case", target.names.fresh("client")
    subscribe(target, channel=lower, clientId=client)

    other = target.get(SUBSCRIPTIONS, query={"channel": lower.replace(":case", ":CASE")})

    assert facts(subscriptions_in_other_case=other.body) == facts(subscriptions_in_other_case=[])


WRONG: dict[str, Json] = {"channel": 7, "deviceId": 7, "clientId": 7}


@pytest.mark.parametrize("member", WRONG)
@requirement(
    "SUB-98",
    SHOULD,
    "A subscription whose channel or ID is not a text is rejected with a 4xx status",
    clause=BODY,
    operations=[f"POST {SUBSCRIPTIONS}"],
    needs=ANY_NAME,
)
def test_members_are_texts(target: Target, member: str) -> None:
    other = {} if member == "deviceId" else {"clientId": target.names.fresh("client")}

    rejected = target.post(SUBSCRIPTIONS, {"channel": push_channel(target), **other, member: WRONG[member]})

    assert is_rejected(rejected), f"status {rejected.status}"


@requirement(
    "SUB-99",
    SHOULD,
    "A subscription to an empty channel is rejected with a 4xx status and not created",
    clause=Clause("ably/ably-common errors/codes/40010", "a channel name is not valid"),
    operations=[f"POST {SUBSCRIPTIONS}", f"GET {SUBSCRIPTIONS}"],
    needs=ANY_NAME,
)
def test_a_channel_has_a_name(target: Target) -> None:
    client = target.names.fresh("client")

    rejected = target.post(SUBSCRIPTIONS, {"channel": "", "clientId": client})
    left = target.get(SUBSCRIPTIONS, query={"clientId": client})

    assert is_rejected(rejected), f"status {rejected.status}"
    assert facts(subscriptions=left.body) == facts(subscriptions=[])


@requirement(
    "SUB-100",
    SHOULD,
    "A subscription with an unknown attribute is accepted and created",
    clause=Clause(
        "ably/specification features RSF1", "unknown attributes are tolerated for compatibility with newer peers"
    ),
    operations=[f"POST {SUBSCRIPTIONS}", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_an_unknown_member_is_ignored(target: Target) -> None:
    sent = {"channel": push_channel(target), "clientId": target.names.fresh("client")}

    target.post(SUBSCRIPTIONS, {**sent, "somethingNew": 1})
    listed = target.poll(SUBSCRIPTIONS, query={"channel": sent["channel"]}, until=lambda answer: bool(answer.body))

    assert subscriptions_of(listed.body) == subscriptions_of([sent])


@pytest.mark.parametrize("member", ["deviceId", "clientId"])
@requirement(
    "SUB-101",
    MUST,
    "A subscription that is removed is in no list by its deviceId or clientId",
    clause=REMOVED,
    operations=["DELETE /push/channelSubscriptions", f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_a_removed_subscription_is_not_listed(target: Target, registered_device: Json, member: str) -> None:
    whose = {"deviceId": registered_device["id"], "clientId": registered_device["clientId"]}[member]
    gone, kept = (subscribe(target, channel=push_channel(target), **{member: whose}) for _ in range(2))

    target.delete(SUBSCRIPTIONS, query={**gone, "fullWait": "true"})
    left = target.poll(SUBSCRIPTIONS, query={member: whose}, until=lambda answer: len(answer.body) == 1)

    assert facts(subscriptions=in_words(left.body)) == facts(subscriptions=in_words([kept]))


@pytest.fixture(scope="module")
def channel_of_101(target: Target) -> str:
    """A channel with 101 subscribed clients."""
    channel = push_channel(target)
    with target.arranging():
        for _ in range(101):
            target.post(SUBSCRIPTIONS, {"channel": channel, "clientId": target.names.fresh("client")})
    return channel


@requirement(
    "SUB-102",
    MUST,
    "The default limit of a subscription list is 100",
    clause=Clause(pointer("get", SUBSCRIPTIONS, "parameters", "limit", "schema", "default"), "100"),
    operations=[f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_the_default_limit_is_100(target: Target, channel_of_101: str) -> None:
    page = target.poll(SUBSCRIPTIONS, query={"channel": channel_of_101}, until=lambda answer: len(answer.body) >= 100)

    assert facts(listed_subscriptions=len(page.body)) == facts(listed_subscriptions=100)


@requirement(
    "SUB-103",
    SHOULD,
    "A page of a subscription list with limit 1000 holds more than 100 if there are as many",
    clause=Clause(
        pointer("get", SUBSCRIPTIONS, "parameters", "limit", "description"), "The maximum number of records to return."
    ),
    operations=[f"GET {SUBSCRIPTIONS}"],
    needs=NEEDS,
)
def test_a_large_page_is_full(target: Target, channel_of_101: str) -> None:
    query = {"channel": channel_of_101, "limit": "1000"}

    page = target.poll(SUBSCRIPTIONS, query=query, until=lambda answer: len(answer.body) >= 101)

    assert facts(listed_subscriptions=len(page.body)) == facts(listed_subscriptions=101)
