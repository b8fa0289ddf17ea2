"""The ledger lists the resources that a run creates, each with the request that removes it."""

from __future__ import annotations

import json

import msgpack
import pytest

from conformance.model import FORM, JSON, MSGPACK, Call
from conformance.target.ledger import Ledger

DEVICES, SUBSCRIPTIONS = "/push/deviceRegistrations", "/push/channelSubscriptions"


def call(method: str, path: str, body=None, kind: str = JSON) -> Call:
    packed = {JSON: lambda: json.dumps(body).encode(), MSGPACK: lambda: msgpack.packb(body), FORM: lambda: body}
    return Call(method, path, headers=(("Content-Type", kind),), body=packed[kind]() if body is not None else b"")


def entered(*calls: Call) -> list[str]:
    """The words of the entries, in order."""
    ledger = Ledger()
    for each in calls:
        ledger.enter(each)
    return [entry.words for entry in reversed(ledger.latest_first())]


@pytest.mark.parametrize("kind", [JSON, MSGPACK])
def test_a_posted_device_is_entered_by_the_id_in_its_body(kind):
    assert entered(call("POST", DEVICES, {"id": "conf-1"}, kind)) == ["DELETE /push/deviceRegistrations/conf-1"]


def test_a_put_device_is_entered_by_the_id_in_its_path():
    assert entered(call("PUT", f"{DEVICES}/conf%2F1", {})) == ["DELETE /push/deviceRegistrations/conf%2F1"]


def test_a_device_whose_two_ids_differ_is_entered_under_both():
    """The request is expected to be rejected; a target that accepts it has created one or the other."""
    assert len(entered(call("PUT", f"{DEVICES}/conf-1", {"id": "conf-2"}))) == 2


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"channel": "a b", "deviceId": "d"}, JSON),
        ({"channel": "a b", "deviceId": "d"}, MSGPACK),
        (b"channel=a%20b&deviceId=d", FORM),
    ],
)
def test_a_subscription_is_entered_in_every_format(body, kind):
    assert entered(call("POST", SUBSCRIPTIONS, body, kind)) == [
        "DELETE /push/channelSubscriptions?channel=a%20b&deviceId=d"
    ]


def test_a_subscription_with_both_ids_is_entered_under_each():
    assert entered(call("POST", SUBSCRIPTIONS, {"channel": "a", "deviceId": "d", "clientId": "c"})) == [
        "DELETE /push/channelSubscriptions?channel=a&deviceId=d",
        "DELETE /push/channelSubscriptions?channel=a&clientId=c",
    ]


def test_the_latest_is_removed_first():
    ledger = Ledger()
    for path in ("one", "two", "three"):
        ledger.enter(call("PUT", f"{DEVICES}/{path}", {}))

    assert [entry.parameters["device_id"] for entry in ledger.latest_first()] == ["three", "two", "one"]


def test_a_resource_created_twice_is_entered_once():
    assert len(entered(call("PUT", f"{DEVICES}/x", {"id": "x"}), call("PUT", f"{DEVICES}/x", {"id": "x"}))) == 1


@pytest.mark.parametrize(
    "harmless",
    [
        call("GET", f"{DEVICES}/x"),
        call("DELETE", f"{DEVICES}/x"),
        call("PATCH", f"{DEVICES}/x", {}),
        call("POST", "/channels/x/messages", {"id": "x"}),
        call("POST", DEVICES, {}),
        call("POST", DEVICES, {"id": 5}),
        call("POST", DEVICES, [1]),
        call("POST", SUBSCRIPTIONS, {"deviceId": "d"}),
        call("POST", SUBSCRIPTIONS, "text"),
        Call("POST", DEVICES, headers=(("Content-Type", JSON),), body=b"{broken"),
        Call("POST", DEVICES, body=b"\xff"),
    ],
    ids=str,
)
def test_a_request_that_creates_no_removable_resource_is_not_entered(harmless):
    assert entered(harmless) == []
