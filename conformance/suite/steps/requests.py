"""Sends requests with any Accept and Content-Type header, and with bodies that need not be valid."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.contract.templates import fill
from conformance.model import JSON, Call, Headers
from conformance.target.answer import Answer
from conformance.target.client import Target


def ask(
    target: Target,
    path: str,
    *,
    method: str = "GET",
    accept: str = "",
    query: Mapping[str, str] | None = None,
    headers: Headers = (),
    **parameters: str,
) -> Answer:
    """Send a request without a body. Without `accept` it has no Accept header, so `format` selects the format."""
    accepted = (("Accept", accept),) if accept else ()
    call = Call(
        method,
        fill(path, parameters),
        tuple((query or {}).items()),
        (*accepted, *headers),
        operation=f"{method} {path}" if method != "HEAD" else "",
    )
    return target.send(call)


def send_raw(
    target: Target, path: str, body: bytes, media_type: str, method: str = "POST", **parameters: str
) -> Answer:
    """Send the given bytes as a body of the given media type, which need not be theirs."""
    headers = (("Accept", JSON), ("Content-Type", media_type))
    return target.send(Call(method, fill(path, parameters), headers=headers, body=body, operation=f"{method} {path}"))
