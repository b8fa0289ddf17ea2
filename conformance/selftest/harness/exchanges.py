"""Exchanges built by hand for tests of checks, evidence and redaction: valid ones, and ones altered in one place."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

import msgpack

from conformance.model import JSON, MSGPACK, Exchange, Headers, Origin, Request, Response
from conformance.wire.codec import NOTHING

URL = "http://127.0.0.1:8080"
ERROR = {
    "code": 40400,
    "statusCode": 404,
    "message": "not found",
    "nonfatal": False,
    "href": "https://help.ably.io/error/40400",
}

_numbers = count(1)


def exchange(
    operation: str = "GET /time",
    status: int = 200,
    body: Any = NOTHING,
    *,
    media: str = JSON,
    lines: Headers = (),
    query: dict[str, str] | None = None,
    accept: str = JSON,
    sent: Any = NOTHING,
    sent_as: str = JSON,
    **facts: Any,
) -> Exchange:
    """body: a value that is encoded as `media`, bytes that are kept, or NOTHING. sent: the same for the request."""
    raw = encoded(body, media)
    kind = (("Content-Type", media),) if raw else ()
    path = operation.partition(" ")[2].replace("{", "conf-").replace("}", "-1")
    asked = (("Accept", accept),) if accept else ()
    body_lines = (("Content-Type", sent_as),) if sent is not NOTHING else ()
    request = Request(
        method=operation.partition(" ")[0] or "GET",
        url=f"{URL}{quote(path)}" + (f"?{urlencode(query)}" if query else ""),
        headers=(*asked, *body_lines),
        body=encoded(sent, sent_as),
    )
    defaults = {"origin": Origin.SCENARIO, "principal": "full", "started": 1_795_000_000.0, "elapsed": 1.0}
    return Exchange(
        id=f"main-{next(_numbers)}",
        operation=operation,
        request=request,
        response=Response(status, (*kind, *lines), raw),
        **{**defaults, **facts},
    )


def encoded(value: Any, media: str) -> bytes:
    if value is NOTHING or isinstance(value, bytes):
        return b"" if value is NOTHING else value
    if media == MSGPACK:
        return msgpack.packb(value)
    return json.dumps(value).encode() if media == JSON else value.encode()


def challenge_of(code: int) -> str:
    return 'X-Ably-Token realm="Ably", stale="true"' if code == 40142 else 'Basic realm="Ably"'


def refused(operation: str = "GET /time", media: str = JSON, lines: Headers = (), **error: Any) -> Exchange:
    """A valid error response."""
    members = {**ERROR, **error}
    own = (
        ("x-ably-errorcode", str(members["code"])),
        ("x-ably-errormessage", members["message"]),
        ("x-ably-serverid", "reference.1"),
        *((("WWW-Authenticate", challenge_of(members["code"])),) if members["statusCode"] == 401 else ()),
    )
    return exchange(
        operation, members["statusCode"], {"error": members}, media=media, lines=(*own, *lines), accept=media
    )


SERVER = ("X-Ably-ServerId", "reference.1")
MESSAGE = {"id": "abc:0", "name": "greeting", "data": "hello", "timestamp": 1_795_000_000_123, "channel": "conf-1"}
DEVICE = {
    "id": "conf-device",
    "platform": "ios",
    "formFactor": "phone",
    "metadata": {},
    "push": {"recipient": {"transportType": "apns", "deviceToken": "conf-device-token"}, "state": "ACTIVE"},
}
HISTORY = "GET /channels/{channel_id}/messages"


def links(operation: str, *relations: str) -> Headers:
    """A Link line for each relation, in the form that the service sends."""
    segment = quote(operation.replace("{", "conf-").replace("}", "-1").rpartition("/")[2])
    return tuple(("Link", f'<./{segment}?format=x&limit=100>; rel="{each}"') for each in relations)


def listing(
    operation: str = HISTORY, items: Any = (MESSAGE,), *relations: str, media: str = JSON, **how: Any
) -> Exchange:
    """A valid page of a list."""
    lines = (SERVER, *links(operation, *(relations or ("first", "current"))))
    return exchange(operation, 200, list(items), media=media, lines=lines, **{"accept": media, **how})


def unanswered(operation: str = "GET /time") -> Exchange:
    return replace(exchange(operation), response=None, failure="connection refused")


def altered(original: Exchange, **changes: Any) -> Exchange:
    """The same exchange with another status, headers or body in its response."""
    return replace(original, response=replace(original.response, **changes))


def with_line(original: Exchange, name: str, value: str) -> Exchange:
    return altered(original, headers=(*original.response.headers, (name, value)))


def without_line(original: Exchange, name: str) -> Exchange:
    kept = tuple(line for line in original.response.headers if line[0].lower() != name.lower())
    return altered(original, headers=kept)


def with_body(original: Exchange, value: Any) -> Exchange:
    """The same exchange with another response body, in the same media type."""
    return altered(original, body=encoded(value, original.response.media_type))
