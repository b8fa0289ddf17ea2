"""Writes the exchanges of a journal as a HAR 1.2 file, which opens in the network panel of a browser.

Everything is that of the journal: secrets are struck, and what it cut is said in a comment.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import harfile

from conformance.evidence.recorded import each_made
from conformance.evidence.records import as_recorded
from conformance.har.entry import BASE64, FACTS, OURS, facts_of
from conformance.model import Exchange, Headers, Json, Request, Response, lines_of

TRAFFIC = "traffic.har"
_VERSION = "HTTP/1.1"


@dataclass(slots=True)
class _Sent(harfile.Request):
    """A request with the facts of the run, in a member whose name begins with an underscore, as HAR 1.2 asks for."""

    facts: dict[str, Any] = field(default_factory=dict)

    def asdict(self) -> dict[str, Any]:
        return {**harfile.Request.asdict(self), FACTS: self.facts}


@dataclass(frozen=True, slots=True)
class _Recorded:
    """An exchange of a journal. sent, received: the full length of its bodies."""

    exchange: Exchange
    sent: int
    received: int


def write(journals: Iterable[Path], path: Path) -> None:
    """Raises UsageError for what is no journal, and OSError for a file that cannot be written."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    creator = harfile.Creator(OURS, version("ably-conformance"))
    try:
        with (
            aside.open("w", encoding="utf-8") as file,
            harfile.HarFile(file, creator=creator, comment="secrets are struck") as archive,
        ):
            for journal in journals:
                for recorded in each_made(journal, _recorded):
                    _add(archive, recorded)
        aside.replace(path)
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def _recorded(record: Json) -> _Recorded:
    response = record["response"]
    return _Recorded(as_recorded(record), record["request"]["bytes"], response["bytes"] if response else 0)


def _add(archive: harfile.HarFile, recorded: _Recorded) -> None:
    exchange = recorded.exchange
    archive.add_entry(
        startedDateTime=datetime.fromtimestamp(exchange.started, UTC),
        time=exchange.elapsed,
        request=_request(exchange, recorded.sent),
        response=_response(exchange.response, recorded.received) if exchange.response else _none(),
        timings=harfile.Timings(send=0, wait=exchange.elapsed, receive=0),
        comment=exchange.failure or exchange.interference or None,
    )


def _request(exchange: Exchange, size: int) -> _Sent:
    request = exchange.request
    query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    return _Sent(
        method=request.method,
        url=request.url,
        httpVersion=_VERSION,
        headers=_records(request.headers),
        queryString=[harfile.Record(name, value) for name, value in query],
        postData=_posted(request) if request.body else None,
        bodySize=size,
        comment=_cut(len(request.body), size),
        facts=facts_of(exchange),
    )


def _posted(request: Request) -> harfile.PostData:
    """HAR has no encoding for the body of a request; the comment says that it is in base64."""
    text = _as_text(request.body)
    if text is None:
        return harfile.PostData(request.content_type, text=base64.b64encode(request.body).decode(), comment=BASE64)
    return harfile.PostData(request.content_type, text=text)


def _response(response: Response, size: int) -> harfile.Response:
    text = _as_text(response.body)
    return harfile.Response(
        status=response.status,
        statusText=_reason(response.status),
        httpVersion=_VERSION,
        headers=_records(response.headers),
        content=harfile.Content(
            size=size,
            mimeType=response.content_type,
            text=base64.b64encode(response.body).decode() if text is None else text,
            encoding=BASE64 if text is None else None,
            comment=_cut(len(response.body), size),
        ),
        redirectURL=next(iter(lines_of(response.headers, "location")), ""),
        bodySize=size,
    )


def _none() -> harfile.Response:
    """As browsers write it."""
    return harfile.Response(status=0, statusText="", httpVersion="")


def _records(headers: Headers) -> list[harfile.Record]:
    return [harfile.Record(name, value) for name, value in headers]


def _as_text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _cut(kept: int, size: int) -> str | None:
    return f"the first {kept:,} of {size:,} bytes" if kept < size else None


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
