"""HDR: how a response says where its body ends, and headers that have only one value."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.reading import Reading, check
from conformance.checks.schemas import shown
from conformance.model import MUST, Clause, Finding
from conformance.requirement import EVERY_OPERATION
from conformance.wire.framing import is_number

SINGLE = (
    "Age",
    "Content-Location",
    "Content-Range",
    "Content-Type",
    "Date",
    "ETag",
    "Last-Modified",
    "Location",
    "Retry-After",
    "Server",
)
"""Headers of responses that RFC 9110 defines as one value and not as a list. Content-Length is judged by HDR-14."""


def is_response(reading: Reading) -> bool:
    """Every response is framed in some way, also one whose end is the end of the connection."""
    return reading.response is not None


def has_single_header(reading: Reading) -> bool:
    return any(reading.response.lines(name) for name in SINGLE)


@check(
    "HDR-14",
    MUST,
    "A response has at most one Content-Length, and it is a decimal number",
    clause=Clause("RFC 9110 section 8.6", "Content-Length is one decimal number of bytes"),
    operations=EVERY_OPERATION,
    when=is_response,
)
def one_length(reading: Reading) -> Iterator[Finding]:
    lines = reading.response.lines("content-length")
    if len(lines) > 1 or not all(is_number(line.strip(" \t")) for line in lines):
        yield Finding("one Content-Length, a decimal number", _in_words("Content-Length", lines), at="Content-Length")


@check(
    "HDR-15",
    MUST,
    "No response has both Content-Length and Transfer-Encoding",
    clause=Clause("RFC 9112 section 6.2", "a message with Transfer-Encoding is sent without Content-Length"),
    operations=EVERY_OPERATION,
    when=is_response,
)
def one_framing(reading: Reading) -> Iterator[Finding]:
    lengths, codings = reading.response.lines("content-length"), reading.response.lines("transfer-encoding")
    if lengths and codings:
        received = f"{_in_words('Content-Length', lengths)} and {_in_words('Transfer-Encoding', codings)}"
        yield Finding("either Content-Length or Transfer-Encoding", received, at="Transfer-Encoding")


@check(
    "HDR-16",
    MUST,
    "A response header that is defined as a single value has one line",
    clause=Clause("RFC 9110 section 5.3", "only a header that is defined as a list is sent in several lines"),
    operations=EVERY_OPERATION,
    when=has_single_header,
)
def one_line(reading: Reading) -> Iterator[Finding]:
    for name in SINGLE:
        lines = reading.response.lines(name)
        if len(lines) > 1:
            yield Finding(f"one line {name}", _in_words(name, lines), at=name)


def _in_words(name: str, lines: tuple[str, ...]) -> str:
    """A header as received: Content-Type "a", 3 lines Content-Length "1", "2", "3"."""
    values = ", ".join(map(shown, lines[:_MOST]))
    more = f" and {len(lines) - _MOST:,} more" if len(lines) > _MOST else ""
    return f"{len(lines)} lines {name}: {values}{more}" if len(lines) > 1 else f"{name} {values}"


_MOST = 4
