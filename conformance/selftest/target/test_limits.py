"""What a key or an application does not allow is known before a request is sent, and told in words."""

from __future__ import annotations

import json

import pytest

from conformance.model import JSON, Call
from conformance.names import Namespaces
from conformance.target.capability import parsed
from conformance.target.limits import Limits, limiting

TEAM = Limits({"team:*": ["publish", "subscribe"]})
USUAL = Namespaces()


def call(method, path, body=None):
    raw = b"" if body is None else json.dumps(body).encode()
    return Call(method, path, headers=(("Content-Type", JSON),), body=raw)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/channels/team%3Aa/messages", ""),
        ("GET", "/channels/team:a/presence", ""),
        ("GET", "/channels/team:a/messages", "the key may not read history on the channel team:a"),
        ("GET", "/channels/team:a/presence/history", "the key may not read history on the channel team:a"),
        ("POST", "/channels/a/messages", "the key may not publish on the channel a"),
        ("GET", "/channels/team:a", "the key may not read channel metadata on the channel team:a"),
        ("GET", "/channels", "the key may not read channel metadata"),
        ("GET", "/stats", "the key may not read statistics"),
        ("GET", "/push/channels", "the key may not administer push"),
        ("GET", "/time", ""),
        ("POST", "/apps", ""),
    ],
)
def test_a_request_is_held_against_the_capability_of_the_key(method, path, expected):
    assert TEAM.refusal(call(method, path)) == expected


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        (None, ""),
        ('{"team:a": ["publish"]}', ""),
        ('{"team:a": ["publish", "history"]}', "the key may not read history on team:a"),
        ('{"*": ["*"]}', "the key may not do everything on *"),
        ("no JSON", ""),
        (7, ""),
    ],
)
def test_a_token_request_is_held_against_the_capability_of_the_key(capability, expected):
    body = {"keyName": "app.key", "capability": capability}

    assert TEAM.refusal(call("POST", "/keys/app.key/requestToken", body)) == expected


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/push/channelSubscriptions", {"channel": "alerts:a", "clientId": "c"}),
        ("POST", "/channels/alerts%3Aa/messages", {"extras": {"push": {}}}),
    ],
)
def test_a_namespace_without_push_rules_out_what_needs_it(method, path, body):
    limits = Limits(no_push="alerts")

    assert limits.refusal(call(method, path, body)).startswith("the namespace 'alerts' has no push enabled")
    assert limits.refusal(call(method, path.replace("alerts", "other"), {**body, "channel": "other:a"})) == ""


def test_a_namespace_without_push_still_takes_messages_and_devices():
    limits = Limits(no_push="alerts")

    assert limits.refusal(call("POST", "/channels/alerts:a/messages", {"data": "x", "extras": {"headers": {}}})) == ""
    assert limits.refusal(call("POST", "/channels/alerts:a/messages", {"data": "x", "extras": 7})) == ""
    assert limits.refusal(call("DELETE", "/push/channelSubscriptions")) == ""


def test_an_operation_is_ruled_out_when_no_channel_of_the_run_is_covered():
    publish, time = "POST /channels/{channel_id}/messages", "GET /time"

    assert TEAM.refusal_of_all(publish, USUAL) == "the key may not publish on the channel conf-any"
    assert TEAM.refusal_of_all(publish, Namespaces(channels="team")) == ""
    assert TEAM.refusal_of_all(time, USUAL) == ""
    assert Limits().refusal_of_all(publish, USUAL) == ""


@pytest.mark.parametrize(
    ("capability", "is_limiting"),
    [
        (None, False),
        ({"*": ["*"]}, False),
        ({"[*]*": ["*"]}, False),
        ({"*": ["publish", "subscribe", "history", "channel-metadata", "stats", "push-admin", "presence"]}, False),
        ({"*": ["publish"]}, True),
        ({"team:*": ["*"]}, True),
        ({}, True),
    ],
)
def test_a_capability_limits_a_run_unless_it_allows_all_that_a_run_asks(capability, is_limiting):
    assert (limiting(capability) is not None) is is_limiting


@pytest.mark.parametrize(
    "value", [None, "", "no JSON", "[]", "7", "[" * 100_000, '{"a": "publish"}', '{"a": [1]}', {"a": 7}]
)
def test_what_is_no_capability_is_unknown(value):
    assert parsed(value) is None


def test_limits_are_told_in_sentences():
    told = list(Limits({"b": ["publish"], "a:*": ["*"]}, no_push="alerts").in_words(USUAL))

    assert told[0].startswith("the key may only do everything on a:*; publish on b; what it does not cover is out of")
    assert told[1].startswith("the namespace 'alerts' has no push enabled; what needs it is out of scope")
    assert list(Limits().in_words(USUAL)) == []


def test_a_setting_is_named_where_no_channel_of_the_run_is_covered():
    (without,) = TEAM.in_words(USUAL)
    (covered,) = TEAM.in_words(Namespaces(channels="team"))

    assert covered == "the key may only publish and read presence on team:*; what it does not cover is out of scope"
    assert without == f"{covered} ([world] channels in the profile names another namespace)"


def test_a_key_with_many_rights_is_told_in_one_short_sentence():
    (told,) = Limits({f"channel{number}": ["publish"] for number in range(900)}).in_words(USUAL)

    assert "publish on channel0; " in told
    assert "; and 895 more; what it does not cover" in told
    assert len(told) < 400
