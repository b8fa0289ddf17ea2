"""A loopback server of raw bytes: it keeps each request as received and sends the response that the test gives."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"

Answering = Callable[[bytes], bytes | None]
"""From a whole request to the bytes of its response; None closes the connection."""


@dataclass
class Loopback:
    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def targets(self) -> list[str]:
        return [request.split(b" ")[1].decode("latin-1") for request in self.requests]

    @property
    def methods(self) -> list[str]:
        return [request.split(b" ")[0].decode() for request in self.requests]

    def header_lines(self, name: str) -> list[str]:
        """Of the last request."""
        head = self.requests[-1].partition(b"\r\n\r\n")[0].decode("latin-1")
        pairs = [line.split(": ", 1) for line in head.split("\r\n")[1:]]
        return [value for key, value in pairs if key.lower() == name.lower()]


@contextmanager
def loopback(answering: Answering | bytes = EMPTY, tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    answer = answering if callable(answering) else lambda _: answering
    with socket.create_server(("127.0.0.1", 0)) as plain:
        listener = tls.wrap_socket(plain, server_side=True) if tls else plain
        server = Loopback(f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=_accept, args=(listener, server, answer), daemon=True).start()
        with listener:
            yield server


def forwarding(upstream: str, crossed: list[bytes]) -> Answering:
    """Forward each request to `upstream`, and append the request and its response to `crossed`."""
    host, _, port = upstream.removeprefix("http://").partition(":")

    def answer(request: bytes) -> bytes:
        head, gap, body = request.partition(b"\r\n\r\n")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head + b"\r\nConnection: close" + gap + body)
            response = b"".join(iter(lambda: connection.recv(65536), b""))
        crossed.extend((request, response))
        return response

    return answer


def refusing_url() -> str:
    """A URL whose port refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def reply(status: int, body: bytes = b"", *lines: str) -> bytes:
    head = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def _accept(listener: socket.socket, server: Loopback, answer: Answering) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            server.connections += 1
            threading.Thread(target=_serve, args=(connection, server, answer), daemon=True).start()


def _serve(connection: socket.socket, server: Loopback, answer: Answering) -> None:
    with connection, suppress(OSError):
        while request := _request(connection):
            server.requests.append(request)
            response = answer(request)
            if response is None:
                return
            connection.sendall(response)
            if b"\r\nConnection: close\r\n" in response:
                return


def _request(connection: socket.socket) -> bytes:
    """One whole request, or b"" when the client has closed the connection. No client here pipelines requests."""
    received = b""
    while not _is_whole(received):
        more = connection.recv(65536)
        if not more:
            return b""
        received += more
    return received


def _is_whole(received: bytes) -> bool:
    head, gap, body = received.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return bool(gap) and len(body) >= int(lengths[0] if lengths else 0)
