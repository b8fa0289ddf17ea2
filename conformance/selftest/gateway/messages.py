"""Reads and rewrites the requests and answers that pass through the gateway.

Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgpack

from conformance.reference.wire import Answer, Request

JSON, MSGPACK = b"application/json", b"application/x-msgpack"


def header(answer: Answer, name: bytes) -> bytes:
    return next((value for key, value in answer.headers if key.lower() == name), b"")


def without(answer: Answer, name: bytes) -> Answer:
    return replace(answer, headers=[each for each in answer.headers if each[0].lower() != name])


def body_of(answer: Answer) -> Any:
    """The decoded body; None for no body and for other formats than JSON and MessagePack."""
    media = header(answer, b"content-type").partition(b";")[0]
    if not answer.body or media not in {JSON, MSGPACK}:
        return None
    return msgpack.unpackb(answer.body, strict_map_key=False) if media == MSGPACK else json.loads(answer.body)


def with_body(answer: Answer, body: Any) -> Answer:
    """With another body, in the format of the answer."""
    is_packed = header(answer, b"content-type").startswith(MSGPACK)
    octets = msgpack.packb(body) if is_packed else json.dumps(body).encode()
    return sized(replace(answer, body=octets))


def with_items(answer: Answer, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Answer:
    """With each object of the body changed: of a list each one, or else the body itself."""
    body = body_of(answer)
    if isinstance(body, list):
        return with_body(answer, [change(each) if isinstance(each, dict) else each for each in body])
    return with_body(answer, change(body)) if isinstance(body, dict) else answer


def in_json(answer: Answer) -> Answer:
    body = body_of(answer)
    headers = [(key, JSON if key.lower() == b"content-type" else value) for key, value in answer.headers]
    return with_body(replace(answer, headers=headers), body)


def sized(answer: Answer) -> Answer:
    return replace(answer, headers=list(_sized(answer)))


def _sized(answer: Answer) -> Iterator[tuple[bytes, bytes]]:
    for key, value in answer.headers:
        yield key, str(len(answer.body)).encode() if key.lower() == b"content-length" else value


def without_parameter(request: Request, name: str) -> Request:
    return replace(request, query={key: value for key, value in request.query.items() if key != name})
