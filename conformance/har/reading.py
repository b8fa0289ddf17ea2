"""Opens recordings, which are HAR files or journals, and hands out their exchanges one by one."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from conformance.errors import UsageError
from conformance.evidence.recorded import exchanges_in
from conformance.har.entry import UNANSWERED, Skipped, Source, exchange_of, is_http, shown
from conformance.har.slices import Document, NotHar
from conformance.model import Exchange

_JOURNAL = re.compile(rb'\s*\{\s*"kind"\s*:')
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"(\xb5/\xfd": "zstd"}


def read(path: Path, recording: int) -> Iterator[Exchange | Skipped]:
    """The exchanges of a file, and why an entry is none. recording: the number of the file. Raises UsageError."""
    beginning = _beginning(path)
    if _JOURNAL.match(beginning):
        return _of_journal(path, recording)
    for mark, name in _PACKED.items():
        if beginning.startswith(mark):
            raise UsageError(f"{path} is compressed ({name}); unpack it first")
    return _of_har(path, recording)


def file_name(path: Path) -> str:
    """The name of a file as a text that can be written down, whatever its bytes are."""
    return os.fsencode(path.name).decode("utf-8", "replace")


def _beginning(path: Path) -> bytes:
    try:
        if stat.S_ISFIFO(path.stat().st_mode):  # it is read twice
            raise UsageError(f"{path} is a pipe; write the recording to a file first")
        with path.open("rb") as file:
            return file.read(64)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _of_har(path: Path, recording: int) -> Iterator[Exchange | Skipped]:
    try:
        with path.open("rb") as file:
            document = Document(file)
            for entry in document.entries():
                source = Source(recording, file_name(path), document.creator, document.entry)
                try:
                    yield exchange_of(entry, source)
                except Skipped as skipped:
                    yield skipped
    except NotHar as error:
        raise UsageError(f"{path} is neither a HAR file nor a journal: {error}") from error


def _of_journal(path: Path, recording: int) -> Iterator[Exchange | Skipped]:
    for number, exchange in enumerate(exchanges_in(path), 1):
        if not is_http(exchange.request.url):
            yield Skipped("no URL of HTTP")
        elif exchange.response is None:
            yield Skipped(UNANSWERED, shown(exchange.request.method, exchange.request.url))
        else:
            yield replace(exchange, id=f"r{recording}-{number}")
