"""Bytes out, bytes in: the home of requests. Nothing here knows the contract.

What a library would mend on the way is sent as it is: the URL is set past every normalisation, and every header line
of an answer is kept apart.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

import msgpack
import requests
import urllib3

from conformance.decoding import NOTHING
from conformance.model import FORM, MSGPACK, Json, Request, Response


def open_session() -> requests.Session:
    """Nothing of the environment gets in: no proxy, no .netrc, no redirect, no cookie, no compression."""
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    session.headers["Accept-Encoding"] = "identity"
    session.headers["User-Agent"] = "ably-conformance"
    return session


def transmit(session: requests.Session, request: Request, timeout: float) -> tuple[Response | None, str]:
    """The bytes that go out are the bytes in the record: the URL is set past every normalisation of the library."""
    prepared = session.prepare_request(requests.Request(request.method, "http://unset", data=request.body))
    prepared.url = request.url
    prepared.headers.update(dict(request.headers))
    try:
        received = session.send(prepared, timeout=timeout, allow_redirects=False)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as failure:
        return None, _in_a_sentence(failure, timeout)
    lines = tuple((name, value) for name, value in received.raw.headers.iteritems())
    return Response(received.status_code, lines, received.content), ""


def _in_a_sentence(failure: Exception, timeout: float) -> str:
    text = str(failure)
    if isinstance(failure, requests.Timeout):
        return f"no answer within {timeout:g} s"
    if "Connection refused" in text:
        return "nobody listens there: connection refused"
    if "Name or service not known" in text or "NameResolutionError" in text:
        return "its host name does not resolve"
    if isinstance(failure, requests.exceptions.SSLError):
        return f"TLS failed: {text.rpartition(':')[2].strip(' )')}"
    return f"the connection broke: {type(failure).__name__}"


def is_encodable(body: Json, media_type: str) -> bool:
    """MessagePack ends at 64 bits, JSON knows no bytes, a form only texts by name."""
    if media_type == FORM:
        return isinstance(body, dict) and all(isinstance(value, str) for value in body.values())
    try:
        encode(body, media_type)
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def encode(body: Json, media_type: str) -> bytes:
    if body is NOTHING:
        return b""
    if media_type == MSGPACK:
        packed: bytes = msgpack.packb(body, use_bin_type=True)
        return packed
    if media_type == FORM:
        return urlencode({name: as_text(value) for name, value in body.items()}).encode()
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")


def as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)
