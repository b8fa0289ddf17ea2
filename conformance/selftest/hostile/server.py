"""A hostile server: it passes requests on to the reference server, and answers what a mode makes of the answer.

It works on raw sockets, so that it can send what no library would send.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from conformance.reference.parts import UNMODIFIED
from conformance.reference.server import serving_in_thread

_TLS = b"\x16"
"""The first byte of a TLS handshake."""

CLOSE, RESET, HANG = "close", "reset", "hang"
Part = bytes | float | str
"""Bytes to send, seconds to wait, or what to do with the connection."""


@dataclass(frozen=True)
class Ask:
    """One request, and what the reference server answers. number: of the request, from 1 on."""

    number: int
    request: bytes
    response: bytes

    @property
    def line(self) -> str:
        """The method and the target."""
        return self.request.partition(b"\r\n")[0].rpartition(b" ")[0].decode("latin-1")

    @property
    def head(self) -> bytes:
        return self.response.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.response.partition(b"\r\n\r\n")[2]

    @property
    def sent(self) -> bytes:
        return self.request.partition(b"\r\n\r\n")[2]


Act = Callable[[Ask], Iterable[Part]]


@dataclass
class Hostile:
    """url: of the server. secrets: the key values that POST /apps returned, and the tokens, that crossed it."""

    url: str
    act: Act
    upstream: str
    secrets: set[str] = field(default_factory=set)
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while request := _whole_request(connection):
                if not self._answer(connection, request):
                    return

    def _answer(self, connection: socket.socket, request: bytes) -> bool:
        """Whether the connection stays open."""
        with self._lock:
            self._count += 1
            number = self._count
        ask = Ask(number, request, self._ask_reference(request))
        self._learn(ask.body)
        for part in self.act(ask):
            if isinstance(part, bytes):
                connection.sendall(part)
            elif isinstance(part, float):
                self._stopped.wait(part)
            elif part == HANG:
                self._stopped.wait()
                return False
            else:
                if part == RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            if self._stopped.is_set():
                return False
        return True

    def _ask_reference(self, request: bytes) -> bytes:
        head, gap, body = request.partition(b"\r\n\r\n")
        host, _, port = self.upstream.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head + b"\r\nConnection: close" + gap + body)
            return _whole_response(connection).replace(b"connection: close\r\n", b"")

    def _learn(self, body: bytes) -> None:
        with suppress(ValueError, TypeError):
            found = json.loads(body)
            if isinstance(found, dict):
                self.secrets |= {each["value"] for each in found.get("keys", ())}
                self.secrets |= {found["token"]} if "token" in found else set()

    def stop(self) -> None:
        self._stopped.set()


@contextmanager
def hostile(act: Act, scheme: str = "http") -> Iterator[Hostile]:
    with serving_in_thread(UNMODIFIED) as upstream, socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        server = Hostile(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", act, upstream)
        threading.Thread(target=_accept, args=(listener, server), daemon=True).start()
        try:
            yield server
        finally:
            server.stop()


def _accept(listener: socket.socket, server: Hostile) -> None:
    with suppress(OSError):
        while True:
            threading.Thread(target=server.serve, args=(listener.accept()[0],), daemon=True).start()


def _whole_request(connection: socket.socket) -> bytes:
    received = b""
    while not _is_whole(received) and received[:1] != _TLS:
        more = connection.recv(65536)
        if not more:
            return b""
        received += more
    return received


def _whole_response(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def _is_whole(received: bytes) -> bool:
    head, gap, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return bool(gap) and len(body) >= int(length[1] if length else 0)
