"""The messages of the server: a request as received, a reply before encoding, an answer after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

Json = Any

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. The path stays undecoded: a channel name may contain an encoded slash."""

    method: str
    path: bytes
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    body: bytes
    scheme: str

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of an operation. A body of None means no body: Ably never answers a bare null."""

    status: int
    body: Json = None
    headers: Headers = ()
    links: Headers = ()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def read_query(raw: bytes) -> dict[str, str]:
    """Decodes a query string; the first of repeated parameters counts, invalid UTF-8 is replaced."""
    if not raw:
        return {}
    pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, encoding="utf-8", errors="replace")
    return dict(reversed(pairs))


def media_type(request: Request) -> str:
    """The media type of the request body, in lower case and without parameters; empty if there is none.

    The first of several Content-Type lines counts: ably-php sends two.
    """
    return request.header(b"content-type").partition(",")[0].partition(";")[0].strip().lower()
