"""Messages, presence, channels and batches, driven through `ably` from PyPI, in JSON and in MessagePack."""

from __future__ import annotations

import time
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from ably.sync import AblyRestSync
from ably.sync.types.message import Message

from conformance.sdk.ably_python import VERSION, Clients, fresh, pages_of, refusal
from conformance.sdk.local_ably import LocalAbly

CIPHER_KEY = b"conformance-key!"
PAYLOADS = ["text", '{"looks":"like JSON"}', {"an": ["object"]}, ["an", {"array": 1}], b"\x00\x01\xfe\xff", "漢字"]


def test_the_time_is_that_of_the_clock(ably: AblyRestSync) -> None:
    assert abs(ably.time() - time.time() * 1000) < 5000


def test_the_time_is_told_without_credentials_and_without_tls(clients: Clients) -> None:
    assert clients.make(token="nobody", tls=False).time() > 0  # noqa: S106  no secret


def test_the_head_of_the_time_has_no_body(ably: AblyRestSync) -> None:
    answer = ably.http.make_request("HEAD", "/time", skip_auth=True)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("data", PAYLOADS, ids=repr)
def test_data_comes_back_as_published(ably: AblyRestSync, data: Any) -> None:
    channel = ably.channels.get(fresh("persisted:data"))
    channel.publish("name", data)
    message = channel.history().items[0]
    assert (message.name, message.data, message.encoding) == ("name", data, "")
    assert message.id
    assert isinstance(message.timestamp, int)


@pytest.mark.parametrize("data", PAYLOADS, ids=repr)
def test_encrypted_data_comes_back_as_published(ably: AblyRestSync, data: Any) -> None:
    channel = ably.channels.get(fresh("persisted:secret"), cipher={"key": CIPHER_KEY})
    channel.publish("name", data)
    assert channel.history().items[0].data == data


@pytest.mark.parametrize("data", PAYLOADS, ids=repr)
def test_each_protocol_reads_what_the_other_published(
    clients: Clients, ably: AblyRestSync, data: Any, *, is_binary: bool
) -> None:
    name = fresh("persisted:both")
    ably.channels.get(name).publish("name", data)
    clients.options["use_binary_protocol"] = not is_binary
    assert clients.make().channels.get(name).history().items[0].data == data


def test_a_message_without_members_is_a_message(ably: AblyRestSync) -> None:
    channel = ably.channels.get(fresh())
    channel.publish()
    channel.publish(name="named", data=None)
    assert [(message.name, message.data) for message in channel.history().items] == [("named", None), (None, None)]


def test_several_messages_are_one_publish(ably: AblyRestSync) -> None:
    channel = ably.channels.get(fresh())
    result = channel.publish(messages=[Message(f"name-{index}", str(index)) for index in range(3)])
    messages = channel.history(direction="forwards").items
    assert [message.data for message in messages] == ["0", "1", "2"]
    assert [message.id.rpartition(":")[2] for message in messages] == ["0", "1", "2"]
    assert len(set(result.serials)) == 3


def test_an_id_is_published_once(ably: AblyRestSync) -> None:
    channel = ably.channels.get(fresh())
    for data in ("first", "second"):
        channel.publish(Message("name", data, id="an id of the publisher"))
    assert [message.data for message in channel.history().items] == ["first"]


def test_ids_of_another_form_are_refused_together(ably: AblyRestSync) -> None:
    channel = ably.channels.get(fresh())
    mixed = [Message("name", "data", id="given"), Message("name", "data")]
    assert refusal(channel.publish, messages=mixed) == (400, 40031)
    assert channel.history().items == []


def test_extras_come_back(ably: AblyRestSync) -> None:
    channel = ably.channels.get(fresh("pushenabled:extras"))
    extras = {"push": {"notification": {"title": "t"}}, "headers": {"trace": "1"}}
    channel.publish(Message("name", "data", extras=extras))
    assert channel.history().items[0].extras == extras


@pytest.mark.parametrize("name", ["a/b", "persisted:a/b:c", "what?#%", "plus+sign", "漢字"])
def test_a_channel_may_have_any_name(ably: AblyRestSync, name: str) -> None:
    channel = ably.channels.get(fresh(name))
    channel.publish("name", "data")
    assert [message.data for message in channel.history().items] == ["data"]


def test_a_publish_is_refused_where_the_capability_ends(clients: Clients) -> None:
    channel = clients.make(key=clients.key(1)["keyStr"]).channels.get("listen")
    assert refusal(channel.publish, "name", "data") == (401, 40160)


def test_a_forced_refusal_and_a_connection_key_store_nothing(ably: AblyRestSync) -> None:
    channel = ably.channels.get(fresh())
    assert refusal(channel.publish, Message("name"), {"_forceNack": True}) == (400, 40099)
    assert refusal(channel.publish, messages=[Message("name", connection_key="none.such")]) == (400, 40006)
    assert channel.history().items == []


@pytest.mark.parametrize("means", ["basic", "token"])
def test_an_identified_client_publishes_as_itself(clients: Clients, means: str) -> None:
    client = clients.make(client_id="ada", use_token_auth=means == "token" or None)
    channel = client.channels.get(fresh())
    channel.publish("implied", "data")
    channel.publish(Message("explicit", "data", client_id="ada"))
    assert [message.client_id for message in channel.history().items] == ["ada", "ada"]


@pytest.mark.parametrize("client_id", ["ada", None])
def test_a_token_publishes_as_nobody_else(clients: Clients, ably: AblyRestSync, client_id: str | None) -> None:
    # A bare token tells the SDK nothing of its client, so that the server has to refuse.
    client = clients.make(token=ably.auth.request_token(token_params={"client_id": client_id}).token)
    channel = client.channels.get(fresh())
    assert refusal(channel.publish, Message("name", "data", client_id="grace")) == (400, 40012)
    assert channel.history().items == []


def test_a_wildcard_token_publishes_as_anybody(clients: Clients, ably: AblyRestSync) -> None:
    client = clients.make(token_details=ably.auth.request_token(token_params={"client_id": "*"}))
    channel = client.channels.get(fresh())
    channel.publish("name", "data")
    channel.publish(Message("name", "data", client_id="grace"))
    assert [message.client_id for message in channel.history().items] == ["grace", None]


@pytest.fixture
def seven(ably: AblyRestSync) -> Any:
    """A channel of seven messages, 0 to 6."""
    channel = ably.channels.get(fresh("persisted:seven"))
    for index in range(7):
        channel.publish("name", str(index))
    return channel


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("backwards", ["654", "321", "0"]), ("forwards", ["012", "345", "6"])],
)
def test_history_is_read_page_by_page(seven: Any, direction: str, expected: list[str]) -> None:
    page = seven.history(direction=direction, limit=3)
    assert ["".join(message.data for message in items) for items in pages_of(page)] == expected
    assert [message.data for message in page.next().first().items] == list(expected[0])


def test_the_last_page_says_so_also_when_it_is_full(seven: Any) -> None:
    assert seven.history(limit=7).is_last()


def test_history_has_inclusive_bounds(seven: Any) -> None:
    times = [message.timestamp for message in seven.history(direction="forwards").items]
    start, end = times[2], times[4]
    expected = [str(index) for index, instant in enumerate(times) if start <= instant <= end]
    items = seven.history(direction="forwards", start=start, end=end).items
    assert [message.data for message in items] == expected


def test_a_time_parts_what_came_before_from_what_comes_after(ably: AblyRestSync) -> None:
    channel = ably.channels.get(fresh("persisted:parted"))
    times = []
    for index in range(10):
        times.append(ably.time())
        channel.publish("name", str(index))
    for index, (start, end) in enumerate(pairwise(times)):
        assert [message.data for message in channel.history(start=start, end=end).items] == [str(index)]


def test_the_first_page_stays_what_it_was(seven: Any) -> None:
    page = seven.history(limit=3)
    seven.publish("name", "later")
    assert "".join(message.data for message in page.next().first().items) == "654"


def test_the_members_of_the_fixture_are_present(ably: AblyRestSync) -> None:
    members = ably.channels.get("persisted:members", cipher={"key": CIPHER_KEY}).presence.get().items
    assert {member.client_id: member.data for member in members} == {
        "ada": "in the library",
        "grace": {"at": "sea"},
        "joan": b"\x00\x01\x02\xff",
        "alan": "bletchley",
    }
    assert {member.action for member in members} == {1}
    assert len({member.connection_id for member in members}) == 1
    assert all(isinstance(member.timestamp, datetime) for member in members)


def test_members_are_read_page_by_page(ably: AblyRestSync) -> None:
    pages = pages_of(ably.channels.get("persisted:members").presence.get(limit=2))
    assert [len(items) for items in pages] == [2, 2]


def test_the_presence_history_has_their_arrival(ably: AblyRestSync) -> None:
    presence = ably.channels.get("persisted:members", cipher={"key": CIPHER_KEY}).presence
    backwards = presence.history().items
    assert [event.client_id for event in backwards] == ["alan", "joan", "grace", "ada"]
    assert {event.action for event in backwards} == {2}
    assert backwards[0].data == "bletchley"
    assert presence.history(direction="forwards", limit=1).items[0].client_id == "ada"


def test_an_empty_channel_has_no_members(ably: AblyRestSync) -> None:
    assert ably.channels.get(fresh()).presence.get().items == []


def test_a_channel_tells_its_status(ably: AblyRestSync) -> None:
    status = ably.channels.get("persisted:members").status()
    assert (status.channel_id, status.status.is_active) == ("persisted:members", True)
    metrics = status.status.occupancy.metrics
    assert (metrics.publishers, metrics.subscribers, metrics.connections, metrics.presence_members) == (0, 0, 0, 4)


def test_request_wraps_a_publish_and_a_history(ably: AblyRestSync) -> None:
    path = f"/channels/{fresh()}/messages"
    for index in range(2):
        made = ably.request("POST", path, version=VERSION, body={"name": "name", "data": str(index)})
        assert (made.status_code, made.success, set(made.items[0])) == (201, True, {"channel", "messageId", "serials"})
    page = ably.request("GET", path, version=VERSION, params={"limit": 1, "direction": "forwards"})
    assert (page.status_code, page.error_code, page.error_message) == (200, None, None)
    assert [item["data"] for items in pages_of(page) for item in items] == ["0", "1"]


def test_request_answers_in_the_protocol_of_the_client(ably: AblyRestSync, *, is_binary: bool) -> None:
    media_type = "application/x-msgpack" if is_binary else "application/json"
    for path in ("/time", "/nowhere", "/channels/c/messages?limit=abc"):
        assert dict(ably.request("GET", path, version=VERSION).headers)["content-type"] == media_type


@pytest.mark.parametrize(
    ("path", "refused"), [("/nowhere", (404, "40400")), ("/channels/c/messages?limit=abc", (400, "40003"))]
)
def test_request_tells_of_a_refusal(ably: AblyRestSync, path: str, refused: tuple[int, str]) -> None:
    answer = ably.request("GET", path, version=VERSION)
    assert not answer.success
    assert (answer.status_code, answer.error_code) == refused
    assert answer.error_message


@pytest.mark.parametrize("version", ["2", "5", "150"])
def test_any_version_is_spoken(ably: AblyRestSync, version: str) -> None:
    assert ably.request("GET", "/time", version=version).success


def test_channels_are_enumerated(ably: AblyRestSync) -> None:
    prefix = fresh("listed")
    names = [f"{prefix}:{index}" for index in range(3)]
    for name in names:
        ably.channels.get(name).publish("name", "data")
    page = ably.request("GET", "/channels", version=VERSION, params={"prefix": prefix, "by": "id", "limit": 2})
    assert [name for items in pages_of(page) for name in items] == names
    details = ably.request("GET", "/channels", version=VERSION, params={"prefix": prefix, "by": "value"}).items
    assert [channel["channelId"] for channel in details] == names


def test_a_batch_is_published_to_many_channels(clients: Clients) -> None:
    client = clients.make(key=clients.key(2)["keyStr"])
    body = {"channels": ["one", "none"], "messages": [{"data": "a"}, {"data": "b"}]}
    answer = client.request("POST", "/messages", version="3", body=body)
    published, refused = answer.items[0]["results"]
    assert (answer.status_code, answer.items[0]["successCount"], answer.items[0]["failureCount"]) == (201, 1, 1)
    assert published["messageId"].endswith(":0")
    assert (refused["channel"], refused["error"]["code"]) == ("none", 40160)


def test_a_batch_of_version_2_is_flat(ably: AblyRestSync) -> None:
    names = [fresh(), fresh()]
    body = {"channels": names, "messages": {"data": "a"}}
    assert [item["channel"] for item in ably.request("POST", "/messages", version="2", body=body).items] == names


def test_the_members_of_many_channels_are_read_at_once(ably: AblyRestSync) -> None:
    params = {"channels": "persisted:members,empty"}
    results = ably.request("GET", "/presence", version="3", params=params).items[0]["results"]
    assert [len(result["presence"]) for result in results] == [4, 0]


def test_a_deleted_application_is_gone(clients: Clients, local_ably: LocalAbly) -> None:
    clients.app = local_ably.provision()
    client = clients.make()
    assert client.http.delete(f"/apps/{clients.app['appId']}").status_code == 204
    assert refusal(client.channels.get("c").history) == (404, 40400)
