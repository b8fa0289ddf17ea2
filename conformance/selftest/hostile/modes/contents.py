"""Targets whose answers are work, of wrong types, always the same, made for a terminal, or hold secrets."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from conformance.selftest.hostile.acts import answers, but_apps, echoes, on, replaces, rewrites
from conformance.selftest.hostile.mode import FAIL, INCONCLUSIVE, NOT_PASS, PASS, TIME, TOKENS, Mode, TargetMode
from conformance.selftest.hostile.server import Ask, Part

ERRORS = ("conformance/suite/protocol/test_protocol.py", "-k", "ERR-01 or ERR-02 or ERR-20 or ERR-25")
FORMATS = ("conformance/suite/protocol/test_formats.py",)
ESCAPE = "\x1b[31mred\x1b]0;title\x07"
MANY = 2000


JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJzb21lYm9keSBlbHNlIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


def escaped(text: str) -> bytes:
    return "".join(f"\\u{ord(each):04x}" for each in text).encode()


def error(message: str, code: object = 40400) -> bytes:
    return json.dumps({"error": {"message": message, "code": code, "statusCode": 404, "href": message}}).encode()


def work(name: str, does: str, body: bytes, media: str = "application/json", *lines: str, select=TIME) -> Mode:
    act = but_apps(answers(body, media, 200, *lines))
    return TargetMode(name=name, kind="work", does=does, act=act, expect=NOT_PASS, select=select)


def blame(name: str, does: str, act, expect: str = NOT_PASS, select=TOKENS) -> Mode:
    return TargetMode(name=name, kind="blame", does=does, act=act, expect=expect, select=select)


def constant(name: str, does: str, act, expect: str = FAIL) -> Mode:
    select = ("conformance/suite/protocol/test_time.py", "conformance/suite/channels/test_channels_listed.py")
    return TargetMode(name=name, kind="constant", does=does, act=but_apps(act), expect=expect, select=select)


def output(name: str, does: str, act, expect: str = FAIL, select=TIME) -> Mode:
    return TargetMode(name=name, kind="output", does=does, act=but_apps(act), expect=expect, select=select)


def secret(name: str, does: str, form: Callable[[str], bytes], canaries: tuple[str, ...] = ()) -> Mode:
    """form: makes the member that is put before the genuine ones, which no document forbids, from the issued token."""

    def change(body: bytes) -> bytes:
        with suppress(ValueError, TypeError, KeyError):
            return b"{" + form(json.loads(body)["token"]) + b"," + body[1:]
        return body

    act = on("POST /keys", rewrites(change))
    return TargetMode(name=name, kind="secrets", does=does, act=act, expect=PASS, select=TOKENS, canaries=canaries)


def key_in_hex(ask: Ask) -> Iterator[Part]:
    """An error whose message is the secret of the key, as the request had it, in hex."""
    given = re.search(rb"(?i)authorization: basic (\S+)", ask.request)
    value = base64.b64decode(given[1]).rpartition(b":")[2].hex() if given else "none"
    return answers(error(value), status=400)(ask)


MODES: tuple[Mode, ...] = (
    work(
        "jsonp-of-blanks", "answers 100 KB of blanks as JSONP", b" " * 100_000, "application/javascript", select=FORMATS
    ),
    work("jsonp-of-brackets", "answers 100 KB of opening brackets as JSONP", b"f(" * 50_000, "application/javascript"),
    work("backslashes", "answers a JSON text of 400 KB of backslashes", b'["' + b"\\\\" * 200_000 + b'"]'),
    work("open-brackets", "answers 1 MB of opening brackets", b"[" * 1_000_000),
    work("many-wrong-items", "answers a list of 20,000 wrong items", json.dumps([{"a": None}] * 20_000).encode()),
    work("repeated-members", "answers an object with 50,000 equal members", b"{" + b'"a":1,' * 50_000 + b'"a":1}'),
    work("long-number", "answers a number of 1 MB", b"[" + b"9" * 1_000_000 + b"]"),
    work("large-body", "answers 8 MB of JSON", json.dumps(["x" * 1000] * 8000).encode()),
    work("largest-body", "answers 31 MB of one text", b'["' + b"x" * 31_000_000 + b'"]'),
    work("too-large-body", "answers 40 MB", b" " * 40_000_000),
    work("messagepack-bomb", "declares an array of 4 billion items", b"\xdd\xff\xff\xff\xff", "application/x-msgpack"),
    work("gzip-bomb", "says that 1 MB is gzip", b"\x1f\x8b" * 500_000, "application/json", "Content-Encoding: gzip"),
    work("long-header", "answers a header line of 60 KB", b"[1]", "application/json", "Link: " + "<" * 60_000),
    work("many-headers", "answers 90 lines of 8 KB", b"[1]", "application/json", *[f"Link: {',' * 8000}"] * 90),
    work("too-many-headers", "answers 10,000 header lines", b"[1]", "application/json", *["X: y"] * 10_000),
    work("long-message", "answers an error message of 1 MB", error("m" * 1_000_000)),
    blame(
        "token-is-a-number",
        "issues tokens that are numbers",
        on("POST /keys", replaces(rb'"token":"[^"]+"', b'"token":7')),
    ),
    blame(
        "token-is-a-surrogate",
        "issues tokens that no text can hold",
        on("POST /keys", replaces(rb'"token":"[^"]+"', rb'"token":"\ud800x"')),
    ),
    blame(
        "token-is-not-latin",
        "issues tokens that no header can hold",
        on("POST /keys", replaces(rb'"token":"[^"]+"', '"token":"ü\u2028\r"'.encode())),
    ),
    blame(
        "key-is-a-number", "makes keys whose value is 7", on("POST /apps", replaces(rb'"value":"[^"]+"', b'"value":7'))
    ),
    blame(
        "key-is-a-surrogate",
        "makes keys that no text can hold",
        on("POST /apps", replaces(rb'"value":"[^"]+"', rb'"value":"\ud800"')),
    ),
    blame(
        "app-is-null",
        "makes an application whose id is null",
        on("POST /apps", replaces(rb'"appId":"[^"]+"', b'"appId":null')),
    ),
    blame(
        "app-is-a-list",
        "makes an application whose keys are numbers",
        on("POST /apps", answers(b'{"appId":[],"keys":[1,2]}')),
    ),
    blame(
        "capability-is-a-list",
        "issues tokens whose capability is a list",
        on("POST /keys", replaces(rb'"capability":"(\\.|[^"\\])*"', b'"capability":[1]')),
    ),
    blame("time-is-infinite", "tells the time 1e400", on("/time", answers(b"[1e400]")), select=TIME),
    blame("time-is-a-text", "tells the time as a text", on("/time", answers(b'["now"]')), select=TIME),
    blame("time-is-huge", "tells a time of 400 digits", on("/time", answers(b"[" + b"9" * 400 + b"]")), select=TIME),
    blame(
        "code-is-a-list",
        "answers errors whose code is a list",
        but_apps(answers(error("no", [1]), status=404)),
        select=ERRORS,
    ),
    blame(
        "error-is-a-text",
        "answers errors that are texts",
        but_apps(answers(b'{"error":"no"}', status=404)),
        select=ERRORS,
    ),
    constant("always-empty-list", "answers [] to everything", answers(b"[]")),
    constant("always-empty-object", "answers {} to everything", answers(b"{}")),
    constant("always-null", "answers null to everything", answers(b"null")),
    constant("always-echo", "answers with the body of the request", echoes),
    constant("always-a-login-page", "answers a login page", answers(b"<html><form>Log in</form></html>", "text/html")),
    constant("always-200", "answers 200 without a body", answers(b"")),
    constant("always-201", "answers 201 without a body", answers(b"", status=201)),
    constant("always-204", "answers 204", answers(b"", status=204)),
    constant("always-404", "answers the same error", answers(error("not found"), status=404), NOT_PASS),
    constant("always-500", "answers the same error of its own", answers(error("broken", 50000), status=500)),
    output(
        "escapes-in-a-message",
        "answers errors with terminal escapes",
        answers(error(ESCAPE), status=400),
        select=ERRORS,
    ),
    output(
        "escapes-at-the-key",
        "rejects the key with a code of terminal escapes and of commands of a CI",
        answers(error("no", f"{ESCAPE}\n::error::no"), status=401),
        INCONCLUSIVE,
    ),
    output("escapes-in-a-code", "answers error codes with terminal escapes", answers(error("no", ESCAPE), status=400)),
    output(
        "commands-of-a-ci",
        "answers lines that a CI takes for commands",
        answers(error("a\n::error::b\n##[error]c", "\n::error::d"), status=400),
    ),
    output("script", "answers HTML with a script", answers(b"<script>alert(1)</script>", "text/html")),
    output(
        "script-in-a-message",
        "answers errors with markup",
        answers(error("</script><img src=x onerror=alert(1)>"), status=400),
    ),
    output(
        "bidirectional",
        "answers text that is shown in another order",
        answers(json.dumps(["\u202e\u2066abc"]).encode()),
    ),
    output("nul", "answers NUL bytes", answers(b"[\x00]")),
    output(
        "long-sentence",
        "answers a text of 1 MB where a number is expected",
        answers(json.dumps(["s" * 1_000_000]).encode()),
    ),
    output("escapes-in-a-header", "answers a Content-Type with escapes", answers(b"[1]", "application/\x1b[31mjson")),
    secret("echo-plain", "tells the token in another member", lambda token: b'"x":"%s"' % token.encode()),
    secret("echo-hex", "tells the token in hex", lambda token: b'"x":"%s"' % token.encode().hex().encode()),
    secret("echo-escaped", "tells the token in escapes", lambda token: b'"x":"%s"' % escaped(token)),
    secret("echo-base64", "tells the token in base64", lambda token: b'"x":"%s"' % base64.b64encode(token.encode())),
    secret("echo-in-a-name", "tells the token as the name of a member", lambda token: b'"%s":1' % token.encode()),
    secret("jwt-of-another", "tells a JWT under an unknown name", lambda _: b'"x":"%s"' % JWT.encode(), (JWT,)),
    TargetMode(
        name="key-in-hex",
        kind="secrets",
        does="tells the secret of the key in hex",
        act=but_apps(key_in_hex),
        expect=NOT_PASS,
    ),
)
