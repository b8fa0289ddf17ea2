"""The form of answers: formats, media types, envelopes, errors, CORS."""

import json
import re

import msgpack
import pytest

from conformance.reference.asgi import first_lines
from conformance.reference.presenting import CORS
from conformance.selftest.reference.client import MSGPACK, refusal, running_app


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        app.publish("wire", {"name": "n", "data": "<d>"})
        yield app


@pytest.mark.parametrize(
    ("accept", "format_", "media_type"),
    [
        (None, None, "application/json"),
        ("*/*", None, "application/json"),
        ("*/*", "msgpack", MSGPACK),
        (None, "msgpack", MSGPACK),
        (None, "json", "application/json"),
        (None, "html", "text/html"),
        (None, "jsonp", "application/javascript"),
        ("application/json", "msgpack", "application/json"),
        (MSGPACK, "json", MSGPACK),
        (MSGPACK, None, MSGPACK),
        ("application/javascript", None, "application/javascript"),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", None, "text/html"),
        ("application/json;q=0.5, application/x-msgpack", None, MSGPACK),
        ("application/x-msgpack;q=0, application/json;q=0.1", None, "application/json"),
        ("image/png", "json", "application/json"),
        ("Application/JSON", None, "application/json"),
    ],
)
def test_accept_takes_precedence_over_format_and_json_is_the_default(app, accept, format_, media_type):
    query = {"format": format_} if format_ else {}
    answer = app.get("/channels/wire/messages", query=query, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == media_type


def test_an_unavailable_format_is_rejected_in_json(app):
    assert refusal(app.get("/time", headers={"Accept": "image/png"})) == (406, 40000)
    assert refusal(app.get("/time", query={"format": "xml"})) == (400, 40003)


def test_json_and_messagepack_have_the_same_content(app):
    for path in ("/channels/wire/messages", "/channels/wire", "/channels", "/stats", "/push/channels"):
        packed = msgpack.unpackb(app.get(path, headers={"Accept": MSGPACK}, query={"end": "1"}).content)
        assert packed == app.get(path, query={"end": "1"}).json()


def test_times_are_integers_in_messagepack(app):
    answer = app.get("/time", key=None, headers={"Accept": MSGPACK})
    assert type(msgpack.unpackb(answer.content)[0]) is int


def test_jsonp_calls_the_callback(app):
    answer = app.get("/time", query={"format": "jsonp"})
    assert json.loads(answer.text.removeprefix("callback(").removesuffix(");"))
    assert app.get("/time", query={"format": "jsonp", "callback": "my.f"}).text.startswith("my.f(")
    assert refusal(app.get("/time", query={"format": "jsonp", "callback": "alert(1)"})) == (400, 40003)


def test_html_is_escaped(app):
    page = app.get("/channels/wire/messages", query={"format": "html"}).text
    assert "&lt;d&gt;" in page
    assert page.startswith("<!DOCTYPE html>")


def test_an_envelope_contains_status_body_and_links(app):
    answer = app.get("/channels/wire/messages", query={"envelope": "json"})
    envelope = answer.json()
    assert (answer.status_code, envelope["statusCode"]) == (200, 200)
    assert envelope["response"][0]["name"] == "n"
    assert set(envelope["rel"]) == {"first", "current"}
    assert 'rel="first"' in envelope["headers"]["link"]


def test_an_error_in_an_envelope_has_status_200(app):
    answer = app.get("/nowhere", query={"envelope": "json"})
    assert answer.status_code == 200
    assert "X-Ably-ErrorCode" not in answer.headers
    assert answer.json()["statusCode"] == 404
    assert answer.json()["response"]["error"]["code"] == 40400


def test_an_envelope_can_be_messagepack(app):
    answer = app.call("DELETE", "/push/deviceRegistrations/none", query={"envelope": "msgpack"})
    assert msgpack.unpackb(answer.content)["statusCode"] == 204


def test_fields_flatten_and_select(app):
    path = "/channels/wire"
    metric = "status.occupancy.metrics.publishers"
    assert app.get(path, query={"fields": f"{metric},name"}).json() == {
        "name": "wire",
        "status": {"occupancy": {"metrics": {"publishers": 0}}},
    }
    assert app.get(path, query={"flatten": "true", "fields": metric}).json() == {metric: 0}
    assert app.get(path, query={"select": "status.*.metrics.publishers"}).json() == {metric: 0}
    flat = app.get("/channels/wire/messages", query={"flatten": "true", "fields": "name"}).json()
    assert flat == {"0.name": "n"}


def test_every_answer_has_a_server_id(app):
    for method, path in (("GET", "/time"), ("GET", "/nowhere"), ("OPTIONS", "/time"), ("DELETE", "/apps/other")):
        assert app.call(method, path).headers["X-Ably-Serverid"]


def test_an_error_is_in_the_body_and_in_headers(app):
    answer = app.get("/nowhere")
    assert refusal(answer) == (404, 40400)
    error = answer.json()["error"]
    assert list(error) == ["message", "code", "statusCode", "nonfatal", "href", "serverId"]
    assert error["nonfatal"] is False
    assert error["serverId"] == answer.headers["X-Ably-Serverid"]


def test_an_error_is_in_messagepack_if_requested(app):
    answer = app.get("/nowhere", headers={"Accept": MSGPACK})
    assert answer.headers["Content-Type"] == MSGPACK
    assert msgpack.unpackb(answer.content)["error"]["code"] == int(answer.headers["X-Ably-ErrorCode"])


def test_the_message_in_a_header_is_one_line_of_ascii(app):
    answer = app.get("/channels", query={"by": "é\r\nX-Injected: 1" * 50})
    assert answer.headers["X-Ably-ErrorMessage"].isascii()
    assert "X-Injected" not in answer.headers


def test_success_has_no_error_headers(app):
    assert not any("error" in name.lower() for name in app.get("/time").headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/push/publish"), ("PUT", "/time"), ("GET", "/"), ("GET", "/time/"), ("TRACE", "/time"), ("GET", "/apps")],
)
def test_unknown_paths_and_methods_are_not_found(app, method, path):
    assert refusal(app.call(method, path)) == (404, 40400)


def test_head_is_get_without_a_body(app):
    answer = app.call("HEAD", "/time", key=None)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"] == "application/json"


def test_preflight_requests_are_answered_on_known_paths(app):
    headers = {"Origin": "https://example.org", "Access-Control-Request-Headers": "authorization,x-ably-version"}
    answer = app.call("OPTIONS", "/channels/a%2Fb/messages", key=None, headers=headers)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-ably-version" in answer.headers["Access-Control-Allow-Headers"]
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    assert app.call("OPTIONS", "/nowhere", key=None, headers=headers).status_code == 404


@pytest.mark.parametrize("path", ["/time", "/nowhere"])
@pytest.mark.parametrize("headers", [{}, {"Origin": "https://example.org"}])
def test_every_answer_has_the_recorded_cors_headers(app, path, headers):
    answer = app.get(path, headers=headers)
    assert {name: answer.headers[name] for name in dict(CORS)} == dict(CORS)
    assert {"Link", "X-Ably-ErrorCode"} <= set(answer.headers["Access-Control-Expose-Headers"].split(","))


def test_header_names_are_spelled_as_recorded(app):
    assert {"X-Ably-Serverid", "X-Ably-Errorcode", "X-Ably-Errormessage"} <= set(app.get("/nowhere").headers.keys())


def test_the_server_id_has_the_recorded_form(app):
    pattern = r"frontend\.[0-9a-f]{4}\.[0-9]+\.[a-z0-9-]+-[A-Z]\.i-[0-9a-f]{17}"
    assert re.fullmatch(pattern, app.get("/time").headers["X-Ably-Serverid"])


@pytest.mark.parametrize("media", ["application/json", MSGPACK])
def test_an_answer_without_a_body_has_the_negotiated_type_and_no_length(app, media):
    answer = app.call("DELETE", "/push/channelSubscriptions", query={"clientId": "a"}, headers={"Accept": media})
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (204, b"", media)
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize(
    ("path", "text"), [("/nowhere?a=b", "Could not find path: /nowhere"), ("/channels", "No auth")]
)
def test_errors_have_the_texts_that_clients_look_for(app, path, text):
    assert app.get(path, key=None).json()["error"]["message"].startswith(text)


@pytest.mark.parametrize("version", ["1.1", "1.2", "2", "3", "6", "150", "999999999"])
def test_any_numeric_version_is_accepted(app, version):
    assert app.get("/time", headers={"X-Ably-Version": version}).status_code == 200
    assert app.get("/time", query={"v": version}).status_code == 200


@pytest.mark.parametrize("version", ["latest", "-1", "1.x", "²"])
def test_a_version_that_is_not_a_number_is_rejected(app, version):
    assert refusal(app.get("/time", query={"v": version})) == (400, 40017)


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (b"{", "application/json", (400, 40001)),
        (b"", "application/json", (400, 40001)),
        (b"NaN", "application/json", (400, 40001)),
        (b"\xff", "application/json", (400, 40001)),
        (b"\xc1", MSGPACK, (400, 40001)),
        (b"\x80\x80", MSGPACK, (400, 40001)),
        (b"%", "application/x-www-form-urlencoded", (400, 40001)),
        (b"a=%ff", "application/x-www-form-urlencoded", (400, 40001)),
        (b"<a/>", "application/xml", (415, 40000)),
    ],
)
def test_invalid_bodies_are_rejected(app, body, media_type, expected):
    answer = app.post("/channels/wire/messages", data=body, headers={"Content-Type": media_type})
    assert refusal(answer) == expected


@pytest.mark.parametrize(
    ("body", "kinds"), [(b'{"data":"a"}', f"application/json, {MSGPACK}"), (b"\x80", f"{MSGPACK}, application/json")]
)
def test_the_first_of_two_content_types_counts(app, body, kinds):
    """The server joins two lines in this way."""
    assert app.post("/channels/types/messages", data=body, headers={"Content-Type": kinds}).status_code == 201


def test_a_204_names_the_negotiated_media_type(app):
    answer = app.call("DELETE", "/push/deviceRegistrations/nothing", headers={"Accept": MSGPACK})
    assert (answer.status_code, answer.headers["Content-Type"]) == (204, MSGPACK)


def test_a_body_above_its_limit_is_rejected_and_the_connection_stays_open(app):
    for path, size in (("/push/publish", 70_000), ("/channels/wire/messages", 2_200_000)):
        assert refusal(app.post(path, data=b"x" * size)) == (413, 40009)
    assert app.get("/time").status_code == 200


def test_a_url_above_its_limit_is_rejected(app):
    assert refusal(app.get("/channels", query={"prefix": "x" * 17_000})) == (414, 40000)


def test_lines_of_a_header_are_joined_where_it_is_a_list():
    lines = [(b"content-type", b"a"), (b"content-type", b"b"), (b"accept", b"c"), (b"accept", b"d")]
    lines += [(b"host", b"e"), (b"host", b"f")]
    assert first_lines(lines) == {b"content-type": b"a, b", b"accept": b"c, d", b"host": b"e"}
