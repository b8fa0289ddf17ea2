"""`bind` puts the values of the run into a case, and leaves its defect as it is."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import pytest

from conformance.cases.binding import MUTABLE, CaseFixtures, bind
from conformance.cases.case import Case
from conformance.contract import load
from conformance.errors import Inconclusive
from conformance.model import FORM, JSON, MSGPACK, Origin
from conformance.names import Names
from conformance.selftest.harness.loopback import loopback, reply
from conformance.selftest.harness.target import target_at
from conformance.suite.steps.case_fixtures import _create_channel, _create_device, made_once
from conformance.wire.codec import NOTHING

CONTRACT = load("all")
FIXTURES = CaseFixtures(
    "app.key", lambda: 1_600_000_000_000, lambda: "conf-channel", "persisted:conf-presence", lambda: "conf-device"
)
PREFIX = "conf-7f3a-main"
MESSAGES = "/channels/{channel_id}/messages"
DEVICE, DEVICES = "/push/deviceRegistrations/{device_id}", "/push/deviceRegistrations"
SUBSCRIPTIONS = "/push/channelSubscriptions"


def sent(label: str, body=NOTHING, query=(), **facts):
    case = Case(CONTRACT.operation(label), Origin.VALID, query=tuple(query), body=body, **facts)
    return bind(case, FIXTURES, Names(PREFIX))


def body_of(call):
    return json.loads(call.body)


@pytest.mark.parametrize(
    ("label", "path"),
    [
        (f"GET {MESSAGES}", "/channels/conf-channel/messages"),
        ("GET /channels/{channel_id}", "/channels/conf-channel"),
        ("GET /channels/{channel_id}/presence", "/channels/persisted%3Aconf-presence/presence"),
        ("GET /channels/{channel_id}/presence/history", "/channels/persisted%3Aconf-presence/presence/history"),
        (f"GET {DEVICE}", "/push/deviceRegistrations/conf-device"),
        ("GET /time", "/time"),
    ],
)
def test_a_read_names_a_fixture(label, path):
    assert sent(label).path == path


def test_a_write_names_a_fresh_resource():
    assert sent(f"POST {MESSAGES}", {"data": "x"}).path.startswith(f"/channels/{PREFIX}-")
    assert sent(f"DELETE {DEVICE}").path.startswith(f"/push/deviceRegistrations/{PREFIX}-")


def test_a_message_with_a_push_payload_is_published_where_push_is_enabled():
    pushed = sent(f"POST {MESSAGES}", {"extras": {"push": {}}})

    assert pushed.path.startswith(f"/channels/pushenabled%3A{PREFIX}-")


def test_a_device_is_put_under_the_id_in_its_body():
    put = sent(f"PUT {DEVICE}", {"id": "drawn", "platform": "ios"})

    assert put.path.rpartition("/")[2] == body_of(put)["id"]
    assert body_of(put)["platform"] == "ios"


def test_a_posted_device_has_a_fresh_id_and_a_fresh_secret_of_32_bytes():
    names = Names(PREFIX)
    case = Case(CONTRACT.operation(f"POST {DEVICES}"), Origin.VALID, body={"id": "drawn", "deviceSecret": "drawn"})

    first, second = (body_of(bind(case, FIXTURES, names)) for _ in range(2))

    assert first["id"].startswith(PREFIX)
    assert len(base64.b64decode(first["deviceSecret"])) == 32
    assert first["deviceSecret"] != second["deviceSecret"]


def test_a_patch_has_mutable_members_only():
    drawn = {"id": "x", "platform": "ios", "metadata": {"a": "b"}, "push": {"recipient": {}, "state": "ACTIVE"}}

    body = body_of(sent(f"PATCH {DEVICE}", drawn))

    assert body == {"metadata": {"a": "b"}, "push": {"recipient": {}}}
    assert set(body) <= set(MUTABLE)


def test_a_patch_without_mutable_members_changes_the_metadata():
    assert body_of(sent(f"PATCH {DEVICE}", {"platform": "ios"})) == {"metadata": {}}


@pytest.mark.parametrize(
    "query", [[], [("clientId", "x")], [("deviceId", "x"), ("clientId", "y")], [("deviceId", "x")]]
)
@pytest.mark.parametrize("path", [DEVICES, SUBSCRIPTIONS])
def test_a_removal_names_exactly_one_fresh_id(path, query):
    ids = [
        (name, value) for name, value in sent(f"DELETE {path}", query=query).query if name in {"deviceId", "clientId"}
    ]

    assert len(ids) == 1
    assert ids[0][1].startswith(PREFIX)


@pytest.mark.parametrize(("drawn", "member"), [({"deviceId": "x"}, "deviceId"), ({"clientId": "x"}, "clientId")])
def test_a_subscription_names_the_device_fixture_or_a_fresh_client(drawn, member):
    body = body_of(sent(f"POST {SUBSCRIPTIONS}", {"channel": "drawn", **drawn}))

    assert set(body) == {"channel", member}
    assert body["channel"].startswith(f"pushenabled:{PREFIX}")
    assert body["deviceId"] == "conf-device" if member == "deviceId" else body["clientId"].startswith(PREFIX)


def test_a_push_is_sent_to_the_device_fixture():
    body = body_of(
        sent("POST /push/publish", {"recipient": {"deviceId": "x", "more": 1}, "notification": {"title": "t"}})
    )

    assert body == {"recipient": {"deviceId": "conf-device"}, "notification": {"title": "t"}}


def test_a_token_request_has_the_key_of_the_run_the_current_time_and_a_fresh_nonce():
    names = Names(PREFIX)
    case = Case(CONTRACT.operation("POST /keys/{keyName}/requestToken"), Origin.VALID, body={"mac": "drawn", "ttl": 5})

    first, second = (body_of(bind(case, FIXTURES, names)) for _ in range(2))

    assert (first["keyName"], first["timestamp"], first["ttl"]) == ("app.key", FIXTURES.clock(), 5)
    assert "mac" not in first
    assert first["nonce"] != second["nonce"]
    assert re.fullmatch("[0-9A-Za-z]{16,32}", first["nonce"])


@pytest.mark.parametrize("path", [MESSAGES, "/stats"])
def test_a_drawn_end_is_not_sent_beside_a_drawn_start(path):
    query = sent(f"GET {path}", query=[("start", "2"), ("end", "1"), ("limit", "3")]).query

    assert query == (("start", "2"), ("limit", "3"))


@pytest.mark.parametrize(
    ("label", "body"),
    [
        (f"PUT {DEVICE}", {"id": 5}),
        (f"POST {SUBSCRIPTIONS}", {"channel": []}),
        ("POST /push/publish", {"recipient": None}),
        ("POST /keys/{keyName}/requestToken", {"ttl": "x"}),
        (f"PATCH {DEVICE}", ["no object"]),
    ],
)
def test_a_defective_body_is_sent_unchanged(label, body):
    assert body_of(sent(label, body, defect="broken")) == body


def test_a_body_that_a_format_cannot_hold_is_sent_as_json():
    """Binding may add a value that a form cannot hold."""
    put = sent(f"PATCH {DEVICE}", {"metadata": {"a": "b"}}, send_as=FORM)

    assert dict(put.headers)["Content-Type"] == JSON


def test_a_call_has_accept_and_content_type():
    assert sent(f"POST {MESSAGES}", {"data": "x"}, accept=MSGPACK, send_as=MSGPACK).headers == (
        ("Accept", MSGPACK),
        ("Content-Type", MSGPACK),
    )
    assert sent("GET /time", accept="*/*").headers == (("Accept", "*/*"),)


@pytest.mark.parametrize("create", [_create_channel, _create_device])
def test_a_fixture_that_cannot_be_created_is_inconclusive(create):
    with (
        loopback(reply(401)) as server,
        pytest.raises(Inconclusive, match=r"set-up was rejected: P(OS|U)T .* returned status 401"),
    ):
        create(target_at(server.url), "conf-fixture")


def test_a_rejected_fixture_is_asked_for_once_and_only_by_the_cases_that_need_it():
    with loopback(reply(401)) as server:
        target = target_at(server.url)
        device = made_once(target, "conf-device", _create_device)
        fixtures = replace(FIXTURES, device=device)
        for _ in range(2):
            with pytest.raises(Inconclusive, match="returned status 401"):
                bind(Case(CONTRACT.operation(f"GET {DEVICE}"), Origin.VALID), fixtures, target.names)
        others = [bind(Case(CONTRACT.operation("GET /time"), Origin.VALID), fixtures, target.names)]

    assert len(server.requests) == 1
    assert [each.path for each in others] == ["/time"]
