"""Reads the head of a response as RFC 9112 says, and meters every byte that arrives.

The standard library takes 102 and 103 for final responses, and ends the head silently at a line that is no header.
"""

from __future__ import annotations

import email.errors
import http.client
import io
import re
import socket
from typing import Any

from conformance.model import Headers
from conformance.wire.deadline import progress
from conformance.wire.framing import has_known_end

LONGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of a response, its head and its chunk sizes among them; a longer one is not read to its end. A page of 1,000
items has less.
"""

_SWITCHING_PROTOCOLS = 101
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_LONGEST_CHUNK_LINE = 4096
_MALFORMED = (
    email.errors.MissingHeaderBodySeparatorDefect,
    email.errors.FirstHeaderLineIsContinuationDefect,
    email.errors.InvalidHeaderDefect,
)
"""What the parser of the standard library notes of a line that is no header; a body of several parts is noted too."""


class TooLongError(OSError):
    """The response is longer than LONGEST_ANSWER."""


class MalformedLineError(http.client.HTTPException):
    """line: what stands in a head where a header line was expected."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


class MalformedChunkError(http.client.HTTPException):
    """line: what stands where the size of a chunk was expected, "" at the end of the connection."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


class FinalResponse(http.client.HTTPResponse):
    """The response after all informational ones (RFC 9110 section 15.2). lines: its header as received.

    A Content-Length that says nothing is hidden from urllib3, which raises for it: the checks judge it.
    """

    lines: Headers = ()

    def __init__(self, sock: socket.socket, *args: Any, **how: Any) -> None:
        super().__init__(sock, *args, **how)
        self.fp.close()
        self.fp = io.BufferedReader(_Metered(sock.makefile("rb", buffering=0)))

    def _read_status(self) -> tuple[str, int, str]:
        state = progress()
        while True:
            state.awaited = "response"
            found = super()._read_status()  # type: ignore[misc]
            state.awaited = "head"
            version, status, reason = found
            if not 100 <= status < 200 or status == _SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)
            state.interim += 1

    def begin(self) -> None:
        super().begin()
        if any(isinstance(each, _MALFORMED) for each in self.msg.defects):
            rest = self.msg.get_payload()
            raise MalformedLineError(str(rest).partition("\n")[0].rstrip("\r") or ":")
        for name, value in self.msg.raw_items():
            if "\0" in value:  # RFC 9110 section 5.5: invalid and dangerous
                raise MalformedLineError(f"{name}: {value}")
        self.lines = tuple(self.headers.items())
        if not has_known_end(self.lines):
            del self.headers["Content-Length"]
            self.length, self.will_close = None, True
        state = progress()
        state.awaited, state.announced = "body", self.length

    def _read_next_chunk_size(self) -> int:
        """RFC 9112 section 7.1: hexadecimal digits; int() would accept signs and underscores too."""
        line = self.fp.readline(_LONGEST_CHUNK_LINE)
        size = line.partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(size):
            raise MalformedChunkError(line.decode("latin-1"))
        return int(size, 16)


class _Metered(io.RawIOBase):
    """The bytes of a connection, counted as they arrive. Raises TooLongError."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count: int | None = self._raw.readinto(buffer)
        state = progress()
        state.received += count or 0
        if state.received > LONGEST_ANSWER:
            raise TooLongError(LONGEST_ANSWER)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
