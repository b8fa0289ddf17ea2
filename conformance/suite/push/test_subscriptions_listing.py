"""SUB: listing subscriptions with filters and limits."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.devices import (
    NEEDS,
    device,
    everything,
    push_channel,
    registered,
    subscribe,
    subscription_in_words,
    subscriptions_of,
)
from conformance.suite.steps.endpoints import SUBSCRIPTIONS, pointer
from conformance.target.answer import Answer
from conformance.target.client import Target

PARAMETERS = pointer("get", SUBSCRIPTIONS, "parameters")
BY_CHANNEL = Clause(
    f"{PARAMETERS}/channel/description", "Filter to restrict to subscriptions associated with that channel."
)
BY_DEVICE = Clause(f"{PARAMETERS}/deviceId/description", "restrict to devices associated with that deviceId")
BY_CLIENT = Clause(
    "ably/ably-python test/ably/rest/restpush_test",
    "a list by clientId excludes the subscriptions of the client's devices",
)
NOT_BOTH = Clause(f"{PARAMETERS}/deviceId/description", "Cannot be used with clientId.")
UNION = Clause(
    "ably/docs rest-api, list-channel-subscriptions",
    "concatFilters: subscriptions that match either deviceId or clientId",
)
LIMIT = Clause(f"{PARAMETERS}/limit/description", "The maximum number of records to return.")
FILTERED = Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "list: provides filtering")
PAGED = Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "list: supports paging, 3 of 6 items per page")
OPERATION = [f"GET {SUBSCRIPTIONS}"]
NUMBERS = st.integers(0, 2)


@dataclass(frozen=True, slots=True)
class Population:
    """Three channels, three devices and three clients with similar names, and the subscriptions among them.

    Every device belongs to the first client.
    """

    channels: tuple[str, ...]
    devices: tuple[str, ...]
    clients: tuple[str, ...]
    subscriptions: tuple[Json, ...]

    def matching(self, **filters: str) -> set[str]:
        """The subscriptions that a list with these filters has to contain, in words."""
        return subscriptions_of(each for each in self.subscriptions if filters.items() <= each.items())


@pytest.fixture(scope="module")
def population(target: Target) -> Population:
    """Every device is subscribed to every channel except for one pair, and so is every client."""
    names = push_channel(target), target.names.fresh("device"), target.names.fresh("client")
    channels, devices, clients = ((name, f"{name}-x", f"{name}-X") for name in names)
    for each in devices:
        registered(target, device(each, clientId=clients[0]))
    pairs = [(channel, number) for channel in channels for number in range(3)]
    made = [{"channel": channel, "deviceId": devices[number]} for channel, number in pairs[:-1]]
    made += [{"channel": channel, "clientId": clients[number]} for channel, number in pairs[1:]]
    return Population(channels, devices, clients, tuple(subscribe(target, **each) for each in made))


def listed_subscriptions(target: Target, expected: set[str], **query: Json) -> list[str]:
    """The items of all pages of a list, in words and sorted; an item that is listed twice is contained twice.

    The list is read until it is as expected or patience ends.
    """
    for _ in target.attempts():
        answer = target.get(SUBSCRIPTIONS, query=query)
        listed = sorted(subscription_in_words(each) for each in everything(target, answer))
        if listed == sorted(expected):
            break
    return listed


@requirement(
    "SUB-19",
    MUST,
    "A subscription list filtered by channel contains exactly that channel's subscriptions",
    clause=BY_CHANNEL,
    operations=OPERATION,
    needs=NEEDS,
)
@given(number=NUMBERS)
def test_a_list_by_channel(target: Target, population: Population, number: int) -> None:
    channel = population.channels[number]

    expected = population.matching(channel=channel)

    assert listed_subscriptions(target, expected, channel=channel) == sorted(expected)


@requirement(
    "SUB-20",
    MUST,
    "A subscription list filtered by deviceId contains exactly that device's subscriptions",
    clause=BY_DEVICE,
    operations=OPERATION,
    needs=NEEDS,
)
@given(number=NUMBERS)
def test_a_list_by_device(target: Target, population: Population, number: int) -> None:
    identity = population.devices[number]

    expected = population.matching(deviceId=identity)

    assert listed_subscriptions(target, expected, deviceId=identity) == sorted(expected)


@requirement(
    "SUB-21",
    MUST,
    "A subscription list by clientId contains the client's own subscriptions, not its devices'",
    clause=BY_CLIENT,
    operations=OPERATION,
    needs=NEEDS,
)
@given(number=NUMBERS)
def test_a_list_by_client(target: Target, population: Population, number: int) -> None:
    client = population.clients[number]

    expected = population.matching(clientId=client)

    assert listed_subscriptions(target, expected, clientId=client) == sorted(expected)


@requirement(
    "SUB-22",
    MUST,
    "A subscription list combines the channel filter with deviceId or clientId by AND",
    clause=FILTERED,
    operations=OPERATION,
    needs=NEEDS,
)
@given(on=NUMBERS, member=st.sampled_from(["deviceId", "clientId"]), number=NUMBERS)
def test_filters_are_both_applied(target: Target, population: Population, on: int, member: str, number: int) -> None:
    whose = {"deviceId": population.devices, "clientId": population.clients}[member][number]
    filters = {"channel": population.channels[on], member: whose}

    expected = population.matching(**filters)

    assert listed_subscriptions(target, expected, **filters) == sorted(expected)


@requirement(
    "SUB-23",
    MUST,
    "A filter value that matches nothing returns an empty list, even if similar names exist",
    clause=FILTERED,
    operations=OPERATION,
    needs=NEEDS,
)
@given(member=st.sampled_from(["channel", "deviceId", "clientId"]), ending=st.sampled_from(["-", "*", "%", "-xx"]))
def test_a_list_by_an_unknown_name_is_empty(target: Target, population: Population, member: str, ending: str) -> None:
    names = {"channel": population.channels, "deviceId": population.devices, "clientId": population.clients}

    listed = target.get(SUBSCRIPTIONS, query={member: f"{names[member][0]}{ending}"})

    subscriptions = listed.body
    assert listed.status == 200
    assert subscriptions == []


@requirement(
    "SUB-24",
    MUST,
    "Subscription filters match deviceId only to device IDs and clientId only to client IDs",
    clause=FILTERED,
    operations=OPERATION,
    needs=NEEDS,
)
def test_ids_and_clients_are_kept_apart(target: Target, population: Population) -> None:
    subscriptions_of_a_device_named_like_the_client = listed_subscriptions(
        target, set(), deviceId=population.clients[0]
    )
    subscriptions_of_a_client_named_like_the_device = listed_subscriptions(
        target, set(), clientId=population.devices[0]
    )

    assert subscriptions_of_a_device_named_like_the_client == []
    assert subscriptions_of_a_client_named_like_the_device == []


@pytest.mark.parametrize("concat", [{}, {"concatFilters": "false"}], ids=["absent", "false"])
@requirement(
    "SUB-25",
    MUST,
    "Listing subscriptions by deviceId and clientId without concatFilters=true returns 400",
    clause=NOT_BOTH,
    operations=OPERATION,
    needs=NEEDS,
)
def test_both_ids_are_rejected(target: Target, population: Population, concat: dict[str, str]) -> None:
    both = {"deviceId": population.devices[0], "clientId": population.clients[0], **concat}

    rejected = target.get(SUBSCRIPTIONS, query=both)

    assert rejected.status == 400


@requirement(
    "SUB-26",
    MUST,
    "With concatFilters=true, deviceId and clientId filters of subscriptions combine with OR",
    clause=UNION,
    operations=OPERATION,
    needs=NEEDS,
)
@given(number=NUMBERS, other=NUMBERS)
def test_concatenated_filters(target: Target, population: Population, number: int, other: int) -> None:
    device_id, client = population.devices[number], population.clients[other]
    either = population.matching(deviceId=device_id) | population.matching(clientId=client)

    listed = listed_subscriptions(target, either, deviceId=device_id, clientId=client, concatFilters="true")

    assert listed == sorted(either)


@requirement(
    "SUB-27",
    SHOULD,
    "With concatFilters=true, a channel filter restricts subscriptions that match either ID",
    clause=UNION,
    operations=OPERATION,
    needs=NEEDS,
)
def test_concatenated_filters_on_a_channel(target: Target, population: Population) -> None:
    channel, device_id, client = population.channels[0], population.devices[0], population.clients[1]
    either = population.matching(channel=channel, deviceId=device_id) | population.matching(
        channel=channel, clientId=client
    )

    subscriptions = listed_subscriptions(
        target, either, channel=channel, deviceId=device_id, clientId=client, concatFilters="true"
    )

    assert subscriptions == sorted(either)


@requirement(
    "SUB-28",
    MUST,
    "The pages of a subscription list contain every subscription once and respect any limit",
    clause=PAGED,
    operations=OPERATION,
    needs=NEEDS,
)
@given(limit=st.integers(1, 7), number=NUMBERS)
def test_pages_hold_everything_once(target: Target, population: Population, limit: int, number: int) -> None:
    channel = population.channels[number]

    pages = target.pages(target.get(SUBSCRIPTIONS, query={"channel": channel, "limit": limit}))

    subscriptions = [subscription_in_words(each) for page in pages for each in page.body]
    subscriptions_on_the_longest_page = max(len(page.body) for page in pages)
    assert sorted(subscriptions) == sorted(population.matching(channel=channel))
    assert subscriptions_on_the_longest_page <= limit


@requirement(
    "SUB-29",
    MUST,
    "The first page of a subscription list has limit items, or all of them if there are fewer",
    clause=LIMIT,
    operations=OPERATION,
    needs=NEEDS,
)
@given(limit=st.integers(1, 8))
def test_a_page_is_as_long_as_its_limit(target: Target, population: Population, limit: int) -> None:
    channel = population.channels[1]

    subscriptions = target.get(SUBSCRIPTIONS, query={"channel": channel, "limit": limit}).body

    assert len(subscriptions) == min(limit, len(population.matching(channel=channel)))


@requirement(
    "SUB-30",
    MUST,
    "A subscription list with limit 1000 returns 200 and every matching subscription",
    clause=LIMIT,
    operations=OPERATION,
    needs=NEEDS,
)
def test_the_largest_limit_is_accepted(target: Target, population: Population) -> None:
    channel = population.channels[1]

    listed = target.get(SUBSCRIPTIONS, query={"channel": channel, "limit": 1000})

    assert listed.status == 200
    assert subscriptions_of(listed.body) == population.matching(channel=channel)


@pytest.mark.parametrize("limit", ["0", "-1", "abc"])
@requirement(
    "SUB-31",
    SHOULD,
    "A subscription list with a limit that is not a positive integer is rejected with 400",
    clause=Clause("ably/ably-common errors/codes/40003", "a parameter with an invalid value"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_an_invalid_limit_is_rejected(target: Target, population: Population, limit: str) -> None:
    rejected = target.get(SUBSCRIPTIONS, query={"channel": population.channels[0], "limit": limit})

    assert rejected.status == 400


@requirement(
    "SUB-32",
    SHOULD,
    "An unfiltered subscription list contains every subscription of the application once",
    clause=Clause(pointer("get", SUBSCRIPTIONS, "description"), "Get a list of push notification subscriptions"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_list_without_filter(target: Target, population: Population) -> None:
    """Other tests add and remove subscriptions meanwhile, which may shift the pages, so the list is polled."""
    expected = sorted(population.matching())

    def own_subscriptions_of(first: Answer) -> list[str]:
        items = (subscription_in_words(each) for each in everything(target, first))
        return sorted(each for each in items if each in expected)

    first = target.poll(
        SUBSCRIPTIONS, query={"limit": 1000}, until=lambda answer: own_subscriptions_of(answer) == expected
    )

    assert own_subscriptions_of(first) == expected
