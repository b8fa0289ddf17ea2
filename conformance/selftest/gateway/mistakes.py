"""The mistakes of the gateway, one function each: what it does to a request, or to the answer.

Pure. Each is what a developer writes who has read the contract once and tested with one client.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference.wire import Answer, Request
from conformance.selftest.gateway.messages import (
    body_of,
    header,
    in_json,
    sized,
    with_body,
    with_items,
    without,
    without_parameter,
)

LARGEST_LIMIT = 1000

# Requests ------------------------------------------------------------------------------------------------------------


def direction_is_dropped(request: Request) -> Request:
    """History is forwarded without the parameter direction, which the gateway does not know."""
    return without_parameter(request, "direction") if request.path.endswith(b"/messages") else request


def limit_is_clamped(request: Request) -> Request:
    """A limit above the maximum is lowered to it instead of rejected."""
    limit = request.query.get("limit", "")
    if limit.isdecimal() and int(limit) > LARGEST_LIMIT:
        return replace(request, query={**request.query, "limit": str(LARGEST_LIMIT)})
    return request


def client_filter_is_dropped(request: Request) -> Request:
    """Devices are listed without the filter clientId."""
    is_list = request.method == "GET" and request.path == b"/push/deviceRegistrations"
    return without_parameter(request, "clientId") if is_list else request


def patch_replaces(request: Request) -> Request:
    """PATCH of a device is forwarded as PUT, because the framework has one handler for both."""
    return replace(request, method="PUT") if request.method == "PATCH" else request


REQUESTS: tuple[Callable[[Request], Request], ...] = (
    direction_is_dropped,
    limit_is_clamped,
    client_filter_is_dropped,
    patch_replaces,
)

# Headers and statuses ------------------------------------------------------------------------------------------------


def push_has_no_links(request: Request, answer: Answer) -> Answer:
    """The push backend copies the body of a page and none of its Link headers."""
    return without(answer, b"link") if request.path.startswith(b"/push/") else answer


def server_id_is_removed(_: Request, answer: Answer) -> Answer:
    """The name of the server behind the gateway is kept secret."""
    return without(answer, b"x-ably-serverid")


def error_message_is_removed(_: Request, answer: Answer) -> Answer:
    """The error handler copies the code to a header, and the message only to the body."""
    return without(answer, b"x-ably-errormessage")


def publishing_is_ok(request: Request, answer: Answer) -> Answer:
    """A publish is answered with the default status of the framework."""
    is_publish = request.method == "POST" and request.path.startswith(b"/channels/")
    return replace(answer, status=200) if is_publish and answer.status == 201 else answer


def deletion_has_a_body(request: Request, answer: Answer) -> Answer:
    """A DELETE is answered with 200 and an empty object."""
    if request.method != "DELETE" or answer.status != 204:
        return answer
    headers = [*answer.headers, (b"Content-Type", b"application/json"), (b"Content-Length", b"2")]
    return Answer(200, headers, b"{}")


def capability_is_forbidden(_: Request, answer: Answer) -> Answer:
    """What a token does not allow is 403, as the guidelines of the team say."""
    return replace(answer, status=403) if header(answer, b"x-ably-errorcode") == b"40160" else answer


def broken_json_is_an_exception(request: Request, answer: Answer) -> Answer:
    """A body that is no JSON raises in the parser of the gateway, and nothing catches it."""
    is_broken = answer.status == 400 and request.body[:1] in {b"{", b"["} and request.body[-1:] not in {b"}", b"]"}
    return replace(answer, status=500) if is_broken else answer


def unknown_path_is_a_page(_: Request, answer: Answer) -> Answer:
    """The router answers an unknown path itself, with its page in HTML."""
    body = body_of(answer)
    is_unrouted = answer.status == 404 and isinstance(body, dict) and "path" in str(body.get("error"))
    if not is_unrouted:
        return answer
    page = b"<html><body><h1>404 Not Found</h1></body></html>"
    return sized(Answer(404, [(b"Content-Type", b"text/html"), (b"Content-Length", b"0")], page))


# Bodies --------------------------------------------------------------------------------------------------------------


def errors_are_json(request: Request, answer: Answer) -> Answer:
    """The error handler writes JSON, whatever the caller accepts."""
    is_packed = header(answer, b"content-type").startswith(b"application/x-msgpack")
    return in_json(answer) if answer.status >= 400 and is_packed and request.method != "HEAD" else answer


def status_code_is_text(_: Request, answer: Answer) -> Answer:
    """The member statusCode of an error is formatted as text."""
    body = body_of(answer)
    if answer.status < 400 or not isinstance(body, dict) or not isinstance(body.get("error"), dict):
        return answer
    return with_body(answer, {**body, "error": {**body["error"], "statusCode": str(answer.status)}})


def timestamps_are_seconds(request: Request, answer: Answer) -> Answer:
    """The clock of the gateway's language counts seconds."""
    if not request.path.endswith(b"/messages") or answer.status >= 300:
        return answer
    return with_items(answer, lambda each: _changed(each, "timestamp", lambda value: value // 1000))


def no_client_is_null(request: Request, answer: Answer) -> Answer:
    """A message without a clientId gets the member with null, as the serializer writes absent fields."""
    is_history = request.method == "GET" and request.path.endswith(b"/messages") and answer.status < 300
    return with_items(answer, lambda each: {"clientId": None, **each}) if is_history else answer


def capability_is_an_object(request: Request, answer: Answer) -> Answer:
    """The capability of a new token is an object, where clients expect JSON in a text."""
    if not request.path.endswith(b"/requestToken") or answer.status >= 300:
        return answer
    return with_items(answer, lambda each: _changed(each, "capability", json.loads))


def tokens_expire_in_seconds(request: Request, answer: Answer) -> Answer:
    """The time at which a token expires is in seconds."""
    if not request.path.endswith(b"/requestToken") or answer.status >= 300:
        return answer
    return with_items(answer, lambda each: _changed(each, "expires", lambda value: value // 1000))


def time_is_an_object(request: Request, answer: Answer) -> Answer:
    """The time is an object with a name, as elsewhere in the API of the team."""
    body = body_of(answer)
    is_time = request.path == b"/time" and answer.status < 300 and isinstance(body, list)
    return with_body(answer, {"time": body[0]}) if is_time else answer


def presence_action_is_a_number(request: Request, answer: Answer) -> Answer:
    """The action of a presence member is the number that the realtime protocol has."""
    is_presence = b"/presence" in request.path and answer.status < 300
    return with_items(answer, lambda each: _changed(each, "action", lambda _: 1)) if is_presence else answer


def stats_have_no_unit(request: Request, answer: Answer) -> Answer:
    """Statistics come without their unit: the gateway stores the intervalId alone."""
    if request.path != b"/stats" or answer.status >= 300:
        return answer
    return with_items(answer, lambda each: {key: value for key, value in each.items() if key != "unit"})


def devices_show_a_stored_secret(request: Request, answer: Answer) -> Answer:
    """A device is answered with what the gateway stores in place of its secret."""
    if not request.path.startswith(b"/push/deviceRegistrations") or answer.status >= 300:
        return answer
    return with_items(answer, lambda each: {**each, "deviceSecret": "stored-secret"} if "platform" in each else each)


def occupancy_is_short(request: Request, answer: Answer) -> Answer:
    """The status of a channel has only the metrics that the dashboard of the team shows."""
    is_status = request.path.startswith(b"/channels/") and request.path.count(b"/") == 2 and answer.status < 300
    body = body_of(answer) if is_status else None
    if not isinstance(body, dict):
        return answer
    shown = {"metrics": {"connections": body["status"]["occupancy"]["metrics"]["connections"]}}
    return with_body(answer, {**body, "status": {**body["status"], "occupancy": shown}})


ANSWERS: tuple[Callable[[Request, Answer], Answer], ...] = (
    push_has_no_links,
    publishing_is_ok,
    deletion_has_a_body,
    capability_is_forbidden,
    broken_json_is_an_exception,
    unknown_path_is_a_page,
    server_id_is_removed,
    error_message_is_removed,
    errors_are_json,
    status_code_is_text,
    timestamps_are_seconds,
    no_client_is_null,
    capability_is_an_object,
    tokens_expire_in_seconds,
    time_is_an_object,
    presence_action_is_a_number,
    stats_have_no_unit,
    devices_show_a_stored_secret,
    occupancy_is_short,
)


def _changed(item: dict[str, Any], name: str, change: Callable[[Any], Any]) -> dict[str, Any]:
    return {**item, name: change(item[name])} if name in item else item
