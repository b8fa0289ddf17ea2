"""The HTTP protocol of uvicorn, extended to answer unparseable requests with an Ably error too."""

from asyncio import BaseTransport, TimerHandle
from http import HTTPStatus
from re import Match
from re import compile as pattern

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from conformance.reference.errors import Refusal
from conformance.reference.service import Service
from conformance.reference.wire import Answer, Request

# Largest size of request line and headers together.
LARGEST_HEAD = 128 * 1024

# Largest size of all that is neither head nor body: the sizes and the extensions of chunks.
LARGEST_FRAMING = 512 * 1024

# From the first byte of a request to its last; and for a client to read the last answer of a connection.
READ_SECONDS = 10
LINGER_SECONDS = 2

REQUEST_LINE = pattern(rb"([A-Z]+ )(.*)( HTTP/1\.[01]\r\n)")
NOT_URL = pattern(rb"[^\x21-\x7e]")

# Replaces a request target that is not a URL; no route matches it.
NOWHERE = b"/%00"


class Protocol(HttpToolsProtocol):
    """`service` is set on the subclass that `speaking_for` creates."""

    service: Service
    head_size = 0
    framing_size = 0
    is_between_requests = True
    has_head = False
    is_over = False
    read_deadline: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        self.unset_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self.is_over:
            return
        if self.read_deadline is None:
            self.read_deadline = self.loop.call_later(READ_SECONDS, self.miss_deadline)
        self.framing_size += len(data)
        self.parse(data)
        if self.is_over:
            return
        if self.framing_size > LARGEST_FRAMING:
            self.send_400_response("the chunks of the body have too long extensions")
        elif self.framing_size > LARGEST_HEAD and not self.has_head:  # a line that has no end yet is not counted
            self.send_400_response("the head of the request is too large")

    def parse(self, data: bytes) -> None:
        data = escape_target(data) if self.is_between_requests else data
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self.decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("the request is not valid HTTP")

    def decline_upgrade(self, rest: bytes) -> None:
        """Continues in HTTP/1.1: otherwise the parser would wait for the other protocol, the client for an answer."""
        self.parser = httptools.HttpRequestParser(self)
        if rest:
            self.parse(rest)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.head_size = 0
        self.is_between_requests = False

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.is_between_requests = True
        self.has_head = False
        self.framing_size = 0
        self.unset_deadline()

    def on_body(self, body: bytes) -> None:
        self.framing_size -= len(body)
        super().on_body(body)

    def unset_deadline(self) -> None:
        if self.read_deadline is not None:
            self.read_deadline.cancel()
            self.read_deadline = None

    def miss_deadline(self) -> None:
        self.write_last(408, f"the request was not complete within {READ_SECONDS} s")

    def on_url(self, url: bytes) -> None:
        self.count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.count_head(len(name) + len(value))
        super().on_header(name, value)

    def count_head(self, size: int) -> None:
        self.head_size += size
        if self.head_size > LARGEST_HEAD:
            raise ValueError("the head of the request is too large")

    def on_headers_complete(self) -> None:
        self.url = parseable(self.url)
        super().on_headers_complete()
        self.has_head = True

    def send_400_response(self, msg: str) -> None:
        """Rejects bytes that are not HTTP and closes the connection: the start of a next request is unknown."""
        self.write_last(400, msg)

    def write_last(self, status: int, message: str) -> None:
        """Rejects the request, unless it has its answer already, and ends the connection."""
        if not (self.has_head and self.cycle.response_started):
            request = Request("GET", b"/", {}, {}, b"", self.scheme or "http")
            self.write(status, self.service.refuse(request, Refusal(status, 40000, message)))
        self.linger()

    def write(self, status: int, answer: Answer) -> None:
        head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
        head += [name + b": " + value for name, value in answer.headers]
        self.transport.write(b"\r\n".join([*head, b"Connection: close", b"", answer.body]))

    def linger(self) -> None:
        """Discards what the client still sends: closing at once would reset the connection and take the answer away."""
        self.is_over = True
        self.unset_deadline()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def escape_target(data: bytes) -> bytes:
    """Escapes bytes in the request target that the parser would reject."""
    found = REQUEST_LINE.match(data)
    if found is None or NOT_URL.search(found[2]) is None:
        return data
    return found[1] + NOT_URL.sub(escape, found[2]) + data[found.start(3) :]


def parseable(url: bytes) -> bytes:
    """The target, or a path without a route: a 404 of this server instead of an error of the parser."""
    try:
        path = httptools.parse_url(url).path
    except httptools.HttpParserInvalidURLError:
        return NOWHERE
    return url if path else NOWHERE


def escape(found: Match[bytes]) -> bytes:
    return b"%%%02X" % found[0][0]


def speaking_for(service: Service) -> type[Protocol]:
    return type("SpeakingProtocol", (Protocol,), {"service": service})
