"""Prepares one exchange for the page: header lines, indented bodies, and marks on the part that deviates."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from conformance.model import Exchange, Headers, Json, Request, Response
from conformance.report.page.body_view import Shown, base64_text, shown
from conformance.report.text import curl
from conformance.report.text.callers import caller_in_words
from conformance.report.text.dates import milliseconds
from conformance.report.text.safe_text import legible
from conformance.report.text.steps import step_name


@dataclass(frozen=True, slots=True)
class HeaderLine:
    name: str
    value: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Side:
    """A request or a response. start: its request line or status line."""

    start: str
    headers: tuple[HeaderLine, ...]
    body: Shown
    is_start_marked: bool = False


@dataclass(frozen=True, slots=True)
class ExchangeView:
    id: str
    step: str
    end: str
    facts: str
    defect: str
    failure: str
    request: Side
    response: Side | None
    curl: str


def exchange_view(exchange: Exchange, at: str = "") -> ExchangeView:
    """at: the part of the response to mark, as a finding names it: a JSON pointer, a header name or "status"."""
    response, caller = exchange.response, legible(caller_in_words(exchange.principal))
    return ExchangeView(
        id=exchange.id,
        step=legible(step_name(exchange)),
        end=_status(response.status) if response else "no response",
        facts=f"{exchange.origin.value}, sent with {caller}, {milliseconds(exchange.elapsed)}{_unrecorded(exchange)}",
        defect=legible(exchange.defect),
        failure=legible(exchange.failure),
        request=_request_side(exchange.request),
        response=_response_side(response, at) if response else None,
        curl=curl.command(exchange.request),
    )


def _unrecorded(exchange: Exchange) -> str:
    parts = ", ".join(part.value for part in exchange.unrecorded)
    return f"; not or not wholly recorded: {parts}" if parts else ""


def _request_side(request: Request) -> Side:
    parts = urlsplit(request.url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    start = f"{request.method} {legible(target)}"
    return Side(start, _headers(request.headers, ""), shown(request.media_type, request.body))


def _response_side(response: Response, at: str) -> Side:
    body = shown(response.media_type, response.body, at)
    return Side(_status(response.status), _headers(response.headers, at), body, is_start_marked=at == "status")


def record(each: ExchangeView) -> Json:
    """The view as JSON for the script of the page, which formats and decodes nothing itself."""
    return {
        "id": each.id,
        "step": each.step,
        "end": each.end,
        "facts": each.facts,
        "defect": each.defect,
        "failure": each.failure,
        "request": _side_record(each.request),
        "response": each.response and _side_record(each.response),
        "curl": legible(each.curl),
    }


def _side_record(side: Side) -> Json:
    body = side.body
    return {
        "start": side.start,
        "headers": [[line.name, line.value] for line in side.headers],
        "kind": body.kind,
        "text": "\n".join(body.lines),
        "octets": base64_text(body.octets),
        "note": body.note,
    }


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _headers(headers: Headers, at: str) -> tuple[HeaderLine, ...]:
    wanted = at.lower()
    return tuple(HeaderLine(legible(name), legible(value), name.lower() == wanted) for name, value in headers)
