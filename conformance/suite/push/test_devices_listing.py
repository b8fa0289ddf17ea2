"""DEV: listing devices with filters and limits."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cases.binding import device_secret
from conformance.facts import facts
from conformance.model import JSON, MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.devices import (
    IN_MSGPACK,
    NEEDS,
    TRANSPORTS,
    device,
    device_ids,
    everything,
    registered,
    saved,
)
from conformance.suite.steps.endpoints import DEVICE, DEVICES, pointer
from conformance.suite.steps.settled import settled
from conformance.target.answer import Answer
from conformance.target.client import Target

LIST = Clause(pointer("get", DEVICES, "description"), "List of device details of devices")
BY_DEVICE = Clause(
    pointer("get", DEVICES, "parameters", "deviceId", "description"),
    "restrict to devices associated with that deviceId",
)
BY_CLIENT = Clause(
    pointer("get", DEVICES, "parameters", "clientId", "description"),
    "restrict to devices associated with that clientId",
)
LIMIT = Clause(
    pointer("get", DEVICES, "parameters", "limit", "description"), "The maximum number of records to return."
)
FILTERED = Clause("ably/ably-ruby spec/acceptance/rest/push_admin_spec", "list: provides filtering")
PAGED = Clause(
    "ably/ably-ruby spec/acceptance/rest/push_admin_spec",
    "list: supports paging (in May 2026 the service itself sent no Link with clientId and limit: ably/realtime 8380)",
)
OPERATION = [f"GET {DEVICES}"]
ENDINGS = ("", "-0", "-x", "-A", "-a")
"""Endings that make similar names: each of them starts with the first, and two differ only in case."""


@dataclass(frozen=True, slots=True)
class Population:
    """Registered devices with similar ids and clientIds; most of them belong to one client."""

    devices: tuple[Json, ...]
    client: str

    @property
    def ids(self) -> list[str]:
        return [each["id"] for each in self.devices]

    def of_client(self, client: str) -> list[str]:
        return sorted(each["id"] for each in self.devices if each.get("clientId") == client)


@pytest.fixture(scope="module")
def population(target: Target) -> Population:
    """Six devices of one client, one of each client with a similar name, one of a client named like a device, and one
    without a client.
    """
    identity, client = target.names.fresh("device"), target.names.fresh("client")
    many = [(f"{identity}{ending}", client) for ending in (*ENDINGS, "-y")]
    near = [(target.names.fresh("device"), f"{client}{ending}") for ending in ENDINGS[1:]]
    odd = [(target.names.fresh("device"), identity), (target.names.fresh("device"), "")]
    described = [_described(number, *each) for number, each in enumerate((*many, *near, *odd))]
    return Population(tuple(registered(target, each) for each in described), client)


def _described(number: int, identity: str, client: str) -> Json:
    of_client = {"clientId": client} if client else {}
    push = {"recipient": TRANSPORTS[number % len(TRANSPORTS)]}
    return device(identity, metadata={"number": str(number)}, push=push, **of_client)


@requirement(
    "DEV-02",
    MUST,
    "A device list filtered by deviceId contains exactly that device",
    clause=BY_DEVICE,
    operations=OPERATION,
    needs=NEEDS,
)
@given(number=st.integers(0, 11))
def test_a_list_by_id_holds_that_device_alone(target: Target, population: Population, number: int) -> None:
    identity = population.ids[number]

    listed_devices = device_ids(everything(target, target.get(DEVICES, query={"deviceId": identity})))

    assert listed_devices == [identity]


@requirement(
    "DEV-74",
    MUST,
    "A device list filtered by clientId contains each device of that client once and no other",
    clause=BY_CLIENT,
    operations=OPERATION,
    needs=NEEDS,
)
@given(ending=st.sampled_from(ENDINGS))
def test_a_list_by_client_holds_its_devices_alone(target: Target, population: Population, ending: str) -> None:
    client = f"{population.client}{ending}"

    listed_devices = device_ids(everything(target, target.get(DEVICES, query={"clientId": client})))

    assert sorted(listed_devices) == population.of_client(client)


@requirement(
    "DEV-75",
    MUST,
    "A device filter that matches nothing returns an empty list, even if similar names exist",
    clause=FILTERED,
    operations=OPERATION,
    needs=NEEDS,
)
@given(member=st.sampled_from(["deviceId", "clientId"]), ending=st.sampled_from(["-00", "-", "*", "%", "-X"]))
def test_a_list_by_an_unknown_id_is_empty(target: Target, population: Population, member: str, ending: str) -> None:
    name = {"deviceId": population.ids[0], "clientId": population.client}[member]

    listed = target.get(DEVICES, query={member: f"{name}{ending}"})

    assert facts(status=listed.status, body=type(listed.body)) == facts(status=200, body=list)
    listed_devices = device_ids(listed.body)
    assert listed_devices == []


@requirement(
    "DEV-76",
    MUST,
    "Device filters match deviceId only to device IDs and clientId only to client IDs",
    clause=FILTERED,
    operations=OPERATION,
    needs=NEEDS,
)
def test_ids_and_clients_are_kept_apart(target: Target, population: Population) -> None:
    devices_of_the_client = device_ids(target.get(DEVICES, query={"clientId": population.ids[0]}).body)
    devices_with_the_name_of_the_client = device_ids(target.get(DEVICES, query={"deviceId": population.client}).body)

    assert devices_of_the_client == population.of_client(population.ids[0])
    assert devices_with_the_name_of_the_client == []


@requirement(
    "DEV-77",
    MUST,
    "The pages of a device list contain every device once and respect any limit",
    clause=PAGED,
    operations=OPERATION,
    needs=NEEDS,
)
@given(limit=st.integers(1, 7))
def test_pages_hold_everything_once(target: Target, population: Population, limit: int) -> None:
    pages = target.pages(target.get(DEVICES, query={"clientId": population.client, "limit": limit}))

    listed_devices = [each for page in pages for each in device_ids(page.body)]
    devices_on_the_longest_page = max(len(page.body) for page in pages)
    assert sorted(listed_devices) == population.of_client(population.client)
    assert devices_on_the_longest_page <= limit


@requirement(
    "DEV-78",
    MUST,
    "The first page of a device list has limit devices, or all of them if there are fewer",
    clause=LIMIT,
    operations=OPERATION,
    needs=NEEDS,
)
@given(limit=st.integers(1, 8))
def test_a_page_is_as_long_as_its_limit(target: Target, population: Population, limit: int) -> None:
    listed_devices = target.get(DEVICES, query={"clientId": population.client, "limit": limit}).body

    assert len(listed_devices) == min(limit, len(population.of_client(population.client)))


@requirement(
    "DEV-79",
    MUST,
    "A device list with limit 1000 returns 200 and every matching device",
    clause=LIMIT,
    operations=OPERATION,
    needs=NEEDS,
)
def test_the_largest_limit_is_accepted(target: Target, population: Population) -> None:
    listed = target.get(DEVICES, query={"clientId": population.client, "limit": 1000})

    assert listed.status == 200
    listed_devices = device_ids(listed.body)
    assert sorted(listed_devices) == population.of_client(population.client)


@pytest.mark.parametrize("limit", ["0", "-1", "abc"])
@requirement(
    "DEV-80",
    SHOULD,
    "A device list with a limit that is not a positive integer is rejected with 400",
    clause=Clause("ably/ably-common errors/codes/40003", "a parameter with an invalid value"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_an_invalid_limit_is_rejected(target: Target, limit: str) -> None:
    rejected = target.get(DEVICES, query={"limit": limit})

    assert rejected.status == 400


@requirement(
    "DEV-81",
    MUST,
    "An unfiltered device list contains every device of the application once",
    clause=LIST,
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_list_without_filter_holds_every_device(target: Target, population: Population) -> None:
    """Other tests register and remove devices meanwhile, which may shift the pages, so the list is polled."""
    expected = sorted(population.ids)

    def own_devices_of(first: Answer) -> list[str]:
        return sorted(each for each in device_ids(everything(target, first)) if each in expected)

    first = target.poll(DEVICES, query={"limit": 1000}, until=lambda answer: own_devices_of(answer) == expected)

    assert own_devices_of(first) == expected


@requirement(
    "DEV-82",
    MUST,
    "A listed device shows the attributes that it was registered with",
    clause=Clause("ably/ably-js test/rest/push.test", "get and list: every item includes what was saved"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_listed_device_is_complete(target: Target, population: Population) -> None:
    expected = [each for each in population.devices if each.get("clientId") == population.client]

    listed = target.get(DEVICES, query={"clientId": population.client})

    found = {each["id"]: each for each in listed.body}
    for sent in expected:
        assert facts(listed_device=saved(found.get(sent["id"]), sent)) == facts(listed_device=sent)


@requirement(
    "DEV-83",
    MUST,
    "A device list has the same items in MessagePack as in JSON",
    clause=LIST,
    operations=OPERATION,
    needs=IN_MSGPACK,
)
def test_a_list_in_msgpack(target: Target, population: Population) -> None:
    query = {"clientId": population.client}

    devices_in_json, devices_in_msgpack = settled(
        target, lambda: (_listed(target, query, JSON), _listed(target, query, MSGPACK))
    )

    assert len(devices_in_msgpack) == len(devices_in_json)
    for received, expected in zip(devices_in_msgpack, devices_in_json, strict=True):
        assert facts(device_in_MessagePack=received) == facts(device_in_MessagePack=expected)


def _listed(target: Target, query: Json, accept: str) -> list[Json]:
    """The devices of a list, by their ids."""
    return sorted(target.get(DEVICES, query=query, accept=accept).body, key=lambda each: each["id"])


@requirement(
    "DEV-84",
    SHOULD,
    "A device list does not contain the deviceSecret of a device",
    clause=Clause("ably/docs rest-api, list-device-registrations", "an item has no deviceSecret"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_list_shows_no_secret(target: Target) -> None:
    sent = registered(target, device(target.names.fresh("device"), deviceSecret=device_secret(target.names)))

    listed = target.get(DEVICES, query={"deviceId": sent["id"]})

    secrets = [each["deviceSecret"] for each in listed.body if each.get("deviceSecret") is not None]
    assert facts(number_of_devices=len(listed.body), number_of_deviceSecrets=len(secrets)) == facts(
        number_of_devices=1, number_of_deviceSecrets=0
    )


@pytest.fixture(scope="module")
def client_of_101(target: Target) -> str:
    """A client with 101 registered devices."""
    client = target.names.fresh("client")
    with target.arranging():
        for _ in range(101):
            described = device(target.names.fresh("device"), clientId=client)
            target.put(DEVICE, described, device_id=described["id"])
    return client


@requirement(
    "DEV-85",
    MUST,
    "The default limit of a device list is 100",
    clause=Clause("ably/docs rest-api, list-device-registrations", "limit: default 100"),
    operations=OPERATION,
    needs=NEEDS,
)
def test_the_default_limit_is_100(target: Target, client_of_101: str) -> None:
    page = target.poll(DEVICES, query={"clientId": client_of_101}, until=lambda answer: len(answer.body) >= 100)

    listed_devices = page.body
    assert len(listed_devices) == 100


@requirement(
    "DEV-156",
    SHOULD,
    "A page of a device list with limit 1000 holds more than 100 devices if there are as many",
    clause=LIMIT,
    operations=OPERATION,
    needs=NEEDS,
)
def test_a_large_page_is_full(target: Target, client_of_101: str) -> None:
    query = {"clientId": client_of_101, "limit": 1000}
    page = target.poll(DEVICES, query=query, until=lambda answer: len(answer.body) >= 101)

    listed_devices = page.body
    assert len(listed_devices) == 101
