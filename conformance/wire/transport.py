"""Bytes out, bytes in: the home of requests. Nothing here knows the contract.

What a library would mend on the way is sent as it is: the target of a request goes out as it is written, a repeated
header as often as it is given, and every header line and byte of an answer is kept as it came.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from conformance.model import Headers, Request, Response

LONGEST_ANSWER = 32 * 1024 * 1024
"""Bytes of a body; who sends more is not read to the end."""

_CHUNK = 64 * 1024
_OURS = (("Accept-Encoding", "identity"), ("User-Agent", "ably-conformance"))
_TARGET = ":target"
_URL = re.compile(r"https?://[^/?#\s]+(?P<target>[!-~]*)")


def open_session(ca_file: str = "") -> requests.Session:
    """Nothing of the environment gets in: no proxy, no .netrc, no redirect, no cookie, no compression.

    ca_file: PEM of the authorities to trust in place of those that everybody trusts, "" for the latter.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = ca_file or True
    session.mount("http://", _AsWritten())
    session.mount("https://", _AsWritten())
    return session


def transmit(session: requests.Session, request: Request, timeout: float) -> tuple[Response | None, str]:
    """The answer or, in a sentence, why there is none. timeout: seconds for every wait, and for the whole answer."""
    found = _URL.fullmatch(request.url)
    if not found:
        return None, "its URL is not one that an HTTP request can carry"
    deadline = time.monotonic() + timeout
    try:
        # The adapter and not the session: that one would read cookies and prepare to follow a redirect.
        received = session.get_adapter(request.url).send(
            _prepared(request, found["target"]), stream=True, timeout=timeout, verify=session.verify or True
        )
        lines = tuple((name, value) for name, value in received.raw.headers.iteritems())
        return Response(received.status_code, lines, _read(received.raw, deadline)), ""
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as failure:
        return None, _in_a_sentence(failure, timeout)


def _prepared(request: Request, target: str) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.method = request.method
    prepared.url = request.url
    prepared.body = request.body or None
    prepared.headers = _lines(request, target)  # type: ignore[assignment]  # it keeps repeated lines apart
    return prepared


def _lines(request: Request, target: str) -> urllib3.HTTPHeaderDict:
    given = {name.lower() for name, _ in request.headers}
    lines = urllib3.HTTPHeaderDict([(name, value) for name, value in _OURS if name.lower() not in given])
    for name, value in (*_length(request), *request.headers, (_TARGET, target if target[:1] == "/" else f"/{target}")):
        lines.add(name, value)
    return lines


def _length(request: Request) -> Headers:
    says = bool(request.body) or request.method in {"POST", "PUT", "PATCH", "DELETE"}
    return (("Content-Length", str(len(request.body))),) if says else ()


def _read(raw: urllib3.HTTPResponse, deadline: float) -> bytes:
    """The body as it came, still compressed if it was; a drip does not outlive the deadline."""
    body = b"".join(_chunks(raw, deadline))
    raw.release_conn()
    return body


def _chunks(raw: urllib3.HTTPResponse, deadline: float) -> Iterator[bytes]:
    length = 0
    while chunk := raw.read1(_CHUNK, decode_content=False):
        yield chunk
        length += len(chunk)
        if length > LONGEST_ANSWER:
            raw.close()
            raise _TooLongError
        if time.monotonic() > deadline:
            raw.close()
            raise requests.Timeout


class _TooLongError(OSError):
    """The body has no end that we would wait for."""


def _in_a_sentence(failure: Exception, timeout: float) -> str:
    text = str(failure)
    if isinstance(failure, _TooLongError):
        return f"the answer is longer than {LONGEST_ANSWER} bytes"
    if isinstance(failure, requests.Timeout | urllib3.exceptions.TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(failure, requests.exceptions.SSLError):
        reason = _TLS_REASON.search(text)
        hint = "; --ca-file names a private authority" if "unable to get local issuer" in text else ""
        return f"TLS failed: {reason[1] if reason else _kind(failure)}{hint}"
    return next((sentence for sign, sentence in _SIGNS if sign in text), f"the connection broke: {_kind(failure)}")


_SIGNS = (
    ("Connection refused", "nobody listens there: connection refused"),
    ("NameResolutionError", "its host name does not resolve"),
    ("Name or service not known", "its host name does not resolve"),
    ("RemoteDisconnected", "it hung up without an answer"),
    ("IncompleteRead", "its body ended before the length that it announced"),
    ("BadStatusLine", "it did not answer in HTTP"),
)
"""What the library's words mean, most telling first."""

_TLS_REASON = re.compile(r"\] (.+?) \(_ssl")


def _kind(failure: Exception) -> str:
    cause = failure.args[0] if failure.args and isinstance(failure.args[0], Exception) else failure
    return type(cause).__name__


# The target of a request, as it is written --------------------------------------------------------------------------


class _Connection(HTTPConnection):
    """urllib3 puts %2f into capitals and mends a lone %; the target that goes out is the one in the record."""

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **how: Any) -> None:
        super().request(method, headers.pop(_TARGET, url), body, headers, **how)


class _SecureConnection(HTTPSConnection):
    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **how: Any) -> None:
        super().request(method, headers.pop(_TARGET, url), body, headers, **how)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _AsWritten(HTTPAdapter):
    def init_poolmanager(self, *sizes: Any, **how: Any) -> None:
        super().init_poolmanager(*sizes, **how)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


# Values become bodies -----------------------------------------------------------------------------------------------
