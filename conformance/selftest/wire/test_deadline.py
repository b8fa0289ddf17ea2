"""An exchange ends at its deadline, whatever it waits for, and the sentence says what had been received by then."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from conformance.model import Request, Response
from conformance.selftest.harness.loopback import EMPTY, loopback
from conformance.wire.deadline import Threads
from conformance.wire.transport import open_session, transmit

DEADLINE = 0.4
LATEST = 2.0
"""Seconds after which an exchange has surely missed its deadline, also on a busy machine."""

HEAD = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def dripping(first: bytes, drop: bytes, pause: float = 0.02, scheme: str = "http") -> Iterator[str]:
    """The URL of a server that sends `first` and then one drop after the other, however long a client listens."""
    done = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(first)
            while not done.wait(pause):
                connection.sendall(drop)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        done.set()


def timed(ask: Callable[[], tuple[Response | None, str]]) -> str:
    """The failure of an exchange, which has to end in time."""
    began = time.monotonic()
    response, failure = ask()
    assert time.monotonic() - began < LATEST
    assert response is None
    return failure


@pytest.mark.parametrize(
    ("first", "drop", "sentence"),
    [
        (b"", b"", "no response within 0.4 s"),
        (b"H", b"", "no whole head of a response within 0.4 s: 1 bytes were received"),
        (HEAD, b"X: 1\r\n", "no whole head of a response within 0.4 s: # bytes were received"),
        (HEAD, b"X", "no whole head of a response within 0.4 s: # bytes were received"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "# informational responses (1xx) and no final one within 0.4 s"),
        (HEAD + b"Content-Length: 5\r\n\r\n[", b"", "no whole body within 0.4 s: 1 of 5 bytes were received"),
        (HEAD + b"Content-Length: 500\r\n\r\n[", b"1", "no whole body within 0.4 s: # of 500 bytes were received"),
        (HEAD + b"\r\n[", b"1", "no whole body within 0.4 s: # bytes were received"),
        (
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
            b"1\r\n[\r\n",
            "no whole body within 0.4 s: # bytes were received",
        ),
        (
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;",
            b"x",
            "no whole body within 0.4 s: 0 bytes were received",
        ),
    ],
)
def test_a_response_that_drips_ends_with_the_deadline(first, drop, sentence):
    with dripping(first, drop, pause=0.02) as url:
        failure = timed(lambda: transmit(open_session(), Request("GET", f"{url}/x"), DEADLINE))

    start, _, end = sentence.partition("#")
    assert failure.startswith(start)
    assert failure.endswith(end)


def test_a_tls_handshake_that_never_ends_is_ended():
    with dripping(b"", b"", scheme="https") as url:
        failure = timed(lambda: transmit(open_session(), Request("GET", f"{url}/x"), DEADLINE))

    assert failure == "no TLS handshake within 0.4 s"


def test_a_name_that_is_looked_up_forever_is_not_waited_for(monkeypatch):
    looked_up = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: looked_up.wait(10) and [])

    failure = timed(lambda: transmit(open_session(), Request("GET", "http://slow.invalid/x"), DEADLINE))
    looked_up.set()

    assert failure == "no connection within 0.4 s"


def test_a_connection_that_nobody_accepts_is_not_waited_for():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first, socket.socket() as second:
        first.connect(full.getsockname())
        second.settimeout(0.05)
        with suppress(TimeoutError):
            second.connect(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        failure = timed(lambda: transmit(open_session(), Request("GET", f"{url}/x"), DEADLINE))

    assert failure == "no connection within 0.4 s"


def test_an_exchange_after_one_that_missed_its_deadline_succeeds():
    answers = iter([HEAD + b"Content-Length: 5\r\n\r\n[", EMPTY])
    with loopback(lambda _: next(answers)) as server:
        session = open_session()
        transmit(session, Request("GET", f"{server.url}/x"), DEADLINE)
        response, failure = transmit(session, Request("GET", f"{server.url}/x"), LATEST)

    assert (response and response.status, failure) == (200, "")


def test_exchanges_in_turn_use_one_thread() -> None:
    threads = Threads()

    assert len({threads.within(DEADLINE, threading.get_ident)[0] for _ in range(5)}) == 1


def test_a_thread_that_missed_its_deadline_is_not_used_again() -> None:
    threads, is_late = Threads(), threading.Event()
    seen: list[int] = []

    def late() -> None:
        seen.append(threading.get_ident())
        is_late.wait(LATEST)

    assert threads.within(0.05, late)[0] is None
    later, _ = threads.within(LATEST, threading.get_ident)
    is_late.set()
    assert later not in seen
