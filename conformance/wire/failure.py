"""Says in a sentence why an exchange has no response, and what was received instead."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator

import requests
import urllib3

from conformance.wire.deadline import Progress
from conformance.wire.head import MalformedChunkError, MalformedLineError, TooLongError

_LONGEST_QUOTATION = 40


def at_the_deadline(state: Progress, seconds: float) -> str:
    """What had been received when the deadline passed."""
    if state.awaited == "body":
        of = f" of {state.announced}" if state.announced is not None else ""
        return f"no whole body within {seconds:g} s: {state.of_body}{of} bytes were received"
    if state.interim:
        several = "s" if state.interim > 1 else ""
        return f"{state.interim} informational response{several} (1xx) and no final one within {seconds:g} s"
    if state.received:
        return f"no whole head of a response within {seconds:g} s: {state.received} bytes were received"
    return f"no {state.awaited} within {seconds:g} s"


def in_a_sentence(failure: Exception, state: Progress, seconds: float) -> str:
    """Why the library gave up, from the most specific of the exceptions that led to it."""
    text = str(failure)
    causes = tuple(_causes(failure))
    if isinstance(failure, requests.exceptions.ProxyError):
        refused = _TUNNEL.search(text)
        return f"the proxy refused the connection with status {refused[1]}" if refused else "the proxy cannot be used"
    for kind, words in _KINDS:
        for cause in causes:
            if isinstance(cause, kind):
                return words(cause)
    if isinstance(failure, requests.Timeout | urllib3.exceptions.TimeoutError):
        return at_the_deadline(state, seconds)
    if isinstance(failure, requests.exceptions.SSLError):
        return _tls_failed(text, causes)
    return next((sentence for sign, sentence in _SIGNS if sign in text), f"the connection failed: {_name(causes)}")


def _tls_failed(text: str, causes: tuple[BaseException, ...]) -> str:
    reason = _TLS_REASON.search(text)
    is_refused = any(sign in text.lower() for sign in _REFUSALS)
    hint = _UNVERIFIED if "CERTIFICATE_VERIFY_FAILED" in text else _REFUSED if is_refused else ""
    why = reason[1] if reason else "the connection was closed" if is_refused else _name(causes)
    return f"TLS failed: {why}{hint}"


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The exception, and those that it was made from, each once."""
    waiting, seen = [failure], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = (*each.args, getattr(each, "reason", None), each.__cause__, each.__context__)
        waiting += [every for every in inner if isinstance(every, BaseException)]


def _not_http(cause: BaseException) -> str:
    begins = f": it begins with {_quoted(str(cause.args[0]))}" if cause.args and str(cause.args[0]).strip() else ""
    return f"the response is not HTTP{begins}"


def _cut_body(cause: BaseException) -> str:
    received, missing = (*cause.args, None, None)[:2]
    received = len(received) if isinstance(received, bytes) else received
    if not isinstance(received, int) or not isinstance(missing, int):
        return "the body ended before its announced Content-Length"
    return f"the body ended after {received} of the {received + missing} bytes that Content-Length announced"


def _bad_chunk(cause: BaseException) -> str:
    line = str(cause)
    return f"a chunk of the body has the size {_quoted(line)}" if line else "the body ended before its last chunk"


_KINDS: tuple[tuple[type[BaseException], Callable[[BaseException], str]], ...] = (
    (TooLongError, lambda cause: f"the response is longer than {cause} bytes"),
    (MalformedLineError, lambda cause: f"the head has a line that is no header: {_quoted(str(cause))}"),
    (http.client.RemoteDisconnected, lambda _: "connection closed before a response was received"),
    (http.client.LineTooLong, lambda _: "a line of the head is longer than 65536 bytes"),
    (http.client.UnknownProtocol, lambda cause: f"the response has the HTTP version {_quoted(str(cause.args[0]))}"),
    (http.client.BadStatusLine, _not_http),
    (MalformedChunkError, _bad_chunk),
    (urllib3.exceptions.IncompleteRead, _cut_body),
    (http.client.IncompleteRead, _cut_body),
    (ConnectionRefusedError, lambda _: "connection refused"),
)
"""Exceptions that name the reason by themselves, most specific first."""

_SIGNS = (
    ("NameResolutionError", "the host name does not resolve"),
    ("Name or service not known", "the host name does not resolve"),
    ("got more than 100 headers", "the head has more than 100 header lines"),
    ("Connection reset", "the connection was reset"),
    ("Broken pipe", "the connection was closed while the request was sent"),
)
"""Substrings of the library's error texts and what they mean, most specific first."""

_REFUSALS = (" alert ", "eof occurred")
"""In an error text of OpenSSL, in small letters: the other side ended the handshake."""
_UNVERIFIED = "; a CA bundle that vouches for the certificate is passed with --ca-file"
_REFUSED = "; where the target demands a client certificate, one that it accepts is passed with --cert"

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})\b")
_TLS_REASON = re.compile(r"\] (.+?) \(_ssl")
_UNPRINTABLE = re.compile(r"[^ -~]")


def _quoted(text: str) -> str:
    """What a target sent, as a short quotation of printable characters."""
    line = _UNPRINTABLE.sub("?", text.strip())
    return f'"{line[:_LONGEST_QUOTATION]}{"..." if len(line) > _LONGEST_QUOTATION else ""}"'


def _name(causes: tuple[BaseException, ...]) -> str:
    """What the library calls the innermost reason."""
    return type(causes[-1]).__name__
