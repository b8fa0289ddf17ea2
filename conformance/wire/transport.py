"""Sends one HTTP request and returns the raw response, by requests and urllib3.

Nothing is normalized on the way: the request target is sent as written, a repeated header as often as given, and every
header line and byte of the response is kept as received.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from conformance.model import Headers, Request, Response
from conformance.wire.deadline import Threads, progress
from conformance.wire.failure import at_the_deadline, in_a_sentence
from conformance.wire.framing import has_known_end
from conformance.wire.head import FinalResponse
from conformance.wire.tls import Tls, tls_of

_CHUNK = 64 * 1024
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError)
_OURS = (("Accept-Encoding", "identity"), ("User-Agent", "ably-conformance"))
_TARGET = ":target"
_URL = re.compile(r"https?://[^/?#\s]+(?P<target>[!-~]*)")


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a target. ca_file: a CA bundle (PEM) to trust, "" for the default one. proxy: a URL, or "". cert: a
    client certificate (PEM), cert_key: its key where it is in a file of its own, or "". headers: those of the user,
    which go with every request that does not have them anyway.
    """

    ca_file: str = ""
    proxy: str = ""
    cert: str = ""
    cert_key: str = ""
    headers: Headers = field(default=(), repr=False)


STRAIGHT = Route()


class Session(requests.Session):
    """The connections to a target, and the threads that use them.

    tls: what the last handshake with the target showed, None without one.
    """

    tls: Tls | None = None

    def __init__(self) -> None:
        super().__init__()
        self.threads = Threads()


def open_session(route: Route = STRAIGHT) -> Session:
    """A session that ignores the environment: no .netrc, no redirect, no cookie, no compression."""
    session = Session()
    session.trust_env = False
    session.verify = route.ca_file or True
    session.proxies = {"http": route.proxy, "https": route.proxy} if route.proxy else {}
    session.cert = (route.cert, route.cert_key) if route.cert_key else route.cert or None
    session.mount("http://", _AsWritten())
    session.mount("https://", _AsWritten())
    return session


def transmit(session: Session, request: Request, timeout: float) -> tuple[Response | None, str]:
    """The response and "", or None and why in a sentence. timeout: seconds, from the name look-up to the last byte."""
    found = _URL.fullmatch(request.url)
    if not found:
        return None, "the URL cannot be sent in an HTTP request"
    outcome, state = session.threads.within(timeout, lambda: _exchange(session, request, found["target"], timeout))
    session.tls = state.tls or session.tls
    return outcome or (None, at_the_deadline(state, timeout))


def _exchange(session: requests.Session, request: Request, target: str, timeout: float) -> tuple[Response | None, str]:
    try:
        # The adapter and not the session, which would read cookies and prepare to follow a redirect.
        received = session.get_adapter(request.url).send(
            _prepared(request, target),
            stream=True,
            timeout=timeout,
            verify=session.verify or True,
            cert=session.cert,
            proxies=session.proxies,
        )
        lines = _lines_received(received.raw)
        return Response(received.status_code, lines, _body(received.raw, lines)), ""
    except _FAILURES as failure:
        return None, in_a_sentence(failure, progress(), timeout)


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
    return head.lines if isinstance(head, FinalResponse) else tuple(raw.headers.iteritems())


def _body(raw: urllib3.HTTPResponse, lines: Headers) -> bytes:
    if has_known_end(lines):
        return _read(raw)
    raw.close()
    return b""


def _read(raw: urllib3.HTTPResponse) -> bytes:
    """The body as received, not decompressed. An exchange whose deadline has passed reads no further."""
    body, state = bytearray(), progress()
    while (chunk := raw.read1(_CHUNK, decode_content=False)) and not state.is_over:
        body += chunk
        state.of_body = len(body)
    raw.release_conn()
    return bytes(body)


# The request target, sent as written ---------------------------------------------------------------------------------


class _Watched(HTTPConnection):
    """Tells the exchange which connection it uses, and what it waits for.

    twin: a duplicate of the socket, which a TLS handshake takes away from its object. held: the head and the body of
    the request that is being written, which are sent at once and not one by one; None at other times.
    """

    response_class = FinalResponse
    twin: socket.socket | None = None
    held: bytearray | None = None

    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        self.twin = connection.dup()
        self._watch("TLS handshake" if isinstance(self, HTTPSConnection) else "response")
        return connection

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **how: Any) -> None:
        """Sends the request target as recorded; urllib3 would write %2f in capitals and encode a lone %."""
        if self.sock:  # else it is opened for this request, and watched from then on
            self._watch("response")
        whole = self.held = bytearray()
        try:
            super().request(method, _as_recorded(url, headers), body, headers, **how)
        finally:
            self.held = None
        self.send(bytes(whole))

    def send(self, data: Any) -> None:
        if self.held is None:
            super().send(data)
        else:
            self.held += data

    def _watch(self, awaited: str) -> None:
        state = progress()
        state.connection, state.awaited = self.twin, awaited

    def close(self) -> None:
        super().close()
        if self.twin:
            self.twin.close()


class _SecureConnection(_Watched, HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        progress().tls = tls_of(self.sock)


def _as_recorded(url: str, headers: Any) -> str:
    """The request target; a proxy is sent the whole URL (RFC 9112 section 3.2.2)."""
    origin = _ORIGIN.match(url)
    return f"{origin[0] if origin else ''}{headers.pop(_TARGET)}"


_ORIGIN = re.compile(r"https?://[^/?#]+")


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


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
