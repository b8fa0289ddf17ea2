"""Folders, journals and clients of the reference server that are not as they should be."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.selftest.hostile.mode import (
    INCONCLUSIVE,
    NOT_USED,
    PASS,
    USAGE,
    ClientMode,
    JournalMode,
    Mode,
    TargetMode,
)


def spoiled_history(folder: Path) -> None:
    (folder / "history.sqlite").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)


def history_is_a_folder(folder: Path) -> None:
    (folder / "history.sqlite").mkdir()


def latest_is_a_folder(folder: Path) -> None:
    (folder / "latest").mkdir()
    (folder / "latest" / "own.txt").write_text("somebody's")


def with_records(*records: object):
    """The journal, with further records before its footer."""
    return lambda lines: [*lines[:-1], *map(json.dumps, records), lines[-1]]


def altered(kind: str, **members: object):
    """The journal, with members of the records of a kind replaced."""

    def change(lines: list[str]) -> list[str]:
        records = [json.loads(line) for line in lines]
        return [json.dumps({**each, **members} if each["kind"] == kind else each) for each in records]

    return change


def journal(name: str, does: str, change, expect: str = USAGE) -> Mode:
    return JournalMode(name=name, kind="journal", does=does, change=change, expect=expect)


def client(name: str, does: str, status: str, *parts) -> Mode:
    return ClientMode(name=name, kind="client", does=does, parts=parts, expect=status)


FILES = (
    ("history-spoiled", "the history of runs is not a database", spoiled_history),
    ("history-is-a-folder", "the history of runs is a folder", history_is_a_folder),
    ("latest-is-a-folder", "the link to the latest report is a folder of somebody else", latest_is_a_folder),
)

MODES: tuple[Mode, ...] = (
    *(TargetMode(name=name, kind="files", does=does, prepare=prepare, expect=PASS) for name, does, prepare in FILES),
    journal("format-99", "the journal says that it has format 99", altered("header", format=99)),
    journal("header-of-numbers", "the requirements of a journal are numbers", altered("header", requirements=[1, 2])),
    journal("status-is-a-text", "the responses of a journal are texts", altered("exchange", response="yes")),
    journal("url-is-null", "the requests of a journal have no URL", altered("exchange", request={"method": "GET"})),
    journal(
        "verdict-is-unknown", "the outcomes of a journal have an unknown verdict", altered("outcome", verdict="fine")
    ),
    journal("counts-are-texts", "the opportunities of a journal are texts", altered("opportunities", count="many")),
    journal("footer-of-lists", "the footer of a journal is empty", altered("footer", finished=[], counts=[])),
    journal("unknown-kind", "a record is of an unknown kind", with_records({"kind": "surprise"}), NOT_USED),
    journal(
        "cut-in-a-line",
        "the journal ends in the middle of a line",
        lambda lines: [*lines[:-1], lines[-1][:20]],
        INCONCLUSIVE,
    ),
    journal("no-footer", "the journal has no footer", lambda lines: lines[:-1], INCONCLUSIVE),
    client(
        "head-in-pieces", "a client sends a head and stops in its middle", "408", b"GET /time HTTP/1.1\r\nHost: a\r\nX"
    ),
    client(
        "body-too-short",
        "a client sends less than it declares",
        "408",
        b"POST /apps HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{",
    ),
    client(
        "declares-too-much",
        "a client declares a body of 1 GB",
        "413",
        b"POST /channels/a/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n",
    ),
    client(
        "long-head",
        "a client sends a head of 300 KB",
        "400",
        b"GET /time HTTP/1.1\r\n" + b"X: " + b"y" * 300_000 + b"\r\n\r\n",
    ),
    client(
        "chunk-extension",
        "a client sends a chunk extension of 1 MB",
        "400",
        b"POST /apps HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 1_000_000,
    ),
    client(
        "tls-at-a-plain-port",
        "a client does not speak HTTP",
        "400",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ),
)
