"""SEC: error responses do not disclose credentials or internals, and a 401 has a challenge."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote

from conformance.checks.reading import Reading, check, is_error
from conformance.checks.schemas import shown
from conformance.model import MUST, SHOULD, Clause, Finding, Request
from conformance.requirement import EVERY_OPERATION

PRIVATE = Clause("ably/docs token-request-spec, API key format", "the key value is the private part, a secret")
SHORTEST = 12
"""Characters of a secret that is searched for; a shorter one may occur in a response by chance."""

LONGEST, MOST_LINES = 64 * 1024, 200
"""Bytes of the body and of a header line, and lines, in which an error is searched."""

INTERNALS = tuple(
    re.compile(pattern)
    for pattern in (
        r"Traceback \(most recent call last\)",
        r'File "[^"\n]+", line \d+',
        r"\bat (?:[\w$<>.]+ \()?(?:[\w./-]+/)?[\w.-]+\.(?:js|mjs|ts|java|kt|scala|cs):\d+",
        r"\bgoroutine \d+ \[",
        r"(?:/[\w.@-]{1,80}){2,20}\.(?:py|js|mjs|ts|go|rb|php|rs|ex|java):\d+",  # bounded, or a long text takes minutes
        r"(?:site-packages|node_modules|dist-packages)/",
        r"\bSQLSTATE\b",
    )
)
"""Stack traces and paths of source files in the notation of common languages."""

PROGRAM = {
    "the name of a type": re.compile(
        r"""\bNoneType\b | \bdict\b | <class\ ' | \bobject\ at\ 0x[0-9a-f]+
          | \binterface\ ?\{\} | \bmap\[\w+\] | \bGo\ (?:struct|value)\b
          | \b(?:java|javax|kotlin|scala)\.\w{1,40}\.[\w.]{0,80}[A-Z]\w | \[object\ \w+\] """,
        re.VERBOSE,
    ),
    "the name of an exception": re.compile(
        r"""\b(?:Key|Type|Value|Attribute|Index|Runtime|Assertion|JSONDecode|Unicode(?:De|En)code|Reference)Error\b
          | \b[A-Z]\w+Exception\b | \bpanic: | \bruntime\ error: """,
        re.VERBOSE,
    ),
    "the text of an exception": re.compile(
        r"""\bcodec\ can't\ (?:de|en)code\b | \bhas\ no\ attribute\ ' | \bobject\ is\ not\ (?:subscriptable|iterable)\b
          | \bmaximum\ recursion\ depth\b | \bstrconv\.\w+ | \bcannot\ unmarshal\b | \bnil\ pointer\b
          | \bCannot\ read\ propert(?:y|ies)\ of\b """,
        re.VERBOSE,
    ),
    "a path of the file system": re.compile(
        r"(?<![\w./-])/(?:home|usr|var|opt|srv|root|tmp|etc)/[\w.-]+|\b[A-Z]:\\\w+", re.ASCII
    ),
}
"""Traces of a program in Python, Go, Java or JavaScript that no client of an API can use."""


def key_secret(request: Request) -> str:
    """The secret of the API key in Basic credentials, or "" without such credentials."""
    for line in request.lines("authorization"):
        scheme, _, value = line.partition(" ")
        if scheme.lower() == "basic":
            return _decoded(value.strip()).partition(":")[2]
    return ""


def bearer_token(request: Request) -> str:
    """The token in Bearer credentials, decoded if it is base64, or "" without such credentials."""
    for line in request.lines("authorization"):
        scheme, _, value = line.partition(" ")
        if scheme.lower() == "bearer":
            return _decoded(value.strip()) or value.strip()
    return ""


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def response_text(reading: Reading) -> str:
    """The headers and the body of the response as one text, of which no client reads more than LONGEST bytes."""
    lines = (f"{name}: {value}"[:LONGEST] for name, value in reading.response.headers[:MOST_LINES])
    return "\n".join((*lines, reading.response.body[:LONGEST].decode("utf-8", "replace")))


def _repeats(reading: Reading, secret: str) -> bool:
    text = response_text(reading)
    return secret in text or base64.b64encode(secret.encode()).decode() in text


@check(
    "SEC-01",
    MUST,
    "An error response does not contain the secret of the requesting API key",
    clause=PRIVATE,
    operations=EVERY_OPERATION,
    when=lambda reading: is_error(reading) and len(key_secret(reading.request)) >= SHORTEST,
)
def no_key_secret(reading: Reading) -> Iterator[Finding]:
    """A secret that the request has in its body, such as a key of a push recipient, may be repeated."""
    secret = key_secret(reading.request)
    if _repeats(reading, secret) and secret.encode() not in reading.request.body:
        yield Finding(
            "an error without the secret of the key", "an error that contains the secret of the key", at="answer"
        )


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
        yield Finding("an error without the token", "an error that contains the token", at="answer")


@check(
    "SEC-03",
    SHOULD,
    "An error response does not contain a stack trace or a source file path",
    clause=Clause("RFC 9110 section 17.12", "details of the server's software help attackers"),
    operations=EVERY_OPERATION,
    when=is_error,
)
def no_internals(reading: Reading) -> Iterator[Finding]:
    sent = _sent(reading.request)
    for found in (pattern.search(response_text(reading)) for pattern in INTERNALS):
        if found and found[0] not in sent:
            received = f"an error that contains {shown(found[0])}"
            yield Finding("an error without a stack trace or a source file path", received, at="/error/message")


def _sent(request: Request) -> str:
    """What an error may repeat from the URL and the body of its request."""
    return unquote(request.url) + request.body.decode("utf-8", "replace")


@check(
    "SEC-33",
    SHOULD,
    "An error message names no type, exception or file of the program that wrote it",
    clause=Clause("RFC 9457 section 4", "an error response is no tool for debugging the implementation"),
    operations=EVERY_OPERATION,
    when=lambda reading: is_error(reading) and bool(_messages(reading)),
)
def no_traces_of_the_program(reading: Reading) -> Iterator[Finding]:
    quoted = _sent(reading.request) + " ".join(value for _, value in reading.request.headers)
    for what, pattern in PROGRAM.items():
        matches = (pattern.search(message) for message in _messages(reading))
        if any(found and found[0] not in quoted for found in matches):
            yield Finding("a message about the request", f"a message with {what}", at="/error/message")


def _messages(reading: Reading) -> tuple[str, ...]:
    message = reading.error.get("message")
    in_body = (message[:LONGEST],) if isinstance(message, str) else ()
    return (*in_body, *reading.response.lines("x-ably-errormessage"))


@check(
    "SEC-04",
    SHOULD,
    "A response with status 401 contains a WWW-Authenticate header",
    clause=Clause("RFC 9110 section 15.5.2", "a server that answers 401 sends WWW-Authenticate"),
    operations=EVERY_OPERATION,
    when=lambda reading: reading.status == 401,
)
def challenge(reading: Reading) -> Iterator[Finding]:
    if not reading.response.lines("www-authenticate"):
        yield Finding("the header WWW-Authenticate", "no header WWW-Authenticate", at="www-authenticate")
