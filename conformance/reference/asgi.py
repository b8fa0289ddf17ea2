"""The ASGI application: reads a request within limits and writes the answer."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.errors import Refusal
from conformance.reference.request_log import Log, no_log
from conformance.reference.service import Service
from conformance.reference.wire import Answer, Request, read_query

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# A Link header repeats the target with up to three times as many bytes, and clients limit the size of headers.
LONGEST_TARGET = 16 * 1024

# Header names that uvicorn compares in lower case, because they decide how a body is sent.
FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection"})

# Headers whose lines may be joined (RFC 9110 section 5.3); of any other header that is repeated, the first line counts.
LISTS = frozenset({b"accept", b"content-type"})


class Asgi:
    def __init__(self, service: Service, log: Log = no_log) -> None:
        self.service = service
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request, answer = await self.answer(scope, receive)
        except Disconnected:
            return
        self.log(request, answer)
        headers = [(spelled(name), value) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def answer(self, scope: Scope, receive: Receive) -> tuple[Request, Answer]:
        request = build(scope, first_lines(scope["headers"]), b"")
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_TARGET:
            return request, self.service.refuse(request, Refusal(414, 40000, "the URL is too long"))
        if request.headers.keys() & {b"content-length", b"transfer-encoding"}:
            return await self.answer_with_body(request, receive)
        return request, self.service.answer(request)

    async def answer_with_body(self, request: Request, receive: Receive) -> tuple[Request, Answer]:
        largest = self.service.largest_body(request.method, request.path)
        body = None if declared(request.headers) > largest else await read_body(receive, largest)
        if body is None:
            return request, self.service.refuse(request, Refusal(413, 40009, f"the body exceeds {largest} bytes"))
        complete = replace(request, body=body)
        return complete, self.service.answer(complete)


class Spelled(bytes):
    """The name of a header that uvicorn does not write in lower case: ably-php looks it up as the service spells it."""

    __slots__ = ()

    def lower(self) -> bytes:
        return self


def spelled(name: bytes) -> bytes:
    return name if name.lower() in FRAMING else Spelled(name)


def first_lines(lines: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Each header once: ably-php sends two Content-Type lines, of which the service reads the first."""
    found: dict[bytes, bytes] = {}
    for name, value in lines:
        if name in LISTS and name in found:
            found[name] += b", " + value
        else:
            found.setdefault(name, value)
    return found


def build(scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> Request:
    return Request(
        method=scope["method"],
        path=scope["raw_path"],
        query=read_query(scope["query_string"]),
        headers=headers,
        body=body,
        scheme=scope["scheme"],
    )


def declared(headers: Mapping[bytes, bytes]) -> int:
    """The Content-Length, which the parser has checked; 0 without one."""
    return int(headers.get(b"content-length", b"0"))


class Disconnected(Exception):  # noqa: N818  nothing is at fault
    """The client went away before its request was complete, so nothing may come of the request."""


async def read_body(receive: Receive, largest: int) -> bytes | None:
    """The body, or None if it is larger than `largest`; the connection reads and discards the rest."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > largest:
            return None
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)
