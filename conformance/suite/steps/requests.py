"""Requests that say in their own way what they want, or are hardly requests at all."""

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
    """Without `accept` there is no Accept header: then `format` decides, and after it the default."""
    wanted = (("Accept", accept),) if accept else ()
    call = Call(
        method,
        fill(path, parameters),
        tuple((query or {}).items()),
        (*wanted, *headers),
        operation=f"{method} {path}" if method != "HEAD" else "",
    )
    return target.send(call)


def send_raw(
    target: Target, path: str, body: bytes, media_type: str, method: str = "POST", **parameters: str
) -> Answer:
    """A body as it is, whatever it says it is."""
    headers = (("Accept", JSON), ("Content-Type", media_type))
    return target.send(Call(method, fill(path, parameters), headers=headers, body=body, operation=f"{method} {path}"))
