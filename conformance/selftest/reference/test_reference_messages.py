"""Publishing on the reference server: validation, storage and rejections."""

import msgpack
import pytest

from conformance.selftest.reference.client import MSGPACK, base64, refusal, running_app


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        yield app


@pytest.fixture
def channel(app):
    return app.fresh()


def stored(app, channel, **query):
    return app.history(channel, query={"direction": "forwards", **query}).json()


def test_the_answer_has_channel_message_id_and_serials(app, channel):
    answer = app.publish(channel, [{"name": "a"}, {"name": "b"}])
    assert answer.status_code == 201
    assert answer.json()["channel"] == channel
    assert answer.json()["messageId"].endswith(":0")
    assert len(set(answer.json()["serials"])) == 2


def test_one_publish_shares_base_and_timestamp(app, channel):
    app.publish(channel, [{"data": "0"}, {"data": "1"}, {"data": "2"}])
    messages = stored(app, channel)
    assert [message["data"] for message in messages] == ["0", "1", "2"]
    assert len({message["id"].rpartition(":")[0] for message in messages}) == 1
    assert [message["id"].rpartition(":")[2] for message in messages] == ["0", "1", "2"]
    assert len({message["timestamp"] for message in messages}) == 1


def test_an_empty_message_is_accepted(app, channel):
    assert app.publish(channel, {}).status_code == 201
    assert not {"name", "data", "encoding", "clientId", "extras"} & set(stored(app, channel)[0])


def test_null_members_are_absent(app, channel):
    app.publish(channel, dict.fromkeys(["name", "data", "encoding", "clientId", "extras", "id", "connectionKey"]))
    assert None not in stored(app, channel)[0].values()


def test_a_form_is_published_as_a_message(app, channel):
    app.post(f"/channels/{channel}/messages", data={"name": "n", "data": "d", "extras": '{"headers":{"a":"b"}}'})
    message = stored(app, channel)[0]
    assert (message["name"], message["data"], message["extras"]) == ("n", "d", {"headers": {"a": "b"}})


def test_the_legacy_paths_are_aliases(app, channel):
    assert app.post(f"/channels/{channel}/publish", json={"data": "x"}).status_code == 201
    assert app.get(f"/channels/{channel}/history").json() == stored(app, channel)


@pytest.mark.parametrize("data", [{"a": [1, None]}, ["a", 1.5]])
def test_structured_data_is_stored_as_json_text(app, channel, data):
    app.publish(channel, {"data": data})
    app.post(f"/channels/{channel}/messages", packed={"data": data})
    as_json, as_packed = stored(app, channel)
    assert as_json["encoding"] == as_packed["encoding"] == "json"
    assert as_json["data"] == as_packed["data"]


def test_bytes_are_base64_in_json_and_bytes_in_messagepack(app, channel):
    app.post(f"/channels/{channel}/messages", packed={"data": b"\x00\xff", "encoding": "cipher+aes-128-cbc"})
    message = stored(app, channel)[0]
    assert (message["data"], message["encoding"]) == ("AP8=", "cipher+aes-128-cbc/base64")
    packed = msgpack.unpackb(app.history(channel, headers={"Accept": MSGPACK}).content)[0]
    assert (packed["data"], packed["encoding"]) == (b"\x00\xff", "cipher+aes-128-cbc")


def test_base64_from_json_is_bytes_in_messagepack(app, channel):
    app.publish(channel, {"data": "AP8=", "encoding": "base64"})
    packed = msgpack.unpackb(app.history(channel, headers={"Accept": MSGPACK}).content)[0]
    assert packed["data"] == b"\x00\xff"
    assert "encoding" not in packed


def test_bytes_of_the_old_raw_type_are_read_as_bytes(app, channel):
    body = msgpack.packb({"data": b"\x00\xff", "name": b"old"}, use_bin_type=False)
    app.post(f"/channels/{channel}/messages", data=body, headers={"Content-Type": MSGPACK})
    message = stored(app, channel)[0]
    assert (message["name"], message["data"], message["encoding"]) == ("old", "AP8=", "base64")


def test_undefined_from_ably_js_is_read_as_null(app, channel):
    body = msgpack.packb({"data": [msgpack.ExtType(0, b"\x00"), 1]})
    app.post(f"/channels/{channel}/messages", data=body, headers={"Content-Type": MSGPACK})
    assert stored(app, channel)[0]["data"] == "[null,1]"


def test_an_unknown_encoding_is_kept(app, channel):
    app.publish(channel, {"data": "x", "encoding": "foo/bar"})
    assert stored(app, channel)[0]["encoding"] == "foo/bar"


def test_a_repeated_id_stores_nothing_and_has_the_same_answer(app, channel):
    first = app.publish(channel, {"id": "a+/b", "data": "A"})
    second = app.publish(channel, {"id": "a+/b", "data": "B"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert [message["data"] for message in stored(app, channel)] == ["A"]


def test_ids_belong_to_a_channel(app):
    one, other = app.fresh(), app.fresh()
    for channel in (one, other):
        app.publish(channel, {"id": "same", "data": channel})
    assert stored(app, one)[0]["data"] == one
    assert stored(app, other)[0]["data"] == other


def test_a_repeated_array_stores_nothing(app, channel):
    messages = [{"id": "base:0"}, {"id": "base:1"}]
    for _ in range(2):
        assert app.publish(channel, messages).status_code == 201
    assert len(stored(app, channel)) == 2


@pytest.mark.parametrize("ids", [["a", "a"], ["a:0", None], ["a:1", "a:0"], ["a:0", "b:1"], ["a:00", "a:1"]])
def test_ids_of_an_array_are_a_base_and_the_index(app, channel, ids):
    answer = app.publish(channel, [{"id": id_} for id_ in ids])
    assert refusal(answer) == (400, 40031)
    assert stored(app, channel) == []


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ({"name": 1}, 400, 40016),
        ({"clientId": 1}, 400, 40012),
        ({"clientId": "*"}, 400, 40012),
        ({"connectionKey": "x"}, 400, 40006),
        ({"data": 1}, 400, 40013),
        ({"data": True}, 400, 40013),
        ({"encoding": 1}, 400, 40013),
        ({"extras": {"unknown": 1}}, 400, 40032),
        ({"extras": {"push": "text"}}, 400, 40032),
        ({"extras": "text"}, 400, 40032),
        ({"data": "x" * 65_537}, 413, 40009),
        ({"data": "x" * 65_000, "extras": {"headers": {"a": "x" * 600}}}, 413, 40009),
        ("text", 400, 40000),
        (5, 400, 40000),
        ([], 400, 40000),
        ([[]], 400, 40000),
        ([{}] * 1001, 400, 40034),
    ],
)
def test_a_rejected_publish_stores_nothing(app, channel, message, status, code):
    assert refusal(app.publish(channel, message)) == (status, code)
    assert stored(app, channel) == []


def test_an_invalid_message_rejects_its_array(app, channel):
    assert refusal(app.publish(channel, [{"data": "good"}, {"clientId": "*"}])) == (400, 40012)
    assert stored(app, channel) == []


def test_64_kib_are_accepted(app, channel):
    assert app.publish(channel, {"data": "x" * 65_536}).status_code == 201


def test_force_nack_rejects_a_publish(app, channel):
    assert refusal(app.publish(channel, {}, query={"_forceNack": "true"})) == (400, 40099)
    assert stored(app, channel) == []


def test_extras_are_kept(app, channel):
    extras = {"push": {"notification": {"title": "t"}, "data": {"a": "b"}, "apns": {"x": 1}}, "headers": {"h": 1}}
    app.publish(channel, {"extras": extras})
    assert stored(app, channel)[0]["extras"] == extras


def test_an_ephemeral_message_is_not_stored(app, channel):
    assert app.publish(channel, {"extras": {"ephemeral": True}}).status_code == 201
    assert stored(app, channel) == []


@pytest.mark.parametrize("channel", ["a/b:c é?#", "%", "日本", "a,b;c", "x" * 500])
def test_channel_names_are_decoded_from_the_path(app, channel):
    assert app.publish(channel, {"data": "x"}).json()["channel"] == channel
    assert len(stored(app, channel)) == 1


def test_channel_names_are_case_sensitive_and_may_contain_colons(app):
    app.publish("Case", {"data": "x"})
    assert stored(app, "case") == stored(app, "Case:x") == []


@pytest.mark.parametrize("path", ["", "%3Aa", "%5Bnope%5Da", "a%0Ab", "%20a", "%2Ca", "%FF", "x" * 2049])
def test_invalid_channel_names_are_rejected(app, path):
    assert refusal(app.post(f"/channels/{path}/messages", json={})) == (400, 40010)


def test_channel_parameters_are_not_part_of_the_name(app):
    app.publish("[?rewind=1]params", {"data": "x"})
    assert len(stored(app, "params")) == 1


def test_text_is_published_unenveloped(app, channel):
    query = {"enveloped": "false", "name": "n"}
    headers = {"Content-Type": "text/plain", "X-Ably-MessageId": "mine", "X-Ably-ClientId": base64("Zoë")}
    assert app.post(f"/channels/{channel}/messages", query=query, data="tëxt".encode(), headers=headers).ok
    message = stored(app, channel)[0]
    assert (message["id"], message["name"], message["data"], message["clientId"]) == ("mine", "n", "tëxt", "Zoë")


def test_bytes_and_json_are_published_unenveloped(app, channel):
    query = {"enveloped": "false"}
    for body, kind in ((b"\xff", "application/octet-stream"), (b'{"some":"json"}', "application/json")):
        app.post(f"/channels/{channel}/messages", query=query, data=body, headers={"Content-Type": kind})
    binary, text = stored(app, channel)
    assert (binary["data"], binary["encoding"]) == ("/w==", "base64")
    assert (text["data"], text["encoding"]) == ('{"some":"json"}', "json")


def test_unknown_members_and_parameters_are_ignored(app, channel):
    assert app.publish(channel, {"unknown": 1, "data": "x"}, query={"request_id": "r", "foo": "bar"}).ok
    assert "unknown" not in stored(app, channel)[0]


def test_messages_do_not_appear_in_presence(app, channel):
    app.publish(channel, {"data": "x"})
    assert app.get(f"/channels/{channel}/presence").json() == []
    assert app.get(f"/channels/{channel}/presence/history").json() == []


# The table of FEAT RSL1m.
@pytest.mark.parametrize(
    ("token_client", "message_client", "expected"),
    [
        (None, None, None),
        (None, "x", 40012),
        ("c", None, "c"),
        ("c", "c", "c"),
        ("c", "x", 40012),
        ("*", None, None),
        ("*", "x", "x"),
    ],
)
def test_the_client_id_of_a_message_published_with_a_token(app, channel, token_client, message_client, expected):
    token = app.token(clientId=token_client)
    answer = app.publish(channel, {"clientId": message_client}, token=token)
    outcome = stored(app, channel)[0].get("clientId") if answer.ok else refusal(answer)[1]
    assert outcome == expected


@pytest.mark.parametrize(
    ("header_client", "message_client", "expected"),
    [(None, None, None), (None, "x", "x"), ("c", None, "c"), ("c", "c", "c"), ("c", "x", 40012)],
)
def test_the_client_id_of_a_message_published_with_a_key(app, channel, header_client, message_client, expected):
    headers = {"X-Ably-ClientId": base64(header_client)} if header_client else {}
    answer = app.publish(channel, {"clientId": message_client}, headers=headers)
    outcome = stored(app, channel)[0].get("clientId") if answer.ok else refusal(answer)[1]
    assert outcome == expected
