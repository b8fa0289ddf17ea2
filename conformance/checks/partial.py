"""Requests and responses of which a recording lacks parts: reaching for one of those raises UnrecordedError.

Pure. A check that reaches for a part that was not recorded is not asked, so that no list has to say what each check
reads.
"""

from __future__ import annotations

from conformance.errors import UnrecordedError
from conformance.model import Exchange, Part, Request, Response

_CREDENTIALS = frozenset({"authorization", "x-ably-devicetoken", "x-ably-devicesecret", "cookie"})


class _PartialRequest(Request):
    """A header that is there is as it was sent; one that is missing may have been left out."""

    __slots__ = ("_kept", "_unrecorded")
    _kept: Request
    _unrecorded: frozenset[Part]

    def __init__(self, kept: Request, unrecorded: frozenset[Part]) -> None:
        for name, value in (("_kept", kept), ("_unrecorded", unrecorded)):
            object.__setattr__(self, name, value)  # frozen, as its parent
        for name in ("method", "url", "headers"):
            object.__setattr__(self, name, getattr(kept, name))

    @property
    def body(self) -> bytes:
        _require(Part.REQUEST_BODY, self._unrecorded)
        return self._kept.body

    def lines(self, name: str) -> tuple[str, ...]:
        if name.lower() in _CREDENTIALS:
            _require(Part.CREDENTIALS, self._unrecorded)
        found = self._kept.lines(name)
        if not found:
            _require(Part.REQUEST_HEADERS, self._unrecorded)
        return found


class _PartialResponse(Response):
    __slots__ = ("_kept", "_unrecorded")
    _kept: Response
    _unrecorded: frozenset[Part]

    def __init__(self, kept: Response, unrecorded: frozenset[Part]) -> None:
        for name, value in (("_kept", kept), ("_unrecorded", unrecorded)):
            object.__setattr__(self, name, value)
        for name in ("status", "headers"):
            object.__setattr__(self, name, getattr(kept, name))

    @property
    def body(self) -> bytes:
        _require(Part.RESPONSE_BODY, self._unrecorded)
        return self._kept.body

    def lines(self, name: str) -> tuple[str, ...]:
        found = self._kept.lines(name)
        if not found:
            _require(Part.RESPONSE_HEADERS, self._unrecorded)
        return found


def request_of(exchange: Exchange) -> Request:
    """The request, guarded where the recording lacks a part of it."""
    unrecorded = frozenset(exchange.unrecorded)
    return _PartialRequest(exchange.request, unrecorded) if unrecorded else exchange.request


def response_of(exchange: Exchange) -> Response | None:
    """The response, guarded where the recording lacks a part of it."""
    if exchange.response is None or not exchange.unrecorded:
        return exchange.response
    return _PartialResponse(exchange.response, frozenset(exchange.unrecorded))


def require_header_lines(exchange: Exchange) -> None:
    """Raises UnrecordedError where several lines of a header may have been written as one."""
    _require(Part.HEADER_LINES, frozenset(exchange.unrecorded))


def _require(part: Part, unrecorded: frozenset[Part]) -> None:
    if part in unrecorded:
        raise UnrecordedError(f"the recording lacks the {part.value}")
