"""Why there is no response is told by what was received, and informational responses are none."""

from __future__ import annotations

import socket
import struct
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.model import Request
from conformance.selftest.harness.loopback import loopback
from conformance.wire import head
from conformance.wire.transport import open_session, transmit

PATIENCE = 5.0
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
FINAL = OK + b"Connection: close\r\nContent-Length: 2\r\n\r\n[]"


@pytest.mark.parametrize(
    ("response", "sentence"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", 'the response is not HTTP: it begins with "SSH-2.0-OpenSSH"'),
        (b"\x16\x03\x01\x1b[31m\r\n\r\n", 'the response is not HTTP: it begins with "????[31m"'),
        (b"HTTP/1.1 two hundred\r\n\r\n", 'the response is not HTTP: it begins with "HTTP/1.1 two hundred"'),
        (b"\r\n\r\n", "the response is not HTTP"),
        (b"HTTP/2.0 200 OK\r\n\r\n", 'the response has the HTTP version "HTTP/2.0"'),
        (b"HTTP/1.1 " + b"2" * 70000 + b"\r\n\r\n", "a line of the head is longer than 65536 bytes"),
        (OK + b"X: " + b"y" * 70000 + b"\r\n\r\n", "a line of the head is longer than 65536 bytes"),
        (OK + b"X: y\r\n" * 10000 + b"\r\n", "the head has more than 100 header lines"),
        (OK + b"no header\r\nX: y\r\n\r\n", 'the head has a line that is no header: "no header"'),
        (OK + b"X: a\x00b\r\n\r\n", 'the head has a line that is no header: "X: a?b"'),
        (OK + b"X: y\r\n: z\r\n\r\n", 'the head has a line that is no header: ":"'),
        (
            OK + b"Connection: close\r\nContent-Length: 5\r\n\r\n[",
            "the body ended after 1 of the 5 bytes that Content-Length announced",
        ),
        (
            OK + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\n[\r\n",
            "the body ended before its last chunk",
        ),
        (CHUNKED + b"zz\r\n[]\r\n0\r\n\r\n", 'a chunk of the body has the size "zz"'),
        (CHUNKED + b"-1\r\n[]\r\n0\r\n\r\n", 'a chunk of the body has the size "-1"'),
        (CHUNKED + b"x" * 100_000, f'a chunk of the body has the size "{"x" * 40}..."'),
    ],
)
def test_what_was_received_instead_of_a_response_is_told(response, sentence):
    with loopback(response) as server:
        found = transmit(open_session(), Request("GET", f"{server.url}/x"), PATIENCE)

    assert found == (None, sentence)


def test_a_connection_that_is_reset_is_described():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)

        def reset() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        threading.Thread(target=reset, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        found = transmit(open_session(), Request("GET", f"{url}/x"), PATIENCE)

    assert found == (None, "the connection was reset")


def test_a_body_longer_than_the_limit_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(head, "LONGEST_ANSWER", 1000)
    response = OK + b"Content-Length: 5000\r\n\r\n" + b"x" * 5000

    with loopback(response) as server:
        found = transmit(open_session(), Request("GET", f"{server.url}/x"), PATIENCE)

    assert found == (None, "the response is longer than 1000 bytes")


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_informational_responses_are_skipped(status):
    interim = f"HTTP/1.1 {status} Wait\r\nLink: </style.css>; rel=preload\r\n\r\n".encode()

    with loopback(interim * 3 + FINAL) as server:
        response, failure = transmit(open_session(), Request("GET", f"{server.url}/x"), PATIENCE)

    assert (response.status, response.body, response.lines("link"), failure) == (200, b"[]", (), "")


def test_a_switch_of_protocols_is_a_final_response():
    with loopback(b"HTTP/1.1 101 Switching Protocols\r\nConnection: close\r\nUpgrade: h2c\r\n\r\n") as server:
        response, failure = transmit(open_session(), Request("GET", f"{server.url}/x"), PATIENCE)

    assert (response.status, failure) == (101, "")


WORDS = (
    *(OK, b"HTTP/1.1 ", b"204 No\r\n", b"100 Continue\r\n\r\n", b"HTTP/1.1 103 X\r\n\r\n", b"\r\n", b"\r", b"\n", b":"),
    *(
        b"Content-Length",
        b": ",
        b"Content-Length: 5\r\n",
        b"Content-Length: \xb2\r\n",
        b"Transfer-Encoding: chunked\r\n",
    ),
    *(b"Content-Length: " + b"9" * 40 + b"\r\n", b"Content-Type: multipart/mixed; boundary=x\r\n", b"From x\r\n"),
    *(b"0\r\n\r\n", b"5\r\nabcde\r\n", b"ffffffffffffffffff\r\n", b"[]", b"\x00", b"\xff\xfe", b"X: =?utf-8?b?x?=\r\n"),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(WORDS) | st.binary(max_size=4), max_size=9).map(b"".join))
def test_whatever_is_received_is_a_response_or_a_sentence(received):
    with loopback(received + b"\r\nConnection: close\r\n") as server:
        response, failure = transmit(open_session(), Request("GET", f"{server.url}/x"), PATIENCE)

    assert (response is None) is bool(failure)
    assert failure.isprintable()
