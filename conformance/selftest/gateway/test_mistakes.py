"""Each mistake of the gateway changes what it speaks of, and nothing else."""

from __future__ import annotations

import json

import pytest

from conformance.reference.wire import Answer, Request
from conformance.selftest.gateway import mistakes
from conformance.selftest.gateway.messages import body_of

DEVICES, HISTORY, TOKEN = b"/push/deviceRegistrations", b"/channels/a/messages", b"/keys/app.key/requestToken"
DENIED = {"error": {"code": 40160, "statusCode": 401, "message": "no"}}


def asked(method: str, path: bytes, body: bytes = b"", **query: str) -> Request:
    return Request(method, path, query, {}, body, "http")


def answer(status: int, body: object = None, *headers: tuple[bytes, bytes], packed: bytes = b"") -> Answer:
    octets = packed or (b"" if body is None else json.dumps(body).encode())
    media = b"application/x-msgpack" if packed else b"application/json"
    given = [(b"Content-Type", media), (b"Content-Length", str(len(octets)).encode())] if octets else []
    return Answer(status, [*given, *headers], octets)


REQUESTS = {
    "direction_is_dropped": asked("GET", HISTORY, direction="forwards"),
    "limit_is_clamped": asked("GET", HISTORY, limit="1001"),
    "client_filter_is_dropped": asked("GET", DEVICES, clientId="a"),
    "patch_replaces": asked("PATCH", DEVICES + b"/a"),
}
ERROR_CODE = (b"X-Ably-ErrorCode", b"40160")
ANSWERS = {
    "push_has_no_links": (asked("GET", DEVICES), answer(200, [], (b"Link", b'<./a>; rel="first"'))),
    "publishing_is_ok": (asked("POST", HISTORY), answer(201, {})),
    "deletion_has_a_body": (asked("DELETE", DEVICES), answer(204)),
    "capability_is_forbidden": (asked("GET", HISTORY), answer(401, DENIED, ERROR_CODE)),
    "broken_json_is_an_exception": (asked("POST", HISTORY, b'{"a":'), answer(400, DENIED)),
    "unknown_path_is_a_page": (asked("GET", b"/x"), answer(404, {"error": {"message": "Could not find path: /x"}})),
    "server_id_is_removed": (asked("GET", b"/time"), answer(200, [1], (b"X-Ably-ServerId", b"a"))),
    "error_message_is_removed": (asked("GET", b"/time"), answer(400, DENIED, (b"X-Ably-ErrorMessage", b"no"))),
    "errors_are_json": (asked("GET", HISTORY), answer(401, packed=b"\x81\xa5error\x80")),
    "status_code_is_text": (asked("GET", HISTORY), answer(401, DENIED)),
    "timestamps_are_seconds": (asked("GET", HISTORY), answer(200, [{"timestamp": 1_795_000_000_123}])),
    "no_client_is_null": (asked("GET", HISTORY), answer(200, [{"name": "a"}])),
    "capability_is_an_object": (asked("POST", TOKEN), answer(201, {"capability": '{"*":["*"]}'})),
    "tokens_expire_in_seconds": (asked("POST", TOKEN), answer(201, {"expires": 1_795_000_000_123})),
    "time_is_an_object": (asked("GET", b"/time"), answer(200, [1_795_000_000_123])),
    "presence_action_is_a_number": (asked("GET", b"/channels/a/presence/history"), answer(200, [{"action": 2}])),
    "stats_have_no_unit": (asked("GET", b"/stats"), answer(200, [{"unit": "hour", "intervalId": "a"}])),
    "devices_show_a_stored_secret": (asked("GET", DEVICES), answer(200, [{"platform": "ios"}])),
    "occupancy_is_short": (
        asked("GET", b"/channels/a"),
        answer(200, {"status": {"occupancy": {"metrics": {"connections": 1, "publishers": 0}}}}),
    ),
}


@pytest.mark.parametrize("mistake", mistakes.REQUESTS, ids=lambda each: each.__name__)
def test_a_mistake_changes_its_request_and_no_other(mistake):
    assert mistake(REQUESTS[mistake.__name__]) != REQUESTS[mistake.__name__]
    assert mistake(asked("GET", b"/time")) == asked("GET", b"/time")


@pytest.mark.parametrize("mistake", mistakes.ANSWERS, ids=lambda each: each.__name__)
def test_a_mistake_changes_its_answer_and_no_other(mistake):
    request, unmodified = ANSWERS[mistake.__name__]

    changed = mistake(request, unmodified)

    assert changed != unmodified
    lengths = [int(value) for name, value in changed.headers if name == b"Content-Length"]
    assert lengths in ([], [len(changed.body)])
    plain = answer(200, {"items": [], "status": 1})
    assert mistake(asked("POST", b"/apps"), plain) == plain


def test_every_mistake_has_its_sample():
    assert [*REQUESTS] == [each.__name__ for each in mistakes.REQUESTS]
    assert {*ANSWERS} == {each.__name__ for each in mistakes.ANSWERS}


def test_the_text_of_a_status_code_is_the_status():
    changed = mistakes.status_code_is_text(*ANSWERS["status_code_is_text"])

    assert body_of(changed)["error"]["statusCode"] == "401"
