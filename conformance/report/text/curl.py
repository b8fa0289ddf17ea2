"""Renders a request as a curl command. Secrets are shell variables and never values."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Iterator

from conformance.model import Request, lines_of
from conformance.report.text.safe_text import legible
from conformance.report.text.shell import variable

_SECRET = re.compile(r"<secret:([^>]*)>")
_BASIC = re.compile(r"(?i)^basic <secret:([^>]*)>$")
MADE_BY_CURL = frozenset({"host", "content-length", "connection", "user-agent", "accept-encoding"})


def command(request: Request, base: str = "") -> str:
    """The command, one line for each part. Its options keep curl from changing the URL or reading patterns in it.

    base: the part of the URL to replace by $TARGET; "" for none.
    """
    is_below = bool(base) and request.url.startswith(base)
    url = f'"$TARGET"{shell_word(request.url.removeprefix(base))}' if is_below else shell_word(request.url)
    parts = ["curl -sS -i -g --path-as-is", *method_options(request), url, *_headers(request)]
    if not request.body:
        return " \\\n  ".join(parts)
    text = as_text(request.body)
    if text is not None:
        return " \\\n  ".join([*parts, f"--data-raw {shlex.quote(text)}"])
    encoded = base64.b64encode(request.body).decode()
    return f"printf %s {encoded} | base64 -d | " + " \\\n  ".join([*parts, "--data-binary @-"])


def shell_word(text: str) -> str:
    """A text quoted for sh; `<secret:NAME>` becomes the shell variable of that secret."""
    pieces = _SECRET.split(text)
    words = [
        f'"${variable(piece)}"' if index % 2 else shlex.quote(piece)
        for index, piece in enumerate(pieces)
        if piece or index % 2
    ]
    return "".join(words) or "''"


def method_options(request: Request) -> Iterator[str]:
    if request.method == "HEAD":
        yield "--head"
    elif request.method != ("POST" if request.body else "GET"):
        yield f"-X {shlex.quote(request.method)}"


def _headers(request: Request) -> Iterator[str]:
    if request.body and not lines_of(request.headers, "content-type"):
        yield "-H 'Content-Type:'"  # else curl sends one of its own
    for name, value in request.headers:
        basic = _BASIC.match(value)
        if name.lower() == "authorization" and basic:
            yield f'-u "${variable(basic[1])}"'
        elif name.lower() not in MADE_BY_CURL:
            yield f"-H {shell_word(f'{name}: {value}' if value else f'{name};')}"


def as_text(body: bytes) -> str | None:
    """The body as text, or None if a page or terminal would not show it unchanged."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if text == legible(text) else None
