"""SEC: an answer tells nothing that is not the caller's business."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote

from conformance.checks.reading import Reading, check, is_error
from conformance.model import MAY, MUST, SHOULD, Clause, Finding, Request, lines_of
from conformance.requirement import EVERY_OPERATION

PRIVATE = Clause("ably/docs token-request-spec, API key format", "the key value is the private part, a secret")
SHORTEST = 12
"""Characters. A shorter text may be anywhere by chance."""

INTERNALS = tuple(
    re.compile(pattern)
    for pattern in (
        r"Traceback \(most recent call last\)",
        r'File "[^"\n]+", line \d+',
        r"\bat (?:[\w$<>.]+ \()?(?:[\w./-]+/)?[\w.-]+\.(?:js|mjs|ts|java|kt|scala|cs):\d+",
        r"\bgoroutine \d+ \[",
        r"(?:/[\w.@-]{1,80}){2,20}\.(?:py|js|mjs|ts|go|rb|php|rs|ex|java):\d+",  # bounded, or long texts take minutes
        r"(?:site-packages|node_modules|dist-packages)/",
        r"\bSQLSTATE\b",
    )
)
"""Stack traces and paths of source files, as the usual languages write them."""


def key_secret(request: Request) -> str:
    """The secret of the key that the request proved itself with, or ""."""
    for line in lines_of(request.headers, "authorization"):
        scheme, _, value = line.partition(" ")
        if scheme.lower() == "basic":
            return _decoded(value.strip()).partition(":")[2]
    return ""


def bearer_token(request: Request) -> str:
    for line in lines_of(request.headers, "authorization"):
        scheme, _, value = line.partition(" ")
        if scheme.lower() == "bearer":
            return _decoded(value.strip()) or value.strip()
    return ""


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def said(reading: Reading) -> str:
    """Headers and body of the answer as one text."""
    lines = (f"{name}: {value}" for name, value in reading.response.headers)
    return "\n".join((*lines, reading.response.body.decode("utf-8", "replace")))


def _repeats(reading: Reading, secret: str) -> bool:
    return secret in said(reading) or base64.b64encode(secret.encode()).decode() in said(reading)


@check(
    "SEC-01",
    MUST,
    "An error response does not contain the secret of the requesting API key",
    clause=PRIVATE,
    operations=EVERY_OPERATION,
    when=lambda reading: is_error(reading) and len(key_secret(reading.request)) >= SHORTEST,
)
def no_key_secret(reading: Reading) -> Iterator[Finding]:
    """A caller who puts it into a body (the recipient of a push may have a key) may read it there again."""
    secret = key_secret(reading.request)
    if _repeats(reading, secret) and secret.encode() not in reading.request.body:
        yield Finding("an error without the secret of the key", "the secret stands in it", at="answer")


@check(
    "SEC-02",
    SHOULD,
    "An error response does not contain the bearer token of its request",
    clause=Clause("RFC 6750 section 5.3", "bearer tokens are not leaked to unintended parties"),
    operations=EVERY_OPERATION,
    when=lambda reading: is_error(reading) and len(bearer_token(reading.request)) >= SHORTEST,
)
def no_token(reading: Reading) -> Iterator[Finding]:
    if _repeats(reading, bearer_token(reading.request)):
        yield Finding("an error without the token", "the token stands in it", at="answer")


@check(
    "SEC-03",
    SHOULD,
    "An error response does not contain a stack trace or a source file path",
    clause=Clause("RFC 9110 section 17.10", "details of the server's software help attackers"),
    operations=EVERY_OPERATION,
    when=is_error,
)
def no_internals(reading: Reading) -> Iterator[Finding]:
    text, asked = said(reading), unquote(reading.request.url) + reading.request.body.decode("utf-8", "replace")
    for found in (pattern.search(text) for pattern in INTERNALS):
        if found and found[0] not in asked:
            yield Finding("an error in words for its caller", found[0][:200], at="/error/message")


@check(
    "SEC-04",
    MAY,
    "A response with status 401 contains a WWW-Authenticate header",
    clause=Clause("RFC 9110 section 15.5.2", "a server that answers 401 sends WWW-Authenticate"),
    operations=EVERY_OPERATION,
    when=lambda reading: reading.status == 401,
)
def challenge(reading: Reading) -> Iterator[Finding]:
    if not reading.response.lines("www-authenticate"):
        yield Finding("the header WWW-Authenticate", "no such header", at="www-authenticate")
