"""Reads how a response says where its body ends (RFC 9112 section 6).

Pure.
"""

from __future__ import annotations

import re

from conformance.model import Headers, lines_of

_NUMBER = re.compile(r"[0-9]+")


def has_known_end(headers: Headers) -> bool:
    """Whether the end of the body can be found: by chunks, by one length, or by the end of the connection.

    Where it cannot be, RFC 9112 section 6.3 has a client close the connection and discard what it received.
    """
    lengths = lengths_of(headers)
    return bool(lines_of(headers, "transfer-encoding")) or (len(lengths) < 2 and all(map(is_number, lengths)))


def lengths_of(headers: Headers) -> frozenset[str]:
    """The different values of Content-Length, in all lines and lists."""
    lines = lines_of(headers, "content-length")
    return frozenset(value.strip(" \t") for line in lines for value in line.split(","))


def is_number(length: str) -> bool:
    return _NUMBER.fullmatch(length) is not None
