"""Renders the shell script that repeats the exchanges of a finding with sh and curl.

$TARGET is the target, by default the one of the run; secrets are variables. Each step prints the response after the
status that the run received, so that the deviation is visible without this suite.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from conformance.evidence.records import LONGEST_BODY
from conformance.model import Exchange
from conformance.report.analysis.causes import Cause
from conformance.report.text.curl import command, secrets_of, variable
from conformance.report.text.safe_text import encodable, legible, shortened
from conformance.report.text.steps import runs, step_end, step_name

_HARMLESS = re.compile(r"[A-Za-z0-9:/._~%\[\]-]+")
"""A URL without characters that the shell might interpret."""


def name(cause: Cause) -> str:
    return f"{cause.result.id}-{cause.key}.sh"


def script(cause: Cause, exchanges: Sequence[Exchange], base: str) -> str:
    requirement, finding = cause.result.requirement, cause.first
    lines = [
        "#!/bin/sh",
        *_comment(f"{requirement.id} ({requirement.level.value}) {requirement.title}"),
        *_comment(f"expected: {finding.expected}"),
        *_comment(f"received: {finding.received}"),
        *_comment("This script repeats the requests. TARGET: base URL of the server."),
        "set -u",
        f"TARGET=${{TARGET:-{base if _HARMLESS.fullmatch(base) else ''}}}",
        *_needed(exchanges),
    ]
    number = 1
    for same in runs(exchanges):
        lines += ["", *_step(number, same, base)]
        number += len(same)
    return encodable("\n".join(lines)) + "\n"


def _comment(text: str) -> Iterator[str]:
    """A comment in one line: after a line break, the rest of the text would be a command."""
    yield f"# {legible(shortened(text, 300))}"


def _needed(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """Stops the script with a message if a secret is not set, before the target responds with 401."""
    names = dict.fromkeys(name for exchange in exchanges for name in secrets_of(exchange.request))
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", name)
        yield f": \"${{{variable(name)}:?set it to the secret that the report calls '{plain}'}}\""


def _step(number: int, same: Sequence[Exchange], base: str) -> Iterator[str]:
    """One request of a step; the run repeated it to wait for a change, which a replay by hand does not need."""
    exchange = same[-1]
    times = f", {len(same)} times" if len(same) > 1 else ""
    heading = f"{number}. {step_name(exchange)} (the run received {step_end(exchange)}{times})"
    yield f"printf '\\n== %s\\n' {shlex.quote(legible(heading))}"
    if len(exchange.request.body) >= LONGEST_BODY:
        yield f"# The journal keeps {LONGEST_BODY:,} bytes of a body; this body was longer and is cut."
    yield command(exchange.request, base)
