"""Every REST area, driven through `ably` from PyPI, in JSON and in MessagePack."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import jwt
import pytest
from ably.sync import AblyException, AblyRestSync, Capability, CipherParams, DeviceDetails, PushChannelSubscription
from ably.sync.types.message import Message
from ably.sync.types.stats import Stats

from conformance.sdk.local_ably import HOST, LocalAbly

# The version of the protocol that this SDK speaks, which request() wants to be told.
VERSION = "5"

CIPHER_KEY = b"conformance-key!"
PAYLOADS = ["text", '{"looks":"like JSON"}', {"an": ["object"]}, ["an", {"array": 1}], b"\x00\x01\xfe\xff", "漢字"]
PHONE = {"transportType": "fcm", "registrationToken": "token"}

numbers = count(1)


@pytest.fixture(params=[False, True], ids=["json", "msgpack"])
def is_binary(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


class Clients:
    """Makes clients of one protocol, and closes them."""

    def __init__(self, local_ably: LocalAbly, app: dict[str, Any], *, is_binary: bool) -> None:
        self.app = app
        self.options = {
            "endpoint": HOST,
            "port": local_ably.port,
            "tls_port": local_ably.tls_port,
            "use_binary_protocol": is_binary,
        }
        self.made: list[AblyRestSync] = []

    def key(self, index: int = 0) -> dict[str, Any]:
        key: dict[str, Any] = self.app["keys"][index]
        return key

    def make(self, **options: Any) -> AblyRestSync:
        """A client with the credentials given, or with the key that may do everything."""
        is_authorized = {"key", "token", "token_details", "auth_callback", "key_name"} & set(options)
        credentials = {} if is_authorized else {"key": self.key()["keyStr"]}
        client = AblyRestSync(**self.options, **credentials, **options)
        self.made.append(client)
        return client

    def close(self) -> None:
        for client in self.made:
            client.close()


@pytest.fixture
def clients(local_ably: LocalAbly, app: dict[str, Any], *, is_binary: bool) -> Iterator[Clients]:
    clients = Clients(local_ably, app, is_binary=is_binary)
    yield clients
    clients.close()


@pytest.fixture
def ably(clients: Clients) -> AblyRestSync:
    return clients.make()


def fresh(prefix: str = "channel") -> str:
    return f"{prefix}-{next(numbers)}"


def refusal(attempt: Any, *arguments: Any, **options: Any) -> tuple[int, int]:
    """Status and code of the refusal that the attempt meets."""
    with pytest.raises(AblyException) as raised:
        attempt(*arguments, **options)
    return raised.value.status_code, raised.value.code


def pages_of(page: Any) -> list[list[Any]]:
    pages = [page.items]
    while page.has_next():
        page = page.next()
        pages.append(page.items)
    return pages


def test_the_time_is_that_of_the_clock(ably: AblyRestSync) -> None:
    assert abs(ably.time() - time.time() * 1000) < 5000


def test_the_time_is_told_without_credentials_and_without_tls(clients: Clients) -> None:
    assert clients.make(token="none", tls=False).time() > 0


def test_the_head_of_the_time_has_no_body(ably: AblyRestSync) -> None:
    answer = ably.http.make_request("HEAD", "/time", skip_auth=True)
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_wrong_secret_is_refused(clients: Clients) -> None:
    impostor = clients.make(key=f"{clients.key()['keyName']}:wrong")
    assert refusal(impostor.channels.get("c").history) == (401, 40101)


def test_a_key_of_no_application_is_not_found(clients: Clients) -> None:
    assert refusal(clients.make(key="nosuch.key:secret").channels.get("c").history) == (404, 40400)


def test_a_token_has_the_times_and_the_capability_of_its_key(ably: AblyRestSync) -> None:
    before = ably.time()
    token = ably.auth.request_token()
    assert before <= token.issued <= ably.time()
    assert token.expires == token.issued + 3_600_000
    assert str(token.capability) == '{"*": ["*"]}'
    assert token.client_id is None


def test_a_token_publishes_over_plain_http(clients: Clients, ably: AblyRestSync) -> None:
    client = clients.make(token=ably.auth.request_token().token, tls=False)
    channel = client.channels.get(fresh())
    channel.publish("name", "data")
    assert [message.data for message in channel.history().items] == ["data"]


def test_a_signed_token_request_is_good_for_one_token(clients: Clients, ably: AblyRestSync) -> None:
    request = ably.auth.create_token_request({"client_id": "ada", "ttl": 60_000, "capability": {"c": ["publish"]}})
    bearer = clients.make(auth_callback=lambda _: request)
    token = bearer.auth.authorize()
    assert (token.client_id, token.expires - token.issued) == ("ada", 60_000)
    assert token.capability == Capability({"c": ["publish"]})
    assert refusal(bearer.auth.authorize) == (401, 40105)


@pytest.mark.parametrize("of", [lambda request: request.to_dict(), lambda request: request], ids=["dict", "object"])
def test_an_auth_callback_may_give_a_token_request(clients: Clients, ably: AblyRestSync, of: Any) -> None:
    bearer = clients.make(auth_callback=lambda params: of(ably.auth.create_token_request(params)))
    assert bearer.channels.get(fresh()).history().items == []


def test_an_auth_callback_may_give_a_token(clients: Clients, ably: AblyRestSync) -> None:
    bearer = clients.make(auth_callback=lambda _: ably.auth.request_token().token)
    assert bearer.channels.get(fresh()).history().items == []


@pytest.mark.parametrize(
    ("params", "refused"),
    [
        ({"timestamp": 1000}, (401, 40104)),
        ({"ttl": -1}, (400, 40003)),
        ({"ttl": 366 * 24 * 3_600_000}, (400, 40003)),
        ({"client_id": "ada", "capability": {"c": ["fly"]}}, (400, 40000)),
        ({"capability": {"c": ["*", "publish"]}}, (400, 40000)),
        ({"capability": {"c": []}}, (400, 40000)),
    ],
    ids=["timestamp", "negative ttl", "ttl of a year", "unknown operation", "star among others", "no operation"],
)
def test_a_bad_token_request_is_refused(
    ably: AblyRestSync, params: dict[str, Any], refused: tuple[int, int]
) -> None:
    assert refusal(ably.auth.request_token, token_params=params) == refused


def test_a_nonce_is_good_once(ably: AblyRestSync) -> None:
    params = {"timestamp": int(ably.time()), "nonce": "sixteen characters"}
    ably.auth.request_token(token_params=params)
    assert refusal(ably.auth.request_token, token_params=params) == (401, 40105)


def test_a_wrong_mac_is_refused(ably: AblyRestSync) -> None:
    assert refusal(ably.auth.request_token, token_params={"mac": "no mac of ours"}) == (401, 40101)


@pytest.mark.parametrize(
    ("key", "asked", "granted"),
    [
        (1, {"allowed:here": ["publish"]}, {"allowed:here": ["publish"]}),
        (1, {"allowed:here": ["publish", "history"]}, {"allowed:here": ["publish"]}),
        (1, {"allowed:*": ["*"], "other": ["publish"]}, {"allowed:*": ["publish", "subscribe"]}),
        (1, {"*": ["subscribe"]}, {"allowed:*": ["subscribe"], "listen": ["subscribe"]}),
        (2, {"all": ["publish", "presence"]}, {"all": ["presence", "publish"]}),
    ],
    ids=["narrower channel", "wider operations", "star for operations", "star for channels", "star in the key"],
)
def test_a_token_has_what_the_request_and_the_key_share(
    clients: Clients, ably: AblyRestSync, key: int, asked: dict[str, list[str]], granted: dict[str, list[str]]
) -> None:
    signer = {"key_name": clients.key(key)["keyName"], "key_secret": clients.key(key)["keySecret"]}
    assert ably.auth.request_token(token_params={"capability": asked}, **signer).capability == Capability(granted)


def test_a_token_of_nothing_is_refused(clients: Clients, ably: AblyRestSync) -> None:
    signer = {"key_name": clients.key(1)["keyName"], "key_secret": clients.key(1)["keySecret"]}
    asked = {"capability": {"listen": ["publish"]}}
    assert refusal(ably.auth.request_token, token_params=asked, **signer) == (401, 40160)


def test_an_expired_token_is_refused_as_one_that_can_be_renewed(clients: Clients, ably: AblyRestSync) -> None:
    token = ably.auth.request_token(token_params={"ttl": 1}).token
    asked: list[object] = []
    bearer = clients.make(auth_callback=lambda params: asked.append(params) or token)
    time.sleep(0.01)
    assert refusal(bearer.channels.get("c").history) == (401, 40142)
    assert len(asked) == 2


def signed_jwt(key: dict[str, Any], **claims: Any) -> str:
    now = int(time.time())
    return jwt.encode({"iat": now, "exp": now + 60, **claims}, key["keySecret"], headers={"kid": key["keyName"]})


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_jwt_is_a_token(clients: Clients) -> None:
    capability = json.dumps({"persisted:*": ["publish", "history"]})
    bearer = clients.make(token=signed_jwt(clients.key(), **{"x-ably-capability": capability, "x-ably-clientId": "j"}))
    channel = bearer.channels.get(fresh("persisted:jwt"))
    channel.publish("name", "data")
    assert channel.history().items[0].client_id == "j"
    assert refusal(bearer.channels.get("elsewhere").history) == (401, 40160)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_jwt_of_another_secret_is_refused(clients: Clients) -> None:
    forged = signed_jwt({**clients.key(), "keySecret": "a secret of somebody else, as long as it should be"})
    bearer = clients.make(auth_callback=lambda _: forged)
    assert refusal(bearer.channels.get("c").history) == (401, 40144)


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


def test_revoked_tokens_are_refused(clients: Clients) -> None:
    key = clients.key(3)
    revoker = clients.make(key=key["keyStr"])
    token = revoker.auth.request_token(token_params={"client_id": "leaver"}).token
    body = {"targets": ["clientId:leaver", "unknown:leaver"]}
    answer = revoker.request("POST", f"/keys/{key['keyName']}/revokeTokens", version="3", body=body).items[0]
    assert (answer["successCount"], answer["failureCount"]) == (1, 1)
    bearer = clients.make(auth_callback=lambda _: token)
    assert refusal(bearer.channels.get("c").history) == (401, 40141)


def phone(**members: Any) -> dict[str, Any]:
    device = {"id": fresh("device"), "platform": "android", "formFactor": "phone", "push": {"recipient": PHONE}}
    return {**device, **members}


@pytest.fixture
def device(ably: AblyRestSync) -> Iterator[DeviceDetails]:
    saved = ably.push.admin.device_registrations.save(phone(clientId=fresh("client"), deviceSecret="secret"))
    yield saved
    ably.push.admin.device_registrations.remove(saved.id)


def test_a_device_is_saved_read_and_changed(ably: AblyRestSync, device: DeviceDetails) -> None:
    registrations = ably.push.admin.device_registrations
    read = registrations.get(device.id)
    assert (read.id, read.client_id, read.platform, read.form_factor) == (device.id, device.client_id, "android", "phone")
    assert read.push == {"recipient": PHONE, "state": "ACTIVE"}
    changed = phone(id=device.id, formFactor="tablet", metadata={"colour": "red"})
    assert registrations.save(changed).form_factor == "tablet"
    assert registrations.get(device.id).metadata == {"colour": "red"}


def test_a_bad_device_is_refused(ably: AblyRestSync) -> None:
    registrations = ably.push.admin.device_registrations
    assert refusal(registrations.save, phone(push={"colour": "red"})) == (400, 40000)
    assert refusal(registrations.get, "nobody") == (404, 40400)


def test_devices_are_listed_by_id_and_by_client(ably: AblyRestSync, device: DeviceDetails) -> None:
    devices = ably.push.admin.device_registrations.list
    assert device.id in {each.id for each in devices(limit=5000).items}
    assert [each.id for each in devices(deviceId=device.id).items] == [device.id]
    assert [each.id for each in devices(clientId=device.client_id).items] == [device.id]
    assert devices(deviceId="nobody").items == devices(clientId="nobody").items == []


def test_devices_are_listed_page_by_page(ably: AblyRestSync) -> None:
    registrations = ably.push.admin.device_registrations
    owner = fresh("client")
    for _ in range(3):
        registrations.save(phone(clientId=owner))
    assert [len(items) for items in pages_of(registrations.list(clientId=owner, limit=2))] == [2, 1]
    assert registrations.remove_where(clientId=owner).status_code == 204
    assert registrations.list(clientId=owner).items == []


def test_a_device_is_removed_and_again(ably: AblyRestSync, device: DeviceDetails) -> None:
    registrations = ably.push.admin.device_registrations
    assert [registrations.remove(device.id).status_code for _ in range(2)] == [204, 204]
    assert refusal(registrations.get, device.id) == (404, 40400)
    assert registrations.remove_where(deviceId=device.id).status_code == 204


def test_a_device_is_subscribed_and_unsubscribed(ably: AblyRestSync, device: DeviceDetails) -> None:
    subscriptions = ably.push.admin.channel_subscriptions
    subscription = PushChannelSubscription(fresh("pushenabled:channel"), device_id=device.id)
    saved = subscriptions.save(subscription)
    assert (saved.channel, saved.device_id, saved.client_id) == (subscription.channel, device.id, None)
    subscriptions.save(subscription)
    assert [each.device_id for each in subscriptions.list(channel=saved.channel).items] == [device.id]
    assert subscriptions.list(channel=saved.channel, clientId=device.client_id).items == []
    assert saved.channel in subscriptions.list_channels(limit=5000).items
    assert [subscriptions.remove(subscription).status_code for _ in range(2)] == [204, 204]
    assert subscriptions.list(channel=saved.channel).items == []


def test_a_client_is_subscribed_and_unsubscribed(ably: AblyRestSync) -> None:
    subscriptions = ably.push.admin.channel_subscriptions
    channel, owner = fresh("pushenabled:channel"), fresh("client")
    subscriptions.save(PushChannelSubscription(channel, client_id=owner))
    assert [each.channel for each in subscriptions.list(clientId=owner).items] == [channel]
    subscriptions.remove_where(channel=channel, client_id=owner)
    assert subscriptions.list(channel=channel).items == []


def test_a_bad_subscription_is_refused(ably: AblyRestSync, device: DeviceDetails) -> None:
    save = ably.push.admin.channel_subscriptions.save
    assert refusal(save, PushChannelSubscription("elsewhere", device_id=device.id))[0] == 401
    assert refusal(save, PushChannelSubscription("pushenabled:channel", device_id="nobody")) == (400, 40000)


def test_a_removed_device_has_no_subscriptions(ably: AblyRestSync, device: DeviceDetails) -> None:
    subscriptions = ably.push.admin.channel_subscriptions
    channel = fresh("pushenabled:channel")
    subscriptions.save(PushChannelSubscription(channel, device_id=device.id))
    ably.push.admin.device_registrations.remove(device.id)
    assert channel not in subscriptions.list_channels().items


def test_a_notification_reaches_its_recipient(clients: Clients, ably: AblyRestSync) -> None:
    outbox = fresh("outbox")
    key = clients.key()["keyStr"]
    recipient = {"transportType": "ablyChannel", "channel": outbox, "ablyKey": key, "ablyUrl": f"https://{HOST}"}
    payload = {"notification": {"title": "t"}, "data": {"foo": "bar"}}
    ably.push.admin.publish(recipient, payload)
    (message,) = ably.channels.get(outbox).history().items
    assert (message.name, json.loads(message.data)) == ("__ably_push__", payload)


def test_a_bad_notification_is_refused(ably: AblyRestSync) -> None:
    assert refusal(ably.push.admin.publish, {"clientId": "ada"}, {"unknown": 5}) == (400, 40000)
    assert refusal(ably.push.admin.publish, {"who": "ada"}, {"data": {"foo": "bar"}}) == (400, 40000)
    ably.push.admin.publish({"clientId": "nobody"}, {"data": {"foo": "bar"}})


def test_push_administration_needs_its_capability(clients: Clients) -> None:
    admin = clients.make(key=clients.key(1)["keyStr"]).push.admin
    assert refusal(admin.device_registrations.list) == (401, 40160)
    assert refusal(admin.device_registrations.remove, "nobody") == (401, 40160)
    assert refusal(admin.publish, {"clientId": "ada"}, {"data": {}}) == (401, 40160)


LAST_MINUTE = datetime(datetime.now(UTC).year - 1, 2, 3, 15, 5, tzinfo=UTC)


@pytest.fixture
def measured(clients: Clients, local_ably: LocalAbly) -> AblyRestSync:
    """A client of an application of its own, with three minutes of statistics."""
    clients.app = local_ably.provision()
    ably = clients.make()
    minutes = [
        {
            "intervalId": Stats.to_interval_id(LAST_MINUTE - timedelta(minutes=2 - index), "minute"),
            "inbound": {"realtime": {"messages": {"count": 10 + index, "data": 1000}}},
            "outbound": {"realtime": {"messages": {"count": 5, "data": 500}}},
            "connections": {"tls": {"peak": 20 + index, "opened": 10}},
            "apiRequests": {"succeeded": 50, "failed": 10},
            "tokenRequests": {"succeeded": 60, "failed": 20},
        }
        for index in range(3)
    ]
    ably.http.post("/stats", body=minutes)
    return ably


@pytest.mark.parametrize(("direction", "counts"), [("forwards", [10, 11, 12]), ("backwards", [12, 11, 10])])
def test_statistics_are_read_minute_by_minute(measured: AblyRestSync, direction: str, counts: list[int]) -> None:
    page = measured.stats(end=LAST_MINUTE, direction=direction, limit=1, unit="minute")
    items = [item for items in pages_of(page) for item in items]
    assert [item.entries["messages.inbound.realtime.all.count"] for item in items] == counts
    assert {item.unit for item in items} == {"minute"}


@pytest.mark.parametrize("unit", ["hour", "day", "month"])
def test_statistics_are_summed(measured: AblyRestSync, unit: str) -> None:
    (item,) = measured.stats(start=LAST_MINUTE, end=LAST_MINUTE, unit=unit).items
    assert item.entries["messages.all.messages.count"] == 10 + 11 + 12 + 3 * 5
    assert item.entries["messages.all.messages.data"] == 3 * 1000 + 3 * 500
    assert item.entries["connections.all.peak"] == 22
    assert item.entries["apiRequests.other.succeeded"] == 150
    assert item.entries["apiRequests.tokenRequests.failed"] == 60


def test_statistics_of_one_minute_name_it(measured: AblyRestSync) -> None:
    (item,) = measured.stats(start=LAST_MINUTE, end=LAST_MINUTE).items
    assert item.interval_id == LAST_MINUTE.strftime("%Y-%m-%d:%H:%M")
    assert item.interval_time == LAST_MINUTE.replace(tzinfo=None)


def test_statistics_count_what_happens(measured: AblyRestSync) -> None:
    measured.channels.get(fresh()).publish("name", "data")
    (item,) = measured.stats(limit=1, unit="month").items
    assert item.entries["messages.inbound.rest.messages.count"] >= 1
    assert item.in_progress


def test_a_deleted_application_is_gone(clients: Clients, local_ably: LocalAbly) -> None:
    clients.app = local_ably.provision()
    client = clients.make()
    assert client.http.delete(f"/apps/{clients.app['appId']}").status_code == 204
    assert refusal(client.channels.get("c").history) == (404, 40400)


def test_the_ciphers_of_the_fixture_are_those_of_the_sdk() -> None:
    assert CipherParams(secret_key=CIPHER_KEY).key_length == 128
