"""The reference server waits for no client for ever, and says so in an answer that the client can read."""

import re
import socket
import time
from contextlib import contextmanager

import pytest

from conformance.reference import protocol
from conformance.reference.parts import UNMODIFIED
from conformance.reference.server import serving_in_thread

HOST = b"Host: a\r\n"
READ = 0.4
"""Seconds, instead of ten."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(protocol, "READ_SECONDS", READ)
    monkeypatch.setattr(protocol, "LINGER_SECONDS", 0.3)


@contextmanager
def connected():
    with serving_in_thread(UNMODIFIED) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            yield connection


def everything(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def one_answer(connection: socket.socket) -> bytes:
    """The head and the body of the next answer, which may arrive one after the other; or all there is at its end."""
    with connection.makefile("rb", buffering=0) as stream:  # unbuffered: the next answer stays where it is
        said = b""
        while not said.endswith(b"\r\n\r\n") and (line := stream.readline()):
            said += line
        size = len(said) + int(re.search(rb"(?mi)^content-length: (\d+)", said)[1])
        while len(said) < size and (more := stream.read(size - len(said))):
            said += more
    return said


@pytest.mark.parametrize(
    "begun",
    [
        b"G",
        b"GET /time HTTP/1.1\r\n" + HOST + b"X",
        b"POST /apps HTTP/1.1\r\n" + HOST + b"Content-Length: 99\r\n\r\n{",
        b"POST /apps HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
)
def test_a_request_that_is_not_completed_is_refused_with_408(begun):
    with connected() as connection:
        connection.sendall(begun)
        said = everything(connection)

    assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"the request was not complete within" in said
    assert said.count(b"HTTP/1.1") == 1


def test_a_request_that_is_not_completed_has_no_effect():
    """The part that arrived is a whole JSON value."""
    with connected() as connection:
        connection.sendall(b"POST /apps HTTP/1.1\r\n" + HOST + b"Content-Length: 99\r\n\r\n{}")
        said = everything(connection)

    assert b"appId" not in said


def test_a_request_in_pieces_that_arrive_in_time_is_answered():
    with connected() as connection:
        for piece in (b"GET /ti", b"me HTTP/1.1\r\n", HOST, b"Connection: close\r\n", b"\r\n"):
            connection.sendall(piece)
            time.sleep(READ / 20)
        said = everything(connection)

    assert said.startswith(b"HTTP/1.1 200 ")


def test_an_idle_connection_between_requests_is_not_refused():
    with connected() as connection:
        for _ in range(2):
            connection.sendall(b"GET /time HTTP/1.1\r\n" + HOST + b"\r\n")
            time.sleep(READ * 1.5)
            assert one_answer(connection).startswith(b"HTTP/1.1 200 ")


def test_a_declared_size_beyond_the_limit_is_refused_before_the_body_is_sent():
    with connected() as connection:
        head = b"POST /channels/a/messages HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\n"
        connection.sendall(head + b"Content-Length: 1000000000\r\n\r\n")
        began = time.monotonic()
        said = one_answer(connection)
        assert time.monotonic() - began < READ
        rest = everything(connection)

    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"HTTP/1.1" not in rest


def test_an_answer_before_the_end_of_the_body_can_be_read_by_a_client_that_sends_on():
    with connected() as connection:
        connection.sendall(b"POST /channels/a/messages HTTP/1.1\r\n" + HOST + b"Content-Length: 4000000\r\n\r\n")
        connection.sendall(b"x" * 4_000_000)
        assert one_answer(connection).startswith(b"HTTP/1.1 413 ")
        connection.sendall(b"GET /time HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 200 ")


def test_a_refusal_of_a_long_head_can_be_read_by_a_client_that_sends_on():
    with connected() as connection:
        connection.sendall(b"GET /time HTTP/1.1\r\nX: " + b"y" * 400_000)
        assert everything(connection).startswith(b"HTTP/1.1 400 ")


def test_extensions_of_chunks_are_bounded():
    with connected() as connection:
        connection.sendall(b"POST /apps HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1;")
        connection.sendall(b"x" * 600_000)
        said = everything(connection)

    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"too long extensions" in said


def test_a_body_in_many_small_chunks_is_read():
    body = b"".join(b"1\r\n%c\r\n" % each for each in b'{"keys": [{}]}' + b" " * 30_000)
    with connected() as connection:
        head = b"POST /apps HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nConnection: close\r\n"
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n")
        said = everything(connection)

    assert said.startswith(b"HTTP/1.1 201 ")
