"""What one hostile answer costs, step by step and against its size.

    python benchmarks/answer_cost.py

Each row is a step on its way from the wire to the journal, with an answer that is made to be expensive there. A step
is linear where four times the size takes about four times as long, and bounded where it takes no longer. Exits with 1
where a step grows faster, or one answer takes more than MOST_SECONDS.
"""

from __future__ import annotations

import gc
import io
import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from conformance.checks import Checks
from conformance.contract import load
from conformance.evidence.journal import Journal
from conformance.evidence.redaction import Secrets
from conformance.model import JAVASCRIPT, JSON, MSGPACK, Exchange, Headers, Origin, Request, Response
from conformance.wire import links
from conformance.wire.codec import decode

SIZES = (16 * 1024, 64 * 1024, 256 * 1024)
MOST_GROWTH = 6.0
"""For four times the size; an exact 4 would fail on a machine that does something else beside."""

TOO_SHORT = 0.02
"""Seconds, below which growth is noise."""

MOST_SECONDS = 3.0
LONGEST_LINE = 64 * 1024
"""Bytes of a header line that the HTTP library reads."""

HISTORY = "GET /channels/{channel_id}/messages"


@dataclass(frozen=True)
class Step:
    """prepare: from a size to the work that is measured."""

    name: str
    prepare: Callable[[int], Callable[[], object]]


def answered(body: bytes, media_type: str = JSON, lines: Headers = (), status: int = 200) -> Exchange:
    return Exchange(
        id="x-1",
        operation=HISTORY,
        origin=Origin.SCENARIO,
        principal="full",
        request=Request("GET", "http://127.0.0.1/channels/c/messages", (("Accept", media_type),)),
        response=Response(status, (("Content-Type", media_type), *lines), body),
        started=0.0,
        elapsed=0.0,
    )


def knowing_many() -> Secrets:
    """Secrets that all begin alike, as the tokens of one application do."""
    secrets = Secrets()
    for number in range(2000):
        secrets.add("token", f"app123.key-with-a-token-{number:06}")
    return secrets


def repeated(text: bytes, size: int) -> bytes:
    return (text * (size // len(text) + 1))[:size]


def errors(message: str) -> bytes:
    return json.dumps({"error": {"code": 40000, "statusCode": 400, "message": message}}).encode()


CHECKS = Checks(load("all"))
SECRETS = knowing_many()


def listed(item: str, size: int) -> bytes:
    return f"[{','.join([item] * (size // (len(item) + 1)))}]".encode()


def decoding(name: str, media_type: str, make: Callable[[int], bytes]) -> Step:
    return Step(f"decode {name}", lambda size: partial(decode, media_type, make(size)))


def judging(name: str, make: Callable[[int], Exchange]) -> Step:
    return Step(f"judge {name}", lambda size: partial(CHECKS.judge, make(size)))


def striking(name: str, make: Callable[[int], bytes]) -> Step:
    return Step(f"strike {name}", lambda size: partial(SECRETS.strike_text, make(size).decode()))


def learning(name: str, body: bytes) -> Step:
    return Step(f"learn from {name}", lambda size: lambda: Secrets().learn(answered(repeated(body, size))))


def recording(name: str, make: Callable[[int], Exchange]) -> Step:
    return Step(f"record {name}", lambda size: partial(recorded, make(size)))


def recorded(exchange: Exchange) -> None:
    journal = Journal(Path("/dev/null"), SECRETS)
    journal.write_exchange(exchange)
    for finding in CHECKS.judge(exchange).findings:
        journal.write_finding(finding)


def parsing(name: str, text: str) -> Step:
    def prepare(size: int) -> Callable[[], object]:
        line = repeated(text.encode(), min(size, LONGEST_LINE)).decode()
        return lambda: links.by_relation([line], "http://127.0.0.1/x")

    return Step(f"parse Link of {name}", prepare)


STEPS = (
    decoding("JSON, nested", JSON, lambda size: repeated(b"[", size)),
    decoding("JSON, empty arrays", JSON, lambda size: listed("[]", size)),
    decoding("JSON, one name", JSON, lambda size: b"{" + listed('"a":1', size)[1:-1] + b"}"),
    decoding("MessagePack, maps", MSGPACK, lambda size: b"\xdd" + size.to_bytes(4, "big") + b"\x80" * size),
    decoding("JSONP, blanks", JAVASCRIPT, lambda size: b" " * size),
    decoding("JSONP, blanks at the end", JAVASCRIPT, lambda size: b"f(" + repeated(b") ", size) + b" " * size + b"x"),
    parsing("blanks", " "),
    parsing("parameters", "<a>" + ";b=c" * 4000),
    parsing("open quotes", '<a>;b="\\"'),
    judging("numbers in a list of objects", lambda size: answered(listed("1", size))),
    judging("nulls", lambda size: answered(listed('{"name":null,"id":null}', size))),
    judging("valid messages", lambda size: answered(listed('{"id":"a","name":"b","timestamp":1}', size))),
    judging("repeated names", lambda size: answered(b"{" + listed('"a":1', size)[1:-1] + b"}")),
    judging("Link lines", lambda size: answered(b"[]", lines=(("Link", "<./x"),) * (size // 16))),
    judging("an error with a path", lambda size: answered(errors("/a" * (size // 2)), status=400)),
    judging("an error with blanks", lambda size: answered(errors("at " * (size // 3)), status=400)),
    striking("backslashes", lambda size: b"\\" * size),
    striking("beginnings of secrets", lambda size: repeated(b"app123.k", size)),
    striking("cuts", lambda size: repeated(b"app123.key...", size)),
    striking("escapes", lambda size: repeated(b"\\u0061%61", size)),
    striking("dots", lambda size: repeated(b"eyJ.", size)),
    learning("backslashes", b'"token\\'),
    learning("names", b'"token":"'),
    learning("tokens", b'{"token":"app123.key-with-a-token"},'),
    recording("a long body", lambda size: answered(b"x" * size)),
    recording("many header lines", lambda size: answered(b"[]", lines=(("X-A", "b"),) * (size // 8))),
    recording("a long header line", lambda size: answered(b"[]", lines=(("X-A", "b" * size),))),
    recording("a list of numbers", lambda size: answered(listed("1", size))),
)


def measured(step: Step) -> tuple[list[float], int]:
    """Seconds for each size, and bytes that the largest takes at most beside the answer itself."""
    seconds = []
    for size in SIZES:
        work = step.prepare(size)
        seconds.append(min(_timed(work), _timed(work)))
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    before = time.process_time()
    work()
    return time.process_time() - before


def faults(step: Step, seconds: list[float]) -> Iterator[str]:
    for (small, large), size in zip(pairwise(seconds), SIZES[1:], strict=True):
        if large > TOO_SHORT and large > MOST_GROWTH * max(small, TOO_SHORT / 4):
            yield f"{step.name}: {large / max(small, 1e-9):.0f} times as long for {size // 1024} KB as for a quarter"
    if max(seconds) > MOST_SECONDS:
        yield f"{step.name}: {max(seconds):.1f} s for one answer"


def main() -> int:
    found: list[str] = []
    head = "".join(f"{size // 1024:>8} KB" for size in SIZES)
    out = io.StringIO()
    out.write(f"{'ms for an answer of':<38}{head}{'MB':>8}\n")
    for step in STEPS:
        seconds, peak = measured(step)
        out.write(f"{step.name:<38}" + "".join(f"{each * 1000:>11.1f}" for each in seconds) + f"{peak / 1e6:>8.1f}\n")
        found += faults(step, seconds)
        sys.stdout.write(out.getvalue())
        out.seek(0)
        out.truncate()
    sys.stdout.write("".join(f"{fault}\n" for fault in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
