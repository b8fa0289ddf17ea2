"""Fuzzes the parsers that read bytes of a target, guided by coverage (atheris), each for a bounded time.

    python -m conformance.selftest.outside.fuzz_parsers [SECONDS]     all parsers, each in a process of its own
    python -m conformance.selftest.outside.fuzz_parsers NAME ...      one of them, with options of libFuzzer

An exception that a parser does not promise ends its process with another status than 0, and so does an input that
takes longer than ten seconds or more than 600 MB. `tox run -e fuzz` installs atheris, which no other environment needs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["conformance", "msgpack"]):
    from conformance.errors import UsageError
    from conformance.evidence import journal
    from conformance.evidence.encodings import unescaped
    from conformance.evidence.redaction import Secrets
    from conformance.har.reading import read as read_recording
    from conformance.model import JAVASCRIPT, JSON, MSGPACK, Request, Response
    from conformance.selftest.harness.archives import document, entry
    from conformance.target.interference import interference
    from conformance.wire import codec, framing, links

SECONDS = 30
KEY = "app123.key456:a-secret-of-the-key"
HAR = Path(tempfile.gettempdir()) / "conformance-fuzz.har"
JOURNAL = Path(tempfile.gettempdir()) / "conformance-fuzz-journal.jsonl"


def read_json(data: bytes) -> None:
    decoded = codec.decode(JSON, data)
    assert decoded.has_value or decoded.flaws


def read_msgpack(data: bytes) -> None:
    decoded = codec.decode(MSGPACK, data)
    assert decoded.has_value or decoded.flaws


def read_jsonp(data: bytes) -> None:
    decoded = codec.decode(JAVASCRIPT, data)
    assert decoded.has_value or decoded.flaws
    assert codec.callback_of(data) or not decoded.has_value


def read_link(data: bytes) -> None:
    line = data.decode("latin-1")
    with suppress(ValueError):
        links.parse(line)
    links.by_relation([line], "http://127.0.0.1:1/push/channels?limit=1")


def read_headers(data: bytes) -> None:
    lines = tuple(
        (name, value) for name, _, value in (line.partition(":") for line in data.decode("latin-1").split("\n"))
    )
    framing.has_known_end(lines)
    interference(Request("GET", "http://127.0.0.1/x"), Response(503, lines), 0.0)


def read_error(data: bytes) -> None:
    kind = JSON if data[:1] == b"{" else MSGPACK
    response = Response(400 + len(data) % 120, (("Content-Type", kind),), data)
    interference(Request("GET", "http://127.0.0.1/x"), response, 0.0)


def read_journal(data: bytes) -> None:
    JOURNAL.write_bytes(data)
    with suppress(UsageError):
        journal.read([JOURNAL])


def read_har(data: bytes) -> None:
    """As it is, and as the one entry of a document."""
    for whole in (data, b'{"log": {"creator": {"name": "mitmproxy"}, "entries": [' + data + b"]}}"):
        HAR.write_bytes(whole)
        with suppress(UsageError):
            list(read_recording(HAR, 1))


def strike(data: bytes) -> None:
    secrets = Secrets()
    secrets.add("full", KEY)
    assert len(secrets.strike_bytes(data)) == len(data)
    assert KEY.encode() not in secrets.strike_bytes(data + KEY.encode())
    plain = unescaped(data)
    assert plain is None or len(plain.text) == len(plain.starts) == len(plain.ends)


PARSERS: dict[str, Callable[[bytes], None]] = {
    "json": read_json,
    "msgpack": read_msgpack,
    "jsonp": read_jsonp,
    "link": read_link,
    "headers": read_headers,
    "error": read_error,
    "journal": read_journal,
    "har": read_har,
    "redaction": strike,
}
SEEDS = {
    "json": [b'{"a": [1.5e3, null, "\\ud83d\\u00e9"]}', b"[[[[]]]]"],
    "msgpack": [
        b"\x82\xa1a\x93\x01\xc0\xc4\x01\xff\xa1b\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00",
        b"\xdd\x00\x00\x00\x01\x80",
    ],
    "jsonp": [b'/**/cb({"a": 1});', b" f ( [] ) ; "],
    "link": [b'<./messages?limit=1>; rel="next", <a>; rel=first;title="a,b\\""'],
    "headers": [b"Content-Length: 2\nTransfer-Encoding: chunked\nRetry-After: Mon, 01 Jan 2035 00:00:00 GMT"],
    "error": [b'{"error": {"code": 42910, "statusCode": 429, "message": "m"}}'],
    "journal": [
        json.dumps({"kind": "header", "format": 2, "worker": "w", "started": 1, "target": {"url": "u"}}).encode(),
    ],
    "har": [json.dumps(entry()).encode(), json.dumps(document(entry())).encode()],
    "redaction": [b"app123.key456%3Aa-secret... \\u0061pp123 &#97;pp123 eyJhbGciOiJ9.eyJzdWIiOiJ9.c2ln"],
}


def fuzz_all(seconds: int) -> int:
    """The number of parsers that failed."""
    failed = 0
    for name in PARSERS:
        with tempfile.TemporaryDirectory() as corpus:
            for number, seed in enumerate(SEEDS[name]):
                (Path(corpus) / str(number)).write_bytes(seed)
            limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=600", "-max_len=4096"]
            command = [sys.executable, "-m", __spec__.name, name, corpus, *limits, f"-artifact_prefix={corpus}/"]
            run = subprocess.run(command, check=False, capture_output=True, text=True)
        done = [line for line in run.stderr.splitlines() if line.startswith("Done ")]
        failed += run.returncode != 0
        sys.stdout.write(f"{name}: {done[-1] if done else run.stderr[-2000:]}\n")
        sys.stdout.flush()
    return failed


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in PARSERS:
        name = sys.argv.pop(1)
        atheris.Setup(sys.argv, PARSERS[name])
        atheris.Fuzz()
    sys.exit(fuzz_all(int(sys.argv[1]) if sys.argv[1:] else SECONDS))
