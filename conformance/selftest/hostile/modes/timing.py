"""Targets that are slow or never end, and such as are right or broken in their connections."""

from __future__ import annotations

from conformance.selftest.hostile.acts import (
    OK,
    adds,
    after,
    answers,
    before,
    but_apps,
    closing,
    drips,
    genuine,
    on,
    sends,
    silent,
)
from conformance.selftest.hostile.mode import ERROR, INCONCLUSIVE, PASS, Mode, TargetMode
from conformance.selftest.hostile.server import CLOSE, RESET

CHUNKED = OK + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
STOPPED = "stopped responding"
CLOCK_STEPS = """
import time
real = time.time
def pytest_runtest_logreport(report):
    time.time = lambda: real() - 3600
"""

SERVER_DIES = """
import os, pathlib, signal
dead = []
def pytest_runtest_logreport(report):
    for children in pathlib.Path("/proc/self/task").glob("*/children"):
        for child in set(children.read_text().split()) - set(dead):
            dead.append(child)
            os.kill(int(child), signal.SIGKILL)
"""


def slow(name: str, does: str, act, expect: str = INCONCLUSIVE, says: str = "", **how) -> Mode:
    return TargetMode(name=name, kind="time", does=does, act=act, expect=expect, says=says, **how)


def right(name: str, does: str, act, expect: str = PASS, says: str = "", **how) -> Mode:
    return TargetMode(name=name, kind="false fail", does=does, act=act, expect=expect, says=says, **how)


MODES: tuple[Mode, ...] = (
    slow("silent", "accepts connections and never answers", silent, says="no response within"),
    slow("silent-after-12", "falls silent after twelve requests", after(12, silent), says=STOPPED),
    slow("closed-after-12", "closes every connection after twelve requests", after(12, closing), says=STOPPED),
    slow("reset-after-12", "resets every connection after twelve requests", after(12, sends(RESET)), says=STOPPED),
    slow("no-tls-handshake", "answers TLS with silence", silent, scheme="https", says="no TLS handshake within"),
    slow("no-tls", "answers TLS in plain text", answers(b"[]"), scheme="https", says="TLS failed"),
    slow("drips-the-status", "sends a status line byte by byte", after(9, drips(b"HTTP/1.1 2", b"0")), says=STOPPED),
    slow("drips-a-header", "sends a header line byte by byte", after(9, drips(OK, b"X")), says=STOPPED),
    slow("drips-headers", "sends one header line after the other", after(9, drips(OK, b"X: y\r\n")), says=STOPPED),
    slow(
        "continues-for-ever",
        "sends 100 Continue again and again",
        after(9, drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01)),
        says="informational responses (1xx) and no final one",
    ),
    slow(
        "hints-for-ever",
        "sends 103 Early Hints without a pause",
        after(9, drips(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0.0)),
        says="informational responses (1xx) and no final one",
    ),
    slow(
        "drips-a-body",
        "sends a declared body byte by byte",
        after(9, drips(OK + b"Content-Length: 9999\r\n\r\n[", b"1")),
        says="of 9999 bytes were received",
    ),
    slow(
        "drips-chunks", "sends one small chunk after the other", after(9, drips(CHUNKED, b"1\r\n[\r\n")), says=STOPPED
    ),
    slow(
        "drips-an-extension", "sends an endless chunk extension", after(9, drips(CHUNKED + b"1;", b"x")), says=STOPPED
    ),
    slow("body-without-end", "declares no length and keeps the connection", after(9, drips(OK + b"\r\n[", b" "))),
    slow("flood", "sends a body as fast as it goes", after(9, drips(OK + b"\r\n", b"x" * 100_000, 0.0)), says=STOPPED),
    slow("retry-in-a-year", "answers 503 with Retry-After: 31536000", answers(b"", status=503)),
    slow("rate-limit", "answers 429 to everything", but_apps(answers(b"", "application/json", 429, "Retry-After: 1"))),
    slow(
        "slow-and-right",
        "answers right, after 0.4 s, beyond the time of the run",
        before(0.4),
        options=("--max-time=8",),
        says="--max-time",
    ),
    slow("slow-within-time", "answers right, after 0.1 s", before(0.1), PASS),
    right("right", "answers right", before()),
    right("continue-first", "sends 100 Continue before each answer", before(b"HTTP/1.1 100 Continue\r\n\r\n")),
    right("processing-first", "sends 102 Processing before each answer", before(b"HTTP/1.1 102 Processing\r\n\r\n")),
    right(
        "hints-first",
        "sends 103 Early Hints before each answer",
        before(b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"),
    ),
    right("our-clock-steps", "answers right, while our own clock is set back", before(), plugin=CLOCK_STEPS),
    right(
        "our-server-dies",
        "the embedded reference server is killed in the middle of a run",
        genuine,
        ERROR,
        "the embedded reference server is at fault",
        plugin=SERVER_DIES,
        is_embedded=True,
    ),
    right("closes-after-each", "closes the connection after each answer", adds(b"Connection: close")),
    *(
        right(
            f"line-break-{name}",
            f"{does} where a line break is in the request",
            on(r"%0[dD]%0[aA]", act),
            INCONCLUSIVE,
            "got no response",
            select=("conformance/suite/protocol/test_protocol.py", "-k", "ERR-21"),
        )
        for name, does, act in (
            ("closes", "closes the connection", sends(CLOSE)),
            ("resets", "resets the connection", sends(RESET)),
            ("is-not-http", "answers something that is not HTTP", sends(b"nonsense\r\n\r\n", CLOSE)),
            ("cuts-the-body", "cuts the body", sends(OK + b"Content-Length: 9\r\n\r\n[", CLOSE)),
        )
    ),
)
