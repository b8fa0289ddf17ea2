"""The HTTP protocol of uvicorn, extended to answer unparseable requests with an Ably error too."""

from re import Match
from re import compile as pattern

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from conformance.reference.errors import Refusal
from conformance.reference.service import Service
from conformance.reference.wire import Answer, Request

# Largest size of request line and headers together.
LARGEST_HEAD = 128 * 1024

REQUEST_LINE = pattern(rb"([A-Z]+ )(.*)( HTTP/1\.[01]\r\n)")
NOT_URL = pattern(rb"[^\x21-\x7e]")

# Replaces a request target that is not a URL; no route matches it.
NOWHERE = b"/%00"


class Protocol(HttpToolsProtocol):
    """`service` is set on the subclass that `speaking_for` creates."""

    service: Service
    head_size = 0
    is_between_requests = True

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
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
            self.data_received(rest)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.head_size = 0
        self.is_between_requests = False

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.is_between_requests = True

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

    def send_400_response(self, msg: str) -> None:
        """Rejects bytes that are not HTTP and closes the connection: the start of a next request is unknown."""
        request = Request("GET", b"/", {}, {}, b"", self.scheme or "http")
        self.write_last(self.service.refuse(request, Refusal(400, 40000, msg)))

    def write_last(self, answer: Answer) -> None:
        head = [b"HTTP/1.1 400 Bad Request"]
        head += [name + b": " + value for name, value in answer.headers]
        self.transport.write(b"\r\n".join([*head, b"Connection: close", b"", answer.body]))
        self.transport.close()


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
