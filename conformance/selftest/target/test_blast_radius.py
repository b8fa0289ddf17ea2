"""A request outside of the blast radius of a profile is not sent."""

from __future__ import annotations

import json

import pytest

from conformance.errors import ForbiddenError, SuiteError
from conformance.model import JSON, Call
from conformance.profile import Blast
from conformance.selftest.harness.loopback import loopback
from conformance.selftest.harness.target import DEVICE, DEVICES, MESSAGES, PREFIX, SUBSCRIPTIONS, target_at
from conformance.target.client import Target

OURS, FOREIGN = f"{PREFIX}-1", "another-run"
JSON_BODY = (("Content-Type", JSON),)


def call(method: str, path: str, body=None, query=()) -> Call:
    return Call(
        method,
        path,
        tuple(query),
        JSON_BODY if body is not None else (),
        json.dumps(body).encode() if body is not None else b"",
    )


READS = [
    call("GET", "/time"),
    call("GET", "/channels/x/messages"),
    call("HEAD", "/time"),
    call("OPTIONS", "/time"),
    call("GET", f"{DEVICES}/resetUpdateToken"),
    call("POST", "/keys/app.key/requestToken", {"ttl": 1}),
]
WRITES_OF_OURS = [
    call("POST", f"/channels/{OURS}/messages", {"data": "x"}),
    call("POST", f"/channels/pushenabled%3A{OURS}/messages", {"data": "x"}),
    call("PUT", f"{DEVICES}/{OURS}", {"id": OURS}),
    call("PATCH", f"{DEVICES}/{OURS}", {"metadata": {}}),
    call("DELETE", f"{DEVICES}/{OURS}"),
    call("GET", f"{DEVICES}/{OURS}/resetUpdateToken"),
    call("POST", DEVICES, {"id": OURS}),
    call("DELETE", DEVICES, query=[("clientId", OURS)]),
    call("POST", SUBSCRIPTIONS, {"channel": f"pushenabled:{OURS}", "deviceId": OURS}),
    call("DELETE", SUBSCRIPTIONS, query=[("channel", OURS), ("deviceId", OURS)]),
    call("POST", "/push/publish", {"recipient": {"deviceId": OURS}, "notification": {"title": "x"}}),
    call("POST", "/push/publish", {"recipient": {"transportType": "ablyChannel", "channel": OURS, "ablyKey": "k"}}),
]
WRITES_OF_OTHERS = [
    call("POST", f"/channels/{FOREIGN}/messages", {"data": OURS, "name": OURS}, [("x", OURS)]),
    call("PUT", f"{DEVICES}/{FOREIGN}", {"id": FOREIGN, "metadata": {"note": OURS}}),
    call("PUT", f"{DEVICES}/{OURS}", {"id": FOREIGN}),
    call("PUT", f"{DEVICES}/requestToken", {"id": FOREIGN}),
    call("DELETE", f"{DEVICES}/{FOREIGN}"),
    call("GET", f"{DEVICES}/{FOREIGN}/resetUpdateToken"),
    call("POST", DEVICES, {"id": FOREIGN, "metadata": {"note": OURS}}),
    call("POST", DEVICES, {"metadata": {"note": OURS}}),
    call("POST", DEVICES, [OURS]),
    call("DELETE", DEVICES),
    call("DELETE", DEVICES, query=[("clientId", FOREIGN)]),
    call("DELETE", DEVICES, query=[("clientId", FOREIGN), ("deviceId", OURS)]),
    call("DELETE", DEVICES, query=[("format", OURS)]),
    call("POST", SUBSCRIPTIONS, {"channel": FOREIGN, "deviceId": OURS}),
    call("POST", SUBSCRIPTIONS, {"channel": OURS, "clientId": FOREIGN}),
    call("DELETE", SUBSCRIPTIONS, query=[("channel", OURS), ("clientId", FOREIGN)]),
    call("POST", "/push/publish", {"recipient": {"clientId": FOREIGN}, "data": {"note": OURS}}),
    call("POST", "/push/publish", {"recipient": {"transportType": "apns", "deviceToken": OURS, "deviceId": OURS}}),
    call("POST", "/push/publish", {"note": OURS}),
    call("POST", f"/apps/{OURS}"),
    call("DELETE", f"/apps/{OURS}"),
    call("POST", f"/keys/{OURS}/revokeTokens", {"targets": ["clientId:x"]}),
]


def outcome(target: Target, each: Call) -> str:
    try:
        target.send(each)
    except (SuiteError, ForbiddenError) as refusal:
        return str(refusal)
    return "sent"


def test_a_read_only_run_sends_no_write():
    with loopback() as server:
        target = target_at(server.url, blast=Blast.READ_ONLY)
        outcomes = {outcome(target, each) for each in (*WRITES_OF_OURS, *WRITES_OF_OTHERS)}

    assert server.connections == 0
    assert all(" leaves the blast radius 'read-only'" in each for each in outcomes)
    assert target.ledger.latest_first() == []


def test_a_namespaced_run_sends_no_write_outside_of_its_names():
    with loopback() as server:
        target = target_at(server.url, blast=Blast.NAMESPACED)
        outcomes = [outcome(target, each) for each in WRITES_OF_OTHERS]

    assert server.connections == 0
    assert "sent" not in outcomes
    assert target.ledger.latest_first() == []


@pytest.mark.parametrize("each", WRITES_OF_OURS, ids=lambda each: f"{each.method} {each.path}{each.body[:40]}")
def test_a_namespaced_run_may_write_its_own_resources(each):
    assert target_at("http://unused", blast=Blast.NAMESPACED).may_send(each)


@pytest.mark.parametrize("blast", Blast)
def test_a_read_is_allowed_by_every_blast_radius(blast):
    assert all(target_at("http://unused", blast=blast).may_send(each) for each in READS)


def test_an_exclusive_run_may_send_every_request():
    assert all(target_at("http://unused").may_send(each) for each in (*READS, *WRITES_OF_OURS, *WRITES_OF_OTHERS))


def test_the_methods_for_scenarios_stay_within_the_blast_radius():
    with loopback() as server:
        target = target_at(server.url, blast=Blast.READ_ONLY)
        for write in (
            lambda: target.post(MESSAGES, {"data": "x"}, channel_id=OURS),
            lambda: target.put(DEVICE, {"id": OURS}, device_id=OURS),
            lambda: target.patch(DEVICE, {}, device_id=OURS),
            lambda: target.delete(DEVICE, device_id=OURS),
        ):
            with pytest.raises(ForbiddenError, match="leaves the blast radius"):
                write()

    assert server.connections == 0
