"""What hostile servers do with an answer, in small functions that modes combine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from conformance.selftest.hostile.server import CLOSE, HANG, Act, Ask, Part

JSON = "application/json"
OK = b"HTTP/1.1 200 OK\r\n"


def genuine(ask: Ask) -> Iterator[Part]:
    yield ask.response


def sends(*parts: Part) -> Act:
    """The same to every request, whatever it is."""
    return lambda _: parts


def answers(body: bytes, media: str = JSON, status: int = 200, *lines: str) -> Act:
    """A well-formed response, the same to every request; no body to HEAD."""
    length = () if status == 204 else (f"Content-Length: {len(body)}",)
    head = "\r\n".join([f"HTTP/1.1 {status} Word", f"Content-Type: {media}", *length, *lines]).encode("latin-1")
    return lambda ask: (head + b"\r\n\r\n" + (b"" if ask.line.startswith("HEAD") else body),)


def adds(*lines: bytes) -> Act:
    """The genuine answer, with further header lines behind the status line."""

    def act(ask: Ask) -> Iterator[Part]:
        status, _, rest = ask.response.partition(b"\r\n")
        yield b"\r\n".join([status, *lines, rest])

    return act


def replaces(pattern: bytes, by: bytes) -> Act:
    """The genuine answer, changed anywhere; its Content-Length is made to fit."""

    def act(ask: Ask) -> Iterator[Part]:
        yield fitted(re.sub(pattern, lambda _: by, ask.head), re.sub(pattern, lambda _: by, ask.body))

    return act


def reframes(line: bytes) -> Act:
    """The genuine answer with this line for its Content-Length, in which %d stands for the length of the body."""

    def act(ask: Ask) -> Iterator[Part]:
        length = len(ask.body)
        own = line.replace(b"%d", b"%d" % length)
        yield re.sub(rb"(?i)content-length: *\d+", lambda _: own, ask.head) + b"\r\n\r\n" + ask.body

    return act


def chunks(line: bytes) -> Act:
    """The genuine answer in chunks, with this line beside Transfer-Encoding."""

    def act(ask: Ask) -> Iterator[Part]:
        head = re.sub(rb"(?i)content-length: *\d+", lambda _: line + b"\r\nTransfer-Encoding: chunked", ask.head)
        yield head + b"\r\n\r\n%x\r\n" % len(ask.body) + ask.body + b"\r\n0\r\n\r\n"

    return act


def rewrites(change: Callable[[bytes], bytes]) -> Act:
    """The genuine answer with another body, and a Content-Length that fits."""
    return lambda ask: (fitted(ask.head, change(ask.body) if ask.body else b""),)


def fitted(head: bytes, body: bytes) -> bytes:
    length = b"\r\ncontent-length: %d" % len(body)
    return re.sub(rb"(?i)\r\ncontent-length: *\d+", length, head) + b"\r\n\r\n" + body


def before(*parts: Part) -> Act:
    """The genuine answer after something else."""
    return lambda ask: (*parts, ask.response)


def drips(first: bytes, drop: bytes, pause: float = 0.05) -> Act:
    def act(_: Ask) -> Iterator[Part]:
        yield first
        while True:
            yield pause
            yield drop

    return act


def after(requests: int, act: Act) -> Act:
    """Well-behaved up to some request."""
    return lambda ask: act(ask) if ask.number > requests else genuine(ask)


def on(pattern: str, act: Act, otherwise: Act = genuine) -> Act:
    """Only for requests whose method and target match."""
    found = re.compile(pattern)
    return lambda ask: act(ask) if found.search(ask.line) else otherwise(ask)


def but_apps(act: Act) -> Act:
    """For all but the application of the run, without which nothing is judged."""
    return on(r"^\w+ (?!/apps)", act)


def echoes(ask: Ask) -> Iterator[Part]:
    """The body of the request, or an empty list."""
    body = ask.sent or b"[]"
    yield OK + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


silent: Act = sends(HANG)
closing: Act = sends(CLOSE)
