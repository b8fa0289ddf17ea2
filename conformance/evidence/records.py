"""Exchanges, findings and outcomes as records of a journal, and back.

Pure. A record is bounded: what is left out of a body, a line or a text is told with its full size.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from itertools import chain

from conformance.evidence.shape import verified
from conformance.model import (
    Credential,
    Exchange,
    Finding,
    Headers,
    Json,
    Origin,
    Outcome,
    Part,
    Request,
    Response,
    Verdict,
)

LONGEST_BODY = 16 * 1024
"""Bytes of the body of a response that are kept; the record states the full length."""

LONGEST_REQUEST = 128 * 1024
"""Of a request, which a replay has to send whole: a publish that is too large has more than 64 KiB."""

LONGEST_LINE = 2 * 1024
MOST_LINES = 64
"""Characters of a header line, and lines of a message, that are kept."""

LONGEST_TEXT = 4 * 1024
"""Characters of a sentence of a finding or of an outcome that are kept."""

_MARGIN = 16 * 1024
"""Bytes behind the kept part of a body in which a secret may end that begins in the kept part."""

_PLAIN_FACTS = (
    "id",
    "operation",
    "principal",
    "started",
    "elapsed",
    "test",
    "sequence",
    "defect",
    "failure",
    "interference",
)
"""The members of an exchange that its record holds unchanged."""


def shortened(exchange: Exchange) -> Exchange:
    """The exchange with what its record can hold, and a margin in which a secret can be recognized to its end."""
    if _is_short(exchange):
        return exchange
    response = exchange.response
    return replace(
        exchange,
        failure=cut(exchange.failure),
        interference=cut(exchange.interference),
        request=replace(exchange.request, body=exchange.request.body[: LONGEST_REQUEST + _MARGIN]),
        response=response
        and replace(response, headers=_kept_lines(response.headers), body=response.body[: LONGEST_BODY + _MARGIN]),
    )


def _is_short(exchange: Exchange) -> bool:
    response = exchange.response
    lines = response.headers if response else ()
    return (
        len(exchange.request.body) <= LONGEST_REQUEST
        and (response is None or len(response.body) <= LONGEST_BODY)
        and max(len(exchange.failure), len(exchange.interference)) <= LONGEST_TEXT
        and len(lines) <= MOST_LINES
        and all(len(name) <= LONGEST_LINE and len(value) <= LONGEST_LINE for name, value in lines)
    )


def cut(text: str, longest: int = LONGEST_TEXT) -> str:
    """The text, or its beginning with the full length; what was cut already stays as it is."""
    is_short = len(text) <= longest or _CUT_LINE.fullmatch(text, longest)
    return text if is_short else f"{text[:longest]}… ({len(text):,} characters)"


def _kept_lines(headers: Headers) -> Headers:
    kept = tuple((cut(name, LONGEST_LINE), cut(value, LONGEST_LINE)) for name, value in headers[:MOST_LINES])
    left_out = len(headers) - MOST_LINES
    return (*kept, (_LEFT_OUT, f"{left_out:,} more lines")) if left_out > 0 else kept


def exchange_record(exchange: Exchange, strike: Callable[[Exchange], Exchange]) -> Json:
    """strike: removes the secrets of an exchange; bodies keep their length."""
    sent, received = exchange.request.body, exchange.response.body if exchange.response else b""
    struck = strike(shortened(exchange))
    request, response = struck.request, struck.response
    return {
        **{name: getattr(struck, name) for name in _PLAIN_FACTS},
        "origin": struck.origin.value,
        **({"unrecorded": [part.value for part in struck.unrecorded]} if struck.unrecorded else {}),
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": request.headers,
            **_body_record(request.body, len(sent), LONGEST_REQUEST),
        },
        "response": response
        and {
            "status": response.status,
            "headers": response.headers,
            **_body_record(response.body, len(received), LONGEST_BODY),
        },
    }


def _body_record(body: bytes, size: int, longest: int) -> Json:
    kept = body[:longest]
    try:
        return {"text": kept.decode(), "bytes": size}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(kept).decode(), "bytes": size}


def finding_record(finding: Finding) -> Json:
    return {name: cut(value) if isinstance(value, str) else value for name, value in asdict(finding).items()}


def outcome_record(outcome: Outcome) -> Json:
    return {**asdict(outcome), "reason": cut(outcome.reason), "verdict": str(outcome.verdict)}


def texts_of(value: Json) -> Iterator[str]:
    """Every text of a record, names of members included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield str(name)
            yield from texts_of(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from texts_of(member)


def body_in_base64(record: Json) -> bytes:
    """The body of a message that its record holds in base64, or nothing."""
    return base64.b64decode(record["base64"], validate=True) if "base64" in record else b""


def body_struck(record: Json, strike: Callable[[bytes], bytes]) -> Json:
    """The record of a message whose body is struck once more; its length stays as it is."""
    if "base64" in record:
        return {
            **record,
            "base64": base64.b64encode(strike(base64.b64decode(record["base64"], validate=True))).decode(),
        }
    return {**record, "text": strike(record["text"].encode("utf-8", "surrogatepass")).decode("utf-8", "replace")}


def exchange_of(record: Json) -> Exchange:
    request, response = record["request"], record["response"]
    apart = {"kind", "request", "response", "origin", "unrecorded"}
    facts = {key: record[key] for key in record if key not in apart}
    found = Exchange(
        **facts,
        origin=Origin(record["origin"]),
        request=Request(request["method"], request["url"], _headers(request["headers"]), _body(request)),
        response=response and Response(response["status"], _headers(response["headers"]), _body(response)),
        unrecorded=tuple(map(Part, record.get("unrecorded", ()))),
    )
    return verified(found)


def as_recorded(record: Json) -> Exchange:
    """The exchange of a record for another judgement, with the parts that the journal cut or struck as unrecorded."""
    found = exchange_of(record)
    request, response = found.request, found.response
    lost = {
        Part.REQUEST_BODY: len(request.body) < record["request"]["bytes"],
        Part.CREDENTIALS: _is_struck(found),
        Part.RESPONSE_BODY: response is not None and len(response.body) < record["response"]["bytes"],
        Part.RESPONSE_HEADERS: response is not None and any(map(_is_cut_line, response.headers)),
    }
    parts = dict.fromkeys(chain(found.unrecorded, (part for part, is_lost in lost.items() if is_lost)))
    whole_lines = response and tuple(line for line in response.headers if not _is_cut_line(line))
    return replace(
        found,
        response=response and replace(response, headers=whole_lines or ()),
        unrecorded=tuple(parts),
    )


def _is_struck(exchange: Exchange) -> bool:
    """Whether a secret was struck anywhere: in words in a URL and in header lines, in its own length in a body."""
    messages = [each for each in (exchange.request, exchange.response) if each]
    lines = [exchange.request.url, *(value for each in messages for _, value in each.headers)]
    return any("<secret:" in line for line in lines) or any(_IN_BODY.search(each.body) for each in messages)


_IN_BODY = re.compile(rb"<[^<>\x00-\x1f]{1,200}>\*")
_CUT_LINE = re.compile(r"… \([\d,]+ characters\)\Z")
_LEFT_OUT = "(left out)"


def _is_cut_line(line: tuple[str, str]) -> bool:
    name, value = line
    return name == _LEFT_OUT or bool(_CUT_LINE.search(name) or _CUT_LINE.search(value))


def _headers(lines: list[list[str]]) -> Headers:
    return tuple((name, value) for name, value in lines)


def _body(record: Json) -> bytes:
    return base64.b64decode(record["base64"], validate=True) if "base64" in record else record["text"].encode()


def credential_of(record: Json) -> Credential:
    return verified(Credential(**{name: value for name, value in record.items() if name != "kind"}))


def finding_of(record: Json) -> Finding:
    facts = {key: value for key, value in record.items() if key != "kind"}
    found = replace(Finding(**facts), exchanges=tuple(record["exchanges"]))
    return verified(found)


def outcome_of(record: Json) -> Outcome:
    found = Outcome(
        record["requirement"],
        record["test"],
        Verdict[record["verdict"].upper()],
        record["reason"],
        tuple(record["operations"]),
        record.get("out_of_scope", ""),
        record.get("seconds", 0.0),
    )
    return verified(found)
