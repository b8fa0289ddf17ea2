"""ERR and RSP: invalid requests are rejected, and unusual but valid requests are accepted."""

from __future__ import annotations

import msgpack
import pytest

from conformance.contract.templates import fill
from conformance.facts import facts
from conformance.model import JSON, MSGPACK, MUST, SHOULD, Call, Clause
from conformance.requirement import EVERY_OPERATION, requirement
from conformance.suite.steps.answers import is_rejected, rejection, status_and_code
from conformance.suite.steps.endpoints import (
    DEVICE,
    DEVICES,
    MESSAGES,
    PRESENCE,
    PRESENCE_HISTORY,
    PUSH,
    SUBSCRIPTIONS,
    TIME,
    TOKENS,
)
from conformance.suite.steps.messages import channel_of, data_of, kept, published_raw
from conformance.suite.steps.requests import ask, send_raw
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target
from conformance.wire.codec import encode

NOT_FOUND = Clause(
    "ably/ably-js test/rest/request.test request_404", "an unknown path is rejected with 404 and code 40400"
)
NOT_ALLOWED = Clause("RFC 9110 section 15.5.6", "the method is not supported by the target resource")
UNREADABLE = Clause("ably/ably-common errors/codes/40001", "a body that cannot be parsed is a bad request")
PUBLISH = [f"POST {MESSAGES}"]
STATE = {"state", "documentation"}


@pytest.mark.parametrize("path", ["/unknown", "/channels/conf-a/unknown", "/push/unknown/conf-a", "/time/conf-a"])
@requirement(
    "ERR-08",
    MUST,
    "A GET request to an unknown path is rejected with 404 and error code 40400",
    clause=NOT_FOUND,
    operations=EVERY_OPERATION,
)
def test_an_unknown_path_is_not_found(target: Target, path: str) -> None:
    answer = target.send(Call("GET", path, headers=(("Accept", JSON),)))

    assert status_and_code(answer) == rejection(404, 40400)


@requirement(
    "ERR-09",
    MUST,
    "A GET request to the token request path is rejected with 404 and error code 40400",
    clause=NOT_FOUND,
    operations=[f"POST {TOKENS}"],
)
def test_get_on_the_token_request_path_is_not_found(target: Target) -> None:
    answer = target.send(Call("GET", fill(TOKENS, {"keyName": "x"}), headers=(("Accept", JSON),)))

    assert status_and_code(answer) == rejection(404, 40400)


OTHERS = (("DELETE", TIME), ("POST", TIME), ("PUT", MESSAGES), ("GET", PUSH), ("PATCH", SUBSCRIPTIONS))


@pytest.mark.parametrize(("method", "path"), OTHERS, ids=[f"{method} {path}" for method, path in OTHERS])
@requirement(
    "ERR-10",
    MUST,
    "A method that a path does not support is rejected with a 4xx status",
    clause=NOT_ALLOWED,
    operations=[
        "GET /time",
        "GET /channels/{channel_id}/messages",
        "POST /channels/{channel_id}/messages",
        "POST /push/publish",
        "GET /push/channelSubscriptions",
        "POST /push/channelSubscriptions",
        "DELETE /push/channelSubscriptions",
    ],
    needs={"documentation", "any-name"},
)
def test_an_unsupported_method_is_rejected(target: Target, method: str, path: str) -> None:
    answer = _send_by(target, method, path)

    assert is_rejected(answer), f"status {answer.status}"


@pytest.mark.parametrize(("method", "path"), OTHERS, ids=[f"{method} {path}" for method, path in OTHERS])
@requirement(
    "ERR-11",
    SHOULD,
    "A method that a path does not support is rejected with 404 or 405",
    clause=NOT_ALLOWED,
    operations=[
        "GET /time",
        "GET /channels/{channel_id}/messages",
        "POST /channels/{channel_id}/messages",
        "POST /push/publish",
        "GET /push/channelSubscriptions",
        "POST /push/channelSubscriptions",
        "DELETE /push/channelSubscriptions",
    ],
    needs={"any-name", "documentation"},
)
def test_an_unsupported_method_is_not_found_or_not_allowed(target: Target, method: str, path: str) -> None:
    answer = _send_by(target, method, path)

    assert answer.status in {404, 405}


def _send_by(target: Target, method: str, path: str) -> Answer:
    channel = {"channel_id": target.names.fresh("channel")} if "{channel_id}" in path else {}
    body = b"{}" if method in {"POST", "PUT", "PATCH"} else b""
    headers = (("Accept", JSON), ("Content-Type", JSON)) if body else (("Accept", JSON),)
    return target.send(
        Call(method, fill(path, channel), query=(("conf", target.names.prefix),), headers=headers, body=body)
    )


@requirement(
    "ERR-12",
    MUST,
    "A DELETE request to a channel's messages leaves its history unchanged",
    clause=NOT_ALLOWED,
    operations=PUBLISH,
    needs=STATE,
)
def test_delete_on_messages_changes_nothing(target: Target) -> None:
    channel = target.names.fresh("channel")
    arranged(target.post(MESSAGES, {"data": "kept"}, channel_id=channel))

    target.send(Call("DELETE", fill(MESSAGES, {"channel_id": channel}), headers=(("Accept", JSON),)))
    history = target.poll(MESSAGES, until=lambda answer: bool(answer.body), channel_id=channel)

    stored_data = [each["data"] for each in history.body]
    assert stored_data == ["kept"]


@requirement(
    "ERR-13",
    MUST,
    "HEAD /time returns 200 without a body",
    clause=Clause("ably/ably-python test/ably/rest/resthttp_test", "HEAD /time succeeds"),
    operations=[f"GET {TIME}"],
)
def test_head_of_time_has_no_body(target: Target) -> None:
    answer = ask(target, TIME, method="HEAD", accept=JSON)

    assert facts(status=answer.status, body=answer.response.body) == facts(status=200, body=b"")


NOT_PUBLISHED = facts(rejected=True, stored_messages=0)
INVALID_JSON = (b"{data: text}", b"{'data': 'text'}", b"not JSON")


@pytest.mark.parametrize("body", INVALID_JSON, ids=["bare words", "single quotes", "prose"])
@requirement(
    "ERR-14",
    MUST,
    "A publish with JSON-like but invalid text is rejected with a 4xx status and stores nothing",
    clause=UNREADABLE,
    operations=PUBLISH,
    needs=STATE,
)
def test_invalid_json_is_rejected(target: Target, body: bytes) -> None:
    answer, stored = _published(target, body, JSON)

    assert facts(rejected=is_rejected(answer), stored_messages=stored) == NOT_PUBLISHED


@pytest.mark.parametrize(
    "body", [msgpack.packb({"data": "text"})[:-2], b"\xc1", b"\x92\x81\xa4data"], ids=["cut", "reserved", "cut array"]
)
@requirement(
    "ERR-15",
    MUST,
    "A publish with malformed MessagePack is rejected with a 4xx status and stores nothing",
    clause=UNREADABLE,
    operations=PUBLISH,
    needs={*STATE, "msgpack"},
)
def test_malformed_msgpack_is_rejected(target: Target, body: bytes) -> None:
    answer, stored = _published(target, body, MSGPACK)

    assert facts(rejected=is_rejected(answer), stored_messages=stored) == NOT_PUBLISHED


@requirement(
    "ERR-17",
    MUST,
    "A publish with an XML body is rejected with a 4xx status and stores nothing",
    clause=UNREADABLE,
    operations=PUBLISH,
    needs=STATE,
)
def test_xml_is_rejected(target: Target) -> None:
    answer, stored = _published(target, b"<message><data>text</data></message>", "application/xml")

    assert facts(rejected=is_rejected(answer), stored_messages=stored) == NOT_PUBLISHED


@requirement(
    "ERR-18",
    SHOULD,
    "A JSON body sent as application/xml is rejected with a 4xx status and not published",
    clause=Clause("RFC 9110 section 8.3", "Content-Type says how the content is to be processed"),
    operations=PUBLISH,
    needs=STATE,
)
def test_json_sent_as_xml_is_rejected(target: Target) -> None:
    answer, stored = _published(target, b'{"data": "text"}', "application/xml")

    assert facts(rejected=is_rejected(answer), stored_messages=stored) == NOT_PUBLISHED


def _published(target: Target, body: bytes, media_type: str) -> tuple[Answer, int]:
    """The answer to a publish, and the number of messages that its channel has afterwards."""
    channel = channel_of(target)
    answer = published_raw(target, channel, body, media_type)
    return answer, len(kept(target, channel))


WRITES = (("POST", DEVICES), ("PUT", DEVICE), ("POST", SUBSCRIPTIONS), ("POST", PUSH), ("POST", TOKENS))
written = pytest.mark.parametrize(("method", "path"), WRITES, ids=[f"{method} {path}" for method, path in WRITES])


@written
@pytest.mark.parametrize("body", [b'{"id": "conf', b"[42]", b'"text"', b"null"], ids=["cut", "array", "text", "null"])
@requirement(
    "ERR-19",
    MUST,
    "A push or token request whose body is not a JSON object is rejected with a 4xx status",
    clause=UNREADABLE,
    operations=[
        "POST /push/deviceRegistrations",
        "PUT /push/deviceRegistrations/{device_id}",
        "POST /push/channelSubscriptions",
        "POST /push/publish",
        "POST /keys/{keyName}/requestToken",
    ],
    needs={"push", "any-name"},
)
def test_a_write_without_an_object_is_rejected(
    target: Target, key_name: str, method: str, path: str, body: bytes
) -> None:
    answer = _write(target, key_name, method, path, body)

    assert is_rejected(answer), f"status {answer.status}"


@pytest.mark.parametrize(("method", "path"), WRITES[:-1], ids=[f"{method} {path}" for method, path in WRITES[:-1]])
@requirement(
    "ERR-20",
    MUST,
    "A POST or PUT to a push endpoint without a body is rejected with a 4xx status",
    clause=UNREADABLE,
    operations=[
        "POST /push/deviceRegistrations",
        "PUT /push/deviceRegistrations/{device_id}",
        "POST /push/channelSubscriptions",
        "POST /push/publish",
    ],
    needs={"push", "any-name"},
)
def test_a_write_without_a_body_is_rejected(target: Target, key_name: str, method: str, path: str) -> None:
    answer = _write(target, key_name, method, path, b"")

    assert is_rejected(answer), f"status {answer.status}"


def _write(target: Target, key_name: str, method: str, path: str, body: bytes) -> Answer:
    values = {"keyName": key_name, "device_id": target.names.fresh("device")}
    named = {name: value for name, value in values.items() if f"{{{name}}}" in path}
    return send_raw(target, path, body, JSON, method=method, **named)


@requirement(
    "ERR-21",
    MUST,
    "A line break in a request's path or query never adds a header to the response",
    clause=Clause("RFC 9110 section 5.5", "a header field value contains no line break"),
    operations=[f"GET {MESSAGES}"],
)
def test_a_line_break_adds_no_header(target: Target) -> None:
    injected = "\r\nX-Conf-Injected: yes"
    fresh = target.names.fresh("channel")

    in_path = ask(target, MESSAGES, accept=JSON, channel_id=f":{injected}")
    in_limit = ask(target, MESSAGES, accept=JSON, query={"limit": injected}, channel_id=fresh)
    in_request_id = ask(target, TIME, accept=JSON, query={"request_id": injected})

    assert facts(
        injected_header_from_the_path=_injected(in_path),
        injected_header_from_limit=_injected(in_limit),
        injected_header_from_request_id=_injected(in_request_id),
    ) == facts(injected_header_from_the_path=(), injected_header_from_limit=(), injected_header_from_request_id=())


def _injected(answer: Answer) -> tuple[str, ...]:
    return answer.response.lines("x-conf-injected")


@pytest.mark.parametrize("path", [MESSAGES, PRESENCE, PRESENCE_HISTORY])
@requirement(
    "ERR-25",
    MUST,
    "A request with an empty channel name is rejected with a 4xx status",
    clause=Clause("ably/ably-common errors/codes/40010", "an empty text is no valid channel name"),
    operations=[f"GET {MESSAGES}", f"GET {PRESENCE}", f"GET {PRESENCE_HISTORY}"],
    needs={"documentation"},
)
def test_an_empty_channel_name_is_rejected(target: Target, path: str) -> None:
    rejected = target.get(path, channel_id="")

    assert is_rejected(rejected), f"status {rejected.status}"


@requirement(
    "ERR-27",
    MUST,
    "A publish to an empty channel name is rejected with a 4xx status",
    clause=Clause("ably/ably-common errors/codes/40010", "an empty text is no valid channel name"),
    operations=PUBLISH,
    needs={"documentation", "any-name"},
)
def test_a_publish_to_an_empty_channel_name_is_rejected(target: Target) -> None:
    rejected = target.post(MESSAGES, {"data": target.names.fresh()}, channel_id="")

    assert is_rejected(rejected), f"status {rejected.status}"


@pytest.mark.parametrize(("first", "second"), [(JSON, MSGPACK), (MSGPACK, JSON)], ids=["JSON first", "JSON second"])
@requirement(
    "RSP-54",
    SHOULD,
    "A publish with two Content-Type lines is read in the format of the first",
    clause=Clause("ably/ably-php src/Http", "the SDK adds a Content-Type after the header lines of its caller"),
    operations=[*PUBLISH, f"GET {MESSAGES}"],
    needs={*STATE, "msgpack"},
)
def test_the_first_content_type_counts(target: Target, first: str, second: str) -> None:
    channel = channel_of(target)

    body = encode({"data": "text"}, first)
    answer = published_raw(target, channel, body, first, headers=(("Content-Type", second),))

    assert facts(status=answer.status, data=data_of(kept(target, channel))) == facts(status=201, data=["text"])


@pytest.mark.parametrize("version", ["2", "3", "6", "150"])
@requirement(
    "RSP-30",
    MUST,
    "GET /time returns 200 for old and for unknown versions in X-Ably-Version",
    clause=Clause("ably/ably-python test/ably/rest/restrequest_test", "GET /time is answered at version 150"),
    operations=[f"GET {TIME}"],
)
def test_every_protocol_version_is_accepted(target: Target, version: str) -> None:
    answer = ask(target, TIME, accept=JSON, headers=(("X-Ably-Version", version),))

    assert answer.status == 200


@requirement(
    "RSP-31",
    MUST,
    "Requests with a request_id query parameter are accepted with 200 or 201",
    clause=Clause("ably/specification features RSC7c", "request_id may be in the query of every request"),
    operations=[f"GET {TIME}", *PUBLISH, f"GET {MESSAGES}"],
    needs={"state"},
)
def test_a_request_id_is_accepted(target: Target) -> None:
    channel, query = target.names.fresh("channel"), {"request_id": "b3f6aZ_-09"}

    time = target.get(TIME, query=query)
    publish = target.post(MESSAGES, {"data": "text"}, channel_id=channel, query=query)
    history = target.get(MESSAGES, channel_id=channel, query=query)

    assert facts(status_of_time=time.status, status_of_publish=publish.status, status_of_history=history.status) == (
        facts(status_of_time=200, status_of_publish=201, status_of_history=200)
    )


@requirement(
    "RSP-32",
    SHOULD,
    "A request with an unknown query parameter is accepted with 200",
    clause=Clause("ably/specification features RSC7", "clients of later versions may send more parameters"),
    operations=[f"GET {TIME}", f"GET {MESSAGES}"],
    needs={"documentation"},
)
def test_an_unknown_query_parameter_is_accepted(target: Target) -> None:
    channel, query = target.names.fresh("channel"), {"colour": "red"}

    time, history = target.get(TIME, query=query), target.get(MESSAGES, channel_id=channel, query=query)

    assert facts(status_of_time=time.status, status_of_history=history.status) == facts(
        status_of_time=200, status_of_history=200
    )
