"""`clean_up` removes the resources of a run, verifies it, and names those that are left."""

from __future__ import annotations

import pytest

from conformance.model import JSON
from conformance.selftest.harness.loopback import loopback, refusing_url, reply
from conformance.selftest.harness.target import DEVICE, SUBSCRIPTIONS, Clock, target_at
from conformance.target.cleanup import clean_up, left_by
from conformance.target.client import Target


class DeviceServer:
    """A server of devices by path, enough for `clean_up`."""

    def __init__(self, stubborn: str = "") -> None:
        self.devices: set[str] = set()
        self.stubborn = stubborn

    def __call__(self, request: bytes) -> bytes:
        method, path = request.decode("latin-1").split(" ")[:2]
        if method == "PUT":
            self.devices.add(path)
        if method == "DELETE":
            self.devices -= {path} if self.stubborn not in path.split("/")[-1:] else set()
            return reply(204)
        return reply(200 if path in self.devices else 404, b"{}", f"Content-Type: {JSON}")


def registered(url: str, *names: str, **how) -> Target:
    target = target_at(url, **how)
    for name in names:
        target.put(DEVICE, {"id": name}, device_id=name)
    return target


def test_created_resources_are_removed_latest_first_and_the_removal_is_verified():
    responder = DeviceServer()
    with loopback(responder) as server:
        left = clean_up(registered(server.url, "one", "two"))

    assert left == ()
    assert responder.devices == set()
    asked = zip(server.methods, (target.rpartition("/")[2] for target in server.targets), strict=True)
    assert list(asked) == [
        ("PUT", "one"),
        ("PUT", "two"),
        ("DELETE", "two"),
        ("DELETE", "one"),
        ("GET", "two"),
        ("GET", "one"),
    ]


def test_a_resource_that_is_left_is_named_by_the_request_that_removes_it():
    with loopback(DeviceServer(stubborn="two")) as server:
        left = clean_up(registered(server.url, "one", "two"))

    assert left == ("DELETE /push/deviceRegistrations/two",)


def test_clean_up_waits_for_a_slow_removal_until_patience_ends():
    clock = Clock()
    with loopback(DeviceServer(stubborn="one")) as server:
        clean_up(registered(server.url, "one", clock=clock, patience=2.0))

    assert 2.0 <= sum(clock.slept) <= 2.5


def test_the_ledger_is_written_before_the_request_is_sent():
    """A crash between the two leaves the list complete."""
    with loopback(lambda _: None) as server:
        target = registered(server.url, "one")

    assert [entry.words for entry in target.ledger.latest_first()] == ["DELETE /push/deviceRegistrations/one"]


def test_a_target_that_is_gone_leaves_every_resource_without_waiting():
    clock = Clock()
    with loopback(DeviceServer()) as server:
        target = registered(server.url, "one", "two", clock=clock)
        target.url = refusing_url()
        left = clean_up(target)

    assert left == ("DELETE /push/deviceRegistrations/two", "DELETE /push/deviceRegistrations/one")
    assert clock.slept == []


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502])
def test_a_resource_whose_get_is_rejected_counts_as_left(status):
    with loopback(reply(status)) as server:
        assert clean_up(registered(server.url, "one", patience=0.0)) == ("DELETE /push/deviceRegistrations/one",)


def test_an_empty_list_counts_as_removed():
    with loopback(reply(200, b"[]", f"Content-Type: {JSON}")) as server:
        target = target_at(server.url)
        target.post(SUBSCRIPTIONS, {"channel": "a", "deviceId": "d"})
        assert clean_up(target) == ()

    assert server.targets[1:] == ["/push/channelSubscriptions?channel=a&deviceId=d"] * 2


# Processes that died -------------------------------------------------------------------------------------------------


def test_what_a_dead_process_left_is_read_from_its_exchanges():
    seen = []
    with loopback(DeviceServer()) as server:
        target = registered(server.url, "one", "two", "three", observer=seen.append)
        target.delete(DEVICE, device_id="two")

    assert left_by(seen, server.url) == (
        "DELETE /push/deviceRegistrations/three",
        "DELETE /push/deviceRegistrations/one",
    )


def test_a_removal_that_was_rejected_removes_nothing():
    seen = []
    with loopback(reply(403)) as server:
        registered(server.url, "one", observer=seen.append).delete(DEVICE, device_id="one")

    assert left_by(seen, f"{server.url}/") == ("DELETE /push/deviceRegistrations/one",)


def test_a_subscription_is_removed_by_its_query():
    seen = []
    with loopback(reply(200, b"[]", f"Content-Type: {JSON}")) as server:
        target = target_at(server.url, observer=seen.append)
        for device in ("d", "e"):
            target.post(SUBSCRIPTIONS, {"channel": "a b", "deviceId": device})
        target.delete(SUBSCRIPTIONS, query={"channel": "a b", "deviceId": "d"})

    assert left_by(seen, server.url) == ("DELETE /push/channelSubscriptions?channel=a%20b&deviceId=e",)


def test_a_target_below_a_path_is_left_with_the_paths_of_the_contract():
    seen = []
    with loopback(reply(201)) as server:
        registered(f"{server.url}/gateway", "one", observer=seen.append)

    assert left_by(seen, f"{server.url}/gateway") == ("DELETE /push/deviceRegistrations/one",)
