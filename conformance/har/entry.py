"""One entry of a HAR file as an exchange, or the reason why it is none.

Pure. The words of HAR 1.2 are those of the recorder and not of the wire: bodies are decoded texts, a body that is not
there may have been left out, and a recorder may join the lines of a header or drop some. What cannot be known is
unrecorded in the exchange, and no check judges by it.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from conformance.evidence.shape import verified
from conformance.model import MSGPACK, Exchange, Headers, Json, Origin, Part, Request, Response, lines_of

OURS = "ably-conformance"
FACTS = "_conformance"
"""The member of a request in which a run keeps what HAR has no place for."""

EXACT = (OURS, "mitmproxy")
"""Recorders that keep every header, and each line of it, as it crossed the wire."""

KEEP_LINES = (*EXACT, "WebInspector", "Playwright")
"""Recorders that keep the lines of a header apart; those of Chromium write them into one value with line feeds."""

LONGEST_URL = 64 * 1024
_LONE = re.compile("[\ud800-\udfff]")
_ESCAPED_BYTES = re.compile("[^\ud800-\udc7f\udd00-\udfff]*")
"""Texts in which every lone surrogate is a byte that was no UTF-8 (PEP 383)."""

UNANSWERED = "no response was recorded (aborted, blocked or failed)"
_PRINCIPAL = "the caller that was recorded"


class Skipped(Exception):  # noqa: N818  an entry is not at fault
    """The entry is no exchange that can be judged. reason: the same for all of its kind."""

    def __init__(self, reason: str, example: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.example = example


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry stands. recording: the number of the file, 1 for the first."""

    recording: int
    name: str
    creator: str
    entry: int

    @property
    def id(self) -> str:
        return f"r{self.recording}-{self.entry}"


def exchange_of(entry: Json, source: Source) -> Exchange:
    """An exchange without an operation. Raises Skipped."""
    try:
        return _exchange(entry, source)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        what = f"it has no {error}" if isinstance(error, KeyError) else "a member has a value of another type"
        raise Skipped("not an entry of HAR 1.2", f"entry {source.entry}: {what}"[:200]) from error


def _exchange(entry: Json, source: Source) -> Exchange:
    asked, answered = entry["request"], entry["response"]
    method, url = _text(asked["method"]), _text(asked["url"])
    status = answered["status"]
    if type(status) is not int:
        raise TypeError("status")
    _refuse(entry, method, url, status)
    sent, sent_parts = _request(asked, method, url, source.creator)
    got, got_parts = _response(answered, method, status, source.creator) if status > 0 else (None, ())
    found = Exchange(
        id=source.id,
        operation="",
        origin=Origin.OBSERVED,
        principal=_PRINCIPAL,
        request=sent,
        response=got,
        started=_started(entry.get("startedDateTime")),
        elapsed=_milliseconds(entry.get("time")),
        test=f"{source.name}, entry {source.entry}",
        unrecorded=(*sent_parts, *got_parts),
    )
    facts = asked.get(FACTS) if source.creator == OURS else None
    return _with_facts(found, facts) if isinstance(facts, dict) else found


def facts_of(exchange: Exchange) -> Json:
    """What a run knows of an exchange and HAR has no place for."""
    return {
        **{name: getattr(exchange, name) for name in _PLAIN_FACTS},
        "origin": exchange.origin.value,
        "unrecorded": [part.value for part in exchange.unrecorded],
    }


_PLAIN_FACTS = ("operation", "principal", "test", "sequence", "defect", "interference")


def _with_facts(exchange: Exchange, facts: Json) -> Exchange:
    try:
        origin, unrecorded = Origin(facts["origin"]), tuple(map(Part, facts["unrecorded"]))
    except ValueError as error:
        raise TypeError(str(error)) from error
    plain = {name: facts[name] for name in _PLAIN_FACTS}
    lost = tuple(dict.fromkeys((*exchange.unrecorded, *unrecorded)))
    return verified(replace(exchange, **plain, origin=origin, unrecorded=lost))


def _refuse(entry: Json, method: str, url: str, status: int) -> None:
    """Raises Skipped for what is no answer of a server to a request over HTTP."""
    where = shown(method, url)
    if len(url) > LONGEST_URL or not is_http(url):
        scheme = url.partition(":")[0][:20]
        kind = "WebSocket" if scheme in {"ws", "wss"} else "no URL of HTTP"
        raise Skipped(kind, where)
    if status == 101 or entry.get("_webSocketMessages") is not None:
        raise Skipped("WebSocket", where)
    answered = entry["response"]
    if answered.get("_fetchedViaServiceWorker"):
        raise Skipped("answered by a service worker", where)
    if entry.get("_fromCache") or entry.get("_fulfilledBy"):
        raise Skipped("answered from the cache of the recorder", where)
    if status == 206:
        raise Skipped("a part of an answer, for which the client asked (status 206)", where)
    if status == 304:
        raise Skipped("not modified: the answer is in the cache of the client (status 304)", where)
    if not 200 <= status <= 599:
        raise Skipped(UNANSWERED if status <= 0 else "no final status of HTTP", where)


def is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def shown(method: str, url: str) -> str:
    """An example of what was skipped, without the query and without credentials."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return f"{method} a malformed URL"[:80]
    return f"{method} {parts.scheme}://{host}{parts.path}"[:160]


# Requests ------------------------------------------------------------------------------------------------------------


def _request(asked: Json, method: str, url: str, creator: str) -> tuple[Request, tuple[Part, ...]]:
    headers = _headers(asked.get("headers"), creator)
    body = _sent_body(asked, headers, creator)
    parts = {Part.REQUEST_BODY: body is None, Part.REQUEST_HEADERS: not creator.startswith(EXACT)}
    return Request(method, _as_sent(url), headers, body or b""), tuple(
        part for part, is_lost in parts.items() if is_lost
    )


def _as_sent(url: str) -> str:
    """Without the fragment, and without credentials, which are sent in a header."""
    place = urlsplit(url).netloc
    return url.partition("#")[0].replace(f"//{place}", f"//{place.rpartition('@')[2]}", 1)


def _sent_body(asked: Json, headers: Headers, creator: str) -> bytes | None:
    """None for a body that was not recorded."""
    posted = asked.get("postData")
    if posted is None:
        size, stated = asked.get("bodySize"), next(iter(lines_of(headers, "content-length")), "0")
        is_sent = (isinstance(size, int) and size > 0) or stated != "0" or bool(lines_of(headers, "transfer-encoding"))
        return None if is_sent else b""
    text = posted.get("text")
    if not isinstance(text, str):
        return None
    if creator == OURS and posted.get("comment") == BASE64:
        return _from_base64(text)
    media = next(iter(lines_of(headers, "content-type")), "") or str(posted.get("mimeType", ""))
    return _bytes_of(text, media, creator)


BASE64 = "base64"


# Responses -----------------------------------------------------------------------------------------------------------


def _response(answered: Json, method: str, status: int, creator: str) -> tuple[Response, tuple[Part, ...]]:
    headers = _headers(answered.get("headers"), creator)
    body = _received_body(answered, headers, method, creator)
    parts = {
        Part.RESPONSE_HEADERS: not creator.startswith(EXACT) and not lines_of(headers, "date"),
        Part.HEADER_LINES: not creator.startswith(KEEP_LINES),
        Part.RESPONSE_BODY: body is None,
    }
    return Response(status, headers, body or b""), tuple(part for part, is_lost in parts.items() if is_lost)


def _received_body(answered: Json, headers: Headers, method: str, creator: str) -> bytes | None:
    """None for a body that was not recorded, or not to its end, or of which only a text is known."""
    if method == "HEAD":
        return b""
    content = answered.get("content") or {}
    size, text = content.get("size"), content.get("text")
    if answered.get("_error") or answered.get("_failureText"):  # broken off, by whoever it was
        return None
    if not text:
        is_empty = size == 0 and (creator == OURS or lines_of(headers, "content-length") == ("0",))
        return b"" if is_empty or answered["status"] == 204 else None
    if not isinstance(text, str):
        return None
    if content.get("encoding") == BASE64:
        body = _from_base64(text)
        if body is not None and _is_compressed(body, headers):
            return None
    elif content.get("encoding"):
        return None
    else:
        body = _bytes_of(text, _media(headers, content), creator)
    return None if body is not None and len(body) < _least(content) else body


def _least(content: Json) -> float:
    """The length of the whole body by the recorder: some give that of the compressed one, and what this saved."""
    size, saved = content.get("size"), content.get("compression")
    sizes = [size, size + saved] if _is_number(size) and _is_number(saved) else [size]
    return min(filter(_is_number, sizes), default=0)


def _is_compressed(body: bytes, headers: Headers) -> bool:
    """Whether a recorder kept the bytes of the wire beside the Content-Encoding that they have."""
    encodings = ",".join(lines_of(headers, "content-encoding")).strip().lower()
    return encodings not in {"", "identity"} and body.startswith(_PACKED)


_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x78\x01", b"\x78\x9c", b"\x78\xda")
"""The beginnings of gzip, zstd and zlib."""


def _media(headers: Headers, content: Json) -> str:
    return next(iter(lines_of(headers, "content-type")), "") or str(content.get("mimeType", ""))


def _bytes_of(text: str, media: str, creator: str) -> bytes | None:
    """The bytes that a text was decoded from, as far as they are certain; None where the recorder lost them."""
    if creator == OURS:
        return text.encode("utf-8", "replace")
    if text.isascii():
        return text.encode()
    charset = _CHARSET.search(media)
    if charset and charset[1].lower() not in {"utf-8", "utf8"}:
        return None
    if creator.startswith("mitmproxy"):
        return _bytes_of_mitmproxy(text, media, is_utf_8=charset is not None)
    is_lossy = "\ufffd" in text or _LONE.search(text) or media.partition(";")[0].strip().lower() == MSGPACK
    return None if is_lossy else text.encode()


def _bytes_of_mitmproxy(text: str, media: str, *, is_utf_8: bool) -> bytes | None:
    """It decodes JSON as UTF-8 and keeps other bytes as lone surrogates; without a charset it decodes as Latin-1, but
    HTML and CSS by what they say inside.
    """
    if is_utf_8 or "json" in media:
        return text.encode("utf-8", "surrogateescape") if _ESCAPED_BYTES.fullmatch(text) else None
    is_latin = "html" not in media and "css" not in media and max(text) <= "\xff"
    return text.encode("latin-1") if is_latin else None


_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


# Values --------------------------------------------------------------------------------------------------------------


def _headers(listed: Json, creator: str) -> Headers:
    """The lines without the pseudo-headers of HTTP/2; a value with line feeds is several lines."""
    pairs = ((_text(each["name"]), _text(each["value"])) for each in listed or ())
    if creator.startswith(EXACT):
        return tuple((name, value) for name, value in pairs if not name.startswith(":"))
    return tuple(
        (name, line.strip(" \t\r")) for name, value in pairs if not name.startswith(":") for line in value.split("\n")
    )


def _text(value: Json) -> str:
    """Raises TypeError. A lone surrogate is no character, and none can be sent."""
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return _LONE.sub("\ufffd", value)


_LATEST = 253_402_300_799.0


def _started(text: Json) -> float:
    """Seconds since the epoch, 0 where the recording does not say."""
    try:
        return min(max(datetime.fromisoformat(text).timestamp(), 0.0), _LATEST)
    except (ValueError, TypeError, OverflowError, OSError):
        return 0.0


def _milliseconds(value: Json) -> float:
    return float(value) if _is_number(value) and 0 <= value <= _LATEST else 0.0


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
