"""Sends one HTTP request and returns the raw response: the only module that uses requests and urllib3.

Nothing is normalized on the way: the request target is sent as written, a repeated header as often as given, and every
header line and byte of the response is kept as received.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from conformance.model import Headers, Request, Response
from conformance.wire.framing import has_known_end

LONGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of a response body; a longer one is not read to its end. A page of 1,000 items has less."""

_CHUNK = 64 * 1024
_OURS = (("Accept-Encoding", "identity"), ("User-Agent", "ably-conformance"))
_TARGET = ":target"
_URL = re.compile(r"https?://[^/?#\s]+(?P<target>[!-~]*)")


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a target. ca_file: a CA bundle (PEM) to trust, "" for the default one. proxy: a URL, or ""."""

    ca_file: str = ""
    proxy: str = ""


STRAIGHT = Route()


def open_session(route: Route = STRAIGHT) -> requests.Session:
    """A session that ignores the environment: no .netrc, no redirect, no cookie, no compression."""
    session = requests.Session()
    session.trust_env = False
    session.verify = route.ca_file or True
    session.proxies = {"http": route.proxy, "https": route.proxy} if route.proxy else {}
    session.mount("http://", _AsWritten())
    session.mount("https://", _AsWritten())
    return session


def transmit(session: requests.Session, request: Request, timeout: float) -> tuple[Response | None, str]:
    """The response and "", or None and why in a sentence. timeout: seconds, for each read and for the whole body."""
    found = _URL.fullmatch(request.url)
    if not found:
        return None, "the URL cannot be sent in an HTTP request"
    deadline = time.monotonic() + timeout
    try:
        # The adapter and not the session, which would read cookies and prepare to follow a redirect.
        received = session.get_adapter(request.url).send(
            _prepared(request, found["target"]),
            stream=True,
            timeout=timeout,
            verify=session.verify or True,
            proxies=session.proxies,
        )
        lines = _lines_received(received.raw)
        return Response(received.status_code, lines, _body(received.raw, lines, deadline)), ""
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
    if request.body or request.method in {"POST", "PUT", "PATCH", "DELETE"}:
        lines.add("Content-Length", str(len(request.body)))
    for name, value in (*request.headers, (_TARGET, target if target[:1] == "/" else f"/{target}")):
        lines.add(name, value)
    return lines


def _lines_received(raw: urllib3.HTTPResponse) -> Headers:
    head = raw._original_response  # noqa: SLF001  urllib3 has no other way to the lines as they were received
    return head.lines if isinstance(head, _Head) else tuple(raw.headers.iteritems())


def _body(raw: urllib3.HTTPResponse, lines: Headers, deadline: float) -> bytes:
    if has_known_end(lines):
        return _read(raw, deadline)
    raw.close()
    return b""


def _read(raw: urllib3.HTTPResponse, deadline: float) -> bytes:
    """The body as received, not decompressed; reading stops at the deadline, however slowly bytes arrive."""
    body = bytearray()
    while chunk := raw.read1(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > LONGEST_ANSWER:
            raw.close()
            raise _TooLongError
        if time.monotonic() > deadline:
            raw.close()
            raise requests.Timeout
    raw.release_conn()
    return bytes(body)


class _TooLongError(OSError):
    """The body is longer than LONGEST_ANSWER."""


def _in_a_sentence(failure: Exception, timeout: float) -> str:
    text = str(failure)
    if isinstance(failure, _TooLongError):
        return f"the response is longer than {LONGEST_ANSWER} bytes"
    if isinstance(failure, requests.Timeout | urllib3.exceptions.TimeoutError):
        return f"no response within {timeout:g} s"
    if isinstance(failure, requests.exceptions.ProxyError):
        refused = _TUNNEL.search(text)
        return f"the proxy refused the connection with status {refused[1]}" if refused else "the proxy cannot be used"
    if isinstance(failure, requests.exceptions.SSLError):
        reason = _TLS_REASON.search(text)
        hint = "; a CA bundle that vouches for the certificate is passed with --ca-file"
        is_certificate = "CERTIFICATE_VERIFY_FAILED" in text
        return f"TLS failed: {reason[1] if reason else _kind(failure)}{hint if is_certificate else ''}"
    return next((sentence for sign, sentence in _SIGNS if sign in text), f"the connection failed: {_kind(failure)}")


_SIGNS = (
    ("Connection refused", "connection refused"),
    ("NameResolutionError", "the host name does not resolve"),
    ("Name or service not known", "the host name does not resolve"),
    ("RemoteDisconnected", "connection closed before a response was received"),
    ("IncompleteRead", "the body ended before its announced Content-Length"),
    ("BadStatusLine", "the response is not HTTP"),
)
"""Substrings of the library's error texts and what they mean, most specific first."""

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})\b")
_TLS_REASON = re.compile(r"\] (.+?) \(_ssl")


def _kind(failure: Exception) -> str:
    cause = failure.args[0] if failure.args and isinstance(failure.args[0], Exception) else failure
    return type(cause).__name__


# The header lines of the response, as received ------------------------------------------------------------------------


class _Head(HTTPResponse):
    """Keeps the header lines as received, and hides a Content-Length that says nothing from urllib3, which raises."""

    lines: Headers = ()

    def begin(self) -> None:
        super().begin()
        self.lines = tuple(self.headers.items())
        if not has_known_end(self.lines):
            del self.headers["Content-Length"]
            self.length, self.will_close = None, True


# The request target, sent as written ---------------------------------------------------------------------------------


class _Connection(HTTPConnection):
    """Sends the request target as recorded; urllib3 would write %2f in capitals and encode a lone %."""

    response_class = _Head

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **how: Any) -> None:
        super().request(method, _as_recorded(url, headers), body, headers, **how)


class _SecureConnection(HTTPSConnection):
    response_class = _Head

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **how: Any) -> None:
        super().request(method, _as_recorded(url, headers), body, headers, **how)


def _as_recorded(url: str, headers: Any) -> str:
    """The request target; a proxy is sent the whole URL (RFC 9112 section 3.2.2)."""
    origin = _ORIGIN.match(url)
    return f"{origin[0] if origin else ''}{headers.pop(_TARGET)}"


_ORIGIN = re.compile(r"https?://[^/?#]+")


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _AsWritten(HTTPAdapter):
    def init_poolmanager(self, *sizes: Any, **how: Any) -> None:
        super().init_poolmanager(*sizes, **how)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **how: Any) -> urllib3.ProxyManager:
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **how)
        manager.pool_classes_by_scheme = _POOLS
        return manager


_POOLS = {"http": _Pool, "https": _SecurePool}
