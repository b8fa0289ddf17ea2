"""The target: what a run may touch, and what it leaves behind."""

from __future__ import annotations

import json

import pytest

from conformance.errors import ForbiddenError, SuiteError
from conformance.model import JSON, Call
from conformance.profile import Blast
from conformance.selftest.harness.loopback import loopback, refusing_url, reply
from conformance.selftest.harness.target import DEVICE, DEVICES, MESSAGES, PREFIX, SUBSCRIPTIONS, Clock, target_at
from conformance.target.cleanup import clean_up
from conformance.target.client import Target

# Blast radius --------------------------------------------------------------------------------------------------------

OURS, FOREIGN = f"{PREFIX}-1", "somebody-elses"
PROVING = (("Content-Type", JSON),)


def call(method: str, path: str, body=None, query=()) -> Call:
    return Call(
        method,
        path,
        tuple(query),
        PROVING if body is not None else (),
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


def test_a_read_only_run_writes_nothing_whatever_is_asked_of_it():
    with loopback() as server:
        target = target_at(server.url, blast=Blast.READ_ONLY)
        said = {outcome(target, each) for each in (*WRITES_OF_OURS, *WRITES_OF_OTHERS)}

    assert server.connections == 0
    assert all(" leaves the blast radius 'read-only'" in each for each in said)
    assert target.ledger.latest_first() == []


def test_a_run_bound_to_its_names_touches_nothing_of_others():
    with loopback() as server:
        target = target_at(server.url, blast=Blast.NAMESPACED)
        said = [outcome(target, each) for each in WRITES_OF_OTHERS]

    assert server.connections == 0
    assert "sent" not in said
    assert target.ledger.latest_first() == []


@pytest.mark.parametrize("each", WRITES_OF_OURS, ids=lambda each: f"{each.method} {each.path}{each.body[:40]}")
def test_a_run_bound_to_its_names_may_write_what_is_its_own(each):
    assert target_at("http://unused", blast=Blast.NAMESPACED).may_send(each)


@pytest.mark.parametrize("blast", Blast)
def test_reading_is_always_allowed(blast):
    assert all(target_at("http://unused", blast=blast).may_send(each) for each in READS)


def test_an_exclusive_run_may_do_anything():
    assert all(target_at("http://unused").may_send(each) for each in (*READS, *WRITES_OF_OURS, *WRITES_OF_OTHERS))


def test_what_a_scenario_says_is_bound_like_any_call():
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


# Clean-up ------------------------------------------------------------------------------------------------------------


class Shelf:
    """Devices by path: just enough of a server to be cleaned."""

    def __init__(self, stubborn: str = "") -> None:
        self.devices: set[str] = set()
        self.stubborn = stubborn

    def __call__(self, request: bytes) -> bytes:
        method, path = request.decode("latin-1").split(" ")[:2]
        if method == "PUT":
            self.devices.add(path)
        if method == "DELETE" and self.stubborn not in path.split("/")[-1:]:
            self.devices.discard(path)
        return reply(200 if path in self.devices else 404, b"{}", f"Content-Type: {JSON}")


def registered(url: str, *names: str, **how) -> Target:
    target = target_at(url, **how)
    for name in names:
        target.put(DEVICE, {"id": name}, device_id=name)
    return target


def test_what_was_made_is_removed_the_latest_first_and_looked_for_again():
    shelf = Shelf()
    with loopback(shelf) as server:
        left = clean_up(registered(server.url, "one", "two"))

    assert left == ()
    assert shelf.devices == set()
    asked = zip(server.methods, (target.rpartition("/")[2] for target in server.targets), strict=True)
    assert list(asked) == [
        ("PUT", "one"),
        ("PUT", "two"),
        ("DELETE", "two"),
        ("DELETE", "one"),
        ("GET", "two"),
        ("GET", "one"),
    ]


def test_what_cannot_be_removed_is_named_with_the_request_that_would():
    with loopback(Shelf(stubborn="two")) as server:
        left = clean_up(registered(server.url, "one", "two"))

    assert left == ("DELETE /push/deviceRegistrations/two",)


def test_what_goes_slowly_is_waited_for_as_long_as_patience_lasts():
    clock = Clock()
    with loopback(Shelf(stubborn="one")) as server:
        clean_up(registered(server.url, "one", clock=clock, patience=2.0))

    assert 2.0 <= sum(clock.slept) <= 2.5


def test_the_ledger_is_written_before_the_request_goes_out():
    """A crash between the two still leaves the list."""
    with loopback(lambda _: None) as server:
        target = registered(server.url, "one")

    assert [entry.words for entry in target.ledger.latest_first()] == ["DELETE /push/deviceRegistrations/one"]


def test_a_target_that_is_gone_leaves_everything_and_says_so_at_once():
    clock = Clock()
    with loopback(Shelf()) as server:
        target = registered(server.url, "one", "two", clock=clock)
        target.url = refusing_url()
        left = clean_up(target)

    assert left == ("DELETE /push/deviceRegistrations/two", "DELETE /push/deviceRegistrations/one")
    assert clock.slept == []


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_what_cannot_be_looked_at_counts_as_left(status):
    with loopback(reply(status)) as server:
        assert clean_up(registered(server.url, "one", patience=0.0)) == ("DELETE /push/deviceRegistrations/one",)


def test_an_empty_list_is_nothing_left():
    with loopback(reply(200, b"[]", f"Content-Type: {JSON}")) as server:
        target = target_at(server.url)
        target.post(SUBSCRIPTIONS, {"channel": "a", "deviceId": "d"})
        assert clean_up(target) == ()

    assert server.targets[1:] == ["/push/channelSubscriptions?channel=a&deviceId=d"] * 2
