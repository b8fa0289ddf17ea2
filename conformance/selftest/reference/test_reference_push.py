"""Push subscriptions and notifications on the reference server."""

import pytest

from conformance.selftest.reference.client import refusal, running, running_app

PATH = "/push/channelSubscriptions"
PAYLOAD = {"notification": {"title": "t", "body": "b"}, "data": {"foo": "bar"}}


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        yield app


@pytest.fixture
def channel(app):
    return app.fresh("pushenabled:channel")


@pytest.fixture
def device(app):
    name = app.fresh("device")
    app.register(name, clientId=f"client-of-{name}")
    yield name
    app.call("DELETE", f"/push/deviceRegistrations/{name}")


@pytest.fixture
def outbox(app):
    """The channel to which notifications for the device `listener` are delivered."""
    return app.fresh("outbox")


@pytest.fixture
def listener(app, outbox):
    name = app.fresh("listener")
    app.register(name, clientId=f"client-of-{name}", push={"recipient": app.recipient(outbox)})
    yield name
    app.call("DELETE", f"/push/deviceRegistrations/{name}")


def test_a_repeated_subscription_is_listed_once(app, channel, device):
    saved = app.subscribe(channel, deviceId=device)
    assert saved == {"channel": channel, "deviceId": device, "appId": app.id}
    assert app.subscribe(channel, deviceId=device) == saved
    assert app.subscriptions(channel=channel) == [saved]
    assert app.get("/push/channels").json().count(channel) == 1


def test_a_client_without_a_device_is_subscribed(app, channel):
    assert app.subscribe(channel, clientId="c") == {"channel": channel, "clientId": "c", "appId": app.id}
    assert app.subscriptions(clientId="c", channel=channel) == [{"channel": channel, "clientId": "c", "appId": app.id}]


def test_a_form_makes_a_subscription(app, channel):
    assert app.post(PATH, data={"channel": channel, "clientId": "c"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"channel": "pushenabled:x"}, 40000),
        ({"channel": "pushenabled:x", "deviceId": "a", "clientId": "b"}, 40000),
        ({"clientId": "b"}, 40000),
        ({"channel": 5, "clientId": "b"}, 40000),
        ({"channel": "pushenabled:x", "clientId": 5}, 40000),
        ({"channel": ":x", "clientId": "b"}, 40010),
        ({"channel": "pushenabled:x", "deviceId": "unregistered"}, 40000),
        ([], 40000),
    ],
)
def test_invalid_subscriptions_are_rejected(app, body, code):
    before = app.subscriptions()
    assert refusal(app.post(PATH, json=body)) == (400, code)
    assert app.subscriptions() == before


def test_the_namespace_is_checked_before_the_device(app):
    # RB/push_admin 824
    answer = app.post(PATH, json={"channel": "notallowed", "deviceId": "unregistered"})
    assert refusal(answer)[0] == 401
    assert app.subscriptions(channel="notallowed") == []


def test_a_client_id_filter_does_not_match_device_subscriptions(app, channel, device):
    app.subscribe(channel, deviceId=device)
    assert app.subscriptions(clientId=f"client-of-{device}") == []


def test_filters_combine_by_and(app, channel, device):
    app.subscribe(channel, deviceId=device)
    app.subscribe(f"{channel}:other", deviceId=device)
    assert app.subscriptions(channel=channel, deviceId=device) == [
        {"channel": channel, "deviceId": device, "appId": app.id}
    ]
    assert len(app.subscriptions(deviceId=device)) == 2


def test_both_ids_require_concat_filters(app, channel, device):
    app.subscribe(channel, deviceId=device)
    app.subscribe(channel, clientId="both")
    query = {"deviceId": device, "clientId": "both"}
    assert refusal(app.get(PATH, query=query)) == (400, 40000)
    assert len(app.subscriptions(**query, concatFilters="true")) == 2


def test_the_last_page_of_a_list_is_empty(app):
    names = [app.fresh("pushenabled:paged") for _ in range(4)]
    for name in names:
        app.subscribe(name, clientId="paged")
    pages = app.pages(app.get(PATH, query={"clientId": "paged", "limit": 2}))
    assert [len(page) for page in pages] == [2, 2, 0]
    channels = app.pages(app.get("/push/channels", query={"limit": 1}))
    assert {name for page in channels for name in page} >= set(names)
    assert all(len(page) == 1 for page in channels[:-1])


def test_unsubscribing_a_device_keeps_subscriptions_of_its_client(app, channel, device):
    app.subscribe(channel, deviceId=device)
    app.subscribe(channel, clientId="stays")
    for _ in range(2):
        assert app.call("DELETE", PATH, query={"deviceId": device}).status_code == 204
    assert app.subscriptions(channel=channel) == [{"channel": channel, "clientId": "stays", "appId": app.id}]


def test_unsubscribing_from_one_channel_keeps_the_others(app, channel):
    for name in (channel, f"{channel}:other"):
        app.subscribe(name, clientId="leaver")
    app.call("DELETE", PATH, query={"channel": channel, "clientId": "leaver"})
    assert [item["channel"] for item in app.subscriptions(clientId="leaver")] == [f"{channel}:other"]
    app.call("DELETE", PATH, query={"clientId": "leaver"})
    assert app.subscriptions(clientId="leaver") == []


@pytest.mark.parametrize("query", [{}, {"channel": "x"}, {"deviceId": "a", "clientId": "b"}])
def test_unsubscribing_requires_exactly_one_id(app, channel, query):
    app.subscribe(channel, clientId="b")
    assert refusal(app.call("DELETE", PATH, query=query)) == (400, 40000)
    assert app.subscriptions(channel=channel) == [{"channel": channel, "clientId": "b", "appId": app.id}]
    app.call("DELETE", PATH, query={"clientId": "b"})


@pytest.mark.parametrize("by", ["path", "deviceId", "clientId"])
def test_the_subscriptions_of_a_deleted_device_are_deleted(app, channel, device, by):
    app.subscribe(channel, deviceId=device)
    if by == "path":
        app.call("DELETE", f"/push/deviceRegistrations/{device}")
    else:
        value = device if by == "deviceId" else f"client-of-{device}"
        app.call("DELETE", "/push/deviceRegistrations", query={by: value})
    assert app.subscriptions(channel=channel) == []
    assert channel not in app.get("/push/channels").json()


def test_the_subscription_of_a_client_is_kept_without_its_device(app, channel, device):
    app.subscribe(channel, clientId=f"client-of-{device}")
    app.call("DELETE", f"/push/deviceRegistrations/{device}")
    assert len(app.subscriptions(channel=channel)) == 1


def test_a_push_to_a_channel_can_be_read_there(app, outbox):
    answer = app.post("/push/publish", json={"recipient": app.recipient(outbox), **PAYLOAD})
    assert (answer.status_code, answer.content) == (204, b"")
    assert app.pushed(outbox) == [PAYLOAD]


def test_a_payload_nested_as_in_the_contract_is_accepted(app, outbox):
    app.post("/push/publish", json={"recipient": app.recipient(outbox), "push": PAYLOAD})
    assert app.pushed(outbox) == [PAYLOAD]


@pytest.mark.parametrize("by", ["deviceId", "clientId"])
def test_a_push_is_delivered_to_the_registered_device(app, listener, outbox, by):
    value = listener if by == "deviceId" else f"client-of-{listener}"
    app.post("/push/publish", json={"recipient": {by: value}, **PAYLOAD})
    assert app.pushed(outbox) == [PAYLOAD]


@pytest.mark.parametrize("recipient", [{"clientId": "nobody"}, {"deviceId": "nobody"}, {"transportType": "fcm"}])
def test_a_push_without_a_reachable_recipient_is_accepted(app, recipient):
    assert app.post("/push/publish", json={"recipient": recipient, **PAYLOAD}).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {},
        PAYLOAD,
        {"recipient": None, **PAYLOAD},
        {"recipient": {}, **PAYLOAD},
        {"recipient": "x", **PAYLOAD},
        {"recipient": {"foo": "bar"}, **PAYLOAD},
        {"recipient": {"clientId": 5}, **PAYLOAD},
        {"recipient": {"transportType": "xyz"}, **PAYLOAD},
        {"recipient": {"transportType": "ablyChannel"}, **PAYLOAD},
        {"recipient": {"clientId": "c"}},
        {"recipient": {"clientId": "c"}, "xxx": 5},
        {"recipient": {"clientId": "c"}, "notification": "text"},
        {"recipient": {"clientId": "c"}, "notification": {"title": 5}},
        {"recipient": {"clientId": "c"}, "apns": {"notification": 5}},
        {"recipient": {"clientId": "c"}, "data": 5},
        [],
    ],
)
def test_invalid_pushes_are_rejected(app, body):
    assert refusal(app.post("/push/publish", json=body)) == (400, 40000)


def test_a_push_requires_push_admin(app):
    token = app.token(capability='{"*":["publish","push-subscribe"]}')
    answer = app.post("/push/publish", token=token, json={"recipient": {"clientId": "c"}, **PAYLOAD})
    assert refusal(answer) == (401, 40160)


def test_a_push_with_a_wrong_key_is_not_delivered(app, outbox):
    for key in (app.keys[0]["keyName"] + ":wrong", "aaaaaa.bbbbbb:x", "text", app.keys[2]["keyStr"]):
        recipient = {**app.recipient(outbox), "ablyKey": key}
        assert app.post("/push/publish", json={"recipient": recipient, **PAYLOAD}).status_code == 204
    assert app.pushed(outbox) == []


def test_a_message_with_a_push_reaches_subscribers_once(app, channel, listener, outbox):
    app.subscribe(channel, deviceId=listener)
    app.subscribe(channel, clientId=f"client-of-{listener}")
    app.publish(channel, [{"data": "no push"}, {"data": "x", "extras": {"push": PAYLOAD}}])
    assert app.pushed(outbox) == [PAYLOAD]


def test_a_message_reaches_subscribers_of_its_channel_only(app, channel, listener, outbox):
    app.subscribe(channel, deviceId=listener)
    app.publish(f"{channel}:other", {"extras": {"push": PAYLOAD}})
    assert app.pushed(outbox) == []


def test_a_repeated_message_is_pushed_once(app, channel, listener, outbox):
    app.subscribe(channel, deviceId=listener)
    for _ in range(2):
        app.publish(channel, {"id": "once", "extras": {"push": PAYLOAD}})
    assert app.pushed(outbox) == [PAYLOAD]


def test_nothing_is_delivered_to_an_unregistered_device(app, channel, listener, outbox):
    app.subscribe(channel, deviceId=listener)
    app.call("DELETE", f"/push/deviceRegistrations/{listener}")
    app.publish(channel, {"extras": {"push": PAYLOAD}})
    assert app.pushed(outbox) == []


def test_a_push_is_delivered_in_the_application_of_the_key():
    with running() as server, server.app() as one, server.app() as other:
        one.post("/push/publish", json={"recipient": other.recipient("out"), **PAYLOAD})
        assert other.pushed("out") == [PAYLOAD]
        assert one.pushed("out") == []
