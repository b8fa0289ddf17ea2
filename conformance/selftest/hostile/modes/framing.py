"""Targets whose messages are not HTTP, or say two things about themselves."""

from __future__ import annotations

from conformance.selftest.hostile.acts import OK, adds, after, chunks, on, reframes, replaces, sends
from conformance.selftest.hostile.mode import FAIL, NOT_PASS, Mode, TargetMode
from conformance.selftest.hostile.server import CLOSE

JSON = b"Content-Type: application/json\r\n"
WHOLE = JSON + b"Content-Length: 15\r\n\r\n[1795000000000]"
LENGTH = b"Content-Length: %d"
TYPE = rb"(?i)content-type: [^\r]+"

PREFLIGHT = 5
"""Requests before the first test: the time, two applications, and two with the key."""


def bad(name: str, does: str, act, expect: str = NOT_PASS, says: str = "") -> Mode:
    """Of the answers to GET /time alone, after the pre-flight."""
    return TargetMode(
        name=name, kind="framing", does=does, act=after(PREFLIGHT, on("/time", act)), expect=expect, says=says
    )


def raw(name: str, does: str, *response: bytes, expect: str = NOT_PASS, says: str = "") -> Mode:
    return bad(name, does, sends(b"".join(response), CLOSE), expect, says)


MODES: tuple[Mode, ...] = (
    bad("negative-length", "sends Content-Length: -1", reframes(b"Content-Length: -1"), FAIL),
    bad("textual-length", "sends Content-Length: many", reframes(b"Content-Length: many"), FAIL),
    bad("signed-length", "sends a Content-Length with a sign", reframes(b"Content-Length: +%d"), FAIL),
    bad("same-length-twice", "sends two lines of Content-Length", reframes(LENGTH + b"\r\n" + LENGTH), FAIL),
    bad("two-lengths", "sends two values of Content-Length", reframes(LENGTH + b"\r\nContent-Length: 3"), FAIL),
    bad("list-of-lengths", "sends Content-Length: 15, 15", reframes(b"Content-Length: %d, %d"), FAIL),
    bad("length-and-chunks", "sends Content-Length beside Transfer-Encoding", chunks(b"Content-Length: 3"), FAIL),
    raw(
        "unknown-coding", "sends Transfer-Encoding: rot13", OK, JSON, b"Transfer-Encoding: rot13\r\n\r\n[1795000000000]"
    ),
    bad("two-types", "sends a second Content-Type", reframes(LENGTH + b"\r\nContent-Type: text/html"), FAIL),
    bad("type-of-two", "sends two types in a line", replaces(TYPE, b"Content-Type: application/json, text/html"), FAIL),
    bad("other-type-first", "sends another Content-Type before its own", adds(b"Content-Type: text/html"), FAIL),
    raw(
        "line-without-colon",
        "sends a header line without a colon",
        OK,
        b"garbage\r\n",
        WHOLE,
        says='no header: "garbage"',
    ),
    raw("line-without-name", "sends a header line without a name", OK, b": nothing\r\n", WHOLE),
    raw("continued-first-line", "sends a continuation as the first header line", OK, b" and more\r\n", WHOLE),
    raw("not-http", "answers in SSH", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", says='it begins with "SSH-2.0-OpenSSH_9.6"'),
    raw("http-0.9", "answers a body alone", b"[1795000000000]\r\n", says="not HTTP"),
    raw("http-2", "answers HTTP/2.0 in text", b"HTTP/2.0 200 OK\r\n", WHOLE, says="HTTP version"),
    raw("http-2-frames", "answers frames of HTTP/2", b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" * 4, says="not HTTP"),
    raw("status-is-a-word", "answers a status that is a word", b"HTTP/1.1 fine OK\r\n", WHOLE, says="not HTTP"),
    raw("status-is-1000", "answers the status 1000", b"HTTP/1.1 1000 Much\r\n", WHOLE, says="not HTTP"),
    raw("status-is-99", "answers the status 099", b"HTTP/1.1 099 Little\r\n", WHOLE, says="not HTTP"),
    raw("status-is-999", "answers the status 999", b"HTTP/1.1 999 Odd\r\n", WHOLE, expect=FAIL),
    raw("switches-protocols", "answers 101 to a request without Upgrade", b"HTTP/1.1 101 Switching\r\n", WHOLE),
    raw(
        "long-status",
        "answers a status line of 100 KB",
        b"HTTP/1.1 200 ",
        b"O" * 100_000,
        b"\r\n",
        WHOLE,
        says="longer than 65536",
    ),
    raw("no-end-of-head", "closes the connection in the head", OK, b"Content-Ty"),
    raw(
        "cut-body",
        "closes the connection in the body",
        OK,
        JSON,
        b"Content-Length: 500\r\n\r\n[1",
        says="after 2 of the 500 bytes",
    ),
    raw(
        "bad-chunk-size",
        "sends a chunk of the size zz",
        OK,
        JSON,
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n[1]\r\n0\r\n\r\n",
        says='the size "zz"',
    ),
    raw(
        "negative-chunk",
        "sends a chunk of the size -1",
        OK,
        JSON,
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\n[1]\r\n0\r\n\r\n",
        says='the size "-1"',
    ),
    raw(
        "no-last-chunk",
        "closes the connection before the last chunk",
        OK,
        JSON,
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n",
        says="before its last chunk",
    ),
    bad("answers-twice", "sends a second answer that nothing asked for", sends((OK + WHOLE) * 2), NOT_PASS),
    bad("huge-length", "sends a Content-Length of 40 digits", reframes(b"Content-Length: " + b"9" * 40)),
    bad("nul-in-a-header", "sends a NUL in a header", adds(b"X-A: \x00\x01"), NOT_PASS),
)
